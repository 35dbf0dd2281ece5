"""Anchors: checkpoints that were carried out of the gateway's reach, a line of JSON each."""

import json

import msgspec

from gateway.core.audit.chain import ChainInvalid
from gateway.core.audit.checkpoint import Checkpoint, Signed, read_checkpoint


class Anchored(msgspec.Struct, frozen=True):
    """A checkpoint of the anchors' file, read but not yet verified."""

    checkpoint: Checkpoint
    signed: Signed


def anchor_line(signed: Signed) -> bytes:
    """The line of a checkpoint."""
    proof = {"key": signed.key, "signature": signed.signature.hex()}
    return b'{"checkpoint":%s,"proof":%s}\n' % (signed.record, json.dumps(proof, separators=(",", ":")).encode())


def read_anchors(data: bytes) -> list[Anchored]:
    """The checkpoints of an anchors' file, in its order.

    Raises:
        ChainInvalid: a line is none.
    """
    found = []
    for number, line in enumerate(data.splitlines(), 1):
        try:
            raw = json.loads(line)
            checkpoint = read_checkpoint(msgspec.json.encode(raw["checkpoint"], order="sorted"))
            proof = raw["proof"]
            signed = Signed(
                record=checkpoint.record(), key=str(proof["key"]), signature=bytes.fromhex(proof["signature"])
            )
        except (ValueError, TypeError, LookupError) as error:
            raise ChainInvalid(f"line {number} of the anchors is no checkpoint") from error
        found.append(Anchored(checkpoint, signed))
    return found
