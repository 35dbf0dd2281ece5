"""Whether a document is another one with one more seal, and nothing else.

Files are compared byte for byte, however they are packed. Only OFD.xml, where it had no list of signatures to name, and
the list itself may differ, and only by what names the new signature: as elements, attributes and texts, for others
write XML in their own way. The only new files are those of the new signature and, where there was none, the list.
"""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Final

from certs.examination import Addition, Check
from certs.ofd import xml
from certs.ofd.digests import digest_file
from certs.ofd.directory import Entry
from certs.ofd.document import Body, Root
from certs.ofd.errors import OfdError
from certs.ofd.limits import LIMITS, Limits
from certs.ofd.package import PIECE, OfdPackage, Openable, shown
from certs.ofd.paths import folded, folder_of
from certs.ofd.signature_files import described, sealed_value
from certs.ofd.signature_list import Listed, SignatureList
from certs.seals import Seal, SealError
from certs.x509 import Hash
from gateway.core.text import Text

_ONLY_SEAL: Final = Text("除印章「{name}」外，文件与原文件完全一致", "but for the seal {name} it is the document")
_UNSIGNED: Final = Text("文件未加盖新的印章", "no seal was added to the document")
_SEVERAL: Final = Text("文件增加了 {count} 个签名，应恰有一个", "{count} signatures were added instead of one")
_CHANGED: Final = Text("原文件中的文件被改动或删除：{path}", "a file of the document was changed or removed: {path}")
_ADDED: Final = Text("增加了与印章无关的文件：{path}", "a file was added that is not the seal's: {path}")
_ROOT_CHANGED: Final = Text("OFD.xml 被改动", "OFD.xml was changed")
_LIST_CHANGED: Final = Text("原有的签名列表被改动", "the list of signatures was changed beyond the new one")
_NOT_NEW: Final = Text(
    "新签名使用了原文件中的文件：{path}", "the new signature uses a file that the document had before: {path}"
)
_NO_SEAL: Final = Text("新增的是签名而不是印章", "what was added is a signature and no seal")
_OTHER_SEAL: Final = Text("盖的不是所要求的印章", "it is sealed with another seal than was asked for")
_NOT_SHOWN: Final = Text("印章没有显示在任何页面上", "the seal shows on no page")
_TOO_LARGE: Final = Text("印章显示得比其尺寸大", "the seal shows larger than it is")
_ROOM: Final = 1.0
"""Millimetres by which a seal may show larger than it is."""


class _Differs(OfdError):
    """What came back is not the document with one more seal."""


def compare_ofd(original: Openable, sealed: Openable, seal: Seal, limits: Limits = LIMITS) -> Addition:
    """Compare a sealed document with the one that was to be sealed.

    Raises:
        OfdInvalid: one of them cannot be read.
        OSError: likewise.
    """
    with OfdPackage.open(original, limits) as before, OfdPackage.open(sealed, limits) as after:
        try:
            new = _Comparing(before, after).new_signature(seal)
        except _Differs as error:
            return Addition((Check.ADDITION.invalid(error.reason),))
    return Addition((Check.ADDITION.valid(_ONLY_SEAL.format(name=shown(seal.name))),), shown(new.id))


