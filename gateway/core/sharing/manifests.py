"""The manifest of an exported file: its bytes and the receipts of its pages, signed as a receipt is.

Its form is that of a receipt in a group of one, so that whoever verifies receipts verifies it with the same script.
"""

from typing import Any, Final

import msgspec

from gateway.core.audit.canonical import canonical, parse
from gateway.core.audit.merkle import Tree
from gateway.core.sharing.receipts import Proof, statement_of
from gateway.core.sharing.tables import TableFormat

MANIFEST: Final = "yiwang share export 1"


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is vouched for.

    Attributes:
        id: of the export; ``request_id`` of the request to the gateway that asked for it.
        grants: the grant and those above it, by id.
        at: when the file was made, ISO 8601 in UTC.
        sha256: of the file, hexadecimal; ``size`` its bytes.
        receipts: the root (RFC 6962, hexadecimal) over the canonical receipts of its pages in order; ``pages`` of them.
    """

    id: str
    request_id: str
    grants: tuple[str, ...]
    resource: str
    resource_version: int
    at: str
    format: TableFormat
    rows: int
    size: int
    sha256: str
    pages: int
    receipts: str
    kind: str = MANIFEST

    def record(self) -> bytes:
        """The manifest in canonical JSON."""
        return canonical(msgspec.to_builtins(self))


def proof_of(manifest: Manifest) -> Proof:
    """Its place in a group of its own."""
    return Proof(index=0, count=1, root=Tree([manifest.record()]).root.hex(), path=())


def shown(manifest: Manifest, signature: str | None, key: str | None) -> dict[str, Any]:
    """The manifest for whoever gets the file: with its proof and the statement's signature, if there is one."""
    whole: dict[str, Any] = {"receipt": parse(manifest.record())}
    if signature is None:
        return whole
    proof = proof_of(manifest)
    signed = {"statement": parse(statement_of(proof)), "signature": signature, "key": key}
    return whole | {"proof": msgspec.to_builtins(proof)} | signed
