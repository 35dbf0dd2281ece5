"""Signatures that others make: what is known is judged, what is not known is never called tampered."""

import asyncio
import re
from io import BytesIO

import pytest

from certs.cms import DATA, attribute
from certs.cms.making import TIMESTAMP_TOKEN
from certs.examination import Verdict
from certs.pdf import AtPoint, Look, PdfUnreadable, Unseen
from certs.pdf.coverage import CoverageBroken, read_coverage
from certs.timestamps import Imprint
from certs.x509 import Hash, KeyAlgorithm, asn1
from gateway.core.clock import Deadline
from tests.pdf.by_hand import Change, by_hand, in_form, same, signed
from tests.pdf.documents import appended, pdf
from tests.pdf.stage import KINDS, Stamps, examined, picture, sealed, verdicts

OLDER = in_form("adbe.pkcs7.detached")
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"


def attributes(covered: bytes, used: Hash = Hash.SHA256) -> bytes:
    """Signed attributes that do not name the certificate."""
    return asn1.set_of(
        attribute(CONTENT_TYPE, asn1.oid(DATA)), attribute(MESSAGE_DIGEST, asn1.octets(used.digest(covered)))
    )


def kept_valid(document: bytes) -> None:
    assert verdicts(examined(document)) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_over_the_content_itself(kind: KeyAlgorithm) -> None:
    document = by_hand(lambda covered: signed(covered, kind), OLDER)
    assert verdicts(examined(document, kind)) == {}
    changed = document.replace(b"(Licence 1", b"(Licence 2")
    assert verdicts(examined(changed, kind)) == {"signature": Verdict.INVALID}


def test_older_forms_need_not_name_the_certificate_and_pades_must() -> None:
    def value(covered: bytes) -> bytes:
        return signed(covered, attributes=attributes(covered))

    kept_valid(by_hand(value, OLDER))
    assert verdicts(examined(by_hand(value))) == {"signature": Verdict.INVALID}


def unread(_: bytes) -> bytes:
    return bytes.fromhex("300302010A")


