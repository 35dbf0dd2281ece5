"""Signatures.xml: which signatures a document bears; read in every spelling, written on without changing the rest."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from certs.ofd import xml
from certs.ofd.directory import Entry
from certs.ofd.document import Body, Root
from certs.ofd.errors import OfdInvalid
from certs.ofd.package import OfdPackage
from certs.ofd.paths import folder_of
from gateway.core.text import Text

NAMESPACE: Final = "http://www.ofdspec.org/2016"

_NOT_LIST = Text("签名列表文件的根元素不是 Signatures", "the root element of the list of signatures is not Signatures")
_TOO_MANY = Text("签名数量过多", "there are too many signatures")
_TAIL = re.compile(r"^(.*?)(\d{1,9})$", re.DOTALL)


class Kind(msgspec.Struct, frozen=True):
    """What a signature says it is: a seal's, or a plain one."""

    name: str

    @property
    def is_seal(self) -> bool:
        """Whether it is a seal's; as the standard has it, one that does not say is."""
        return self.name.strip().lower() in {"", "seal"}


class Listed(msgspec.Struct, frozen=True):
    """A signature of the list.

    Attributes:
        id: its identifier, as it is written.
        kind: what it is.
        reference: where its Signature.xml is, as it is written.
    """

    id: str
    kind: Kind
    reference: str


class SignatureList:
    """The list of a document.

    Args:
        package: where it lies.
        entry: its file.

    Raises:
        OfdInvalid: it cannot be read, or is none.
    """

    def __init__(self, package: OfdPackage, entry: Entry) -> None:
        self.entry: Final = entry
        self.folder: Final = folder_of(entry.path)
        self._text = xml.XmlText(package.read(entry), entry.path)
        self.node: Final = xml.tree(self._text, package.limits)
        if self.node.name != "Signatures":
            raise OfdInvalid(_NOT_LIST)
        self._nodes = self.node.all("Signature")
        if len(self._nodes) > package.limits.signatures:
            raise OfdInvalid(_TOO_MANY)
        self.listed: Final[Sequence[Listed]] = tuple(
            Listed(
                node.attributes.get("ID", ""), Kind(node.attributes.get("Type", "")), node.attributes.get("BaseLoc", "")
            )
            for node in self._nodes
        )

    @classmethod
    def of(cls, package: OfdPackage, body: Body) -> "SignatureList | None":
        """The list of a document of OFD.xml; None if it has none.

        Raises:
            OfdInvalid: as above, or it is named and missing.
        """
        return package.once(cls, package.need(body.signatures)) if body.signatures else None

    def next_id(self) -> str:
        """An identifier that is not taken, in the style of the last one."""
        highest = _number(self.node.value("MaxSignId"))
        for one in self.listed:
            highest = max(highest, _number(one.id))
        match = _TAIL.match(self.listed[-1].id) if self.listed else None
        if match is None:
            return f"s{highest + 1:03d}"
        return f"{match[1]}{highest + 1:0{len(match[2])}d}"

    def with_one_more(self, identifier: str, kind: str, path: str) -> bytes:
        """The list with one more signature at its end."""
        if not self._nodes:
            return new_list(identifier, kind, path)
        prefix = self.node.prefix
        after = self.node.children.index(self._nodes[-1]) + 1
        following = self.node.children[after:]
        place = following[0].start if following else self.node.closing
        changes = [(place, place, _signature(prefix, identifier, kind, path))]
        highest = self.node.first("MaxSignId")
        if highest is not None and highest.closing > highest.start and not highest.children:
            start = self._text.utf8.index(b">", highest.start) + 1
            match = _TAIL.match(highest.text.strip())
            width = len(match[2]) if match else 1
            changes.append((start, highest.closing, f"{_number(identifier):0{width}d}"))
        return self._text.spliced(*changes)


def new_list(identifier: str, kind: str, path: str) -> bytes:
    """A list of one signature."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ofd:Signatures xmlns:ofd="{NAMESPACE}">'
        f"<ofd:MaxSignId>{_number(identifier)}</ofd:MaxSignId>{_signature('ofd:', identifier, kind, path)}"
        "</ofd:Signatures>"
    ).encode()


def with_pointer(root: Root, body: Body, path: str) -> bytes:
    """OFD.xml with the list of a document named in it."""
    node = body.node
    written = f"<{node.prefix}Signatures>{xml.escaped(path)}</{node.prefix}Signatures>"
    old = node.first("Signatures")
    if old is None:
        return root.text.spliced((node.closing, node.closing, written))
    # An empty pointer is filled; where it stands as an empty-element tag it is closed by its own ">".
    end = root.text.utf8.index(b">", old.closing) + 1
    return root.text.spliced((old.start, end, written))


def _signature(prefix: str, identifier: str, kind: str, path: str) -> str:
    return f'<{prefix}Signature ID="{xml.escaped(identifier)}" Type="{kind}" BaseLoc="{xml.escaped(path)}"/>'


def _number(identifier: str) -> int:
    match = _TAIL.match(identifier.strip())
    return int(match[2]) if match else 0