class _Comparing:
    def __init__(self, before: OfdPackage, after: OfdPackage) -> None:
        self._before = before
        self._after = after
        self._files = {entry.path: entry for entry in after.files}
        self._exempt: set[str] = set()
        """Paths of what was compared as XML, and may differ as bytes."""

        self._new: set[str] = set()
        """Folded paths of what belongs to the new signature."""

    def new_signature(self, seal: Seal) -> Listed:
        """The only one; a _Differs if it is not this seal's, or something else differs."""
        before, after = self._before.once(Root), self._after.once(Root)
        added: list[tuple[Listed, SignatureList]] = []
        self._compare_roots(before, after)
        for old, new in zip(before.bodies, after.bodies, strict=True):
            added += self._added(old, new)
        if len(added) != 1:
            raise _Differs(_SEVERAL.format(count=len(added)) if added else _UNSIGNED)
        self._check_signature(*added[0], seal)
        self._compare_files()
        return added[0][0]

    def _compare_roots(self, before: Root, after: Root) -> None:
        """OFD.xml is the same but for lists that are named where none was."""
        lists = [body.signatures for body in before.bodies]
        gained = [body.signatures for body in after.bodies]
        changes = [old != new for old, new in zip_longest(lists, gained)]
        if not any(changes):
            if _outline(before.node) != _outline(after.node):
                raise _Differs(_ROOT_CHANGED)
            return
        if any(old for old, change in zip_longest(lists, changes) if change) or len(lists) != len(gained):
            raise _Differs(_ROOT_CHANGED)
        if _outline(before.node, pointers=False) != _outline(after.node, pointers=False):
            raise _Differs(_ROOT_CHANGED)
        self._exempt.add(after.entry.path)

    def _added(self, old: Body, new: Body) -> Sequence[tuple[Listed, SignatureList]]:
        """The signatures that the list of one document has gained."""
        before, after = SignatureList.of(self._before, old), SignatureList.of(self._after, new)
        if after is None:
            return []
        if before is None:
            self._claim(after.entry)
            return [(one, after) for one in after.listed]
        count = len(before.listed)
        if after.entry.path != before.entry.path or after.listed[:count] != before.listed:
            raise _Differs(_LIST_CHANGED)
        if _listing(before, count) != _listing(after, count):
            raise _Differs(_LIST_CHANGED)
        self._exempt.add(after.entry.path)
        return [(one, after) for one in after.listed[count:]]

    def _check_signature(self, listed: Listed, among: SignatureList, seal: Seal) -> None:
        after = self._after
        entry = after.need(listed.reference, among.folder)
        description = described(after, entry).description
        folder = folder_of(entry.path)
        value = after.need(description.value, folder)
        own = [entry, value] + ([after.need(description.seal, folder)] if description.seal else [])
        for one in own:
            self._claim(one)
        if not listed.kind.is_seal:
            raise _Differs(_NO_SEAL)
        try:
            signed = sealed_value(after, value)
        except SealError as error:
            raise _Differs(error.reason) from None
        if signed.seal_raw != seal.envelope.raw:
            raise _Differs(_OTHER_SEAL)
        if not description.stamps:
            raise _Differs(_NOT_SHOWN)
        width, height = seal.picture.width + _ROOM, seal.picture.height + _ROOM
        if any(one.boundary.width > width or one.boundary.height > height for one in description.stamps):
            raise _Differs(_TOO_LARGE)

    def _claim(self, entry: Entry) -> None:
        if self._before.get(entry.path) is not None:
            raise _Differs(_NOT_NEW.format(path=shown(entry.path)))
        self._new.add(folded(entry.path))

    def _compare_files(self) -> None:
        """Every file is there, unchanged, and no other but the new signature's."""
        known = set[str]()
        for entry in self._before.files:
            known.add(folded(entry.path))
            other = self._files.get(entry.path)
            if other is None or (entry.path not in self._exempt and not self._same(entry, other)):
                raise _Differs(_CHANGED.format(path=shown(entry.path)))
        for entry in self._after.files:
            if folded(entry.path) not in known | self._new:
                raise _Differs(_ADDED.format(path=shown(entry.path)))

    def _same(self, entry: Entry, other: Entry) -> bool:
        """Whether two files have the same content; packed alike, they need not be unpacked."""
        if (entry.size, entry.checksum) != (other.size, other.checksum):
            return False
        if (entry.method, entry.packed) == (other.method, other.packed) and self._packed_alike(entry, other):
            return True
        return digest_file(self._before, entry, Hash.SHA256) == digest_file(self._after, other, Hash.SHA256)

    def _packed_alike(self, entry: Entry, other: Entry) -> bool:
        return all(
            self._before.source.read(entry.content + start, length)
            == self._after.source.read(other.content + start, length)
            for start in range(0, entry.packed, PIECE)
            for length in (min(PIECE, entry.packed - start),)
        )


_Outline = tuple[str, Mapping[str, str], str, tuple["_Outline", ...]]


def _outline(node: xml.Node, *, pointers: bool = True) -> _Outline:
    """What an element says, however it is written; without ``pointers``, but for what names a document's list."""
    kept = [one for one in node.children if pointers or (node.name, one.name) != ("DocBody", "Signatures")]
    return node.name, node.attributes, node.text.strip(), tuple(_outline(one, pointers=pointers) for one in kept)


def _listing(listed: SignatureList, count: int) -> Sequence[_Outline]:
    """What a list says of its first signatures and besides; the highest number that was given may grow."""
    signatures = [_outline(node) for node in listed.node.all("Signature")[:count]]
    rest = [_outline(node) for node in listed.node.children if node.name not in {"Signature", "MaxSignId"}]
    return [(listed.node.name, listed.node.attributes, listed.node.text.strip(), ()), *signatures, *rest]
