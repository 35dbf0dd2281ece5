"""Making an export: entries with all that proves them, in files that openssl and a page of Python can check."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from gateway.core.audit.canonical import canonical
from gateway.core.audit.chain import Header
from gateway.core.audit.checkpoint import CheckpointSigner, Signed
from gateway.core.audit.merkle import Tree

FORMAT = "yiwang audit export 1"
MOST_ENTRIES = 200_000
MOST_CONTINUED = 20
"""Earlier checkpoints of a chain, the newest ones, from which its consistency is proven where it is not whole."""

MANIFEST, ENTRIES, CHAINS, PROOFS, README = (
    "manifest.json",
    "entries.jsonl",
    "chains.jsonl",
    "proofs.jsonl",
    "README.md",
)


class Chosen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which entries an export is of: those whose events happened from ``since`` until before ``until``."""

    since: str
    until: str
    kinds: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()


class ExportedEntry(msgspec.Struct, frozen=True):
    """One entry: its number in its chain, its canonical bytes."""

    number: int
    record: bytes


class ExportedChain(msgspec.Struct, frozen=True, kw_only=True):
    """A chain as far as one checkpoint covers it, with the entries that were chosen.

    Attributes:
        hashes: of all its entries, in order, up to what the checkpoint covers.
        checkpoint: number of the checkpoint.
        earlier: counts of entries that earlier checkpoints covered.
    """

    header: Header
    hashes: Sequence[bytes]
    checkpoint: int
    entries: Sequence[ExportedEntry]
    earlier: Sequence[int] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all entries were chosen."""
        return len(self.entries) == len(self.hashes)


def build_export(
    chosen: Chosen,
    chains: Sequence[ExportedChain],
    checkpoints: Mapping[int, Signed],
    keys: Mapping[str, str],
    signer: CheckpointSigner,
    made_at: datetime,
) -> dict[str, bytes]:
    """The files, by name.

    Args:
        chosen: the choice that led to the entries.
        chains: in the order in which they are to stand.
        checkpoints: those that the chains name, by number.
        keys: all public keys that ever signed a checkpoint, PEM by name; the signer's is added.
        signer: signs the manifest.
        made_at: now.
    """
    entries, proofs, listed = [], [], []
    for chain in chains:
        tree = Tree(list(chain.hashes))
        entries += [entry.record for entry in chain.entries]
        if not chain.is_whole:
            proofs += [_proof(chain, tree, entry.number) for entry in chain.entries]
        listed.append(_listed(chain, tree))
    files = {ENTRIES: _lines(entries), CHAINS: _lines(listed), PROOFS: _lines(proofs), README: _README.encode()}
    for number, signed in checkpoints.items():
        name = checkpoint_name(number)
        files[name] = signed.record
        files[f"{name}.sig"] = signed.signature
        files[f"{name}.key"] = signed.key.encode()
        if signed.token is not None:
            files[f"{name}.tst"] = signed.token
    for key, pem in {**keys, signer.key: signer.public_pem}.items():
        files[key_name(key)] = pem.encode()
    manifest = canonical(
        {
            "format": FORMAT,
            "made_at": made_at.isoformat(),
            "chosen": msgspec.to_builtins(chosen),
            "entries": len(entries),
            "key": signer.key,
            "files": [
                {"name": name, "bytes": len(files[name]), "sha256": hashlib.sha256(files[name]).hexdigest()}
                for name in sorted(files)
            ],
        }
    )
    return files | {MANIFEST: manifest, f"{MANIFEST}.sig": signer.sign(manifest)}


def checkpoint_name(number: int) -> str:
    """The name of a checkpoint's file."""
    return f"checkpoints/{number:010}.json"


def key_name(key: str) -> str:
    """The name of a public key's file."""
    return f"keys/{key}.pem"


def _proof(chain: ExportedChain, tree: Tree, number: int) -> bytes:
    previous = chain.hashes[number - 2].hex() if number > 1 else chain.header.name
    path = [step.hex() for step in tree.inclusion(number - 1)]
    return canonical({"chain": chain.header.name, "number": number, "previous": previous, "path": path})


def _listed(chain: ExportedChain, tree: Tree) -> bytes:
    continued = []
    if not chain.is_whole:
        counts = sorted({count for count in chain.earlier if 0 < count < len(chain.hashes)})[-MOST_CONTINUED:]
        continued = [{"count": count, "path": [step.hex() for step in tree.consistency(count)]} for count in counts]
    return canonical(
        {
            "header": msgspec.to_builtins(chain.header),
            "checkpoint": chain.checkpoint,
            "whole": chain.is_whole,
            "continued": continued,
        }
    )


def _lines(records: Sequence[bytes]) -> bytes:
    return b"".join(record + b"\n" for record in records)


_README = """\
# 审计导出 · Audit export

用 `yiwang audit verify` 校验，无需网关与数据库；也可只用 openssl 与 Python 标准库，
步骤与脚本见项目文档 docs/how-to/verify-audit.md：

Check it with `yiwang audit verify`, which needs neither gateway nor database; or with openssl and plain Python
only, as docs/how-to/verify-audit.md of the project shows:

1. `manifest.json` 列出其余每个文件的 SHA-256，`manifest.json.sig` 是其签名，公钥为 `keys/<key>.pem`。
   `manifest.json` lists the SHA-256 of every other file; `manifest.json.sig` signs it with `keys/<key>.pem`.
   `openssl dgst -sha256 -verify keys/KEY.pem -signature manifest.json.sig manifest.json`
   （SM2 密钥 · for an SM2 key: `openssl dgst -sm3 -sigopt distid:1234567812345678 …`）
2. `checkpoints/*.json` 同样由其 `.sig` 与 `.key` 所指的公钥签名；`root` 是 `chains` 各项的 RFC 6962 默克尔根。
   Each of `checkpoints/*.json` is signed likewise, by the key that its `.key` names; `root` is the RFC 6962
   Merkle root over the canonical JSON of its `chains`.
3. `chains.jsonl` 每行一条链：链名 = SHA-256("yiwang audit chain 1\\n" ‖ 规范化 header)。
   Each line of `chains.jsonl` is a chain; its name is SHA-256("yiwang audit chain 1\\n" ‖ canonical header).
4. `entries.jsonl` 每行一条记录（RFC 8785），散列 = SHA-256("yiwang audit entry 1\\n" ‖ 前一散列 ‖ 记录)；
   首条之前的散列即链名。全部散列依次构成该链的默克尔树；非完整的链在 `proofs.jsonl` 中给出前一散列与路径。
   Each line of `entries.jsonl` is an entry (RFC 8785); its hash is SHA-256("yiwang audit entry 1\\n" ‖ previous
   hash ‖ line), where the chain's name precedes the first. The hashes are the leaves of the chain's Merkle tree;
   for chains that are not whole, `proofs.jsonl` gives previous hash and path.

公钥须与运维单位另行公布的相同。Compare the public keys with those that operations publish elsewhere.
"""
