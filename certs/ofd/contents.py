"""What a signature says of the files in its package: digests, coverage, and what came later."""

from collections.abc import Collection, Sequence
from functools import cached_property
from hmac import compare_digest
from typing import Final

import msgspec

from certs.examination import Check, Step
from certs.ofd.description import Description
from certs.ofd.digests import FORGEABLE, NAMES, digest_file
from certs.ofd.directory import Entry
from certs.ofd.document import Root
from certs.ofd.errors import EntryDamaged
from certs.ofd.package import ROOT, OfdPackage, shown
from certs.ofd.paths import folded, folder_of
from certs.ofd.reach import reached_files
from certs.ofd.signature_list import Listed, SignatureList
from certs.x509 import Hash
from gateway.core.text import Text

_HOLD = Text("受保护的 {count} 个文件摘要全部一致", "the digests of all {count} protected files hold")
_DIFFER = Text("受保护的文件已被改动、损坏或缺失：{files}", "protected files were changed, damaged or removed: {files}")
_FORGEABLE_TEXT = Text("摘要算法 {name} 不安全或未注明", "the digest {name} can be forged, or none is named")
_UNKNOWN_DIGEST = Text("摘要算法 {name} 不受支持，无法核对内容", "the digest {name} is not known here")
_TWICE = Text("同一文件被引用两次：{file}", "one file is named twice with different digests: {file}")
_COVERED = Text("文档用到的文件全部受签名保护", "every file that the document uses is protected")
_COVERED_BUT_ROOT = Text(
    "文档用到的文件均受保护，仅 OFD.xml 自身未列入保护（部分厂商如此，形式上有效）",
    "every file that the document uses is protected but OFD.xml itself, as some makers do; valid by form",
)
_UNCOVERED = Text(
    "文档用到但不受签名保护的文件：{files}", "files that the document uses and the signature does not protect: {files}"
)
_TOO_MUCH = Text(
    "有文件不受签名保护，且文档过大，无法判断是否用到它们",
    "some files are not protected, and the document is too large to tell whether it uses them",
)
_IDLE = Text(
    "；另有 {count} 个文档未用到的文件不受保护", "; {count} files that the document does not use are not protected"
)
_UNCHANGED = Text("签章后没有发现改动", "no change after sealing was found")
_FOLLOWED = Text(
    "签章后又有 {count} 个签名，均未改动本签名保护的内容",
    "{count} signatures followed; none changed what this one protects",
)
_CHANGED_BETWEEN = Text(
    "在本签名之后、签名“{later}”之前被改动的文件：{files}",
    "files that were changed after this signature and before the signature “{later}”: {files}",
)
_REMOVED = Text(
    "签名文件仍在包内但已不在签名列表中，可能有签名被移除：{files}",
    "files of a signature that no list names any more, so that one may have been removed: {files}",
)
_SHOWN = 5
_DESCRIPTION: Final = "signature.xml"


class Bearing(msgspec.Struct, frozen=True, kw_only=True):
    """A signature of the package with its files.

    Attributes:
        listed: as the list names it.
        entry: its Signature.xml.
        data: the content of that.
        description: the same, read.
        value: its SignedValue.dat.
        seal: its Seal.esl, if there is one.
    """

    listed: Listed
    entry: Entry
    data: bytes
    description: Description
    value: Entry
    seal: Entry | None

    def files(self) -> frozenset[str]:
        """Folded paths of its own files."""
        own = (self.entry, self.value, self.seal)
        return frozenset(folded(entry.path) for entry in own if entry is not None)


class Contents:
    """The files of a package, digested once for all its signatures."""

    def __init__(self, package: OfdPackage, root: Root) -> None:
        self.package: Final = package
        self.root: Final = root
        self.lists: list[SignatureList] = []
        self._digests: dict[tuple[str, Hash], bytes | None] = {}

    def digest(self, entry: Entry, kind: Hash) -> bytes | None:
        """The digest of a file; None if it cannot be unpacked."""
        key = entry.path, kind
        if key not in self._digests:
            try:
                self._digests[key] = digest_file(self.package, entry, kind)
            except EntryDamaged:
                self._digests[key] = None
        return self._digests[key]

    @property
    def list_files(self) -> frozenset[str]:
        """Folded paths of the lists of signatures."""
        return frozenset(folded(one.entry.path) for one in self.lists)

    @cached_property
    def reached(self) -> frozenset[str] | None:
        """Folded paths of what the document uses, None if that is too much to find out; asked for last."""
        return reached_files(self.package, self.list_files)


