"""A chain is valid only if all of it holds; what is missing leaves it undecided, and every flaw has its own reason."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import load_der_x509_certificate
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store

from certs.examination import Verdict
from certs.x509 import (
    Certificate,
    DevelopmentAuthority,
    KeyAlgorithm,
    KeyUsage,
    Name,
    Profile,
    SignatureAlgorithm,
    TrustStore,
    Usage,
    asn1,
    build_chain,
    making,
    read_certificate,
)
from certs.x509 import extensions as ext
from certs.x509.extensions import Extension
from certs.x509.private_key import PrivateKey, public_half
from tests.x509.authorities import CLOCK, DAY, NOW, authority, chained, drafted, key, leaf, trust

KINDS = pytest.mark.parametrize("kind", list(KeyAlgorithm))
ROOT = authority().root
UPPER = making.key_usage(KeyUsage.CERTIFICATE_SIGN)
CA = {ext.BASIC_CONSTRAINTS: making.basic_constraints(authority=True), ext.KEY_USAGE: UPPER}
PLAIN = {"2.5.29.18": Extension(critical=True, value=b"\x30\x00")}


def test_reasons_are_told_in_both_languages() -> None:
    result = chained(leaf().certificate)
    assert result.reason.zh == "证书链完整，信任锚为「CN=Development Root SM2,O=Yiwang Development,C=CN」"
    assert "Development Root SM2" in result.reason.en


@KINDS
def test_a_whole_chain_is_valid(kind: KeyAlgorithm) -> None:
    made = leaf(kind)
    result = build_chain(made.certificate, made.chain, trust(kind), NOW)
    assert (result.verdict, result.anchored) == (Verdict.VALID, True)
    assert result.path == (made.certificate, *made.chain, authority(kind).root.certificate)


@pytest.mark.parametrize("kind", [KeyAlgorithm.RSA, KeyAlgorithm.EC])
def test_another_verifier_believes_our_chains(kind: KeyAlgorithm) -> None:
    """cryptography's, by the rules of the Web's PKI for authorities; it knows no SM2."""
    made = leaf(kind)
    root, one, *others = (
        load_der_x509_certificate(each.der)
        for each in (authority(kind).root.certificate, made.certificate, *made.chain)
    )
    verifier = (
        PolicyBuilder()
        .store(Store([root]))
        .time(NOW)
        .extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all())
        .build_client_verifier()
    )
    assert verifier.verify(one, others).chain == [one, *others, root]


@KINDS
def test_what_is_missing_leaves_it_undecided(kind: KeyAlgorithm) -> None:
    made = leaf(kind)
    cut = build_chain(made.certificate, (), trust(kind), NOW)
    assert (cut.verdict, cut.path) == (Verdict.UNDECIDED, (made.certificate,))
    assert "the issuer CN=Development Authority" in cut.reason.en
    root = authority(kind).root.certificate
    strange = build_chain(made.certificate, (*made.chain, root), TrustStore(), NOW)
    assert (strange.verdict, strange.anchored) == (Verdict.UNDECIDED, False)
    assert strange.path[-1] == root
    assert "not among the trust anchors" in strange.reason.en


@KINDS
def test_a_changed_certificate_is_invalid(kind: KeyAlgorithm) -> None:
    made = leaf(kind)
    changed = read_certificate(made.certificate.der.replace(b"signer", b"Signer", 1))
    result = build_chain(changed, made.chain, trust(kind), NOW)
    assert result.verdict is Verdict.INVALID
    assert result.reason.en.startswith("the signature on the certificate of CN=Signer")


def test_the_signature_of_another_kind_of_key_is_invalid() -> None:
    names = ROOT.certificate.subject_name
    made = drafted("x", (names, key(KeyAlgorithm.EC)), PLAIN)
    assert chained(made).verdict is Verdict.INVALID


def test_an_anchor_is_believed_as_it_is() -> None:
    made = leaf().certificate
    result = build_chain(made, (), TrustStore([made]), NOW)
    assert (result.verdict, result.path) == (Verdict.VALID, (made,))
    short = build_chain(made, leaf().chain, TrustStore(leaf().chain), NOW)
    assert (short.verdict, short.path) == (Verdict.VALID, (made, *leaf().chain))


def below(
    name: str, extensions: dict[str, Extension], *, of: PrivateKey | None = None, begins: datetime = NOW - DAY
) -> tuple[Name, PrivateKey, Certificate]:
    """An authority under the root."""
    private = of or key(number=60)
    made = drafted(name, (ROOT.certificate.subject_name, ROOT.key), extensions, of=private, begins=begins)
    return made.subject_name, private, made


def under(extensions: dict[str, Extension], *, begins: datetime = NOW - DAY) -> tuple[Certificate, Certificate]:
    """A certificate, and the authority above it, that says exactly this."""
    name, private, upper = below("upper", extensions, begins=begins)
    return drafted("lower", (name, private), PLAIN, of=key(number=7)), upper


@pytest.mark.parametrize(
    ("extensions", "reason"),
    [
        pytest.param({}, "no authority", id="no constraints"),
        pytest.param(
            CA | {ext.BASIC_CONSTRAINTS: making.basic_constraints(authority=False)}, "no authority", id="no authority"
        ),
        pytest.param(CA | {ext.KEY_USAGE: making.key_usage(KeyUsage.CRL_SIGN)}, "no authority", id="another usage"),
    ],
)
def test_who_is_no_authority_issues_nothing(extensions: dict[str, Extension], reason: str) -> None:
    made, upper = under(extensions)
    result = build_chain(made, [upper], trust(), NOW)
    assert (result.verdict, result.anchored) == (Verdict.INVALID, True)
    assert reason in result.reason.en
    assert "CN=upper" in result.reason.en


def test_an_authority_need_not_restrict_its_key() -> None:
    made, upper = under({ext.BASIC_CONSTRAINTS: making.basic_constraints(authority=True)})
    assert build_chain(made, [upper], trust(), NOW).verdict is Verdict.VALID


def test_an_anchor_of_the_time_before_extensions_issues() -> None:
    private = key(number=3)
    old = drafted("old root", (Name.of(CN="old root"), private), PLAIN, of=private)
    tbs = asn1.Reader(old.tbs).inside()
    tbs.raw(0xA0)
    parts = [tbs.raw() for _ in range(6)]
    bare = read_certificate(making.signed(asn1.sequence(*parts), private, SignatureAlgorithm.SM2_SM3))
    made = drafted("x", (bare.subject_name, private), PLAIN)
    assert build_chain(made, (), TrustStore([bare]), NOW).verdict is Verdict.VALID
    upper = drafted("y", (bare.subject_name, private), CA, of=key(number=4))
    leaf_of_it = drafted("z", (upper.subject_name, key(number=4)), PLAIN)
    assert build_chain(leaf_of_it, [upper], TrustStore([bare]), NOW).verdict is Verdict.VALID


def test_the_path_length_is_kept() -> None:
    limited = CA | {ext.BASIC_CONSTRAINTS: making.basic_constraints(authority=True, path_length=0)}
    name, private, first = below("first", limited)
    second = drafted("second", (name, private), CA, of=key(number=5))
    made = drafted("x", (second.subject_name, key(number=5)), PLAIN)
    result = build_chain(made, [second, first], trust(), NOW)
    assert (result.verdict, result.anchored) == (Verdict.INVALID, True)
    assert "more authorities below CN=first" in result.reason.en
    # an authority that certifies a new key of itself counts as one
    again = drafted("first", (name, private), CA, of=key(number=6))
    made = drafted("x", (name, key(number=6)), PLAIN)
    assert build_chain(made, [again, first], trust(), NOW).verdict is Verdict.VALID


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        pytest.param(NOW - 2 * DAY, "not in force yet", id="too early"),
        pytest.param(NOW + 2 * DAY, "not in force any more", id="too late"),
    ],
)
def test_every_certificate_has_to_be_in_force(at: datetime, reason: str) -> None:
    made = authority().issue("x", not_before=NOW - DAY, not_after=NOW + DAY).certificate
    assert chained(made, NOW - DAY).verdict is Verdict.VALID
    assert chained(made, NOW + DAY).verdict is Verdict.VALID
    result = chained(made, at)
    assert (result.verdict, result.anchored) == (Verdict.INVALID, True)
    assert reason in result.reason.en


def test_an_authority_has_to_be_in_force_too() -> None:
    made, upper = under(CA, begins=NOW)
    result = build_chain(made, [upper], trust(), NOW - DAY / 2)
    assert (result.verdict, result.anchored) == (Verdict.INVALID, True)
    assert "CN=upper was not in force yet" in result.reason.en


def test_weak_algorithms_are_refused_and_unknown_ones_not_judged() -> None:
    for dotted, verdict, reason in (
        ("1.2.840.113549.1.1.5", Verdict.INVALID, "can be forged"),
        ("1.2.840.113549.1.1.10", Verdict.UNSUPPORTED, "not known here"),
    ):
        identifier = asn1.sequence(asn1.oid(dotted), asn1.null())
        good = leaf().certificate
        tbs = good.tbs.replace(SignatureAlgorithm.SM2_SM3.identifier, b"")
        inside = asn1.Reader(good.tbs).inside()
        parts = [inside.raw(), inside.raw()]
        inside.raw()
        tbs = asn1.sequence(*parts, identifier, inside.rest())
        made = read_certificate(asn1.sequence(tbs, identifier, asn1.bits(b"?")))
        result = chained(made)
        assert (result.verdict, result.anchored) == (verdict, False)
        assert reason in result.reason.en


def test_a_short_rsa_key_is_refused() -> None:
    by = ROOT.certificate.subject_name, ROOT.key
    made = drafted("x", by, PLAIN, of=rsa.generate_private_key(65_537, 1_024))
    result = chained(made)
    assert (result.verdict, result.anchored) == (Verdict.INVALID, True)
    assert "too short" in result.reason.en
    assert chained(drafted("x", by, PLAIN, of=ec.generate_private_key(ec.SECP521R1()))).verdict is Verdict.VALID


@pytest.mark.parametrize(
    "extension",
    [
        pytest.param({"1.2.3.4": Extension(critical=True, value=b"\x05\x00")}, id="one that nobody knows"),
        pytest.param({"2.5.29.30": Extension(critical=False, value=b"\x30\x00")}, id="restrictions of names"),
        pytest.param({"2.5.29.36": Extension(critical=False, value=b"\x30\x00")}, id="restrictions of policies"),
    ],
)
def test_what_is_demanded_and_not_known_is_not_supported(extension: dict[str, Extension]) -> None:
    made, upper = under(CA | extension)
    result = build_chain(made, [upper], trust(), NOW)
    assert (result.verdict, result.anchored) == (Verdict.UNSUPPORTED, True)
    assert "CN=upper" in result.reason.en


def test_what_is_not_known_and_not_demanded_is_ignored() -> None:
    made, upper = under(CA | {"1.2.3.4": Extension(critical=False, value=b"\x05\x00")})
    assert build_chain(made, [upper], trust(), NOW).verdict is Verdict.VALID


TIME = making.extended_usage(ext.TIME_STAMPING, critical=True)


@pytest.mark.parametrize(
    ("usage", "changed", "verdict"),
    [
        pytest.param(Usage.SIGNATURE, {}, Verdict.VALID, id="signature"),
        pytest.param(Usage.SIGNATURE, {ext.KEY_USAGE: None}, Verdict.VALID, id="signature, usage left open"),
        pytest.param(
            Usage.SIGNATURE,
            {ext.KEY_USAGE: making.key_usage(KeyUsage.CONTENT_COMMITMENT)},
            Verdict.VALID,
            id="signature, content commitment",
        ),
        pytest.param(
            Usage.SIGNATURE,
            {ext.KEY_USAGE: making.key_usage(KeyUsage.KEY_ENCIPHERMENT)},
            Verdict.INVALID,
            id="signature, a key for encryption",
        ),
        pytest.param(
            Usage.ANY, {ext.KEY_USAGE: making.key_usage(KeyUsage.KEY_ENCIPHERMENT)}, Verdict.VALID, id="any use"
        ),
        pytest.param(Usage.TIMESTAMP, {ext.EXTENDED_KEY_USAGE: TIME}, Verdict.VALID, id="timestamp"),
        pytest.param(Usage.TIMESTAMP, {}, Verdict.INVALID, id="timestamp, not said"),
        pytest.param(
            Usage.TIMESTAMP,
            {ext.EXTENDED_KEY_USAGE: making.extended_usage(ext.TIME_STAMPING)},
            Verdict.INVALID,
            id="timestamp, may be overlooked",
        ),
        pytest.param(
            Usage.TIMESTAMP,
            {ext.EXTENDED_KEY_USAGE: making.extended_usage(ext.TIME_STAMPING, ext.OCSP_SIGNING, critical=True)},
            Verdict.INVALID,
            id="timestamp, among others",
        ),
        pytest.param(
            Usage.OCSP,
            {ext.EXTENDED_KEY_USAGE: making.extended_usage(ext.TIME_STAMPING, ext.OCSP_SIGNING)},
            Verdict.VALID,
            id="answers",
        ),
        pytest.param(Usage.OCSP, {}, Verdict.INVALID, id="answers, not said"),
        pytest.param(Usage.OCSP, {ext.EXTENDED_KEY_USAGE: TIME}, Verdict.INVALID, id="answers, something else"),
    ],
)
def test_a_certificate_is_good_for_its_usage_only(
    usage: Usage, changed: dict[str, Extension | None], verdict: Verdict
) -> None:
    made = authority().issue("x", key=key(), extra=changed).certificate
    assert chained(made, usage=usage).verdict is verdict


@pytest.mark.parametrize(
    ("profile", "usage"),
    [(Profile.SIGNER, Usage.SIGNATURE), (Profile.TIMESTAMP, Usage.TIMESTAMP), (Profile.OCSP, Usage.OCSP)],
)
def test_the_authority_s_profiles_fit_their_usage(profile: Profile, usage: Usage) -> None:
    assert chained(authority().issue("x", profile, key=key()).certificate, usage=usage).verdict is Verdict.VALID


def test_of_several_issuers_of_one_name_the_right_one_is_found() -> None:
    made = leaf().certificate
    false = [
        drafted(made.issuer_name, (ROOT.certificate.subject_name, key(number=n)), CA, of=key(number=n))
        for n in range(5)
    ]
    result = build_chain(made, [*false, *leaf().chain], trust(), NOW)
    assert result.verdict is Verdict.VALID


def test_a_chain_that_reaches_an_anchor_says_more_than_one_that_does_not() -> None:
    """The same key was certified by a root that expired, and by one that nobody here trusts."""
    name, private, late = below("upper", CA)
    stranger = Name.of(CN="stranger")
    strange = drafted(name, (stranger, key(number=8)), CA, of=private)
    made = drafted("x", (name, private), PLAIN)
    for pool in ([late, strange], [strange, late]):
        result = build_chain(made, pool, trust(), NOW + 2 * DAY)
        assert (result.verdict, result.anchored) == (Verdict.INVALID, True)
    forged = drafted(name, (stranger, key(number=8)), CA, of=key(number=9))
    assert build_chain(made, [forged, strange], trust(), NOW).verdict is Verdict.UNDECIDED


def chain_of(length: int) -> Iterator[Certificate]:
    """A certificate and authorities above it, each by the next; the last one is the root's."""
    for place in range(length):
        upper = ROOT.key if place == length - 1 else key(number=20 + place)
        name = ROOT.certificate.subject_name if place == length - 1 else Name.of(CN=f"step {place}")
        own = key(number=19 + place)
        yield drafted(f"step {place - 1}", (name, upper), PLAIN if place == 0 else CA, of=own)


