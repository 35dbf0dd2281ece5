"""What a rule may look at: the document, its folder, and the description if it could be read."""

from pathlib import Path
from typing import Final

import msgspec

from adapters.kit.manifest.findings import Remark
from adapters.kit.manifest.nodes import Node, Position
from adapters.kit.manifest.outline import Description
from adapters.kit.manifest.sealing import SIGN
from adapters.kit.manifest.sharing import SHARE_CORRECT, SHARE_REQUEST, SHARE_WITHDRAW, SHARE_WITHDRAW_CORRECTION
from gateway.core.text import Text

LIST: Final = "LicenceSource.list"
GET: Final = "LicenceSource.get"
FILE: Final = "LicenceSource.file"
STATUS: Final = "CaseSystem.status"
SCAN: Final = "IdentityProvider.verifyScan"
CHANGING: Final = frozenset({SCAN, SIGN, SHARE_REQUEST, SHARE_WITHDRAW, SHARE_CORRECT, SHARE_WITHDRAW_CORRECTION})
"""What is not only read: a scanned code is used up, a document is sealed, a request or dispute taken or withdrawn."""


class Scene(msgspec.Struct, frozen=True):
    """The document as it was meant. Any part of it may be missing or of another shape than the schema wants."""

    root: Node
    folder: Path
    description: Description | None = None

    @property
    def code(self) -> str | None:
        """The system's code."""
        node = self.root.find("system", "code")
        return node.text if node is not None else None

    def speaks(self, protocol: str) -> bool:
        """Whether ``soap`` or ``rest`` is the one protocol."""
        sections = self.root.below("protocol")
        return protocol in sections and not {"soap", "rest"} <= sections.keys()

    @property
    def operations(self) -> dict[str, Node]:
        """The operations by name."""
        return dict(self.root.below("operations"))

    def serving(self) -> dict[str, Node]:
        """The operations that serve a port method, by name."""
        return {name: node for name, node in self.operations.items() if "serves" in node.fields}


def text_at(node: Node, *path: str) -> str | None:
    """The text at a path below a node."""
    found = node.find(*path)
    return found.text if found is not None else None


def remark(at: Position, what: tuple[str, str], remedy: tuple[str, str], suggestion: str | None = None) -> Remark:
    """A remark from sentences in Chinese and English."""
    return Remark(at, Text(*what), Text(*remedy), suggestion)
