"""An export as it is read: its files, and what the steps of an examination have read in them so far."""

from collections.abc import Mapping

import msgspec

from gateway.core.audit.chain import Header
from gateway.core.audit.checkpoint import Checkpoint, SignatureVerifier, Standing
from gateway.core.audit.export import Chosen, key_name
from gateway.core.audit.findings import Invalid


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that the manifest lists."""

    name: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the export says of itself."""

    format: str
    made_at: str
    chosen: Chosen
    entries: int
    key: str
    files: tuple[File, ...]


class Continued(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The proof that a chain's tree continues its first ``count`` entries."""

    count: int
    path: tuple[str, ...]


class Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A chain as far as one checkpoint covers it; ``whole`` if all its entries are there."""

    header: Header
    checkpoint: int
    whole: bool
    continued: tuple[Continued, ...]


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That an entry of a chain which is not whole is in it: the hash before it, and its path."""

    chain: str
    number: int
    previous: str
    path: tuple[str, ...]


class Exported:
    """The files, and what has been read.

    Attributes:
        checkpoints: by number.
        chains: by name, in their order; ``standings`` where each stands in its checkpoint.
        hashes: of entries, by chain and number.
        roots: of trees that anchors ask for, by chain and count.
    """

    def __init__(self, files: Mapping[str, bytes], verifier: SignatureVerifier) -> None:
        self.files = files
        self.verifier = verifier
        self.checkpoints: dict[int, Checkpoint] = {}
        self.chains: dict[str, Listed] = {}
        self.standings: dict[str, Standing] = {}
        self.roots: dict[tuple[str, int], bytes] = {}
        self.hashes: dict[tuple[str, int], bytes] = {}

    def is_signed(self, key: str, data: bytes, signature: bytes) -> bool:
        """Whether the key of this name, which is in the export, proves the data."""
        return self.verifier.is_signed(self.file(key_name(key)).decode(), data, signature)

    def file(self, name: str) -> bytes:
        """What a file holds; raises Invalid if there is none."""
        content = self.files.get(name)
        if content is None:
            raise Invalid("缺少文件", "a file is missing")
        return content

    def lines(self, name: str) -> list[bytes]:
        """Its lines; raises Invalid if the last one is cut off."""
        content = self.file(name)
        if content and not content.endswith(b"\n"):
            raise Invalid(f"文件 {name} 不完整", f"the file {name} is cut off")
        return content.split(b"\n")[:-1]