@pytest.mark.parametrize(("length", "verdict"), [(7, Verdict.VALID), (8, Verdict.UNDECIDED)])
def test_a_chain_is_followed_only_so_far(length: int, verdict: Verdict) -> None:
    made, *pool = chain_of(length)
    result = build_chain(made, pool, trust(), NOW)
    assert result.verdict is verdict
    assert (verdict is Verdict.VALID) == result.anchored


def test_circles_and_thickets_come_to_an_end() -> None:
    names = [Name.of(CN=f"circle {n}") for n in range(3)]
    circle = [
        drafted(names[n], (names[n - 1], key(number=40 + (n - 1) % 3)), CA, of=key(number=40 + n)) for n in range(3)
    ]
    made = drafted("x", (names[0], key(number=40)), PLAIN)
    assert build_chain(made, circle, trust(), NOW).verdict is Verdict.UNDECIDED
    # authorities that all certified each other: more paths than anybody could follow
    private = key(number=50)
    name = Name.of(CN="thicket")
    thicket = [drafted(name, (name, private), CA, of=private, ends=NOW + DAY * n) for n in range(1, 40)]
    result = build_chain(drafted("x", (name, private), PLAIN), thicket, trust(), NOW)
    assert result.verdict is Verdict.UNDECIDED
    assert "too many branches" in result.reason.en or "not among the trust anchors" in result.reason.en


