"""For each step of an examination a document that fails that step and no other, and the attacks it is there for."""

import base64
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certs.examination import Check, Verdict
from certs.ofd import LIMITS, AtPoint, Limits, examine_ofd
from certs.ofd.description import read_description
from certs.seals import SignerList, read_seal
from certs.sm import sm3
from certs.x509 import Evidence, KeyUsage, TrustStore, extensions, making
from certs.x509.crl import Reason, Revoked, read_crl
from certs.x509.revoking import make_crl
from tests.ofd.archives import Part, archive
from tests.ofd.forging import resigned, value, value_v1
from tests.ofd.world import (
    DAY,
    FIXTURES,
    HELLO,
    LIST,
    NOW,
    SIGN,
    authority,
    changed,
    document,
    evidence,
    examined,
    failing,
    files,
    holder,
    issued,
    new_seal,
    only,
    packed,
    replaced,
    seal,
    sealed,
    signer,
    stamped,
    usual,
)

PAGE = "Doc_0/Pages/Page_0/Content.xml"
DESCRIPTION = f"{SIGN}/Signature.xml"
VALUE = f"{SIGN}/SignedValue.dat"
ESL = f"{SIGN}/Seal.esl"


def reference(path: str) -> bytes:
    """The reference to a file in the usual Signature.xml."""
    found = re.search(rb'<ofd:Reference FileRef="/%s">.*?</ofd:Reference>' % path.encode(), files(usual())[DESCRIPTION])
    assert found is not None
    return found[0]


def check_value(content: bytes) -> bytes:
    return base64.b64encode(sm3(content))


# ---- 1 structure


def test_1_a_list_that_names_a_signature_which_is_not_there() -> None:
    ghost = b'<ofd:Signature ID="s002" Type="Seal" BaseLoc="/Doc_0/Signs/Sign_1/Signature.xml"/></ofd:Signatures>'
    examination = examined(replaced(usual(), LIST, b"</ofd:Signatures>", ghost))
    assert failing(examination) == only(Check.STRUCTURE)
    assert [one.verdict for one in examination.signatures] == [Verdict.VALID, Verdict.INVALID]


def test_1_a_signature_that_is_listed_twice() -> None:
    entry = f'<ofd:Signature ID="s002" Type="Seal" BaseLoc="/{DESCRIPTION}"/></ofd:Signatures>'.encode()
    assert failing(examined(replaced(usual(), LIST, b"</ofd:Signatures>", entry))) == only(Check.STRUCTURE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"</ofd:SignedInfo>", b"<ofd:References CheckMethod='SM3'/></ofd:SignedInfo>"),
        (b"<ofd:SignedInfo>", b"<ofd:Object><ofd:SignedInfo/></ofd:Object><ofd:SignedInfo>"),
        (b"</ofd:Signature>", b"<ofd:SignedValue>/other.dat</ofd:SignedValue></ofd:Signature>"),
        (b"</ofd:SignedInfo>", b"<x><ofd:Seal/></x></ofd:SignedInfo>"),
        (b"</ofd:SignedInfo>", b"<x:SignatureMethod xmlns:x='y'/></ofd:SignedInfo>"),
        (b"ofd:References", b"ofd:Referenced"),
        (b"ofd:SignedInfo", b"ofd:Info"),
        (b"SignedValue.dat<", b"Other.dat<"),
        (b"Seal.esl</ofd:BaseLoc>", b"Other.esl</ofd:BaseLoc>"),
        (b"<ofd:CheckValue>", b"<ofd:CheckValue>=</ofd:CheckValue><ofd:CheckValue>"),
        (b"<ofd:CheckValue>", b"<ofd:CheckValue>="),
    ],
    ids=["second-references", "second-info", "second-value", "second-seal", "second-method", "no-references",
         "no-info", "value-missing", "seal-missing", "second-digest", "no-digest"],
)  # fmt: skip
def test_1_a_wrapped_or_broken_description(old: bytes, new: bytes) -> None:
    """The signer's own key signed it: still no reader may understand it differently from another."""
    assert failing(examined(resigned((old, new)))) == only(Check.STRUCTURE)


def test_1_elements_in_the_wrong_places() -> None:
    moved = rb"<ofd:References.*</ofd:References>"
    found = re.search(moved, files(usual())[DESCRIPTION])
    assert found is not None
    data = resigned((found[0], b""), (b"</ofd:Signature>", found[0] + b"</ofd:Signature>"))
    assert failing(examined(data)) == only(Check.STRUCTURE)
    inside = resigned(
        (b"<ofd:SignedValue>", b"<x><ofd:SignedValue>"), (b"</ofd:SignedValue>", b"</ofd:SignedValue></x>")
    )
    assert failing(examined(inside)) == only(Check.STRUCTURE)


