"""Readers of replies: compiled once for an operation and its wanted fields, then run for every reply."""

from collections.abc import Mapping

import msgspec
from lxml.etree import _Element

from adapters.kit.manifest.model import Manifest, Operation
from adapters.kit.mapping.failures import unreadable
from adapters.kit.mapping.paths import parse_path
from adapters.kit.mapping.shape import Content, Get, Node, Place
from adapters.kit.mapping.success import Envelope, RowRefused, lenient, want_success
from adapters.kit.mapping.table import Table, compile_table, want_rows
from adapters.kit.mapping.unwrap import Keys, Unwrapping, mark_embedded
from gateway.core.errors import SystemFailure
from gateway.core.ports import Row

_BOM = b"\xef\xbb\xbf"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What one reply says.

    Attributes:
        status: the text at ``success.at``; ``accepted`` whether it means success, None if the manifest has no rule.
        code: the system's own code; ``message`` its own text.
        rows: structs of the wanted fields and KEY_FIELDS, with ``warnings`` and ``detail``; none unless accepted.
        refused: what the system said of rows that are none, except that they were not found.
        dropped: elements left out because they are no objects.
        seen: elements in the reply, whatever became of them.
        total: how many rows the system says it has.
        cut_off: the reply has more elements than were read.
        truncated: the system has more rows than were read.
        notice: why rows are missing, if we know.
        extras: values at the paths that the caller named.
    """

    status: str | None = None
    accepted: bool | None = None
    code: str | None = None
    message: str | None = None
    rows: tuple[Row, ...] = ()
    refused: tuple[RowRefused, ...] = ()
    dropped: int = 0
    seen: int = 0
    total: int | None = None
    cut_off: bool = False
    truncated: bool = False
    notice: str | None = None
    extras: dict[str, str | None] = {}

    def __repr__(self) -> str:
        """No content: rows hold persons, extras hold tokens."""
        return f"Reading(accepted={self.accepted}, rows={len(self.rows)})"


class Reader:
    """A compiled reader; safe to share between calls."""

    def __init__(
        self, root: Node, envelope: Envelope, unwrapping: Unwrapping, table: Table | None, extras: Mapping[str, Get]
    ) -> None:
        self._content = Content(root.decoded, root.project)
        self._envelope = envelope
        self._unwrapping = unwrapping
        self._table = table
        self._extras = extras

    def read_json(self, body: bytes) -> Reading:
        """What a JSON reply in UTF-8 says; raises SystemFailure as ``_read``, UPSTREAM_FAULT if it is no JSON."""
        try:
            return self._read(self._content.from_json(body.removeprefix(_BOM)))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise unreadable("the reply is no JSON") from error
        except RecursionError as error:
            raise unreadable("the reply is nested too deep") from error

    def read_xml(self, payload: _Element) -> Reading:
        """What an XML reply says below ``payload``; raises SystemFailure as ``_read``."""
        try:
            return self._read(self._content.from_xml(payload))
        except RecursionError as error:
            raise unreadable("the reply is nested too deep") from error

    def _read(self, document: object) -> Reading:
        """Raises SystemFailure: UPSTREAM_FAULT for a reply of another shape, and as ``Unwrapping.run``."""
        try:
            document = self._unwrapping.run(document)
        except SystemFailure:
            # A reply that says around the embedded document that the call failed owes us none in it.
            if not self._envelope.refuses(document):
                raise
        said = self._envelope.read(document)
        extras = {name: lenient(get, document) for name, get in self._extras.items()}
        reading = Reading(
            status=said.status, accepted=said.accepted, code=said.code, message=said.message, extras=extras
        )
        if said.accepted is False or self._table is None:
            return reading
        found = self._table.read(document)
        return msgspec.structs.replace(
            reading,
            rows=found.rows,
            refused=found.refused,
            dropped=found.dropped,
            seen=found.seen,
            total=found.total,
            cut_off=found.cut_off,
            truncated=found.cut_off or (found.total or 0) > found.seen,
        )


def compile_reading(
    manifest: Manifest,
    operation: Operation,
    wanted: frozenset[str],
    extras: Mapping[str, str] | None = None,
    keys: Keys | None = None,
) -> Reader:
    """The reader of an operation's replies for the ``wanted`` ROW_FIELDS; KEY_FIELDS are always read.

    Args:
        manifest: a checked manifest; raises ValueError, KeyError or PathInvalid for what the check would have found.
        operation: one of the manifest's.
        wanted: canonical names of ROW_FIELDS.
        extras: paths of further single values by name, also read when the reply is no success.
        keys: what decrypting takes, where the manifest decrypts.
    """
    success = operation.success or manifest.success
    named = {name: parse_path(path) for name, path in (extras or {}).items()}
    tree = Place()
    want_success(success, tree)
    for path in named.values():
        tree.at(path).value = True
    if operation.response is not None:
        want_rows(operation.response, wanted, tree)
    steps = manifest.unwraps(operation)
    mark_embedded(steps, tree)
    root = Node(tree)
    return Reader(
        root,
        Envelope(success, root),
        Unwrapping(steps, root, keys),
        compile_table(manifest, operation, wanted, root),
        {name: root.getter(path) for name, path in named.items()},
    )
