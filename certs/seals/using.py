"""Whether a seal may be put under a document: by itself, at a time, by a signer."""

from datetime import datetime
from functools import lru_cache

from certs.examination import Check, Verdict
from certs.seals.examining import examine_seal, examine_signer, examine_validity
from certs.seals.seal import Seal
from gateway.core.text import Text


def flaw_in_use(seal: Seal, certificate: bytes, at: datetime) -> Text | None:
    """What forbids whoever has this certificate (DER) to use the seal at that time; None if nothing does."""
    if (flaw := _own_flaw(seal.envelope.raw)) is not None:
        return flaw
    for step in (examine_validity(seal, at), examine_signer(seal, certificate)):
        if step.verdict is not Verdict.VALID:
            return step.message
    return None


@lru_cache(maxsize=16)
def _own_flaw(raw: bytes) -> Text | None:
    """What is wrong with a seal by itself: the same at any time, and asked again with every document."""
    for step in examine_seal(raw, None):
        if step.number == Check.SEAL and step.verdict is not Verdict.VALID:
            return step.message
    return None