def test_1_no_references_or_too_many() -> None:
    many = re.search(rb"<ofd:Reference .*</ofd:Reference>", files(usual())[DESCRIPTION])
    assert many is not None
    assert failing(examined(resigned((many[0], b"")))) == only(Check.STRUCTURE)
    assert failing(examined(usual(), limits=Limits(references=3))) == only(Check.STRUCTURE)


def test_1_a_document_that_lacks_a_page_or_its_list() -> None:
    assert failing(examined(changed(usual(), {LIST: None}))) == {
        "structure": Verdict.INVALID,
        "changes": Verdict.INVALID,
    }
    assert failing(examined(usual(), limits=Limits(signatures=0)))["structure"] is Verdict.INVALID
    data = packed(document("", body="<ofd:Signatures>Doc_0/missing.xml</ofd:Signatures>"))
    assert failing(examined(data)) == only(Check.STRUCTURE)


def test_1_a_value_that_is_too_large_or_damaged() -> None:
    big = changed(usual(), {VALUE: bytes(6 << 20)})
    assert failing(examined(big)) == only(Check.STRUCTURE)


# ---- 2 digests


@pytest.mark.parametrize("path", ["OFD.xml", "Doc_0/Document.xml", PAGE, "Doc_0/PublicRes.xml"])
def test_2_a_file_that_was_changed_after_sealing(path: str) -> None:
    old = files(usual())[path]
    assert failing(examined(changed(usual(), {path: old.replace(b"><", b"> <", 1)}))) == only(Check.DIGESTS)


def test_2_a_page_that_was_removed_is_named_by_the_step_of_digests_alone() -> None:
    examination = examined(changed(usual(), {PAGE: None}))
    assert failing(examination) == only(Check.DIGESTS)
    assert [one.label for one in examination.signatures] == ["s001"]
    told = examination.step(Check.DIGESTS)
    assert told is not None
    assert PAGE in told.message.en


def test_1_a_page_that_never_was_there_fails_the_structure() -> None:
    examination = examined(
        replaced(usual(), "Doc_0/Document.xml", b"</ofd:Pages>", b'<ofd:Page ID="99" BaseLoc="none.xml"/></ofd:Pages>')
    )
    assert failing(examination) == only(Check.STRUCTURE) | only(Check.DIGESTS)


def test_2_a_file_that_was_removed() -> None:
    assert failing(examined(changed(usual(), {"Doc_0/PublicRes.xml": None}))) == only(Check.DIGESTS)


def test_2_a_file_that_cannot_be_unpacked() -> None:
    contents = files(usual())
    parts = [
        Part(name.encode(), content, checksum=7 if name == PAGE else None)
        for name, content in contents.items()
        if name != "OFD.xml"
    ]
    assert failing(examined(archive(parts, root=contents["OFD.xml"]))) == only(Check.DIGESTS)


def test_2_a_digest_that_can_be_forged_or_is_not_named() -> None:
    method = b' CheckMethod="1.2.156.10197.1.401"'
    for instead in (b"", b' CheckMethod="MD5"', b' CheckMethod="SHA1"', b' CheckMethod="1.3.14.3.2.26"'):
        assert failing(examined(resigned((method, instead)))) == only(Check.DIGESTS)


def test_2_a_digest_that_is_not_known_is_not_called_tampered() -> None:
    """1.2.156.10197.1.401.2, SM3 with a key, occurs in real files of V1 and matches nothing."""
    data = resigned((b'"1.2.156.10197.1.401"', b'"1.2.156.10197.1.401.2"'))
    assert failing(examined(data)) == only(Check.DIGESTS, Verdict.UNSUPPORTED)


def test_2_one_file_with_two_digests() -> None:
    double = reference(PAGE).replace(b"/Doc_0", b"Doc_0").replace(check_value(files(usual())[PAGE]), check_value(b""))
    data = resigned((reference(PAGE), reference(PAGE) + double))
    assert failing(examined(data)) == only(Check.DIGESTS)


def test_2_the_description_was_changed_after_signing() -> None:
    data = replaced(usual(), DESCRIPTION, b'Boundary="50 50', b'Boundary="60 50')
    assert failing(examined(data)) == only(Check.DIGESTS)


# ---- 3 coverage


