"""Certificates are read into values, and whatever is not one is refused in plain words."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from certs import sm
from certs.sm import der
from certs.x509 import (
    Certificate,
    CertificateInvalid,
    CertificateUnsupported,
    Hash,
    KeyAlgorithm,
    KeyUsage,
    Name,
    PublicKey,
    SignatureAlgorithm,
    SignatureInvalid,
    asn1,
    making,
    read_certificate,
    read_certificates,
)
from certs.x509 import extensions as ext
from certs.x509.extensions import Extension
from tests.thoroughness import tried
from tests.x509.authorities import NOW, authority, drafted, key, leaf

KINDS = pytest.mark.parametrize("kind", list(KeyAlgorithm))
OURS = Name.of(C="CN", O="测试", CN="Test Root")
NO_EXTENSION = Extension(critical=False, value=b"\x30\x00")


def saying(**changed: bytes) -> bytes:
    """A certificate, unsigned, in which parts are replaced by others as they stand."""
    good = leaf().certificate
    inside = asn1.Reader(good.tbs).inside()
    parts = {
        "version": inside.raw(0xA0),
        "serial": inside.raw(),
        "algorithm": inside.raw(),
        "issuer": inside.raw(),
        "period": inside.raw(),
        "subject": inside.raw(),
        "key": inside.raw(),
        "more": inside.rest(),
    }
    outer = changed.pop("outer", parts["algorithm"])
    after = changed.pop("after", b"")
    tbs = asn1.sequence(*(parts | changed).values())
    return asn1.sequence(tbs, changed.get("algorithm", outer), asn1.bits(b"\0"), after)


def test_what_a_certificate_says() -> None:
    made = drafted(
        Name.of(C="CN", O="测试 机构", CN="甲,乙"),
        (OURS, key()),
        {
            ext.KEY_USAGE: making.key_usage(KeyUsage.DIGITAL_SIGNATURE, KeyUsage.DECIPHER_ONLY),
            ext.BASIC_CONSTRAINTS: making.basic_constraints(authority=True, path_length=2),
            ext.EXTENDED_KEY_USAGE: making.extended_usage(ext.TIME_STAMPING, critical=True),
            ext.CRL_POINTS: making.crl_points("http://crl.example.invalid/a.crl", "ldap://crl.example.invalid/b"),
            ext.AUTHORITY_ACCESS: making.ocsp_access("http://ocsp.example.invalid/"),
        },
        begins=datetime(2026, 1, 1, tzinfo=UTC),
        ends=datetime(2060, 1, 1, tzinfo=UTC),
    )
    assert made.subject == "CN=甲\\,乙,O=测试 机构,C=CN"
    assert made.issuer == "CN=Test Root,O=测试,C=CN"
    assert (made.not_before, made.not_after) == (datetime(2026, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC))
    assert made.key_usage == frozenset({KeyUsage.DIGITAL_SIGNATURE, KeyUsage.DECIPHER_ONLY})
    assert (made.is_authority, made.path_length) == (True, 2)
    assert made.usages == frozenset({ext.TIME_STAMPING})
    assert made.crl_addresses == ("http://crl.example.invalid/a.crl", "ldap://crl.example.invalid/b")
    assert made.ocsp_addresses == ("http://ocsp.example.invalid/",)
    assert made.signature_algorithm is SignatureAlgorithm.SM2_SM3
    assert made.public_key.algorithm is KeyAlgorithm.SM2
    assert made.subject_key_id is made.authority_key_id is None
    assert not made.is_self_issued


@KINDS
def test_both_forms_are_read_to_the_same_value(kind: KeyAlgorithm) -> None:
    made = leaf(kind).certificate
    assert read_certificate(made.der) == read_certificate(made.to_pem().encode()) == made
    assert read_certificates(made.der) == (made,)
    bundle = (made.to_pem() + authority(kind).root.certificate.to_pem()).encode()
    assert read_certificates(bundle) == (made, authority(kind).root.certificate)
    with pytest.raises(CertificateInvalid, match="there are 2 certificates"):
        read_certificate(bundle)


@KINDS
def test_the_fingerprints_are_digests_of_the_whole(kind: KeyAlgorithm) -> None:
    made = leaf(kind).certificate
    assert made.fingerprint_sha256 == Hash.SHA256.digest(made.der)
    assert made.fingerprint_sm3 == sm.sm3(made.der)
    assert made.fingerprint_sha256.hex()[:16] in repr(made)
    assert made.subject not in repr(made)


@pytest.mark.parametrize("kind", [KeyAlgorithm.RSA, KeyAlgorithm.EC])
def test_another_reader_says_the_same(kind: KeyAlgorithm) -> None:
    ours = leaf(kind).certificate
    theirs = x509.load_der_x509_certificate(ours.der)
    assert theirs.subject.rfc4514_string() == ours.subject
    assert theirs.issuer.rfc4514_string() == ours.issuer
    assert theirs.serial_number == ours.serial
    assert (theirs.not_valid_before_utc, theirs.not_valid_after_utc) == (ours.not_before, ours.not_after)
    assert theirs.fingerprint(hashes.SHA256()) == ours.fingerprint_sha256
    assert {one.oid.dotted_string: one.critical for one in theirs.extensions} == {
        kind: one.critical for kind, one in ours.extensions.items()
    }


def test_what_another_writer_wrote_is_read() -> None:
    private = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COMMON_NAME, "Ünïcode"),
            x509.NameAttribute(x509.NameOID.EMAIL_ADDRESS, "a@example.invalid"),
        ]
    )
    theirs = (
        x509.CertificateBuilder(name, name, private.public_key(), 7)
        .not_valid_before(NOW)
        .not_valid_after(NOW)
        .add_extension(
            x509.CRLDistributionPoints(
                [
                    x509.DistributionPoint(
                        [x509.DNSName("a"), x509.UniformResourceIdentifier("http://a/")], None, None, None
                    ),
                    x509.DistributionPoint(
                        None, x509.RelativeDistinguishedName([*name.rdns[0]]), None, [x509.DirectoryName(name)]
                    ),
                    x509.DistributionPoint(None, None, None, [x509.DirectoryName(name)]),
                ]
            ),
            critical=False,
        )
        .add_extension(
            x509.AuthorityInformationAccess(
                [
                    x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.CA_ISSUERS, x509.DNSName("b")),
                    x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.OCSP, x509.DNSName("c")),
                ]
            ),
            critical=False,
        )
        .add_extension(x509.AuthorityKeyIdentifier(None, [x509.DirectoryName(name)], 7), critical=False)
        .sign(private, hashes.SHA384())
    )
    ours = read_certificate(theirs.public_bytes(serialization.Encoding.DER))
    assert ours.subject == "emailAddress=a@example.invalid,CN=Ünïcode"
    assert ours.is_self_issued
    assert ours.crl_addresses == ("http://a/",)
    assert ours.ocsp_addresses == ()
    assert ours.authority_key_id is None
    assert ours.public_key.bits == 384
    ours.public_key.verify(ours.signature, ours.tbs, Hash.SHA384)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n", id="a block that is not base64"),
        pytest.param(b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", id="a block of something else"),
        pytest.param(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" * 1_001, id="too many blocks"),
        pytest.param(b" " * 4_194_305, id="too long a file"),
        pytest.param(b"\x30\x84\x00\x01\x00\x00" + bytes(65_536), id="too long a certificate"),
        pytest.param(b"\x30\x00", id="a sequence of nothing"),
    ],
)
def test_what_is_no_certificate_is_refused(data: bytes) -> None:
    with pytest.raises(CertificateInvalid):
        read_certificates(data)


def basic(authority_is: str) -> bytes:
    value = asn1.sequence(bytes.fromhex(authority_is))
    extension = asn1.sequence(asn1.oid(ext.BASIC_CONSTRAINTS), asn1.octets(value))
    return asn1.explicit(3, asn1.sequence(extension))


ONE = asn1.sequence(asn1.oid("1.2.3"), asn1.octets(b""))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        pytest.param({"outer": SignatureAlgorithm.RSA_SHA256.identifier}, "two signature algorithms", id="algorithms"),
        pytest.param({"after": b"\0\0"}, "more than there should be", id="something behind it"),
        pytest.param({"version": asn1.explicit(0, asn1.integer(3))}, "unknown version", id="version 4"),
        pytest.param({"version": b""}, "not of version 3", id="extensions in version 1"),
        pytest.param({"issuer": asn1.sequence()}, "no issuer", id="no issuer"),
        pytest.param({"serial": asn1.integer(1 << 512)}, "too long a number", id="serial"),
        pytest.param({"period": asn1.sequence(asn1.time(NOW))}, "missing", id="no end"),
        pytest.param({"more": asn1.explicit(3, asn1.sequence())}, "empty", id="no extension"),
        pytest.param(
            {"more": asn1.explicit(3, asn1.sequence(ONE, ONE))}, "two of a kind", id="the same extension twice"
        ),
        pytest.param({"more": basic("0101ff0201ff")}, "negative", id="a negative path length"),
        pytest.param({"subject": asn1.sequence(asn1.set_of())}, "empty", id="a part of a name without a value"),
        pytest.param({"subject": asn1.sequence(*[asn1.set_of(ONE)] * 65)}, "too many parts", id="a name of 65 parts"),
        pytest.param({"subject": asn1.sequence(asn1.set_of(*[ONE] * 65))}, "too many values", id="a part of 65 values"),
        pytest.param({"key": asn1.sequence(asn1.octets(bytes(8_200)))}, "longer than", id="too long a key"),
        pytest.param({"key": asn1.sequence()}, "cannot be read", id="no key"),
        pytest.param(
            {"algorithm": asn1.sequence(asn1.oid(SignatureAlgorithm.SM2_SM3.oid), asn1.octets(b"?"))},
            "missing",
            id="an algorithm with parameters of the wrong kind",
        ),
        pytest.param(
            {"algorithm": asn1.sequence(asn1.oid(SignatureAlgorithm.SM2_SM3.oid), asn1.element(asn1.NULL, b"?"))},
            "has parameters",
            id="an algorithm with a NULL that is something",
        ),
    ],
)
def test_a_certificate_that_breaks_the_rules_is_refused(changed: dict[str, bytes], reason: str) -> None:
    with pytest.raises(CertificateInvalid, match=reason):
        read_certificate(saying(**changed))


def test_habits_that_harm_nobody_are_let_pass() -> None:
    null = asn1.sequence(asn1.oid(SignatureAlgorithm.SM2_SM3.oid), asn1.null())
    assert read_certificate(saying(algorithm=null)).signature_algorithm is SignatureAlgorithm.SM2_SM3
    assert not read_certificate(saying(more=basic("010100"))).is_authority
    unique = asn1.element(0x81, b"\0\1") + asn1.element(0x82, b"\0\2")
    assert read_certificate(saying(version=b"", more=unique)).extensions == {}
    assert read_certificate(saying(serial=asn1.integer(-5))).serial == -5
    many = asn1.sequence(*[asn1.oid(ext.ANY_USAGE)] * 3)
    usage = asn1.sequence(asn1.oid(ext.EXTENDED_KEY_USAGE), asn1.octets(many))
    assert read_certificate(saying(more=asn1.explicit(3, asn1.sequence(usage)))).usages == frozenset({ext.ANY_USAGE})


def test_an_algorithm_that_is_not_known_is_no_flaw_of_the_certificate() -> None:
    made = read_certificate(saying(algorithm=asn1.sequence(asn1.oid("1.2.3.4"), asn1.octets(b"?"))))
    assert (made.signature_algorithm, made.signature_oid) == (None, "1.2.3.4")


def spki(public: object) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(serialization.Encoding.DER, form)  # type: ignore[attr-defined, no-any-return] # any key


def test_keys_of_other_kinds_are_not_supported() -> None:
    with pytest.raises(CertificateUnsupported):
        PublicKey.read(spki(ed25519.Ed25519PrivateKey.generate().public_key()))
    with pytest.raises(CertificateUnsupported):
        PublicKey.read(spki(ec.generate_private_key(ec.SECP256K1()).public_key()))
    strange = asn1.sequence(asn1.sequence(asn1.oid("1.2.3.4")), asn1.bits(b"?"))
    with pytest.raises(CertificateUnsupported):
        read_certificate(saying(key=strange))


def test_an_rsa_key_beyond_all_measure_is_refused() -> None:
    huge = rsa.RSAPublicNumbers(2**65 + 1, (1 << 2_047) + 1).public_key()
    with pytest.raises(CertificateInvalid, match="larger than anybody needs"):
        PublicKey.read(spki(huge))


@KINDS
def test_a_signature_of_another_message_key_or_digest_does_not_hold(kind: KeyAlgorithm) -> None:
    made = authority(kind).root.certificate
    algorithm = made.signature_algorithm
    assert algorithm is not None
    made.public_key.verify(made.signature, made.tbs, algorithm.hash)
    digest = made.public_key.message_digest(made.tbs, algorithm.hash)
    made.public_key.verify_digest(made.signature, digest, algorithm.hash)
    other = Hash.SHA384 if kind is KeyAlgorithm.SM2 else Hash.SM3
    for signature, message, hash_ in [
        (made.signature, made.tbs + b"!", algorithm.hash),
        (b"", made.tbs, algorithm.hash),
        (made.signature, made.tbs, other),
    ]:
        with pytest.raises(SignatureInvalid):
            made.public_key.verify(signature, message, hash_)
        with pytest.raises(SignatureInvalid):
            made.public_key.verify_digest(signature, made.public_key.message_digest(message, hash_), hash_)
    with pytest.raises(SignatureInvalid):
        made.public_key.verify_digest(made.signature, digest[:-1], algorithm.hash)


def test_a_digest_knows_its_names() -> None:
    assert Hash.named(Hash.SM3.oid) is Hash.SM3
    assert Hash.named("1.3.14.3.2.26") is None
    assert Hash.SHA256.identifier == asn1.sequence(asn1.oid("2.16.840.1.101.3.4.2.1"))
    assert [one.size for one in Hash] == [32, 32, 48, 64]


def test_an_sm2_signature_may_come_as_devices_write_it() -> None:
    made = authority().root.certificate
    raw = sm.Signature.from_der(made.signature).to_raw()
    made.public_key.verify(raw, made.tbs, Hash.SM3)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(asn1.utf8("a+b"), "CN=a\\+b", id="what has a meaning is escaped"),
        pytest.param(asn1.utf8("a\n\u202eb"), "CN=a\\0A\\E2\\80\\AEb", id="what is not seen is numbers"),
        pytest.param(asn1.element(0x1E, "印".encode("utf-16-be")), "CN=印", id="two bytes a character"),
        pytest.param(asn1.element(0x0C, b"\xff"), "CN=#ff", id="text that is none"),
        pytest.param(asn1.integer(5), "CN=#05", id="something else than text"),
    ],
)
def test_names_are_shown_without_surprises(value: bytes, shown: str) -> None:
    assert Name.read(asn1.sequence(asn1.set_of(asn1.sequence(asn1.oid("2.5.4.3"), value)))).text == shown


def test_names_that_differ_in_form_only_are_the_same() -> None:
    def named(tag: int, text: str) -> Name:
        pair = asn1.sequence(asn1.oid("2.5.4.3"), asn1.element(tag, text.encode()))
        return Name.read(asn1.sequence(asn1.set_of(pair)))

    assert named(0x0C, "Test  Root ").canonical == named(0x13, "TEST root").canonical
    assert named(0x0C, "Test Root").canonical != named(0x0C, "TestRoot").canonical
    assert Name.read(asn1.sequence()).is_empty


def test_a_key_of_several_parts_is_shown_with_its_numbers() -> None:
    pairs = [asn1.sequence(asn1.oid(kind), asn1.utf8("x")) for kind in ("2.5.4.3", "1.2.3.4")]
    assert Name.read(asn1.sequence(asn1.set_of(*pairs))).text in {"CN=x+1.2.3.4=x", "1.2.3.4=x+CN=x"}


@settings(max_examples=tried(100, 300))
@given(st.data())
def test_a_broken_byte_is_refused_or_changes_what_was_signed(data: st.DataObject) -> None:
    good = authority(KeyAlgorithm.EC).root.certificate
    at = data.draw(st.integers(0, len(good.der) - 1))
    broken = bytearray(good.der)
    broken[at] ^= data.draw(st.integers(1, 255))
    try:
        read = read_certificate(bytes(broken))
    except CertificateInvalid:
        return
    algorithm = read.signature_algorithm
    if algorithm is not None and read.public_key == good.public_key:
        with pytest.raises(SignatureInvalid):
            read.public_key.verify(read.signature, read.tbs, algorithm.hash)


def test_real_certificates_of_others_are_read(real_certificate: Certificate) -> None:
    assert real_certificate.subject == "CN=Test Certificate,L=Hangzhou,ST=Zhejiang,O=OFD R&W,C=CN"
    assert real_certificate.not_after == datetime(2022, 4, 21, 14, 39, 8, tzinfo=UTC)
    assert real_certificate.public_key.algorithm is KeyAlgorithm.SM2


@pytest.fixture
def real_certificate() -> Certificate:
    """The maker's certificate in a seal that another program made."""
    seal = (Path(__file__).parent.parent / "seals" / "fixtures" / "UserV4.esl").read_bytes()
    end = 106 + 4 + int.from_bytes(seal[108:110], "big")
    return read_certificate(seal[106:end])


def test_a_block_has_the_bytes_of_the_certificate() -> None:
    made = leaf().certificate
    assert der.read_pem(made.to_pem(), "CERTIFICATE") == ("CERTIFICATE", made.der)
