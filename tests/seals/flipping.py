"""Seals and signatures with single bits flipped, and which of them an examination would not notice."""

from collections.abc import Iterable, Iterator, Sequence

from certs.examination import Step, Verdict
from certs.seals import Seal, SealSignature, examine_seal, examine_signature, read_seal
from certs.x509 import CertificateInvalid, SignatureInvalid, read_certificate
from tests.seals import making


def failing(steps: Sequence[Step]) -> list[tuple[int, Verdict]]:
    return [(step.number, step.verdict) for step in steps if step.verdict is not Verdict.VALID]


def examined(data: bytes, **other: object) -> list[Step]:
    values: dict[str, object] = {"description": making.DESCRIPTION, "path": making.PATH}
    return examine_signature(data, **(values | other))  # type: ignore[arg-type]


def places(data: bytes, *, every_bit: bool) -> Iterator[tuple[int, int]]:
    """Bytes and bits: every byte once, the bits taking turns, or every bit."""
    for place in range(len(data)):
        yield from ((place, bit) for bit in (range(8) if every_bit else [place % 8]))


def flipped(data: bytes, place: int, bit: int) -> bytes:
    return data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :]


def certified(certificate: bytes) -> bool:
    """Whether the authority issued this; stands for the chain that others examine."""
    issuer = making.authority().intermediate.certificate
    try:
        found = read_certificate(certificate)
        assert found.signature_algorithm is not None
        issuer.public_key.verify(found.signature, found.tbs, found.signature_algorithm.hash)
    except (CertificateInvalid, SignatureInvalid):
        return False
    return True


def unnoticed_in_seal(seal: Seal, *, every_bit: bool) -> list[tuple[int, int]]:
    """Where the maker's signature does not reach, in his certificate, the certificate itself has to tell."""
    raw = seal.envelope.raw
    assert failing(examine_seal(raw, making.NOW)) == []
    return [
        at
        for at in places(raw, every_bit=every_bit)
        if not failing(examine_seal(changed := flipped(raw, *at), making.NOW))
        and certified(read_seal(changed).envelope.maker)
    ]


def missed_in_signature(signed: SealSignature, *, every_bit: bool) -> Iterable[tuple[int, int]]:
    """What nobody notices, and what is called UNSUPPORTED though the signature covers it."""
    raw = signed.envelope.raw
    assert failing(examined(raw)) == []
    covered = range(raw.index(signed.envelope.signed_raw), len(signed.envelope.signed_raw))
    for at in places(raw, every_bit=every_bit):
        wrong = {verdict for _, verdict in failing(examined(flipped(raw, *at)))}
        if not wrong or (at[0] in covered and Verdict.INVALID not in wrong):
            yield at