STRUCTURES: dict[str, tuple[Change, Change, Verdict]] = {
    "another form": (signed, in_form("adbe.pkcs7.sha1"), Verdict.UNSUPPORTED),
    "no signed data": (unread, same, Verdict.INVALID),
    "not even an element": (lambda _: b"0", same, Verdict.INVALID),
    "an element longer than its place": (lambda _: b"\x30\x84\x7f\xff\xff\xff", same, Verdict.INVALID),
    "of indefinite length": (lambda _: bytes.fromhex("3080020101"), same, Verdict.UNSUPPORTED),
    "of two signers": (lambda covered: signed(covered, signers=2), same, Verdict.UNSUPPORTED),
    "with the content": (
        lambda covered: signed(covered, content=asn1.explicit(0, asn1.octets(b"x"))), same, Verdict.UNSUPPORTED,
    ),
    "another list of digests": (
        lambda covered: signed(covered, digests=Hash.SM3.identifier), same, Verdict.INVALID,
    ),
    "contents that are no text": (
        signed, lambda section: section.replace(b"/Contents<", b"/XContent<"), Verdict.INVALID,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STRUCTURES)
def test_what_cannot_be_read_fails_the_first_step(name: str) -> None:
    value, change, verdict = STRUCTURES[name]
    assert verdicts(examined(by_hand(value, change))) == {"structure": verdict}


def test_a_signature_that_is_no_object_of_its_own() -> None:
    document = sealed(pdf(), Unseen())
    field = b"<</FT/Sig/T(Seal1)/V<</SubFilter/ETSI.CAdES.detached>>/Type/Annot/Subtype/Widget/Rect[0 0 0 0]>>"
    form = "<</Fields[200 0 R]/SigFlags 3>>"
    changed = appended(document, {1: "<</Type/Catalog/Pages 2 0 R/AcroForm 201 0 R>>", 200: field, 201: form})
    assert verdicts(examined(changed)) == {
        "structure": Verdict.UNSUPPORTED,
        "changes": Verdict.INVALID,  # the one that was there before is gone
    }


def test_contents_that_are_no_text() -> None:
    document = pdf(
        root="/AcroForm<</Fields[100 0 R]>>",
        objects={
            100: "<</FT/Sig/T(a)/V 101 0 R>>",
            101: "<</SubFilter/ETSI.CAdES.detached/Contents 7/ByteRange[0 1 2 3]>>",
        },
    )
    assert verdicts(examined(document)) == {"structure": Verdict.INVALID}


def test_an_algorithm_that_can_be_forged_and_one_that_is_not_known() -> None:
    weak = asn1.sequence(asn1.oid("1.2.840.113549.1.1.5"), asn1.null())
    unknown = asn1.sequence(asn1.oid("1.2.3.4"))
    for algorithm, verdict in ((weak, Verdict.INVALID), (unknown, Verdict.UNSUPPORTED)):
        document = by_hand(lambda covered, named=algorithm: signed(covered, algorithm=named), OLDER)  # type: ignore[misc]
        assert verdicts(examined(document)) == {"signature": verdict}


def test_a_signature_without_its_certificate_is_undecided() -> None:
    document = by_hand(lambda covered: signed(covered, certificates=False), OLDER)
    found = examined(document)
    assert verdicts(found) == {"signature": Verdict.UNDECIDED}
    assert found.signatures[0].signer is None


def test_a_value_that_is_forged_fails_only_its_step() -> None:
    def value(covered: bytes) -> bytes:
        good = signed(covered, attributes=attributes(covered))
        return good[:-1] + bytes([good[-1] ^ 1])

    assert verdicts(examined(by_hand(value, OLDER))) == {"signature": Verdict.INVALID}


@pytest.mark.parametrize(
    "date",
    [
        b"D:20269904050607+00'00')",
        b"D:00010101000000+23'00')",
        b"yesterday, I think.....)",
        b"D:20260304050607Z)      ",
    ],
)
def test_a_time_that_is_none_is_as_if_there_were_none(date: bytes) -> None:
    def change(section: bytes) -> bytes:
        return section.replace(b"D:20260304050607+00'00')", date)

    found = examined(by_hand(signed, lambda section: change(OLDER(section))))
    assert verdicts(found) == {}
    stated = found.signatures[0].signed_at
    assert (stated is not None) is date.endswith(b"Z)      ")


def test_a_time_west_of_greenwich() -> None:
    def change(section: bytes) -> bytes:
        return OLDER(section).replace(b"D:20260304050607+00'00'", b"D:20260303230607-06'00'")

    (found,) = examined(by_hand(signed, change)).signatures
    assert found.signed_at is not None
    assert found.signed_at.isoformat() == "2026-03-04T05:06:07+00:00"


def test_an_unsigned_timestamp_over_something_else_is_found() -> None:

    token = asyncio.run(Stamps().get_token(Imprint.of(b"something else", Hash.SHA256), Deadline(0))).der
    stamped = asn1.element(0xA1, attribute(TIMESTAMP_TOKEN, token))
    document = by_hand(lambda covered: signed(covered, unsigned=stamped), OLDER)
    assert verdicts(examined(document)) == {"timestamp": Verdict.INVALID}


def test_two_kinds_of_cross_references_are_not_known_here() -> None:
    """A hybrid file: a stream of cross-references beside the table, which some readers read and some do not."""
    document = pdf()
    table = document.rindex(b"trailer")
    rows = b"\x01" + document.index(b"4 0 obj").to_bytes(4, "big") + b"\0\0"
    stream = b"300 0 obj\n<</Type/XRef/W[1 4 2]/Index[4 1]/Size 301/Root 1 0 R/Length 7>>\nstream\n" + rows
    place = len(document.split(b"xref")[0])
    hybrid = document[:place] + stream + b"\nendstream\nendobj\n" + document[place:table]
    moved = place + len(stream) + len(b"\nendstream\nendobj\n")
    hybrid += b"trailer\n<</Size 301/Root 1 0 R/XRefStm %d>>\nstartxref\n%d\n%%%%EOF\n" % (place, moved)
    assert verdicts(examined(sealed(hybrid, Unseen()))) == {"structure": Verdict.UNSUPPORTED}


def test_so_many_signatures_are_not_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("certs.pdf.examining.MOST_SIGNATURES", 1)
    with pytest.raises(PdfUnreadable, match="too many signatures"):
        examined(sealed(sealed(pdf(), Unseen()), Unseen()))


def test_a_dictionary_behind_what_it_covers_is_found() -> None:

    document = sealed(pdf(), Unseen())
    found = re.search(rb"(\d+) 0 obj\n(<</Type/Sig.*?>>)\nendobj", document, re.DOTALL)
    assert found is not None
    copied = appended(document, {int(found[1]): found[2]})
    assert verdicts(examined(copied)) == {"coverage": Verdict.INVALID}
    with pytest.raises(CoverageBroken):
        read_coverage(BytesIO(document), [0, True, 2, 3], b"", 0)


def test_a_revision_that_the_signature_does_not_cover_is_found() -> None:
    """A later table of cross-references claims the signature's object, though it stands where it stood."""

    document = sealed(pdf(), Unseen())
    found = re.search(rb"(\d+) 0 obj\n(<</Type/Sig.*?>>)\nendobj", document, re.DOTALL)
    assert found is not None
    later = appended(document, {})
    at = later.rindex(b"xref\ntrailer")
    row = b"%d 1\n%010d 00000 n \n" % (int(found[1]), found.start())
    claimed = later[: at + 5] + row + later[at + 5 :]
    assert verdicts(examined(claimed)) == {"coverage": Verdict.INVALID}


def test_what_is_done_in_spite_of_a_permission(monkeypatch: pytest.MonkeyPatch) -> None:

    locked = sealed(pdf(), Unseen(), look=Look(final=True))
    monkeypatch.setattr("certs.pdf.revision.check_open", lambda *_, **__: None)
    for placement in (Unseen(), AtPoint(1, 0, 0)):
        again = sealed(locked, placement, look=Look(picture()))
        assert verdicts(examined(again)) == {"changes": Verdict.INVALID}
