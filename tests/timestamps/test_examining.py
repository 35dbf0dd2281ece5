"""A token proves its time only if everything about it holds, and each thing that does not has its verdict."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from certs.examination import Check, Verdict
from certs.timestamps import Imprint, examine_token, read_token
from certs.x509 import (
    Evidence,
    Hash,
    KeyAlgorithm,
    Profile,
    Reason,
    Revoked,
    TrustStore,
    asn1,
    extensions,
    making,
    read_crl,
)
from certs.x509.revoking import make_crl
from tests.timestamps.authorities import DATA, KINDS, NOW, development, issued, request, stamper, token, trust

LATER = NOW + timedelta(days=30)


def by_certificate(**extra: object) -> bytes:
    made = development().issue("another", Profile.TIMESTAMP, **extra)  # type: ignore[arg-type]
    return token(by=stamper(by=made))


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_of_a_trusted_authority_proves_its_time(kind: KeyAlgorithm) -> None:
    found = examine_token(token(by=stamper(kind)), DATA, trust(kind), LATER)
    assert (found.step.number, found.step.verdict, found.time) == (Check.TIMESTAMP, Verdict.VALID, NOW)
    assert found.token is not None
    assert found.chain is not None
    assert found.chain.path[0] == issued(kind).certificate
    assert "2026-03-04 13:06:07.890" in found.step.message.zh


def test_that_the_certificate_ended_since_takes_nothing_from_the_token() -> None:
    after = issued().certificate.not_after + timedelta(days=1)
    assert examine_token(token(), DATA, trust(), after).step.verdict is Verdict.VALID


def test_without_its_anchor_nothing_is_decided_and_the_time_is_told() -> None:
    found = examine_token(token(), DATA, TrustStore(), LATER)
    assert (found.step.verdict, found.time) == (Verdict.UNDECIDED, NOW)
    assert "holds;" in found.step.message.en


def test_an_imprint_stands_for_its_data() -> None:
    assert examine_token(token(), Imprint.of(DATA, Hash.SM3), trust(), LATER).step.verdict is Verdict.VALID


def foreign_imprint() -> bytes:
    return token(request(imprint=Imprint("2.999.5", bytes(32))))


FLAWED: dict[str, tuple[Callable[[], bytes], bytes | Imprint, Verdict, str]] = {
    "no token": (lambda: b"token", DATA, Verdict.INVALID, "not DER"),
    "other data": (token, DATA + b"!", Verdict.INVALID, "about something else"),
    "other imprint": (token, Imprint.of(DATA, Hash.SHA256), Verdict.INVALID, "about something else"),
    "unknown digest": (foreign_imprint, DATA, Verdict.UNSUPPORTED, "digest that is not known here"),
    "no certificate": (
        lambda: token(request(wants_certificate=False)), DATA, Verdict.UNDECIDED, "is not to be had",
    ),
    "no certificate for timestamps": (
        lambda: token(by=stamper(by=development().issue("signer"))), DATA, Verdict.INVALID, "not for timestamps alone",
    ),
    "usage that can be overlooked": (
        lambda: by_certificate(extra={extensions.EXTENDED_KEY_USAGE: making.extended_usage(extensions.TIME_STAMPING)}),
        DATA, Verdict.INVALID, "not for timestamps alone",
    ),
    "another usage too": (
        lambda: by_certificate(extra={extensions.EXTENDED_KEY_USAGE: making.extended_usage(
            extensions.TIME_STAMPING, extensions.OCSP_SIGNING, critical=True)}),
        DATA, Verdict.INVALID, "not for timestamps alone",
    ),
    "certificate ended": (
        lambda: by_certificate(not_after=NOW - timedelta(hours=1)), DATA, Verdict.INVALID, "not in force",
    ),
    "certificate not begun": (
        lambda: by_certificate(not_before=NOW + timedelta(hours=1)), DATA, Verdict.INVALID, "not in force",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FLAWED)
def test_each_flaw_has_its_verdict(name: str) -> None:
    make, about, verdict, words = FLAWED[name]
    found = examine_token(make(), about, trust(), LATER)
    assert (found.step.verdict, found.time) == (verdict, None)
    assert words in found.step.message.en


def test_a_certificate_that_did_not_come_along_may_be_at_hand() -> None:
    bare = token(request(wants_certificate=False))
    known = [issued().certificate, *issued().chain]
    assert examine_token(bare, DATA, trust(), LATER, certificates=known).step.verdict is Verdict.VALID


def test_a_time_in_the_future_proves_nothing() -> None:
    early = NOW - timedelta(minutes=5, seconds=1)
    found = examine_token(token(), DATA, trust(), early)
    assert (found.step.verdict, found.time) == (Verdict.INVALID, None)
    assert "lies in the future" in found.step.message.en
    assert examine_token(token(), DATA, trust(), NOW - timedelta(minutes=4)).step.verdict is Verdict.VALID


def test_every_flip_of_what_is_signed_is_found() -> None:
    whole = token()
    info = read_token(whole).info
    start = whole.index(info)
    for place in range(start, start + len(info)):
        flipped = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        assert examine_token(flipped, DATA, trust(), LATER).step.verdict in {Verdict.INVALID, Verdict.UNSUPPORTED}


def test_a_token_is_proven_by_no_other_signature() -> None:
    whole, value = token(), b""
    while len(value) != len(own := read_token(whole).signed.signers[0].signature):
        value = read_token(token(request(nonce=8))).signed.signers[0].signature
    assert examine_token(whole.replace(own, value), DATA, trust(), LATER).step.verdict is Verdict.INVALID


def test_a_certificate_put_in_the_place_of_the_one_that_signed_is_found() -> None:
    """Same key, issuer and number, but longer in force: only the signed reference tells them apart."""
    by, own = development().intermediate, issued().certificate
    draft = making.Draft(
        subject=own.subject_name,
        public_key=own.public_key,
        not_before=own.not_before,
        not_after=own.not_after + timedelta(days=365),
        extensions=own.extensions,
        serial=own.serial,
    )
    other = making.sign_certificate(draft, by.certificate.subject_name, by.key)
    step = examine_token(token(request(wants_certificate=False)), DATA, trust(), LATER, certificates=[other]).step
    assert (step.verdict, step.message.en) == (Verdict.INVALID, "the signature names another certificate")


def test_a_signature_by_an_unknown_digest_is_unsupported() -> None:
    whole = token(request(hash=Hash.SHA256))
    unknown = whole.replace(asn1.oid(Hash.SM3.oid), asn1.oid("1.2.156.10197.1.402"))
    step = examine_token(unknown, DATA, trust(), LATER).step
    assert (step.verdict, "1.2.156.10197.1.402" in step.message.en) == (Verdict.UNSUPPORTED, True)


def test_revocation_is_judged_by_what_is_at_hand() -> None:
    def examined(*revoked: tuple[timedelta, Reason]) -> tuple[Verdict, str]:
        evidence = evidence_of(revoked)
        step = examine_token(token(), DATA, trust(), LATER, evidence=evidence).step
        return step.verdict, step.message.en

    assert examined()[0] is Verdict.VALID
    assert examined((timedelta(days=-1), Reason.SUPERSEDED))[0] is Verdict.INVALID
    assert examined((timedelta(days=1), Reason.SUPERSEDED))[0] is Verdict.VALID
    verdict, words = examined((timedelta(days=1), Reason.KEY_COMPROMISE))
    assert (verdict, "compromised" in words) == (Verdict.INVALID, True)
    nothing = examine_token(token(), DATA, trust(), LATER, evidence=Evidence())
    assert (nothing.step.verdict, nothing.time) == (Verdict.UNDECIDED, NOW)


def evidence_of(revoked: Sequence[tuple[timedelta, Reason]]) -> Evidence:
    """Fresh lists of root and intermediate; the authority's certificate is on the latter where it was revoked."""
    of, serial = development(), issued().certificate.serial
    entries = [Revoked(serial, NOW + after, reason) for after, reason in revoked]
    day = timedelta(days=1)
    lists = [
        make_crl(by.certificate.subject_name, by.key, on, LATER - day, LATER + day)
        for by, on in ((of.root, []), (of.intermediate, entries))
    ]
    return Evidence(tuple(read_crl(one) for one in lists))
