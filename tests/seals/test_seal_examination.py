"""Examining seals and signatures: each flaw fails its own step, and no change of a byte goes unnoticed."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.examination import Check, Verdict
from certs.seals import (
    CertificateDigest,
    Picture,
    Seal,
    SealVersion,
    SignatureEnvelope,
    SignerList,
    examine_picture,
    examine_seal,
    examine_value,
)
from certs.x509 import KeyAlgorithm
from certs.x509.asn1 import (
    IA5_STRING,
    OBJECT_IDENTIFIER,
    bits,
    element,
    generalized_time,
    integer,
    octets,
    oid,
    sequence,
)
from tests.seals import making
from tests.seals.flipping import examined, failing
from tests.seals.making import DESCRIPTION, NOW, PATH

SM2, SM2_SIGN, RSA, UNKNOWN = "1.2.156.10197.1.501", "1.2.156.10197.1.301.1", "1.2.840.113549.1.1.11", "1.2.3"
EVERYTHING = [Check.SIGNATURE, Check.SIGNATURE, Check.DIGESTS, Check.SIGNER, *[Check.SEAL] * 2, Check.TIMES, Check.SEAL]


def again(seal: Seal, **parts: bytes) -> bytes:
    """The seal with other parts in the envelope."""
    usual = {
        "info": seal.envelope.info_raw,
        "maker": octets(seal.envelope.maker),
        "algorithm": oid(seal.envelope.algorithm),
        "signature": bits(seal.envelope.signature),
    }
    return sequence(*(usual | parts).values())


@pytest.mark.parametrize("version", [SealVersion.V4, SealVersion.V5])
@pytest.mark.parametrize("kind", list(KeyAlgorithm))
def test_what_is_made_here_is_valid_with_every_kind_of_key(kind: KeyAlgorithm, version: SealVersion) -> None:
    holder = making.signer("signer", kind)
    seal = making.seal(kind, version=version, signers=SignerList(certificates=(holder.certificate.der,)))
    steps = examined(making.signature(seal, holder).envelope.raw, package_seal=seal.envelope.raw)
    assert failing(steps) == []
    assert [step.number for step in steps] == [*EVERYTHING[:3], Check.SEAL, *EVERYTHING[3:]]
    assert all(step.message.zh and step.message.en and "{" not in step.message.en for step in steps)


# ---- the seal


def test_a_seal_that_says_something_else_than_its_maker_signed_is_invalid() -> None:
    seal, other = making.usual_seal(), making.seal(name="另一枚章")
    steps = examine_seal(again(seal, info=other.envelope.info_raw), NOW)
    assert failing(steps) == [(Check.SEAL, Verdict.INVALID)]
    assert "changed or forged" in steps[0].message.en


def test_a_maker_of_another_key_is_not_this_seals() -> None:
    other = octets(making.signer("signer").certificate.der)
    assert failing(examine_seal(again(making.usual_seal(), maker=other), NOW)) == [(Check.SEAL, Verdict.INVALID)]


@pytest.mark.parametrize(
    ("parts", "verdict", "words"),
    [
        pytest.param({"algorithm": oid(UNKNOWN)}, Verdict.UNSUPPORTED, "algorithm is not known", id="unknown"),
        pytest.param({"algorithm": oid(RSA)}, Verdict.INVALID, "not for the key", id="of another key"),
        pytest.param({"maker": octets(b"?")}, Verdict.INVALID, "cannot be read", id="no certificate"),
        pytest.param({"algorithm": oid(SM2_SIGN)}, Verdict.VALID, "proves the seal", id="SM2's own number"),
    ],
)
def test_the_makers_step_says_what_is_wrong(parts: dict[str, bytes], verdict: Verdict, words: str) -> None:
    step = examine_seal(again(making.usual_seal(), **parts), NOW)[0]
    assert (step.number, step.verdict) == (Check.SEAL, verdict)
    assert words in step.message.en


def test_a_key_of_an_unknown_kind_is_unsupported() -> None:
    """secp256k1 by its number in the place of sm2p256v1's."""
    seal = making.usual_seal()
    known = element(OBJECT_IDENTIFIER, bytes.fromhex("2a811ccf5501822d"))
    certificate = seal.envelope.maker.replace(known, b"\x06\x08" + bytes.fromhex("2b81040063636363"))
    steps = examine_seal(again(seal, maker=octets(certificate)), NOW)
    assert failing(steps) == [(Check.SEAL, Verdict.UNSUPPORTED)]


