"""Documents inside values: text in a reply that is itself JSON, XML or ciphertext, read in its place.

What is inside cannot be larger than the reply, whose size is bounded: encodings and ciphers shrink, and JSON, and XML
without entities, do not grow. Depth is bounded as it is for a reply.
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from adapters.kit.charset import to_utf8
from adapters.kit.manifest.replies import Decrypt, Unwrap
from adapters.kit.mapping.dirt import DirtyValue
from adapters.kit.mapping.elements import whole_element
from adapters.kit.mapping.paths import Path, Segment, parse_path
from adapters.kit.mapping.shape import Content, Node, Place
from adapters.kit.mapping.texts import need_engine
from adapters.kit.mapping.values import absent, single
from adapters.kit.settings import read_setting
from adapters.kit.xml import parse_xml
from gateway.core.errors import KeyUnusable, PayloadUnreadable, SystemFailure
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import PayloadCipher
from gateway.core.system import SecretSource

_BLOCK: Final = 16
_SM2_LEAST: Final = 96
"""Bytes of the shortest SM2 ciphertext: a point and a digest."""
_HEX_BLOCK = re.compile(r"[0-9a-fA-F]{32}")
_ANYTHING: Final = Content(Any, whole_element)


class Keys(msgspec.Struct, frozen=True):
    """What decrypting takes: the ciphers if there are any, and the settings with the keys, read at each call."""

    cipher: PayloadCipher | None
    secrets: SecretSource


Undo = Callable[[bytes], bytes]


class Unwrapping:
    """The compiled steps of an operation; safe to share between calls.

    Args:
        steps: the manifest's.
        root: the nodes of a tree in which ``mark_embedded`` has marked the same steps.
        keys: what decrypting takes; ValueError for a step that decrypts without.
    """

    def __init__(self, steps: Sequence[Unwrap], root: Node, keys: Keys | None) -> None:
        by_path: dict[str, list[Unwrap]] = {}
        for step in steps:
            by_path.setdefault(step.at, []).append(step)
        layers = [
            _Layer(path, same, root, node, keys)
            for path, same in by_path.items()
            if (node := _find(root, parse_path(path))) is not None
        ]
        # a document is read before those that lie in it
        self._layers = sorted(layers, key=lambda layer: layer.depth)

    def run(self, document: object) -> object:
        """The document with what is inside its values; it is changed in place.

        Raises:
            SystemFailure: UPSTREAM_FAULT, theirs: a value is not what its step says. DENIED, ours: it does not
                decrypt. Whether our key is not the one they encrypt for or the ciphertext is damaged cannot be told;
                the former is what happens when keys change, and we are the ones who can look. GATEWAY_ERROR, ours:
                a setting is not filled or holds no key, or there are no ciphers.
        """
        for layer in self._layers:
            document = layer.run(document)
        return document


def mark_embedded(steps: Sequence[Unwrap], tree: Place) -> None:
    """Mark the places of ``tree`` that hold documents; steps of which nothing is wanted are left out."""
    for step in steps:
        place = tree.find(parse_path(step.at))
        if place is not None:
            place.embedded = True


class _Layer:
    """All steps at one path: what they give takes the value's place."""

    def __init__(self, path: str, steps: Sequence[Unwrap], root: Node, node: Node, keys: Keys | None) -> None:
        segments = parse_path(path).segments
        self.depth = len(segments)
        self._subject = f"the embedded document at {path}"
        self._content = node.content or _ANYTHING
        self._steps = [(step.form, _undoing(step, keys, self._subject)) for step in steps]
        self._place: _Place | None = None
        if segments:
            self._place = _Place(Path(segments[:-1]), segments[-1], root)

    def run(self, document: object) -> object:
        if self._place is None:
            return self._read(document)
        for container in self._place.containers(document):
            try:
                self._place.put(container, self._read(self._place.get(container)))
            except SystemFailure as failure:
                # in rows a bad document costs itself: its text stays, and what was wanted of it reads as dirt
                if not self._place.in_rows or failure.fault is not Fault.THEIRS:
                    raise
        return document

    def _read(self, raw: object) -> object:
        try:
            value = single(raw)
        except DirtyValue as dirt:
            raise self._fault("comes several times") from dirt
        for position, (form, undoing) in enumerate(self._steps, 1):
            if absent(value):
                return None
            content = self._content if position == len(self._steps) else _ANYTHING
            value = self._step(value, form, undoing, content)
        return value

    def _step(self, value: object, form: str, undoing: Sequence[Undo], content: Content) -> object:
        if isinstance(value, dict) and form == "json" and not undoing:
            # Some answers have the object itself where others have it as text.
            return content.from_json(msgspec.json.encode(value))
        if not isinstance(value, str):
            raise self._fault("is no text")
        data: str | bytes = value
        if undoing:
            data = value.encode(errors="replace")
            for undo in undoing:
                data = undo(data)
        if form == "xml":
            return content.from_xml(parse_xml(self._utf8(data), subject=self._subject))
        if form == "text":
            return self._utf8(data).decode()
        try:
            return content.from_json(self._utf8(data))
        except msgspec.DecodeError as error:
            raise self._fault("is no JSON") from error

    def _utf8(self, data: str | bytes) -> bytes:
        """UTF-8 without a mark. Labels lie inside as they do outside: bytes are believed."""
        try:
            return data.removeprefix("\ufeff").encode() if isinstance(data, str) else to_utf8(data, None, "sniff")
        except (UnicodeError, SystemFailure) as error:
            raise self._fault("is no text in UTF-8 or GB18030") from error

    def _fault(self, what: str) -> SystemFailure:
        return _upstream(f"{self._subject} {what}")


