"""What makes a signature last: certificates, timestamps, and evidence that nothing was revoked."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from certs.examination import Verdict
from certs.pdf.errors import ProofMissing
from certs.timestamps import Imprint, Token
from certs.x509 import Certificate, Evidence, TrustStore, Usage, build_chain, examine_revocation
from gateway.core.clock import Clock, Deadline
from gateway.core.text import Text

SECONDS: Final = 30.0
"""For which a timestamp, or evidence on one chain, is waited for at most."""

_NO_STAMPS: Final = Text("该级别需要时间戳服务", "this level needs a timestamping authority")
_NO_EVIDENCE: Final = Text(
    "该级别需要信任锚和吊销信息来源", "this level needs trust anchors and a source of evidence on revocation"
)

Gather = Callable[[Sequence[Certificate], Deadline], Awaitable[Evidence]]
"""Gets the evidence on the certificates of a path (``RevocationFetcher.gather``)."""


class Timestamps(Protocol):
    """Where timestamps come from (``TimestampClient``)."""

    async def get_token(self, imprint: Imprint, deadline: Deadline) -> Token:
        """A token for this imprint, verified.

        Raises:
            TimestampUnavailable: there is none before the deadline.
        """
        ...


@dataclass(frozen=True, slots=True)
class Proofs:
    """Where the proofs of a signature come from.

    Attributes:
        certificates: above the signer's, up to the root; they go into the signature.
        between: further ones, for chains that need them; only LT and LTA put them into the document.
        timestamps: for the levels T, LT and LTA.
        trust: whose chains count, for LT and LTA.
        gather: where evidence on revocation comes from, for LT and LTA.
    """

    certificates: tuple[Certificate, ...] = ()
    timestamps: Timestamps | None = None
    trust: TrustStore | None = None
    gather: Gather | None = None
    between: tuple[Certificate, ...] = ()

    def check(self, *, timestamps: bool, evidence: bool) -> None:
        """What is needed was given.

        Raises:
            ProofMissing: it was not.
        """
        if timestamps and self.timestamps is None:
            raise ProofMissing(_NO_STAMPS)
        if evidence and (self.trust is None or self.gather is None):
            raise ProofMissing(_NO_EVIDENCE)

    async def token(self, imprint: Imprint, clock: Clock) -> Token:
        """A timestamp for this imprint; ``timestamps`` was given."""
        assert self.timestamps is not None
        return await self.timestamps.get_token(imprint, Deadline.after(SECONDS, clock))

    async def evidence(self, signer: Certificate, token: Token, clock: Clock) -> tuple[list[Certificate], Evidence]:
        """The certificates of the chains of signer and timestamp, and what proves that none was revoked.

        Raises:
            ProofMissing: a chain is not trusted, or nothing proves that it was not revoked.
        """
        (stamper,) = token.signed.signers
        known = (*self.certificates, *self.between)
        authority = token.signed.certificate_of(stamper, known)
        kept, found = await self._about(signer, known, Usage.SIGNATURE, clock)
        if authority is None:
            raise ProofMissing(
                Text("时间戳中没有时间戳机构的证书", "the timestamp does not hold its authority's certificate")
            )
        others = (*token.signed.certificates, *known)
        path, more = await self._about(authority, others, Usage.TIMESTAMP, clock)
        return list(dict.fromkeys((*kept, *path))), found + more

    async def _about(
        self, certificate: Certificate, others: Sequence[Certificate], usage: Usage, clock: Clock
    ) -> tuple[Sequence[Certificate], Evidence]:
        assert self.trust is not None
        assert self.gather is not None
        chain = build_chain(certificate, others, self.trust, clock.now(), usage)
        if chain.verdict is not Verdict.VALID:
            raise ProofMissing(chain.reason)
        gathered = await self.gather(chain.path, Deadline.after(SECONDS, clock))
        now = clock.now()
        revocation = examine_revocation(chain.path, now, gathered, now)
        if revocation.verdict is not Verdict.VALID:
            raise ProofMissing(revocation.reason)
        return chain.path, revocation.used