def test_3_a_file_that_the_document_uses_came_later() -> None:
    """The page names a picture that was not there when it was sealed."""
    page = '<ofd:Content><ofd:Layer><ofd:ImageObject ResourceID="7"/></ofd:Layer></ofd:Content>'
    contents = document(page, head="<ofd:PublicRes>Res.xml</ofd:PublicRes>")
    contents["Doc_0/Res.xml"] = (
        b'<ofd:Res xmlns:ofd="x" BaseLoc="Res"><ofd:MultiMedias><ofd:MultiMedia ID="7">'
        b"<ofd:MediaFile>logo.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias></ofd:Res>"
    )
    data = sealed(packed(contents))
    assert failing(examined(data)) == {}
    examination = examined(changed(data, {"Doc_0/Res/Logo.PNG": b"another picture"}))
    assert failing(examination) == only(Check.COVERAGE)
    step = examination.step(Check.COVERAGE)
    assert step is not None
    assert "doc_0/res/logo.png" in step.message.en


def test_3_a_page_that_the_signer_left_out() -> None:
    assert failing(examined(resigned((reference(PAGE), b"")))) == only(Check.COVERAGE)


def test_3_a_signature_cannot_hide_a_page_as_its_own() -> None:
    """A list is not protected, so it may say that a page is a signature's; what the document uses stays open."""
    left_out = resigned((reference(PAGE), b""))
    ghost = f'<ofd:Signature ID="s002" BaseLoc="/{PAGE}"/></ofd:Signatures>'.encode()
    assert failing(examined(replaced(left_out, LIST, b"</ofd:Signatures>", ghost)))["coverage"] is Verdict.INVALID


def test_3_an_unprotected_root_is_said_and_lets_nothing_else_in() -> None:
    """Some vendors leave OFD.xml out: valid by form, but it must not lead to other pages."""
    data = resigned((reference("OFD.xml"), b""))
    examination = examined(data)
    assert failing(examination) == {}
    step = examination.step(Check.COVERAGE)
    assert step is not None
    assert "but OFD.xml" in step.message.en
    others = {f"Doc_1/{name[6:]}": content for name, content in document("").items() if name != "OFD.xml"}
    led = replaced(changed(data, others), "OFD.xml", b"Doc_0/Document.xml", b"Doc_1/Document.xml")
    assert failing(examined(led)) == only(Check.COVERAGE)


def test_3_a_file_that_nothing_uses_is_said_and_no_failure() -> None:
    examination = examined(changed(usual(), {"notes.txt": b"left behind", "Doc_0/broken.xml": b"<a"}))
    assert failing(examination) == {}
    step = examination.step(Check.COVERAGE)
    assert step is not None
    assert "2 files that the document does not use" in step.message.en


def test_3_an_unreadable_file_on_the_way_names_nothing() -> None:
    contents = document("", head="<ofd:PublicRes>Res.xml</ofd:PublicRes>")
    data = sealed(packed({**contents, "Doc_0/Res.xml": b"<Res><MediaFile>a.png</MediaFile>", "Doc_0/b.xml": b"<a/>"}))
    assert failing(examined(changed(data, {"Doc_0/a.png": b"picture"}))) == {}


def test_3_whatever_names_a_file_counts_however_often_and_however_long_the_rest_is() -> None:
    page = (
        f"<ofd:Content><ofd:Unknown at='/Doc_0/a.png'>{'x' * 2_000}</ofd:Unknown>"
        "<ofd:Other>/Doc_0/Pages/P1.xml</ofd:Other></ofd:Content>"
    )
    data = sealed(packed(document(page, page)))
    assert failing(examined(changed(data, {"Doc_0/a.png": b"picture"}))) == only(Check.COVERAGE)


def test_3_more_xml_than_anybody_goes_through_is_not_called_tampered() -> None:
    data = changed(usual(), {"notes.txt": b""})
    assert failing(examined(data, limits=Limits(text=100))) == only(Check.COVERAGE, Verdict.UNSUPPORTED)
    assert failing(examined(usual(), limits=Limits(text=100))) == {}


# ---- 4 seal


def forged_seal() -> bytes:
    return seal().envelope.raw.replace(b"SEAL0001", b"SEAL0002")


def test_4_a_seal_that_its_maker_did_not_sign() -> None:
    data = resigned(
        (check_value(files(usual())[ESL]), check_value(forged_seal())),
        others={ESL: forged_seal()},
        with_seal=read_seal(forged_seal()),
    )
    assert failing(examined(data)) == only(Check.SEAL)


