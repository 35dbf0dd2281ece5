"""Signed data: what is made is read and verified; what is not as it must be is refused, and says so in its kind."""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from certs.cms import (
    DATA,
    GM_DATA,
    GM_SIGNED_DATA,
    SIGNED_DATA,
    TIMESTAMP_TOKEN,
    CmsError,
    CmsInvalid,
    CmsUnsupported,
    SignedData,
    attribute,
    check_signing_certificate,
    make_gm_signed_data,
    make_signed_data,
    read_signed_data,
    verify_signature,
)
from certs.signers import HeldSigner
from certs.x509 import Certificate, Hash, KeyAlgorithm, asn1
from tests.timestamps.authorities import DATA as CONTENT
from tests.timestamps.authorities import KINDS, development

CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_V1, SIGNING_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
SHA1, MD5_RSA, PSS = "1.3.14.3.2.26", "1.2.840.113549.1.1.4", "1.2.840.113549.1.1.10"

_held: dict[KeyAlgorithm, HeldSigner] = {}


def held(kind: KeyAlgorithm = KeyAlgorithm.SM2) -> HeldSigner:
    if kind not in _held:
        made = development(kind).issue("signer")
        _held[kind] = HeldSigner(made.key, made.certificate)
    return _held[kind]


def signed(kind: KeyAlgorithm = KeyAlgorithm.SM2, content: bytes | None = CONTENT, **other: Any) -> bytes:
    by = held(kind)
    wanted = {"content": content, "certificates": [by.certificate]} | other
    return asyncio.run(make_signed_data(by.algorithm.hash.digest(CONTENT), by, **wanted))


def certificate_in(read: SignedData) -> Certificate:
    found = read.certificate_of(read.signers[0])
    assert found is not None
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_made_is_read_and_verified(kind: KeyAlgorithm) -> None:
    read = read_signed_data(signed(kind))
    assert (read.kind, read.content) == (DATA, CONTENT)
    assert certificate_in(read) == held(kind).certificate
    used = verify_signature(read.signers[0], certificate_in(read), DATA, CONTENT)
    assert used is held(kind).algorithm.hash
    check_signing_certificate(read.signers[0], certificate_in(read))


@pytest.mark.parametrize("kind", KINDS)
def test_another_content_or_type_is_refused(kind: KeyAlgorithm) -> None:
    read = read_signed_data(signed(kind))
    for what, content in ((DATA, CONTENT + b"!"), (GM_DATA, CONTENT)):
        with pytest.raises(CmsInvalid):
            verify_signature(read.signers[0], certificate_in(read), what, content)


def test_content_may_be_elsewhere_and_certificates_too() -> None:
    read = read_signed_data(signed(content=None, certificates=()))
    assert (read.content, read.certificates) == (None, ())
    assert read.certificate_of(read.signers[0]) is None
    assert read.certificate_of(read.signers[0], [held().certificate]) == held().certificate
    assert verify_signature(read.signers[0], held().certificate, DATA, CONTENT) is Hash.SM3


def test_a_timestamp_goes_over_the_signature_and_is_not_signed() -> None:
    stamped: list[bytes] = []

    async def stamp(data: bytes) -> bytes:
        stamped.append(data)
        return asn1.sequence(asn1.octets(b"token"))

    read = read_signed_data(signed(stamp=stamp))
    assert stamped == [read.signers[0].signature]
    assert read.signers[0].unsigned == {TIMESTAMP_TOKEN: (asn1.sequence(asn1.octets(b"token")),)}
    verify_signature(read.signers[0], certificate_in(read), DATA, CONTENT)


def test_signed_attributes_beside_the_usual_ones_are_signed_too() -> None:
    extra = attribute("2.999.1", asn1.utf8("一"))
    read = read_signed_data(signed(attributes=[extra]))
    assert read.signers[0].attributes is not None
    assert read.signers[0].attributes["2.999.1"] == (asn1.utf8("一"),)
    verify_signature(read.signers[0], certificate_in(read), DATA, CONTENT)