def test_only_so_many_intermediates_are_looked_at() -> None:
    made = leaf()
    ballast = [drafted(f"ballast {n}", (Name.of(CN="x"), key()), CA) for n in range(64)]
    assert build_chain(made.certificate, [*ballast, *made.chain], trust(), NOW).verdict is Verdict.UNDECIDED
    assert build_chain(made.certificate, [*ballast[1:], *made.chain], trust(), NOW).verdict is Verdict.VALID


def test_an_authority_that_merely_has_the_issuers_name_proves_nothing_against_it() -> None:
    """Two development authorities in one folder of trust, and a certificate of a third: whose it is nobody can say."""
    one, other, third = (DevelopmentAuthority.create(CLOCK) for _ in range(3))
    both = TrustStore([one.root.certificate, other.root.certificate])
    made = third.issue("signer")
    for brought in (made.chain, [], [one.intermediate.certificate], [*one.intermediate.chain, *made.chain]):
        result = build_chain(made.certificate, brought, both, NOW)
        assert (result.verdict, result.anchored) == (Verdict.UNDECIDED, False)
    for authority_of in (one, other):
        mine = authority_of.issue("signer")
        found = build_chain(mine.certificate, [*other.intermediate.chain, *one.intermediate.chain], both, NOW)
        assert (found.verdict, found.path[-1]) == (Verdict.VALID, authority_of.root.certificate)


def test_a_forged_certificate_is_invalid_whoever_else_has_its_issuers_name() -> None:
    other = DevelopmentAuthority.create(CLOCK).intermediate.certificate
    made = leaf()
    forged = read_certificate(made.certificate.der.replace(b"signer", b"Signer", 1))
    for brought in ([other, *made.chain], [*made.chain, other]):
        assert build_chain(forged, brought, trust(), NOW).verdict is Verdict.INVALID


def test_an_issuer_whose_key_has_another_name_is_found_by_its_signature() -> None:
    """Of one key two certificates may say different identifiers: what was signed decides."""
    name, private, _ = below("upper", CA)
    named = CA | {ext.SUBJECT_KEY_ID: making.subject_key_id(public_half(private))}
    upper = drafted(name, (ROOT.certificate.subject_name, ROOT.key), named, of=private)
    odd = {ext.AUTHORITY_KEY_ID: making.authority_key_id(public_half(key(number=7)))}
    made = drafted("x", (name, private), PLAIN | odd)
    assert made.authority_key_id != upper.subject_key_id
    assert build_chain(made, [upper], trust(), NOW).verdict is Verdict.VALID