class _Place:
    """Where a value stands: its container is reached, the value read and replaced."""

    def __init__(self, above: Path, last: Segment, root: Node) -> None:
        parent = root.at(above)
        self.in_rows = above.iterates
        self._reach = root.getter(above, entire=True)
        self._gather = root.gatherer(above)
        self._struct = parent.struct
        self._key = last.key
        self._name = "" if parent.struct is None else f"f{list(parent.below).index(last.key)}"

    def containers(self, document: object) -> list[object]:
        """The objects around the value, one in each row if it lies in rows; what is wrong there the reader finds."""
        try:
            found = self._gather(document) if self.in_rows else [single(self._reach(document))]
        except DirtyValue:
            return []
        return [one for one in found if isinstance(one, dict) or type(one) is self._struct]

    def get(self, container: Any) -> object:  # noqa: ANN401 - a struct that exists at run time only, or a dict
        return container.get(self._key) if isinstance(container, dict) else getattr(container, self._name)

    def put(self, container: Any, value: object) -> None:  # noqa: ANN401 - as get
        if isinstance(container, dict):
            container[self._key] = value
        else:
            setattr(container, self._name, value)


def _find(root: Node, path: Path) -> Node | None:
    """The node at a path; one that is read as a whole stands for all below it. None if nothing is wanted there."""
    node: Node | None = root
    for segment in path.segments:
        if node is None or node.whole:
            break
        if isinstance(segment.step, str):
            node = node.below.get(segment.key)
    return node


def _undoing(step: Unwrap, keys: Keys | None, subject: str) -> list[Undo]:
    undoing: list[Undo] = []
    if step.encoding is not None:
        undoing.append(_decoding(step.encoding, subject))
    if step.decrypt is not None:
        if keys is None:
            message = "the manifest decrypts, and no keys were given"
            raise ValueError(message)
        undoing.append(_decrypting(step.decrypt, keys, subject))
    return undoing


def _decoding(encoding: str, subject: str) -> Undo:
    def undo(data: bytes) -> bytes:
        compact = b"".join(data.split())
        try:
            if encoding == "hex":
                return bytes.fromhex(compact.decode("ascii"))
            bare = compact.rstrip(b"=")
            return base64.b64decode(bare + b"=" * (-len(bare) % 4), validate=True)
        except (ValueError, binascii.Error) as error:
            raise _upstream(f"{subject} is not written in {encoding}") from error

    return undo


def _decrypting(decrypt: Decrypt, keys: Keys, subject: str) -> Undo:
    key = decrypt.sm2 or decrypt.sm4
    assert key is not None, "the model names exactly one cipher"

    def undo(data: bytes) -> bytes:
        if len(data) < _SM2_LEAST if decrypt.sm2 else not data or len(data) % _BLOCK:
            raise _upstream(f"{subject} is too short for a ciphertext, or cut short")
        secret, cipher = read_setting(keys.secrets, key.setting), need_engine(keys.cipher)
        try:
            if decrypt.sm2:
                return cipher.decrypt_sm2(secret, data, decrypt.form or "c1c3c2")
            vector = None if decrypt.iv is None else _vector(keys.secrets, decrypt.iv.setting)
            return cipher.decrypt_sm4(secret, data, vector=vector)
        except KeyUnusable as error:
            raise SystemFailure(
                Outcome.GATEWAY_ERROR, Fault.OURS, f"setting {key.setting} holds no usable key"
            ) from error
        except PayloadUnreadable as error:
            raise SystemFailure(
                Outcome.DENIED,
                Fault.OURS,
                f"{subject} does not decrypt: compare setting {key.setting} with the key that the system encrypts for",
            ) from error

    return undo


def _vector(secrets: SecretSource, name: str) -> bytes:
    text = read_setting(secrets, name)
    vector = bytes.fromhex(text) if _HEX_BLOCK.fullmatch(text) else text.encode()
    if len(vector) != _BLOCK:
        raise SystemFailure(Outcome.GATEWAY_ERROR, Fault.OURS, f"setting {name} holds no vector of {_BLOCK} bytes")
    return vector


def _upstream(notice: str) -> SystemFailure:
    return SystemFailure(Outcome.UPSTREAM_FAULT, Fault.THEIRS, notice)
