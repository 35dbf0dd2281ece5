"""Which files of a package the document reaches from OFD.xml.

Every attribute and every text of the XML files on the way counts as a reference if it names a file of the package, in
whichever element it stands: a reader may know elements that are not known here. Lists of signatures are not followed,
as what belongs to signatures is judged with them.
"""

from collections.abc import Collection
from typing import Final

from certs.ofd import xml
from certs.ofd.directory import Entry
from certs.ofd.errors import OfdInvalid
from certs.ofd.package import ROOT, OfdPackage
from certs.ofd.paths import folded, folder_of, joined

_LONGEST: Final = 1_024
_EXTENSION: Final = ".xml"


def reached_files(package: OfdPackage, lists: Collection[str]) -> frozenset[str] | None:
    """The folded paths of what is reached, OFD.xml and lists (given by folded path) included.

    None if there is more XML to read on the way than ``Limits.text`` allows.
    """
    names = frozenset(folded(entry.path).rpartition("/")[2] for entry in package.files)
    found, left = {folded(ROOT)}, package.limits.text
    waiting = [package.need(ROOT)]
    while waiting:
        entry = waiting.pop()
        key = folded(entry.path)
        if key in lists or not key.endswith(_EXTENSION):
            continue
        left -= entry.size
        if left < 0:
            return None
        for other in _Mentions(package, entry, names).files:
            if (path := folded(other.path)) not in found:
                found.add(path)
                waiting.append(other)
    return frozenset(found)


class _Mentions:
    """The files that an XML file names; none if it cannot be read."""

    def __init__(self, package: OfdPackage, entry: Entry, names: frozenset[str]) -> None:
        self._package = package
        self._names = names
        self._bases = [folder_of(entry.path), ""]
        self._text: list[str] = []
        self._is_first = True
        self._found: dict[str, Entry] = {}
        try:
            xml.scan(xml.XmlText(package.read(entry), entry.path), self._start, self._end, self._text.append)
        except OfdInvalid:
            self._found = {}
        self.files = tuple(self._found.values())

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._end()
        # The folder of resources is said once, at the root: more of them would cost a look-up each for every word.
        if self._is_first and name == "Res" and (base := joined(self._bases[0], attributes.get("BaseLoc", ""))):
            self._bases.append(base)
        self._is_first = False
        for value in attributes.values():
            self._note(value)

    def _end(self, _name: str = "") -> None:
        if self._text:
            self._note("".join(self._text))
            self._text.clear()

    def _note(self, word: str) -> None:
        if len(word) > _LONGEST or folded(word.replace("\\", "/").rpartition("/")[2].strip()) not in self._names:
            return
        for base in self._bases:
            path = joined(base, word)
            if path is not None and (entry := self._package.get(path)) is not None:
                self._found[entry.path] = entry