class Protection:
    """What one signature protects, and whether it is as it was."""

    def __init__(self, contents: Contents, bearing: Bearing) -> None:
        self._contents = contents
        self._bearing = bearing
        self.protected: Final[set[str]] = set()
        self.broken: Final[list[str]] = []
        """References that do not hold: folded paths, or what is written where there is no such file."""
        self.lost: Final[set[str]] = set()
        """Where those were looked for that are not there: folded paths."""
        self._kind: Hash | None = NAMES.get(bearing.description.check_method.upper())
        self._twice: str | None = None
        self._compare()

    def _compare(self) -> None:
        package, folder = self._contents.package, folder_of(self._bearing.entry.path)
        known: dict[str, bytes] = {}
        for reference in self._bearing.description.references:
            entry = package.find(reference.file, folder)
            if entry is None:
                self.broken.append(reference.file)
                self.lost.update(package.places(reference.file, folder))
                continue
            path = folded(entry.path)
            if known.setdefault(path, reference.value) != reference.value:
                self._twice = entry.path
            self.protected.add(path)
            if self._kind is None:
                continue
            found = self._contents.digest(entry, self._kind)
            if found is None or not compare_digest(found, reference.value):
                self.broken.append(path)

    def digests(self) -> Step:
        """Whether everything that is protected is as it was."""
        name = self._bearing.description.check_method
        if self._twice is not None:
            return Check.DIGESTS.invalid(_TWICE.format(file=shown(self._twice)))
        if name.upper() in FORGEABLE:
            return Check.DIGESTS.invalid(_FORGEABLE_TEXT.format(name=shown(name)))
        if self._kind is None:
            return Check.DIGESTS.unsupported(_UNKNOWN_DIGEST.format(name=shown(name)))
        if self.broken:
            return Check.DIGESTS.invalid(_DIFFER.format(files=_some(self.broken)))
        return Check.DIGESTS.valid(_HOLD.format(count=len(self.protected)))

    def coverage(self) -> Step:
        """Whether everything that the document uses is protected."""
        contents = self._contents
        beside = self._bearing.files() | contents.list_files | self.protected
        open_files = [path for entry in contents.package.files if (path := folded(entry.path)) not in beside]
        root = folded(ROOT)
        reached: frozenset[str] | None = contents.reached if open_files else frozenset()
        if reached is None:
            return Check.COVERAGE.unsupported(_TOO_MUCH)
        used = [path for path in open_files if path in reached and path != root]
        if used:
            return Check.COVERAGE.invalid(_UNCOVERED.format(files=_some(used)))
        said = _COVERED_BUT_ROOT if root in open_files else _COVERED
        idle = len(open_files) - (root in open_files)
        if idle:
            said = Text(said.zh + _IDLE.zh, said.en + _IDLE.en).format(count=idle)
        return Check.COVERAGE.valid(said)

    def changes(self, later: Sequence[tuple[str, "Protection"]]) -> Step:
        """What later signatures, given with their labels, confirm that this one does not."""
        for label, other in later:
            changed = [path for path in self.broken if path in other.protected and path not in other.broken]
            if changed:
                return Check.CHANGES.invalid(_CHANGED_BETWEEN.format(later=label, files=_some(changed)))
        return Check.CHANGES.valid(_FOLLOWED.format(count=len(later)) if later else _UNCHANGED)


def removed_signatures(contents: Contents, claimed: Collection[str]) -> Step | None:
    """A step if the package has a signature that no list names; ``claimed`` are folded paths of those that one does."""
    left = [
        path
        for entry in contents.package.files
        if (path := folded(entry.path)).rpartition("/")[2] == _DESCRIPTION and path not in claimed
    ]
    return Check.CHANGES.invalid(_REMOVED.format(files=_some(left))) if left else None


def _some(paths: Sequence[str]) -> str:
    named = ", ".join(shown(path) for path in paths[:_SHOWN])
    return named if len(paths) <= _SHOWN else f"{named} … ({len(paths)})"
