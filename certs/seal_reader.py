"""Reading seals for the register: what does not hold, or is not known to hold, is refused before it is kept."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

from certs.documents import Trust
from certs.examination import Check, Step, Verdict
from certs.seals import Seal, SealVersion, examine_seal, examine_signer, read_seal
from certs.signers.reference import KeyPlace, KeyReference
from certs.x509 import (
    Certificate,
    CertificateInvalid,
    CertificateUnsupported,
    build_chain,
    examine_revocation,
    read_certificate,
)
from certs.x509.chain import LONGEST_CHAIN
from gateway.core import problems
from gateway.core.clock import Clock
from gateway.core.errors import KeyUnusable, Refusal
from gateway.core.seals.reading import SealReading
from gateway.core.text import Text

LONGEST_NAME: Final = 200

_NO_CERTIFICATE = Text("没有签章人证书", "the signer's certificate is missing")
_TOO_MANY = Text("证书超过 {most} 个", "there are more than {most} certificates")
_CERTIFICATE_BROKEN = Text("第 {number} 个证书无法解析", "certificate {number} cannot be read")
_NAMES = Text(
    "印章编号与名称须为 1 到 {limit} 个可见字符",
    "a seal's number and name are 1 to {limit} visible characters",
)
_SIGNER = Text("签章人证书：{reason}", "the signer's certificate: {reason}")
_MAKER = Text("制章者证书：{reason}", "the maker's certificate: {reason}")


class TrustedSealReader:
    """A SealReader that believes what ``current`` gives.

    Args:
        current: the anchors and lists of this moment; without anchors no seal is believed.
        clock: the time for which chains are judged.
        files: whether keys may lie in files; in production they may not.
    """

    def __init__(self, current: Callable[[], Trust], clock: Clock, *, files: bool) -> None:
        self._current = current
        self._clock = clock
        self._files = files

    async def read(self, structure: bytes, certificates: Sequence[bytes]) -> SealReading:
        """The seal, if its maker made it, its signer may use it, and both are trusted; raises Refusal."""
        return await asyncio.to_thread(self._read, structure, certificates)

    def is_key(self, reference: str) -> bool:
        """Whether a key of this reference could be opened here, as far as the reference tells; it holds no secret."""
        try:
            place = KeyReference.read(reference).place
        except KeyUnusable:
            return False
        allowed = {KeyPlace.PKCS11, KeyPlace.SDF} | ({KeyPlace.FILE} if self._files else set())
        return place in allowed and "pin-value" not in reference

    def _read(self, structure: bytes, certificates: Sequence[bytes]) -> SealReading:
        seal = _seal(structure)
        signer, *issuers = _certificates(certificates)
        if (step := examine_signer(seal, signer.der)).verdict is not Verdict.VALID:
            raise _unfit("input.certificates", step.message)
        now, trust = self._clock.now(), self._current()
        for reason in _doubts(signer, issuers, trust, now, now):
            raise _unfit("input.certificates", _about(_SIGNER, reason))
        maker = read_certificate(seal.envelope.maker)
        for reason in _doubts(maker, issuers, trust, seal.created_at, now):
            raise _unfit("input.structure", _about(_MAKER, reason))
        return SealReading(
            number=seal.identity,
            name=seal.name,
            structure=structure,
            certificates=tuple(one.der for one in (signer, *issuers)),
            valid_from=max(seal.valid_from, signer.not_before),
            valid_until=min(seal.valid_until, signer.not_after),
            usable_here=seal.version is not SealVersion.V1,
        )


def _seal(structure: bytes) -> Seal:
    """The seal by itself: form, the maker's signature, the picture."""
    wrong: Step | None = next(
        (
            step
            for step in examine_seal(structure, None)
            if step.number == Check.SEAL and step.verdict is not Verdict.VALID
        ),
        None,
    )
    if wrong is not None:
        raise _unfit("input.structure", wrong.message)
    seal = read_seal(structure)
    if not all(1 <= len(text) <= LONGEST_NAME and text.isprintable() for text in (seal.identity, seal.name)):
        raise _unfit("input.structure", _NAMES.format(limit=LONGEST_NAME))
    return seal


def _certificates(given: Sequence[bytes]) -> Sequence[Certificate]:
    if not given:
        raise _unfit("input.certificates", _NO_CERTIFICATE)
    if len(given) > LONGEST_CHAIN:
        raise _unfit("input.certificates", _TOO_MANY.format(most=LONGEST_CHAIN))
    read = []
    for number, data in enumerate(given, 1):
        try:
            read.append(read_certificate(data))
        except (CertificateInvalid, CertificateUnsupported):
            raise _unfit("input.certificates", _CERTIFICATE_BROKEN.format(number=number)) from None
    return read


def _doubts(
    one: Certificate, issuers: Sequence[Certificate], trust: Trust, at: datetime, now: datetime
) -> Iterator[Text]:
    """Why a certificate is not believed for that time: its chain is not whole, or something of it was revoked."""
    found = build_chain(one, (*issuers, *trust.between), trust.anchors, at)
    if found.verdict is not Verdict.VALID:
        yield found.reason
    revoked = examine_revocation(found.path, at, trust.evidence, now)
    if revoked.verdict is Verdict.INVALID:
        yield revoked.reason


def _about(whose: Text, reason: Text) -> Text:
    return Text(whose.zh.format(reason=reason.zh), whose.en.format(reason=reason.en))


def _unfit(field: str, reason: Text) -> Refusal:
    """The reason's values are filled in, so what looks like a placeholder is none."""
    literal = Text(*(text.replace("{", "{{").replace("}", "}}") for text in (reason.zh, reason.en)))
    return Refusal(problems.SEAL_UNFIT, field, reason=literal)