def test_4_a_seal_that_was_swapped() -> None:
    other = new_seal(name="另一印章").envelope.raw
    swapped = changed(usual(), {ESL: other})
    assert failing(examined(swapped)) == {"digests": Verdict.INVALID, "seal": Verdict.INVALID}
    unreferenced = resigned((reference(ESL), b""), others={ESL: other})
    assert failing(examined(unreferenced)) == only(Check.SEAL)


# ---- 5 signer


def test_5_a_signer_who_is_not_in_the_seals_list() -> None:
    assert failing(examined(resigned(by=signer("other")))) == only(Check.SIGNER)


# ---- 6 signature


def test_6_a_value_by_another_key() -> None:
    data = resigned(by=signer("other"), certificate=signer().certificate.der)
    assert failing(examined(data)) == only(Check.SIGNATURE)


def test_6_a_signature_that_was_made_for_another_place() -> None:
    assert failing(examined(resigned(path="/Doc_0/Signs/Sign_7/Signature.xml"))) == only(Check.SIGNATURE)


def test_6_a_signature_that_was_moved_into_another_document() -> None:
    """The whole folder is copied; every digest that it names differs there."""
    other = sealed(packed(document("")))
    moved = {path: content for path, content in files(usual()).items() if path.startswith(SIGN)}
    assert "digests" in failing(examined(changed(other, moved)))


@pytest.mark.parametrize(
    ("method", "verdict"),
    [(b"1.2.840.10045.4.3.2", Verdict.INVALID), (b"1.2.3.4", Verdict.UNSUPPORTED)],
    ids=["another", "unknown"],
)
def test_6_a_method_that_is_not_the_one_by_which_it_is_signed(method: bytes, verdict: Verdict) -> None:
    assert failing(examined(resigned((b"1.2.156.10197.1.501", method)))) == only(Check.SIGNATURE, verdict)


def test_6_a_method_need_not_be_named() -> None:
    element = b"<ofd:SignatureMethod>1.2.156.10197.1.501</ofd:SignatureMethod>"
    assert failing(examined(resigned((element, b"")))) == {}


@pytest.mark.parametrize("content", [b"", b"no signature", b"\x30\x00"])
def test_6_a_value_that_is_none(content: bytes) -> None:
    assert failing(examined(changed(usual(), {VALUE: content}))) == only(Check.SIGNATURE)


def test_6_certificates_that_cannot_be_read() -> None:
    broken = b"\x31" + signer().certificate.der[1:]
    assert failing(examined(resigned(certificate=broken))) == {
        "signer": Verdict.INVALID,
        "signature": Verdict.INVALID,
    }
    maker = seal().envelope.maker
    raw = seal().envelope.raw.replace(maker, b"\x31" + maker[1:])
    data = resigned((check_value(files(usual())[ESL]), check_value(raw)), others={ESL: raw}, with_seal=read_seal(raw))
    assert failing(examined(data)) == only(Check.SEAL)


# ---- 7 certificates


def test_7_a_certificate_that_is_not_for_signatures() -> None:
    usage = {extensions.KEY_USAGE: making.key_usage(KeyUsage.KEY_ENCIPHERMENT)}
    by = holder(authority().issue("encryption", extra=usage))
    with_seal = new_seal(signers=SignerList(certificates=(by.certificate.der,)))
    data = sealed(with_seal=with_seal, by=by)
    assert failing(examined(data)) == only(Check.CERTIFICATES)


def test_7_without_an_anchor_nobody_can_say() -> None:
    undecided = {"certificates": Verdict.UNDECIDED, "revocation": Verdict.UNDECIDED}
    assert failing(examined(usual(), intermediates=())) == undecided
    chain = authority().intermediate.chain
    found = examine_ofd(usual(), TrustStore(), NOW, evidence=evidence(), intermediates=chain)
    assert failing(found) == only(Check.CERTIFICATES, Verdict.UNDECIDED)


# ---- 8 revocation


def revoked(at_days: int, reason: Reason, name: str = "signer") -> Evidence:
    rank = authority().intermediate
    one = Revoked(issued(name).certificate.serial, NOW + at_days * DAY, reason)
    crl = read_crl(make_crl(rank.certificate.subject_name, rank.key, (one,), NOW, NOW + 6 * DAY))
    return Evidence((crl, evidence().lists[0]))


def test_8_a_signer_who_was_revoked_before() -> None:
    found = examined(usual(), evidence=revoked(-2, Reason.SUPERSEDED))
    assert failing(found) == only(Check.REVOCATION)