def test_signed_data_of_gb_35275_sign_the_content_itself_and_only_where_that_is_let_pass() -> None:
    made = asyncio.run(make_gm_signed_data(CONTENT, held(), [held().certificate]))
    read = read_signed_data(made)
    assert (read.kind, read.content, read.signers[0].attributes) == (GM_DATA, CONTENT, None)
    assert verify_signature(read.signers[0], certificate_in(read), GM_DATA, CONTENT, bare=True) is Hash.SM3
    with pytest.raises(CmsInvalid, match="lacks the signed attributes"):
        verify_signature(read.signers[0], certificate_in(read), GM_DATA, CONTENT)
    with pytest.raises(CmsInvalid, match="does not hold"):
        verify_signature(read.signers[0], certificate_in(read), GM_DATA, CONTENT + b"!", bare=True)


# ---- written by hand, so that every part can be wrong


def info(**other: bytes) -> bytes:
    by = held()
    parts = {
        "version": asn1.integer(1),
        "issuer": asn1.sequence(by.certificate.issuer_name.der, asn1.integer(by.certificate.serial)),
        "hash": Hash.SM3.identifier,
        "attributes": b"",
        "algorithm": by.algorithm.identifier,
        "signature": asn1.octets(b"value"),
        "unsigned": b"",
    } | other
    return asn1.sequence(*parts.values())


def written(*infos: bytes, form: str = SIGNED_DATA, after: bytes = b"", **other: bytes) -> bytes:
    parts = {
        "version": asn1.integer(1),
        "hashes": asn1.element(asn1.SET, Hash.SM3.identifier),
        "content": asn1.sequence(asn1.oid(DATA), asn1.explicit(0, asn1.octets(CONTENT))),
        "certificates": b"",
        "lists": b"",
        "infos": asn1.element(asn1.SET, *infos),
    } | other
    return asn1.sequence(asn1.oid(form), asn1.explicit(0, asn1.sequence(*parts.values()))) + after


def attributes(*ones: bytes) -> bytes:
    return asn1.element(0xA0, *ones)


def test_lists_and_unreadable_certificates_that_come_along_are_left_alone() -> None:
    odd = asn1.element(0xA0, asn1.sequence(asn1.oid(DATA)), held().certificate.der)
    read = read_signed_data(written(info(), certificates=odd, lists=asn1.element(0xA1, asn1.null())))
    assert read.certificates == (held().certificate,)


def test_a_signer_may_be_named_by_its_key() -> None:
    name = held().certificate.subject_key_id
    assert name is not None
    read = read_signed_data(written(info(version=asn1.integer(3), issuer=asn1.element(0x80, name))))
    assert read.signers[0].is_by(held().certificate)
    other = read_signed_data(written(info(version=asn1.integer(3), issuer=asn1.element(0x80, b"another"))))
    assert not other.signers[0].is_by(held().certificate)


def test_a_signer_of_another_number_or_issuer_is_another() -> None:
    of = held().certificate
    for name, serial in ((of.issuer_name, of.serial + 1), (of.subject_name, of.serial)):
        read = read_signed_data(written(info(issuer=asn1.sequence(name.der, asn1.integer(serial)))))
        assert not read.signers[0].is_by(of)