def test_what_is_unknown_and_also_changed_is_called_invalid() -> None:
    seal = making.usual_seal()
    changed = seal.envelope.info_raw.replace(b"ES\x02\x01\x04", b"ES\x02\x01\x06")
    steps = examine_seal(again(seal, info=changed), NOW)
    assert failing(steps) == [(Check.SEAL, Verdict.INVALID), (Check.SEAL, Verdict.UNSUPPORTED)]


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        pytest.param(NOW - timedelta(days=1), Verdict.VALID, id="first second"),
        pytest.param(NOW - timedelta(days=1, seconds=1), Verdict.INVALID, id="before"),
        pytest.param(NOW + timedelta(days=700), Verdict.VALID, id="last second"),
        pytest.param(NOW + timedelta(days=700, seconds=1), Verdict.INVALID, id="after"),
        pytest.param(None, Verdict.UNDECIDED, id="nobody knows when"),
    ],
)
def test_a_seal_is_in_force_between_its_first_and_last_second(at: datetime | None, verdict: Verdict) -> None:
    times = [step for step in examine_seal(making.usual_seal().envelope.raw, at) if step.number == Check.TIMES]
    assert [step.verdict for step in times] == [verdict]


def test_a_seal_without_end_is_in_force() -> None:
    endless = making.seal(valid_until=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert failing(examine_seal(endless.envelope.raw, NOW)) == []


@pytest.mark.parametrize(
    ("picture", "verdict"),
    [
        pytest.param(Picture("png", making.png(), 1, 1), Verdict.VALID, id="small letters"),
        pytest.param(Picture("JPG", making.png(), 1, 1), Verdict.VALID, id="another type than it says"),
        pytest.param(Picture("PNG", making.png()[:40], 1, 1), Verdict.UNSUPPORTED, id="damaged"),
        pytest.param(Picture("webp", b"RIFF", 1, 1), Verdict.UNSUPPORTED, id="unknown type"),
    ],
)
def test_the_picture_has_a_step_of_its_own(picture: Picture, verdict: Verdict) -> None:
    assert examine_picture(picture).verdict is verdict
    assert examine_seal(making.seal(picture=picture).envelope.raw, NOW)[-1].verdict is verdict


# ---- the signature


def test_a_signer_who_is_not_in_the_list_may_not_use_the_seal() -> None:
    steps = examined(making.signature(making.usual_seal(), making.signer("stranger")).envelope.raw)
    assert failing(steps) == [(Check.SIGNER, Verdict.INVALID)]


def test_a_list_of_unknown_digests_decides_nothing() -> None:
    seal = making.seal(signers=SignerList(digests=(CertificateDigest("MD9", b"short"),)))
    assert failing(examined(making.signature(seal).envelope.raw)) == [(Check.SIGNER, Verdict.UNSUPPORTED)]


def test_another_description_than_the_signed_one_is_invalid() -> None:
    steps = examined(making.usual_signature().envelope.raw, description=DESCRIPTION + b" ")
    assert failing(steps) == [(Check.DIGESTS, Verdict.INVALID)]


@pytest.mark.parametrize(
    ("path", "verdicts"),
    [
        pytest.param("Doc_0/Signs/Sign_0/Signature.xml", [], id="without the slash"),
        pytest.param("./Doc_0/Signs/Sign_0/Signature.xml", [], id="with a dot"),
        pytest.param("/Doc_0/Signs/Sign_1/Signature.xml", [(Check.SIGNATURE, Verdict.INVALID)], id="elsewhere"),
    ],
)
def test_a_signature_stands_where_it_was_made(path: str, verdicts: list[tuple[int, Verdict]]) -> None:
    assert failing(examined(making.usual_signature().envelope.raw, path=path)) == verdicts


def test_a_swapped_seal_is_found() -> None:
    seal, other = making.usual_seal(), making.seal()
    steps = examined(making.signature(seal).envelope.raw, package_seal=other.envelope.raw)
    assert failing(steps) == [(Check.SEAL, Verdict.INVALID)]


def test_versions_that_disagree_are_found() -> None:
    seal, signer = making.usual_seal(), making.signer("signer")
    tbs = sequence(
        integer(5), seal.envelope.raw, generalized_time(NOW), bits(signer.algorithm.hash.digest(DESCRIPTION)),
        element(IA5_STRING, PATH.encode()),
    )  # fmt: skip
    steps = examined(signed_by_hand(tbs))
    assert failing(steps) == [(Check.SIGNATURE, Verdict.INVALID)]


def signed_by_hand(tbs: bytes, algorithm: str = SM2) -> bytes:
    signer = making.signer("signer")
    value = asyncio.run(signer.sign_raw(tbs))
    return sequence(tbs, octets(signer.certificate.der), oid(algorithm), bits(value))


def test_a_value_that_does_not_prove_the_content_is_invalid() -> None:
    signed = making.usual_signature()
    other = making.signature(making.usual_seal(), data_hash=b"\0" * 32)
    envelope = SignatureEnvelope(
        raw=b"",
        signed_raw=signed.envelope.signed_raw,
        layout=SealVersion.V4,
        certificate=signed.envelope.certificate,
        algorithm=SM2,
        signature=other.envelope.signature,
        timestamp=None,
    )
    assert examine_value(envelope).verdict is Verdict.INVALID
    assert "does not prove what it signs" in examine_value(envelope).message.en


def test_an_unknown_algorithm_is_unsupported_and_the_digest_is_taken_for_sm3() -> None:
    tbs = making.usual_signature().envelope.signed_raw
    assert failing(examined(signed_by_hand(tbs, UNKNOWN))) == [(Check.SIGNATURE, Verdict.UNSUPPORTED)]


def test_what_is_no_signature_has_one_step() -> None:
    assert failing(examined(b"")) == [(Check.SIGNATURE, Verdict.INVALID)]


def test_an_unknown_seal_inside_is_unsupported_but_what_covers_it_is_still_verified() -> None:
    tbs = making.usual_signature().envelope.signed_raw
    unknown = tbs.replace(b"ES\x02\x01\x04", b"ES\x02\x01\x06")
    assert failing(examined(signed_by_hand(unknown))) == [(Check.SIGNATURE, Verdict.UNSUPPORTED)]
    broken = tbs.replace(b"ES\x02\x01\x04", b"EX\x02\x01\x04")
    assert failing(examined(signed_by_hand(broken))) == [(Check.SIGNATURE, Verdict.INVALID)]


def test_a_proven_time_counts_more_than_the_stated_one() -> None:
    late = NOW + timedelta(days=800)
    assert failing(examined(making.usual_signature().envelope.raw, at=late)) == [(Check.TIMES, Verdict.INVALID)]


# ---- any bytes


@given(
    st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 6), st.binary(max_size=6)), min_size=1, max_size=5
    )
)
def test_whatever_is_cut_out_or_put_in_there_is_a_verdict(edits: list[tuple[float, int, bytes]]) -> None:
    good = making.usual_signature().envelope.raw
    data = good
    for share, gone, new in edits:
        place = int(share * len(data))
        data = data[:place] + new + data[place + gone :]
    assert bool(failing(examined(data))) is (data != good)
    assert examine_seal(data, NOW)
