"""Revocation is decided by evidence that verifies and was fresh for the time in question; without it nothing is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp as their_ocsp

from certs.examination import Verdict
from certs.x509 import (
    Certificate,
    DevelopmentAuthority,
    Evidence,
    Issued,
    KeyAlgorithm,
    KeyUsage,
    Profile,
    Reason,
    RevocationResult,
    RevocationUnreadable,
    Revoked,
    SignatureAlgorithm,
    SignatureInvalid,
    asn1,
    examine_revocation,
    load_lists,
    making,
    read_certificate,
    read_crl,
    read_ocsp_response,
)
from certs.x509 import extensions as ext
from certs.x509.extensions import Extension
from certs.x509.ocsp import Answer, CertificateId, Status, ocsp_request, read_ocsp_request
from certs.x509.revoking import make_crl, make_ocsp_response
from gateway.core.errors import ConfigurationInvalid
from tests.x509.authorities import CLOCK, DAY, NOW, key

KINDS = pytest.mark.parametrize("kind", list(KeyAlgorithm))
WEEK = timedelta(days=7)
SCOPE = "2.5.29.28"
POINT = "http://crl.example.invalid/1.crl"


@pytest.fixture
def authority() -> DevelopmentAuthority:
    return DevelopmentAuthority.create(CLOCK)


@pytest.fixture
def made(authority: DevelopmentAuthority) -> Issued:
    return authority.issue("signer")


def lists(authority: DevelopmentAuthority, *more: bytes) -> Evidence:
    """The lists of root and intermediate, and more."""
    own = (authority.crl(), authority.crl(authority.root))
    return Evidence(tuple(read_crl(one) for one in (more or own[:1]) + own[1:]))


def path(authority: DevelopmentAuthority, made: Issued) -> tuple[Certificate, ...]:
    return (made.certificate, *made.chain, authority.root.certificate)


def judged(
    authority: DevelopmentAuthority, made: Issued, evidence: Evidence, at: datetime = NOW, *, proven: bool = True
) -> RevocationResult:
    return examine_revocation(path(authority, made), at, evidence, NOW, proven=proven)


def about(authority: DevelopmentAuthority, made: Issued) -> CertificateId:
    return CertificateId.of(made.certificate, authority.intermediate.certificate)


@KINDS
def test_what_is_on_no_list_is_not_revoked(kind: KeyAlgorithm) -> None:
    authority = DevelopmentAuthority.create(CLOCK, kind)
    made = authority.issue("signer")
    evidence = lists(authority)
    result = judged(authority, made, evidence)
    assert (result.verdict, result.revoked) == (Verdict.VALID, None)
    assert result.used == evidence
    authority.revoke(made.certificate)
    assert judged(authority, made, lists(authority)).verdict is Verdict.INVALID


@KINDS
def test_a_responder_s_answer_decides(kind: KeyAlgorithm) -> None:
    authority = DevelopmentAuthority.create(CLOCK, kind)
    made = authority.issue("signer")
    issuer = authority.intermediate.certificate
    request = ocsp_request(made.certificate, issuer)

    def asked() -> RevocationResult:
        response = read_ocsp_response(authority.respond(request))
        return examine_revocation((made.certificate, issuer), NOW, Evidence(responses=(response,)), NOW)

    result = asked()
    assert result.verdict is Verdict.VALID
    assert len(result.used.responses) == 1
    authority.revoke(made.certificate, NOW - DAY, Reason.SUPERSEDED)
    result = asked()
    assert result.verdict is Verdict.INVALID
    assert result.revoked == Revoked(made.certificate.serial, NOW - DAY, Reason.SUPERSEDED)
    assert "2026-03-01 12:00:00+08:00" in result.reason.zh


def test_without_evidence_nothing_is_decided(authority: DevelopmentAuthority, made: Issued) -> None:
    result = judged(authority, made, Evidence())
    assert result.verdict is Verdict.UNDECIDED
    assert "neither a revocation list nor an answer for CN=signer" in result.reason.en
    only_leaf = Evidence((read_crl(authority.crl()),))
    result = judged(authority, made, only_leaf)
    assert result.verdict is Verdict.UNDECIDED
    assert "Development Authority" in result.reason.en


def test_the_last_second_of_the_calendar_is_a_time_too(authority: DevelopmentAuthority, made: Issued) -> None:
    authority.revoke(made.certificate, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    result = judged(authority, made, lists(authority))
    assert result.verdict is Verdict.VALID
    assert "9999-12-31 23:59:59+00:00" in result.reason.en


def test_only_so_much_evidence_is_verified(authority: DevelopmentAuthority, made: Issued) -> None:
    name = authority.intermediate.certificate.subject_name
    forged = [make_crl(name, key(number=77), (), NOW - DAY, NOW, number=number) for number in range(32)]
    evidence = lists(authority, *forged[1:], authority.crl())
    assert judged(authority, made, evidence).verdict is Verdict.VALID
    evidence = lists(authority, *forged, authority.crl())
    assert judged(authority, made, evidence).verdict is Verdict.UNDECIDED


def test_an_anchor_is_not_looked_up(authority: DevelopmentAuthority) -> None:
    root = authority.root.certificate
    assert examine_revocation((root,), NOW, Evidence(), NOW).verdict is Verdict.VALID
    assert examine_revocation((), NOW, Evidence(), NOW).verdict is Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("reason", "proven", "verdict", "word"),
    [
        pytest.param(Reason.SUPERSEDED, True, Verdict.VALID, "revoked later", id="later"),
        pytest.param(Reason.SUPERSEDED, False, Verdict.VALID, "revoked later", id="later, time not proven"),
        pytest.param(Reason.KEY_COMPROMISE, True, Verdict.VALID, "revoked later", id="compromised later"),
        pytest.param(
            Reason.KEY_COMPROMISE, False, Verdict.INVALID, "compromised", id="compromised later, time not proven"
        ),
    ],
)
def test_a_revocation_after_the_time_in_question(
    authority: DevelopmentAuthority, made: Issued, reason: Reason, proven: bool, verdict: Verdict, word: str
) -> None:
    authority.revoke(made.certificate, NOW - DAY, reason)
    result = judged(authority, made, lists(authority), NOW - DAY - timedelta(seconds=1), proven=proven)
    assert result.verdict is verdict
    assert word in result.reason.en
    assert result.revoked is not None
    assert judged(authority, made, lists(authority), NOW - DAY).verdict is Verdict.INVALID


def test_a_list_has_to_be_fresh_for_the_time_in_question(authority: DevelopmentAuthority, made: Issued) -> None:
    old = authority.crl(this_update=NOW - 3 * DAY, next_update=NOW - DAY)
    assert judged(authority, made, lists(authority, old), NOW - DAY).verdict is Verdict.VALID
    result = judged(authority, made, lists(authority, old))
    assert result.verdict is Verdict.UNDECIDED
    assert "out of date" in result.reason.en
    future = authority.crl(this_update=NOW + DAY)
    assert judged(authority, made, lists(authority, future)).verdict is Verdict.UNDECIDED


def test_a_list_that_does_not_say_when_it_ends_is_good_for_a_week(
    authority: DevelopmentAuthority, made: Issued
) -> None:
    by = authority.intermediate

    def endless(at: datetime) -> bytes:
        return make_crl(by.certificate.subject_name, by.key, (), at, None)

    assert judged(authority, made, lists(authority, endless(NOW - WEEK))).verdict is Verdict.VALID
    assert judged(authority, made, lists(authority, endless(NOW - WEEK - DAY))).verdict is Verdict.UNDECIDED


def test_even_an_old_list_proves_a_revocation(authority: DevelopmentAuthority, made: Issued) -> None:
    authority.revoke(made.certificate, NOW - 5 * DAY)
    old = authority.crl(this_update=NOW - 4 * DAY, next_update=NOW - 3 * DAY)
    assert judged(authority, made, lists(authority, old)).verdict is Verdict.INVALID


def test_a_hold_that_was_lifted_is_forgotten(authority: DevelopmentAuthority, made: Issued) -> None:
    before = authority.crl(this_update=NOW - 2 * DAY)
    authority.revoke(made.certificate, NOW - 2 * DAY, Reason.HOLD)
    held = authority.crl(this_update=NOW - DAY)
    assert judged(authority, made, lists(authority, held, before)).verdict is Verdict.INVALID
    fresh = DevelopmentAuthority(authority.root, authority.intermediate, CLOCK).crl()
    assert judged(authority, made, lists(authority, held, fresh)).verdict is Verdict.VALID


def test_a_list_after_the_certificate_s_end_proves_nothing(authority: DevelopmentAuthority) -> None:
    made = authority.issue("x", key=key(), not_after=NOW - DAY)
    assert judged(authority, made, lists(authority), NOW - 2 * DAY).verdict is Verdict.UNDECIDED
    authority.revoke(made.certificate, NOW - 3 * DAY)
    assert judged(authority, made, lists(authority), NOW - 2 * DAY).verdict is Verdict.INVALID


def test_forged_evidence_is_not_believed(authority: DevelopmentAuthority, made: Issued) -> None:
    name = authority.intermediate.certificate.subject_name
    forged = make_crl(name, key(number=77), (), NOW, None)
    result = judged(authority, made, lists(authority, forged))
    assert result.verdict is Verdict.UNDECIDED
    assert "no list of this authority" in result.reason.en
    other_kind = make_crl(name, key(KeyAlgorithm.EC), (), NOW, None)
    assert judged(authority, made, lists(authority, other_kind)).verdict is Verdict.UNDECIDED
    answer = Answer(about(authority, made), Status.GOOD, None, NOW, None)
    response = make_ocsp_response(authority.intermediate.certificate, key(number=77), [answer], NOW)
    evidence = Evidence(responses=(read_ocsp_response(response),))
    pair = (made.certificate, authority.intermediate.certificate)
    assert examine_revocation(pair, NOW, evidence, NOW).verdict is Verdict.UNDECIDED


def test_a_list_of_somebody_who_must_not_sign_lists_is_not_believed(authority: DevelopmentAuthority) -> None:
    usage = {
        ext.KEY_USAGE: making.key_usage(KeyUsage.CERTIFICATE_SIGN),
        ext.BASIC_CONSTRAINTS: making.basic_constraints(authority=True),
    }
    upper = authority.issue("upper", Profile.AUTHORITY, extra=usage)
    crl = read_crl(make_crl(upper.certificate.subject_name, upper.key, (), NOW, None))
    with pytest.raises(SignatureInvalid):
        crl.verify(upper.certificate)
    free = authority.issue("upper", Profile.AUTHORITY, key=upper.key, extra={ext.KEY_USAGE: None})
    crl.verify(free.certificate)
    with pytest.raises(SignatureInvalid):
        crl.verify(authority.root.certificate)


def scoped(*flags: bytes) -> dict[str, Extension]:
    return {SCOPE: Extension(critical=True, value=asn1.sequence(*flags))}


TRUE = b"\xff"
URI = asn1.explicit(0, asn1.explicit(0, asn1.element(0x86, POINT.encode())))
RELATIVE = asn1.explicit(0, asn1.element(0xA1, asn1.sequence(asn1.oid("2.5.4.3"), asn1.utf8("x"))))


@pytest.mark.parametrize(
    ("scope", "leaf", "upper"),
    [
        pytest.param(scoped(), True, True, id="everything"),
        pytest.param(scoped(asn1.element(0x81, TRUE)), True, False, id="users"),
        pytest.param(scoped(asn1.element(0x82, TRUE)), False, True, id="authorities"),
        pytest.param(scoped(asn1.element(0x81, b"\0")), True, True, id="users, denied"),
        pytest.param(scoped(asn1.element(0x83, b"\x06\x40")), False, False, id="some reasons"),
        pytest.param(scoped(asn1.element(0x84, TRUE)), False, False, id="others' certificates"),
        pytest.param(scoped(asn1.element(0x85, TRUE)), False, False, id="attribute certificates"),
        pytest.param(scoped(URI), True, False, id="one of several, the certificate's"),
        pytest.param(scoped(RELATIVE), False, False, id="one of several, in a directory"),
    ],
)
def test_a_list_speaks_of_its_scope_only(
    authority: DevelopmentAuthority, scope: dict[str, Extension], leaf: bool, upper: bool
) -> None:
    made = authority.issue("x", key=key(), extra={ext.CRL_POINTS: making.crl_points(POINT)})
    below = authority.issue("y", Profile.AUTHORITY, key=key())
    crl = read_crl(authority.crl(extra=scope))
    assert crl.speaks_of(made.certificate) is leaf
    assert crl.speaks_of(below.certificate) is upper
    verdict = Verdict.VALID if leaf else Verdict.UNDECIDED
    pair = (made.certificate, authority.intermediate.certificate)
    assert examine_revocation(pair, NOW, Evidence((crl,)), NOW).verdict is verdict


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"2.5.29.27": Extension(critical=True, value=asn1.integer(1))}, id="changes only"),
        pytest.param({SCOPE: Extension(critical=True, value=asn1.sequence(asn1.octets(b"")))}, id="a broken scope"),
    ],
)
def test_a_list_that_demands_what_is_not_known_is_not_read(
    authority: DevelopmentAuthority, changed: dict[str, Extension]
) -> None:
    with pytest.raises(RevocationUnreadable):
        read_crl(authority.crl(extra=changed))


def parts_of(crl: bytes) -> Iterator[bytes]:
    inside = asn1.Reader(asn1.Reader(crl).inside().raw()).inside()
    while inside.more:
        yield inside.raw()


def wrong_list(authority: DevelopmentAuthority, place: int, part: bytes, *, outer: bytes | None = None) -> bytes:
    """A list, unsigned, in which one part is replaced."""
    parts = list(parts_of(authority.crl()))
    parts[place] = part
    return asn1.sequence(asn1.sequence(*parts), outer or parts[1], asn1.bits(b"?"))


def test_what_is_no_list_is_refused(authority: DevelopmentAuthority) -> None:
    good = authority.crl()
    weak = asn1.sequence(asn1.oid("1.2.840.113549.1.1.5"), asn1.null())
    for data in (
        b"",
        b"\x30\x00",
        good[:-1],
        wrong_list(authority, 0, asn1.integer(2)),
        wrong_list(authority, 1, SignatureAlgorithm.RSA_SHA256.identifier, outer=SignatureAlgorithm.SM2_SM3.identifier),
        wrong_list(authority, 1, weak),
        b"\x30\x84\x02\x00\x00\x00" + bytes(33_554_432),
    ):
        with pytest.raises(RevocationUnreadable):
            read_crl(data)


def test_an_old_list_without_version_and_extensions_is_read(authority: DevelopmentAuthority) -> None:
    parts = list(parts_of(authority.crl()))[1:-1]
    crl = read_crl(making.signed(asn1.sequence(*parts), authority.intermediate.key, SignatureAlgorithm.SM2_SM3))
    crl.verify(authority.intermediate.certificate)
    assert len(crl) == 0


def entry(*parts: bytes) -> bytes:
    return asn1.sequence(asn1.integer(5), *parts)


def extension(kind: str, value: bytes, *, critical: bool = False) -> bytes:
    return asn1.sequence(*making.written_extensions({kind: Extension(critical, value)}))


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(entry(), id="without a time"),
        pytest.param(entry(asn1.time(NOW), extension("1.2.3", b"", critical=True)), id="a demand that is not known"),
        pytest.param(
            entry(asn1.time(NOW), extension("2.5.29.21", asn1.element(asn1.ENUMERATED, b"\7"))), id="an unknown reason"
        ),
    ],
)
def test_an_entry_that_cannot_be_read_decides_nothing(
    authority: DevelopmentAuthority, broken: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("certs.x509.revoking._entry", lambda _: broken)
    by = authority.intermediate
    crl = read_crl(make_crl(by.certificate.subject_name, by.key, [Revoked(5, NOW)], NOW, None))
    with pytest.raises(RevocationUnreadable):
        crl.find(5)
    assert crl.find(6) is None
    made = read_certificate(
        making.sign_certificate(
            making.Draft(
                subject=by.certificate.subject_name,
                public_key=by.certificate.public_key,
                not_before=NOW,
                not_after=NOW,
                extensions={ext.KEY_USAGE: making.key_usage(KeyUsage.DIGITAL_SIGNATURE)},
                serial=5,
            ),
            by.certificate.subject_name,
            by.key,
        ).der
    )
    assert examine_revocation((made, by.certificate), NOW, Evidence((crl,)), NOW).verdict is Verdict.UNDECIDED


def test_an_entry_need_not_give_a_reason(authority: DevelopmentAuthority, monkeypatch: pytest.MonkeyPatch) -> None:
    since = extension("2.5.29.24", asn1.generalized_time(NOW), critical=True)
    monkeypatch.setattr("certs.x509.revoking._entry", lambda _: entry(asn1.time(NOW), since))
    by = authority.intermediate
    crl = read_crl(make_crl(by.certificate.subject_name, by.key, [Revoked(5, NOW)], NOW, None))
    assert crl.find(5) == Revoked(5, NOW, Reason.UNSPECIFIED)


def test_evidence_about_others_is_left_aside(authority: DevelopmentAuthority, made: Issued) -> None:
    other = authority.issue("other", key=key())
    request = ocsp_request(other.certificate, authority.intermediate.certificate)
    evidence = Evidence(responses=(read_ocsp_response(authority.respond(request)),))
    own = lists(authority)
    assert judged(authority, made, own + evidence).used == own
    assert judged(authority, made, evidence).verdict is Verdict.UNDECIDED


def test_lists_of_a_folder_are_read(authority: DevelopmentAuthority, tmp_path: Path) -> None:
    text = x509.load_der_x509_crl(authority.crl()).public_bytes(serialization.Encoding.PEM)
    (tmp_path / "a.crl").write_bytes(authority.crl())
    (tmp_path / "b.pem").write_bytes(text)
    (tmp_path / "notes.txt").write_text("not a list")
    assert len(load_lists(tmp_path).lists) == 2
    (tmp_path / "c.crl").write_text("no list")
    with pytest.raises(ConfigurationInvalid, match="cannot be used"):
        load_lists(tmp_path)
    for number in range(100):
        (tmp_path / f"{number}.crl").write_bytes(b"")
    with pytest.raises(ConfigurationInvalid, match="more than 100"):
        load_lists(tmp_path)
    with pytest.raises(ConfigurationInvalid, match="cannot be read"):
        load_lists(tmp_path / "nowhere")


def test_another_reader_finds_the_same_in_our_lists() -> None:
    authority = DevelopmentAuthority.create(CLOCK, KeyAlgorithm.RSA)
    revoked = [authority.issue(str(n), key=key(KeyAlgorithm.EC)).certificate for n in range(3)]
    for one, reason in zip(revoked, (Reason.UNSPECIFIED, Reason.KEY_COMPROMISE, Reason.CESSATION), strict=True):
        authority.revoke(one, NOW - DAY, reason)
    ours = authority.crl()
    theirs = x509.load_der_x509_crl(ours)
    issuer = x509.load_der_x509_certificate(authority.intermediate.certificate.der)
    public = issuer.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    assert theirs.is_signature_valid(public)
    assert {one.serial_number for one in theirs} == {one.serial for one in revoked}
    found = theirs.get_revoked_certificate_by_serial_number(revoked[1].serial)
    assert found is not None
    assert found.extensions[0].value == x509.CRLReason(x509.ReasonFlags.key_compromise)
    assert read_crl(ours).find(revoked[1].serial) == Revoked(revoked[1].serial, NOW - DAY, Reason.KEY_COMPROMISE)


def test_another_reader_believes_our_answers() -> None:
    authority = DevelopmentAuthority.create(CLOCK, KeyAlgorithm.EC)
    made = authority.issue("x", key=key(KeyAlgorithm.EC)).certificate
    issuer = authority.intermediate.certificate
    loaded = [x509.load_der_x509_certificate(one.der) for one in (made, issuer)]
    question = their_ocsp.OCSPRequestBuilder().add_certificate(loaded[0], loaded[1], hashes.SHA256()).build()
    request = question.public_bytes(serialization.Encoding.DER)
    authority.revoke(made, NOW, Reason.SUPERSEDED)
    theirs = their_ocsp.load_der_ocsp_response(authority.respond(request))
    assert theirs.certificate_status is their_ocsp.OCSPCertStatus.REVOKED
    assert theirs.revocation_reason is x509.ReasonFlags.superseded
    assert theirs.serial_number == made.serial
    responder = theirs.certificates[0].public_key()
    assert isinstance(responder, ec.EllipticCurvePublicKey)
    responder.verify(theirs.signature, theirs.tbs_response_bytes, ec.ECDSA(hashes.SHA256()))


def test_we_believe_another_writer_s_answer() -> None:
    authority = DevelopmentAuthority.create(CLOCK, KeyAlgorithm.EC)
    made = authority.issue("x", key=key(KeyAlgorithm.EC)).certificate
    issuer = authority.intermediate
    loaded = [x509.load_der_x509_certificate(one.der) for one in (made, issuer.certificate)]
    assert isinstance(issuer.key, ec.EllipticCurvePrivateKey)
    theirs = (
        their_ocsp.OCSPResponseBuilder()
        .add_response(
            loaded[0],
            loaded[1],
            hashes.SHA1(),
            their_ocsp.OCSPCertStatus.REVOKED,
            NOW,
            NOW + DAY,
            NOW - DAY,
            None,
        )
        .responder_id(their_ocsp.OCSPResponderEncoding.HASH, loaded[1])
        .sign(issuer.key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
    response = read_ocsp_response(theirs)
    response.verify(issuer.certificate)
    answer = response.find(made, issuer.certificate)
    assert answer is not None
    assert answer.revoked == Revoked(made.serial, NOW - DAY)


def test_a_responder_that_does_not_know_the_certificate_decides_nothing(
    authority: DevelopmentAuthority, made: Issued
) -> None:
    answer = Answer(about(authority, made), Status.UNKNOWN, None, NOW, None)
    by = authority.intermediate
    response = make_ocsp_response(by.certificate, by.key, [answer], NOW)
    evidence = Evidence(responses=(read_ocsp_response(response),))
    result = examine_revocation((made.certificate, by.certificate), NOW, evidence, NOW)
    assert result.verdict is Verdict.UNDECIDED
    assert "does not know" in result.reason.en
    stranger = DevelopmentAuthority.create(CLOCK)
    other = stranger.issue("x", key=key()).certificate
    asked = ocsp_request(other, stranger.intermediate.certificate)
    assert read_ocsp_response(authority.respond(asked)).answers[0].status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("changed", "holds"),
    [
        pytest.param({}, True, id="certified for it"),
        pytest.param({ext.EXTENDED_KEY_USAGE: None}, False, id="certified for anything"),
        pytest.param({ext.NO_CHECK: None}, False, id="might be revoked itself"),
    ],
)
def test_only_who_is_certified_for_it_answers(
    authority: DevelopmentAuthority, made: Issued, changed: dict[str, Extension | None], holds: bool
) -> None:
    issuer = authority.intermediate.certificate
    answer = Answer(about(authority, made), Status.GOOD, None, NOW, None)

    def responded(responder: Issued, at: datetime = NOW) -> None:
        brought = (responder.certificate,)
        data = make_ocsp_response(responder.certificate, responder.key, [answer], at, certificates=brought)
        read_ocsp_response(data).verify(issuer)

    responder = authority.issue("responder", Profile.OCSP, key=key(number=1), extra=changed)
    if holds:
        responded(responder)
        with pytest.raises(SignatureInvalid):
            responded(responder, NOW - 2 * DAY)
    else:
        with pytest.raises(SignatureInvalid):
            responded(responder)


def test_a_responder_of_somebody_else_is_not_believed(authority: DevelopmentAuthority, made: Issued) -> None:
    answer = Answer(about(authority, made), Status.GOOD, None, NOW, None)
    for kind in (KeyAlgorithm.SM2, KeyAlgorithm.EC):
        stranger = DevelopmentAuthority.create(CLOCK, kind)
        by = stranger.issue("responder", Profile.OCSP)
        brought = (by.certificate,)
        response = read_ocsp_response(make_ocsp_response(by.certificate, by.key, [answer], NOW, certificates=brought))
        with pytest.raises(SignatureInvalid):
            response.verify(authority.intermediate.certificate)
    nobody = authority.issue("nobody", Profile.OCSP, key=key(number=2))
    alone = read_ocsp_response(make_ocsp_response(nobody.certificate, nobody.key, [answer], NOW))
    with pytest.raises(SignatureInvalid):
        alone.verify(authority.intermediate.certificate)
    other_key = make_ocsp_response(authority.intermediate.certificate, key(KeyAlgorithm.EC), [answer], NOW)
    with pytest.raises(SignatureInvalid):
        read_ocsp_response(other_key).verify(authority.intermediate.certificate)


def test_an_answer_under_another_digest_is_found(authority: DevelopmentAuthority, made: Issued) -> None:
    issuer = authority.intermediate.certificate
    for digest in ("1.2.156.10197.1.401", "2.16.840.1.101.3.4.2.1"):
        assert CertificateId.of(made.certificate, issuer, digest).is_of(made.certificate, issuer)
    strange = CertificateId("1.2.3", b"", b"", made.certificate.serial)
    assert not strange.is_of(made.certificate, issuer)


def wrapped(basic: bytes, status: bytes = b"\0", kind: str = "1.3.6.1.5.5.7.48.1.1") -> bytes:
    inside = asn1.sequence(asn1.oid(kind), asn1.octets(basic))
    return asn1.sequence(asn1.element(asn1.ENUMERATED, status), asn1.explicit(0, inside))


def basic(authority: DevelopmentAuthority, made: Issued, **changed: bytes) -> bytes:
    """A response, unsigned, in which parts are replaced."""
    one = changed.pop("answer", asn1.element(0x80))
    single = asn1.sequence(about(authority, made).to_der(), one, asn1.generalized_time(NOW), changed.pop("behind", b""))
    tbs = asn1.sequence(
        changed.get("version", b""),
        asn1.explicit(1, authority.intermediate.certificate.subject_name.der),
        asn1.generalized_time(NOW),
        asn1.sequence(single),
        changed.get("extensions", b""),
    )
    algorithm = changed.get("algorithm", SignatureAlgorithm.SM2_SM3.identifier)
    return asn1.sequence(tbs, algorithm, asn1.bits(b"?"), changed.get("certificates", b""))


DEMAND = asn1.explicit(1, extension("1.2.3", b"", critical=True))
WISH = asn1.explicit(1, extension("1.2.3", b""))


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"version": asn1.explicit(0, asn1.integer(1))}, id="version"),
        pytest.param({"extensions": DEMAND}, id="a demand that is not known"),
        pytest.param({"behind": DEMAND}, id="a demand of an answer"),
        pytest.param({"answer": asn1.element(0x83)}, id="status"),
        pytest.param({"algorithm": asn1.sequence(asn1.oid("1.2.840.113549.1.1.5"))}, id="a weak algorithm"),
        pytest.param({"certificates": asn1.explicit(0, asn1.sequence(asn1.null()))}, id="something for a certificate"),
    ],
)
def test_a_response_that_cannot_be_read_is_refused(
    authority: DevelopmentAuthority, made: Issued, changed: dict[str, bytes]
) -> None:
    assert read_ocsp_response(wrapped(basic(authority, made, extensions=WISH, behind=WISH))).answers
    with pytest.raises(RevocationUnreadable):
        read_ocsp_response(wrapped(basic(authority, made, **changed)))


def test_what_is_no_response_is_refused(authority: DevelopmentAuthority, made: Issued) -> None:
    good = basic(authority, made)
    for data, reason in (
        (b"", "no OCSP response"),
        (bytes(65_537), "longer than"),
        (wrapped(good, status=b"\6"), "cannot answer"),
        (wrapped(good, kind="1.2.3"), "a kind that is not known"),
    ):
        with pytest.raises(RevocationUnreadable, match=reason):
            read_ocsp_response(data)


def test_a_question_may_say_who_asks() -> None:
    one = asn1.sequence(CertificateId("1.3.14.3.2.26", b"n", b"k", 1).to_der())
    tbs = asn1.sequence(asn1.explicit(0, asn1.integer(0)), asn1.explicit(1, asn1.octets(b"me")), asn1.sequence(one))
    assert read_ocsp_request(asn1.sequence(tbs))[0].serial == 1
    with pytest.raises(RevocationUnreadable):
        read_ocsp_request(asn1.sequence(asn1.sequence(asn1.sequence(*[one] * 65))))


def test_a_list_of_many_is_read_at_once(authority: DevelopmentAuthority) -> None:
    by = authority.intermediate
    many = [Revoked(serial, NOW - DAY) for serial in range(1, 60_001)]
    crl = read_crl(make_crl(by.certificate.subject_name, by.key, many, NOW, None))
    assert len(crl) == 60_000
    assert crl.find(59_999) == Revoked(59_999, NOW - DAY)
    assert len(crl.der) > 1_048_576
    made = authority.issue("x", key=key()).certificate
    assert examine_revocation((made, by.certificate), NOW, Evidence((crl,)), NOW).verdict is Verdict.VALID