BROKEN: dict[str, tuple[Callable[[], bytes], type[CmsError], str]] = {
    "nothing": (lambda: b"", CmsInvalid, "not DER"),
    "cut off": (lambda: signed()[:-1], CmsInvalid, "not DER"),
    "more behind": (lambda: written(info(), after=b"\0"), CmsInvalid, "not DER"),
    "indefinite": (lambda: b"\x30\x80" + signed()[4:] + b"\0\0", CmsUnsupported, "BER"),
    "another form": (lambda: written(info(), form=DATA), CmsInvalid, "no signed data"),
    "nobody": (written, CmsInvalid, "nobody signed"),
    "version": (lambda: written(info(), version=asn1.integer(9)), CmsUnsupported, "version 9"),
    "signer's version": (lambda: written(info(version=asn1.integer(2))), CmsUnsupported, "version 2"),
    "too many signers": (lambda: written(*[info()] * 17), CmsInvalid, "more than 16"),
    "too many certificates": (
        lambda: written(info(), certificates=asn1.element(0xA0, *[asn1.null()] * 65)), CmsInvalid, "more than 64",
    ),
    "too many attributes": (
        lambda: written(info(attributes=attributes(*[attribute(f"2.999.{n}", asn1.null()) for n in range(65)]))),
        CmsInvalid, "more than 64",
    ),
    "too many values": (
        lambda: written(info(attributes=attributes(attribute("2.999.1", *[asn1.null()] * 65)))),
        CmsInvalid, "more than 64",
    ),
    "two attributes of a kind": (
        lambda: written(info(attributes=attributes(*[attribute("2.999.1", asn1.null())] * 2))),
        CmsInvalid, "two attributes",
    ),
    "a NULL that says something": (
        lambda: written(info(hash=asn1.sequence(asn1.oid(Hash.SM3.oid), asn1.element(asn1.NULL, b"x")))),
        CmsInvalid, "NULL is not empty",
    ),
    "parameters where there are none": (
        lambda: written(info(algorithm=asn1.sequence(asn1.oid("1.2.156.10197.1.501"), asn1.octets(b"")))),
        CmsInvalid, "more than there should be",
    ),
    "something behind the signers": (lambda: written(info(), infos=asn1.element(asn1.SET, info()) + asn1.null()),
                                     CmsInvalid, "more than there should be"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_as_it_must_be_is_refused(name: str) -> None:
    make, kind, words = BROKEN[name]
    with pytest.raises(CmsError, match=words) as caught:
        read_signed_data(make())
    assert type(caught.value) is kind


def test_nothing_longer_than_the_limit_is_looked_at() -> None:
    with pytest.raises(CmsInvalid, match="longer than 100 bytes"):
        read_signed_data(signed(), 100)


def test_every_cut_of_signed_data_is_refused() -> None:
    whole = signed()
    for end in range(len(whole)):
        with pytest.raises(CmsInvalid):
            read_signed_data(whole[:end])


ALGORITHMS = {
    "forgeable digest": ({"hash": asn1.sequence(asn1.oid(SHA1))}, CmsInvalid, "can be forged"),
    "forgeable signature": ({"algorithm": asn1.sequence(asn1.oid(MD5_RSA))}, CmsInvalid, "can be forged"),
    "unknown digest": ({"hash": asn1.sequence(asn1.oid("2.999.5"))}, CmsUnsupported, "not known here: 2.999.5"),
    "unknown signature": ({"algorithm": asn1.sequence(asn1.oid(PSS))}, CmsUnsupported, "not known here: " + PSS),
    "another key": ({"algorithm": asn1.sequence(asn1.oid("1.2.840.113549.1.1.11"))}, CmsInvalid, "not for the key"),
    "another digest": ({"hash": Hash.SHA256.identifier}, CmsUnsupported, "not for the digest"),
}


@pytest.mark.parametrize("name", ALGORITHMS)
def test_algorithms_are_judged_before_anything_is_verified(name: str) -> None:
    parts, kind, words = ALGORITHMS[name]
    (signer,) = read_signed_data(written(info(**parts))).signers
    with pytest.raises(CmsError, match=words) as caught:
        verify_signature(signer, held().certificate, DATA, CONTENT, bare=True)
    assert type(caught.value) is kind


RIGHT_TYPE = attribute(CONTENT_TYPE, asn1.oid(DATA))
RIGHT_DIGEST = attribute(MESSAGE_DIGEST, asn1.octets(Hash.SM3.digest(CONTENT)))
FLAWED = {
    "no type": ([RIGHT_DIGEST], "lacks"),
    "two types": ([attribute(CONTENT_TYPE, asn1.oid(DATA), asn1.oid(GM_DATA)), RIGHT_DIGEST], "lacks"),
    "no digest": ([RIGHT_TYPE], "lacks"),
    "a digest of another shape": ([RIGHT_TYPE, attribute(MESSAGE_DIGEST, asn1.null())], "lacks"),
    "a digest and more": (
        [RIGHT_TYPE, asn1.sequence(asn1.oid(MESSAGE_DIGEST), asn1.element(asn1.SET))], "lacks",
    ),
    "another digest": ([RIGHT_TYPE, attribute(MESSAGE_DIGEST, asn1.octets(bytes(32)))], "another content"),
    "another type": ([attribute(CONTENT_TYPE, asn1.oid(GM_DATA)), RIGHT_DIGEST], "another type"),
    "all right but the value": ([RIGHT_TYPE, RIGHT_DIGEST], "does not hold"),
}  # fmt: skip


@pytest.mark.parametrize("name", FLAWED)
def test_signed_attributes_must_be_about_the_content(name: str) -> None:
    ones, words = FLAWED[name]
    (signer,) = read_signed_data(written(info(attributes=attributes(*ones)))).signers
    with pytest.raises(CmsInvalid, match=words):
        verify_signature(signer, held().certificate, DATA, CONTENT, bare=True)


def names(kind: str, *certificate_ids: bytes) -> bytes:
    return attribute(kind, asn1.sequence(asn1.sequence(*certificate_ids)))


def of_sha1(certificate: Certificate) -> bytes:
    return asn1.sequence(asn1.octets(hashlib.sha1(certificate.der).digest()))


def of_sha256(certificate: Certificate) -> bytes:
    return asn1.sequence(asn1.octets(certificate.fingerprint_sha256))


def test_the_older_and_the_newer_way_to_name_the_certificate_are_both_read() -> None:
    of = held().certificate
    for ones in (
        [names(SIGNING_V1, of_sha1(of))],
        [names(SIGNING_V2, of_sha256(of))],
        [names(SIGNING_V2, of_sha256(of), of_sha256(development().root.certificate)), names(SIGNING_V1, of_sha1(of))],
    ):
        (signer,) = read_signed_data(written(info(attributes=attributes(*ones)))).signers
        check_signing_certificate(signer, of)


def other_certificate() -> Certificate:
    return development().root.certificate


MISNAMED: dict[str, tuple[Callable[[], list[bytes]], type[CmsError], str]] = {
    "none": (lambda: [RIGHT_TYPE], CmsInvalid, "does not say by which"),
    "another, newer": (lambda: [names(SIGNING_V2, of_sha256(other_certificate()))], CmsInvalid, "another certificate"),
    "another, older": (lambda: [names(SIGNING_V1, of_sha1(other_certificate()))], CmsInvalid, "another certificate"),
    "one right, one wrong": (
        lambda: [names(SIGNING_V2, of_sha256(held().certificate)), names(SIGNING_V1, of_sha1(other_certificate()))],
        CmsInvalid, "another certificate",
    ),
    "no value": (lambda: [attribute(SIGNING_V2)], CmsInvalid, "cannot be read"),
    "an empty list": (lambda: [names(SIGNING_V2)], CmsInvalid, "cannot be read"),
    "an unknown digest": (
        lambda: [names(SIGNING_V2, asn1.sequence(asn1.sequence(asn1.oid("2.999.5")), asn1.octets(b"x")))],
        CmsUnsupported, "digest that is not known here",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISNAMED)
def test_a_signature_that_does_not_name_this_certificate_is_not_by_it(name: str) -> None:
    make, kind, words = MISNAMED[name]
    (signer,) = read_signed_data(written(info(attributes=attributes(*make())))).signers
    with pytest.raises(CmsError, match=words) as caught:
        check_signing_certificate(signer, held().certificate)
    assert type(caught.value) is kind


def test_gm_signed_data_bear_the_identifiers_of_their_standard() -> None:
    made = asyncio.run(make_gm_signed_data(CONTENT, held(), []))
    for oid in (GM_SIGNED_DATA, GM_DATA, "1.2.156.10197.1.301.1", "1.2.156.10197.1.401"):
        assert asn1.oid(oid) in made