def test_8_a_signer_who_was_revoked_later() -> None:
    later = revoked(2, Reason.SUPERSEDED)
    assert failing(examined(usual(), NOW + 3 * DAY, evidence=later)) == {}
    stolen = revoked(2, Reason.KEY_COMPROMISE)
    assert failing(examined(usual(), NOW + 3 * DAY, evidence=stolen)) == only(Check.REVOCATION)
    assert failing(examined(stamped_usual(), NOW + 3 * DAY, evidence=stolen)) == {}


def stamped_usual() -> bytes:
    async def stamp(signature: bytes) -> bytes:
        return await stamped(signature, NOW)

    return sealed(timestamps=stamp)


def test_8_a_maker_who_was_revoked_after_the_seal_was_made() -> None:
    assert failing(examined(usual(), evidence=revoked(0, Reason.SUPERSEDED, "maker"))) == {}
    before = revoked(-2, Reason.SUPERSEDED, "maker")
    assert failing(examined(usual(), evidence=before)) == only(Check.REVOCATION)


def test_8_without_lists_nobody_can_say() -> None:
    assert failing(examined(usual(), evidence=None)) == only(Check.REVOCATION, Verdict.UNDECIDED)


# ---- 9 times


def test_9_a_seal_that_was_not_in_force() -> None:
    ended = new_seal(valid_from=NOW - 10 * DAY, valid_until=NOW - DAY)
    data = resigned(
        (check_value(files(usual())[ESL]), check_value(ended.envelope.raw)),
        others={ESL: ended.envelope.raw},
        with_seal=ended,
    )
    assert failing(examined(data)) == only(Check.TIMES)


def test_9_a_time_to_come() -> None:
    data = sealed(at=NOW + timedelta(hours=1))
    assert failing(examined(data)) == only(Check.TIMES)
    assert failing(examined(sealed(at=NOW + timedelta(minutes=4)))) == {}


def test_9_a_certificate_that_had_ended() -> None:
    """Its chain does not hold for that time either."""
    ended = holder(authority().issue("ended", not_before=NOW - 20 * DAY, not_after=NOW - DAY))
    with_seal = new_seal(signers=SignerList(certificates=(ended.certificate.der,)))
    swapped = resigned(
        (check_value(files(usual())[ESL]), check_value(with_seal.envelope.raw)),
        others={ESL: with_seal.envelope.raw},
        with_seal=with_seal,
        by=ended,
    )
    assert failing(examined(swapped)) == {"certificates": Verdict.INVALID, "times": Verdict.INVALID}


def test_9_a_certificate_to_come_that_has_no_end_is_shown() -> None:
    endless = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    young = holder(authority().issue("young", not_before=NOW + DAY, not_after=endless))
    with_seal = new_seal(signers=SignerList(certificates=(young.certificate.der,)))
    data = resigned(
        (check_value(files(usual())[ESL]), check_value(with_seal.envelope.raw)),
        others={ESL: with_seal.envelope.raw},
        with_seal=with_seal,
        by=young,
    )
    step = examined(data).step(Check.TIMES)
    assert step is not None
    assert "9999-12-31 23:59:59" in step.message.en


