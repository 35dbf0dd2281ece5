"""Signatures without a seal (Type="Sign", GB/T 35275), ours and the kinds that others write."""

import base64

import pytest

from certs import sm
from certs.cms import attribute, make_gm_signed_data
from certs.cms.making import make_signed_data
from certs.cms.reading import GM_DATA
from certs.examination import Check, Verdict
from certs.sm import sm3
from certs.x509 import Hash, KeyAlgorithm, asn1
from tests.ofd.forging import run
from tests.ofd.world import (
    NOW,
    SIGN,
    changed,
    examined,
    failing,
    files,
    holder,
    issued,
    only,
    packed,
    replaced,
    signed,
    signer,
    stamp,
    usual,
)

DESCRIPTION = f"{SIGN}/Signature.xml"
VALUE = f"{SIGN}/SignedValue.dat"


def digest() -> bytes:
    return sm3(files(signed_once())[DESCRIPTION])


_once: list[bytes] = []


def signed_once() -> bytes:
    if not _once:
        _once.append(signed())
    return _once[0]


def with_value(value: bytes) -> bytes:
    return changed(signed_once(), {VALUE: value})


def test_a_signed_document_is_valid_in_every_step_that_it_has() -> None:
    examination = examined(signed_once())
    assert failing(examination) == {}
    assert [step.number for step in examination.steps] == [1, 2, 3, 6, 7, 8, 9, 10, 11]
    (one,) = examination.signatures
    assert (one.kind, one.seal_name, one.signed_at) == ("signature", None, None)
    assert one.signer == signer().certificate.subject


def test_a_changed_description_is_found() -> None:
    data = replaced(signed_once(), DESCRIPTION, b"<ofd:SignedInfo>", b"<ofd:SignedInfo> ")
    assert failing(examined(data)) == only(Check.DIGESTS)


def test_the_digest_may_be_written_as_base64() -> None:
    content = base64.b64encode(digest())
    assert failing(examined(with_value(run(make_gm_signed_data(content, signer(), [signer().certificate]))))) == {}


def test_attributes_may_be_signed_with_it() -> None:
    value = run(
        make_signed_data(
            sm3(digest()),
            signer(),
            kind=GM_DATA,
            content=digest(),
            certificates=[signer().certificate],
            attributes=[attribute("1.2.840.113549.1.9.5", asn1.time(NOW))],
        )
    )
    assert failing(examined(with_value(value))) == {}


def test_a_content_of_an_unknown_type_is_not_called_tampered() -> None:
    made = make_signed_data(
        sm3(digest()), signer(), kind="1.2.3", content=digest(), certificates=[signer().certificate]
    )
    assert failing(examined(with_value(run(made)))) == only(Check.SIGNATURE, Verdict.UNSUPPORTED)


def test_the_content_may_be_left_out() -> None:
    value = run(make_signed_data(sm3(digest()), signer(), kind=GM_DATA, certificates=[signer().certificate]))
    assert failing(examined(with_value(value))) == {}


def test_a_timestamp_proves_the_time() -> None:
    made = make_signed_data(
        sm3(digest()), signer(), kind=GM_DATA, content=digest(), certificates=[signer().certificate], stamp=stamp
    )
    examination = examined(with_value(run(made)))
    assert failing(examination) == {}
    assert examination.signatures[0].signed_at == NOW


def test_a_certificate_that_is_left_out_is_looked_for_elsewhere() -> None:
    value = run(make_gm_signed_data(digest(), signer(), []))
    assert failing(examined(with_value(value))) == only(Check.SIGNATURE, Verdict.UNDECIDED)
    known = [signer().certificate, *issued("signer").chain]
    assert failing(examined(with_value(value), intermediates=known)) == {}


def test_a_bare_value_of_old_software_is_undecided() -> None:
    """DER of two numbers over Signature.xml, without any certificate."""
    bare = run(signer().sign_raw(files(signed_once())[DESCRIPTION]))
    sm.Signature.from_der(bare)
    assert failing(examined(with_value(bare))) == only(Check.SIGNATURE, Verdict.UNDECIDED)


def test_rsa_is_verified_and_the_method_has_to_say_so() -> None:
    by = holder(issued("rsa", KeyAlgorithm.RSA))
    contents = files(signed_once())

    def remade(method: bytes) -> bytes:
        description = contents[DESCRIPTION].replace(b"1.2.156.10197.1.501", method)
        digest_ = Hash.SHA256.digest(description)
        made = make_signed_data(
            Hash.SHA256.digest(digest_), by, kind=GM_DATA, content=digest_, certificates=[by.certificate]
        )
        return packed({**contents, DESCRIPTION: description, VALUE: run(made)})

    assert failing(examined(remade(b"1.2.840.113549.1.1.11"))) == {}
    assert failing(examined(remade(b"1.2.156.10197.1.501"))) == only(Check.SIGNATURE)


def test_a_forged_value_is_found() -> None:
    value = bytearray(files(signed_once())[VALUE])
    value[-1] ^= 1
    assert failing(examined(with_value(bytes(value)))) == only(Check.SIGNATURE)


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (b"", Verdict.INVALID),
        (b"none", Verdict.INVALID),
        (b"\x30\x80\x00\x00", Verdict.UNSUPPORTED),
    ],
    ids=["empty", "garbage", "ber"],
)
def test_what_is_no_signed_data(value: bytes, verdict: Verdict) -> None:
    assert failing(examined(with_value(value))) == only(Check.SIGNATURE, verdict)


def _elements(value: bytes) -> list[bytes]:
    reader = asn1.Reader(value).inside()
    found = []
    while reader.more:
        found.append(reader.raw())
    return found


def rebuilt(change_infos: bool, algorithm: bytes | None = None) -> bytes:
    """Our signed data with its signer twice, or with another signature algorithm."""
    form, wrapped = _elements(files(signed_once())[VALUE])
    inside = _elements(asn1.Reader(wrapped).take(0xA0))
    info = asn1.Reader(inside[-1]).take(asn1.SET)
    if algorithm is not None:
        parts = _elements(info)
        parts[-2] = algorithm
        info = asn1.sequence(*parts)
    inside[-1] = asn1.set_of(info, info) if change_infos else asn1.set_of(info)
    return asn1.sequence(form, asn1.explicit(0, asn1.sequence(*inside)))


def test_several_signers_and_unknown_algorithms_are_not_called_tampered() -> None:
    assert rebuilt(change_infos=False) == files(signed_once())[VALUE]
    unsupported = only(Check.SIGNATURE, Verdict.UNSUPPORTED)
    assert failing(examined(with_value(rebuilt(change_infos=True)))) == unsupported
    unknown = asn1.sequence(asn1.oid("1.2.3.4"))
    assert failing(examined(with_value(rebuilt(change_infos=False, algorithm=unknown)))) == unsupported


def test_a_seals_value_under_a_plain_signature_and_the_reverse_are_invalid() -> None:
    """The list, which nothing protects, says which of the two it is."""
    list_file = "Doc_0/Signs/Signatures.xml"
    data = replaced(signed_once(), list_file, b'Type="Sign"', b'Type="Seal"')
    assert failing(examined(data)) == only(Check.SIGNATURE)
    from_seal = replaced(usual(), list_file, b'Type="Seal"', b'Type="Sign"')
    assert failing(examined(from_seal)) == only(Check.SIGNATURE)