def test_9_a_seal_without_an_end_is_shown() -> None:
    endless = new_seal(valid_until=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert failing(examined(sealed(with_seal=endless))) == {}


# ---- 10 timestamp


def test_10_a_token_over_something_else() -> None:
    async def stamp(signature: bytes) -> bytes:
        return await stamped(signature + b"!", NOW)

    assert failing(examined(sealed(timestamps=stamp))) == only(Check.TIMESTAMP)


def test_10_a_token_that_is_earlier_than_the_time_that_is_stated() -> None:
    async def stamp(signature: bytes) -> bytes:
        return await stamped(signature, NOW - timedelta(hours=1))

    assert failing(examined(sealed(timestamps=stamp))) == only(Check.TIMESTAMP)


def test_10_the_proven_time_counts() -> None:
    """The signer says that it was before the seal ended, the token that it was after."""

    async def stamp(signature: bytes) -> bytes:
        return await stamped(signature, NOW + 2 * DAY)

    short = new_seal(valid_until=NOW + DAY)
    examination = examined(sealed(with_seal=short, timestamps=stamp), NOW + 3 * DAY)
    assert failing(examination) == only(Check.TIMES)
    assert examination.signatures[0].signed_at == NOW + 2 * DAY


def test_10_garbage_in_place_of_a_token() -> None:
    async def stamp(_: bytes) -> bytes:
        return b"no token"

    assert failing(examined(sealed(timestamps=stamp))) == only(Check.TIMESTAMP)


@pytest.mark.parametrize(
    ("time", "verdict"),
    [(b"20200601080000Z", Verdict.VALID), (b"\x30\x00", Verdict.UNSUPPORTED)],
    ids=["text", "token"],
)
def test_10_the_time_of_the_old_standard(time: bytes, verdict: Verdict) -> None:
    """In V1 a token may stand in place of the time; what it is over is not settled."""
    v1 = (Path(__file__).parents[1] / "seals/fixtures/UserV1.esl").read_bytes()
    description = resigned((check_value(files(usual())[ESL]), check_value(v1)), others={ESL: v1})
    contents = files(description)
    contents[VALUE] = value_v1(contents[DESCRIPTION], v1, time)
    examination = examined(packed(contents))
    found = {step.number: step.verdict for step in examination.steps}
    assert found[Check.SIGNATURE] is found[Check.DIGESTS] is found[Check.SEAL] is Verdict.VALID
    assert found[Check.TIMESTAMP] is verdict


# ---- 11 later changes


def test_11_a_signature_that_was_taken_off_the_list() -> None:
    twice = sealed(usual(), AtPoint(1, 100, 100))
    first = re.search(rb'<ofd:Signature ID="s001"[^>]*/>', files(twice)[LIST])
    assert first is not None
    examination = examined(replaced(twice, LIST, first[0], b""))
    assert failing(examination) == only(Check.CHANGES)
    assert "doc_0/signs/sign_0/signature.xml" in str(examination.steps)


def test_11_all_signatures_were_taken_off() -> None:
    hidden = replaced(usual(), "OFD.xml", b"<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>", b"")
    assert failing(examined(hidden)) == only(Check.CHANGES)
    emptied = changed(usual(), {LIST: b"<Signatures/>"})
    assert failing(examined(emptied)) == only(Check.CHANGES)


def test_11_a_page_that_was_changed_between_two_seals() -> None:
    changed_after = replaced(usual(), PAGE, b"OFD Reader", b"PDF Reader")
    twice = sealed(changed_after, AtPoint(1, 100, 100))
    examination = examined(twice)
    assert failing(examination) == {"digests": Verdict.INVALID, "changes": Verdict.INVALID}
    first, second = examination.signatures
    assert (first.verdict, second.verdict) == (Verdict.INVALID, Verdict.VALID)
    step = examination.step(Check.CHANGES)
    assert step is not None
    assert "before the signature “s002”" in step.message.en
    again = replaced(twice, PAGE, b"PDF Reader", b"XML Reader")
    assert failing(examined(again)) == only(Check.DIGESTS)


def test_11_later_signatures_are_counted() -> None:
    twice = sealed(usual(), AtPoint(1, 100, 100))
    first, second = examined(twice).signatures
    assert next(step.message.en for step in first.steps if step.number == Check.CHANGES).startswith("1 signatures")
    assert next(step.message.en for step in second.steps if step.number == Check.CHANGES).startswith("no change")


# ---- none


def test_a_document_that_nobody_signed_is_undecided() -> None:
    assert failing(examined(HELLO)) == only(Check.STRUCTURE, Verdict.UNDECIDED)
    assert examined(HELLO).signatures == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("signed-v4.ofd", {"certificates": "UNDECIDED", "revocation": "UNDECIDED", "times": "INVALID"}),
        ("signed-locked.ofd", {"certificates": "UNDECIDED", "revocation": "UNDECIDED"}),
        ("unsigned-hello.ofd", {"structure": "UNDECIDED"}),
        ("unsigned-7-pages.ofd", {"structure": "UNDECIDED"}),
        ("keywords.ofd", {"structure": "UNDECIDED"}),
    ],
)
def test_files_of_the_reference_implementation_get_their_verdicts(name: str, expected: dict[str, str]) -> None:
    assert failing(examined(FIXTURES / name, NOW + 365 * DAY)) == expected
    assert failing(examined((FIXTURES / name).read_bytes(), NOW + 365 * DAY)) == expected


def test_the_value_helper_makes_what_sealing_makes() -> None:
    """The forgeries above differ from a true signature in nothing but what they say."""
    assert failing(examined(resigned())) == {}
    description = files(usual())[DESCRIPTION]
    assert len(value(description)) == pytest.approx(len(files(usual())[VALUE]), abs=4)
    assert read_description(description, "", LIMITS).value == f"/{VALUE}"
