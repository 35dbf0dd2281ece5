"""The workshop of the seal service: it seals off the event loop, by keys here or by whoever signs elsewhere."""

import asyncio
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from certs import sm
from certs.documents import DocumentWorkshop, Trust
from certs.signers import HeldSigner
from certs.timestamps import Imprint, TimestampUnavailable, Token
from certs.x509 import KeyAlgorithm, TrustStore
from gateway.core.clock import Deadline
from gateway.core.errors import KeyUnusable, Refusal
from gateway.core.problems import Problem
from gateway.core.problems import documents as problems
from gateway.core.seals.place import Across, Keyword, Place, Point
from gateway.core.seals.verification import Verdict
from gateway.core.seals.workshop import Counted
from gateway.core.text import Text
from tests.documents import shop
from tests.documents.shop import KINDS, PLACES, compared, documents, failing, key_file, messages, run, sealed, stamp
from tests.ofd import world
from tests.ofd.world import DAY, NOW, SetClock
from tests.pdf.documents import pdf
from tests.pdf.stage import Stamps, evidence, trusted

FORMS = pytest.mark.parametrize("form", [0, 1], ids=["ofd", "pdf"])


SPELLINGS: tuple[dict[str, Any], ...] = ({"stream": True}, {"trailer": "/ID[<00><01>]"}, {"root": "/AcroForm<<>>"})


class Refusing(Exception):
    """What whoever signs elsewhere may raise."""


@FORMS
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_what_is_sealed_is_valid_and_nothing_but_the_seal_was_added(tmp_path: Path, form: int, place: Any) -> None:
    source = documents(tmp_path)[form]
    before = source.read_bytes()
    target = sealed(source, tmp_path / "out", place)
    found = compared(source, target)
    assert (found.verdict, failing(found)) == (Verdict.VALID, {})
    assert found.steps[-1].number == 12
    assert run(lambda workshop: workshop.examine(target)).verdict is Verdict.VALID
    assert source.read_bytes() == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_in_a_file_seals_as_one_elsewhere_does(tmp_path: Path, kind: KeyAlgorithm) -> None:
    source = documents(tmp_path)[1]
    by_file = stamp(kind, key=key_file(tmp_path, kind))
    for number, made in enumerate((stamp(kind), by_file)):
        target = sealed(source, tmp_path / str(number), with_stamp=made)
        assert compared(source, target, kind).verdict is Verdict.VALID


@pytest.mark.parametrize(("form", "kind"), [(0, KeyAlgorithm.SM2), *((1, kind) for kind in KINDS)])
@pytest.mark.parametrize("place", [PLACES[0], Keyword("Seal here"), Across()], ids=str)
def test_the_same_request_asks_for_the_same_digest(tmp_path: Path, form: int, kind: KeyAlgorithm, place: Any) -> None:
    """What was asked before a crash is asked again, so that a platform knows it."""
    source = documents(tmp_path)[form]
    asked: list[bytes] = []

    async def note(digest: bytes) -> bytes:
        asked.append(digest)
        raise Refusing

    made = stamp(kind, sign=note)
    for _ in range(3):
        with pytest.raises(Refusing):
            sealed(source, tmp_path / "out", place, made)
    later = stamp(kind, sign=note, at=NOW + timedelta(seconds=1))
    with pytest.raises(Refusing):
        sealed(source, tmp_path / "out", place, later)
    assert len(set(asked[:3])) == 1
    assert asked[3] != asked[0]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["in.ofd", "in.pdf"]


@pytest.mark.parametrize(
    "variant", [{"stream": True}, {"trailer": "/ID[<00><01>]"}, {"root": "/AcroForm<<>>"}], ids=str
)
def test_every_spelling_of_a_pdf_asks_for_the_same_digest(tmp_path: Path, variant: dict[str, Any]) -> None:
    source = tmp_path / "in.pdf"
    source.write_bytes(pdf(**variant))
    asked = []

    async def note(digest: bytes) -> bytes:
        asked.append(digest)
        return await HeldSigner(shop.office().key, shop.office().certificate).sign_digest(digest)

    for name in "ab":
        target = sealed(source, tmp_path / name, with_stamp=stamp(sign=note))
        assert compared(source, target).verdict is Verdict.VALID
    assert asked[0] == asked[1]


@FORMS
def test_what_was_signed_elsewhere_has_to_be_of_the_certificate(tmp_path: Path, form: int) -> None:
    stranger = world.authority().issue("Stranger")
    made = stamp(sign=HeldSigner(stranger.key, stranger.certificate).sign_digest)
    with pytest.raises(KeyUnusable, match="does not verify"):
        sealed(documents(tmp_path)[form], tmp_path / "out", with_stamp=made)
    assert not (tmp_path / "out").exists()


def test_a_bare_signature_of_two_numbers_is_taken(tmp_path: Path) -> None:
    async def sign(digest: bytes) -> bytes:
        made = await HeldSigner(shop.office().key, shop.office().certificate).sign_digest(digest)
        return sm.Signature.from_any(made).to_raw()

    source = documents(tmp_path)[0]
    assert compared(source, sealed(source, tmp_path / "out", with_stamp=stamp(sign=sign))).verdict is Verdict.VALID


def test_whoever_signs_elsewhere_is_asked_on_the_loop_of_the_caller(tmp_path: Path) -> None:
    source = documents(tmp_path)[0]
    signing = HeldSigner(shop.office().key, shop.office().certificate)
    threads = []

    async def sign(digest: bytes) -> bytes:
        threads.append(threading.current_thread())
        return await signing.sign_digest(digest)

    sealed(source, tmp_path / "out", with_stamp=stamp(sign=sign))
    assert threads == [threading.main_thread()]


def test_a_key_is_opened_once_and_let_go_at_the_end(tmp_path: Path) -> None:
    source = documents(tmp_path)[0]
    reference = key_file(tmp_path)
    asked: list[str] = []

    def pin(name: str) -> None:
        asked.append(name)

    async def main() -> None:
        workshop = DocumentWorkshop(SetClock(), shop.trust, files=True, pin=pin)
        made = stamp(key=reference)
        for name in "ab":
            await workshop.seal(source, tmp_path / name, made, PLACES[0])
        await workshop.aclose()
        with pytest.raises(RuntimeError):
            await workshop.pages_of([source])

    shop.seal()
    asyncio.run(main())
    assert asked == [reference]


def test_production_takes_no_key_in_a_file_and_no_stamp_without_one(tmp_path: Path) -> None:
    source = documents(tmp_path)[0]
    with pytest.raises(KeyUnusable, match="production"):
        sealed(source, tmp_path / "out", with_stamp=stamp(key=key_file(tmp_path)), files=False)
    with pytest.raises(KeyUnusable, match="neither a key"):
        sealed(source, tmp_path / "out", with_stamp=stamp(key=None))


@FORMS
def test_a_timestamp_proves_the_time_where_there_is_an_authority(tmp_path: Path, form: int) -> None:
    source = documents(tmp_path)[form]
    target = sealed(source, tmp_path / "out", timestamps=Stamps(KeyAlgorithm.SM2))
    anchors = TrustStore([*shop.trust().anchors.anchors, *trusted(KeyAlgorithm.SM2).anchors])
    lists = shop.trust().evidence + evidence(KeyAlgorithm.SM2)
    known = Trust(anchors, shop.trust().between, lists)
    found = compared(source, target, trust=lambda: known)
    assert 12 not in failing(found)
    assert "timestamp" in messages(found)
    assert 10 in {step.number for step in found.steps}


@FORMS
def test_where_no_timestamp_is_to_be_had_nothing_is_sealed(tmp_path: Path, form: int) -> None:
    class Silent:
        async def get_token(self, imprint: Imprint, deadline: Deadline) -> Token:
            raise TimestampUnavailable(Text("没有", "nobody answers"))

    with pytest.raises(KeyUnusable, match="nobody answers"):
        sealed(documents(tmp_path)[form], tmp_path / "out", timestamps=Silent())
    assert not (tmp_path / "out").exists()


def test_pages_are_counted_and_documents_told_by_what_they_are_taken_for(tmp_path: Path) -> None:
    """Also one that begins like the other: it would be sealed as what its end says."""
    ofd, made = documents(tmp_path)
    both = tmp_path / "both.pdf"
    both.write_bytes(b"junk %PDF-1.7\n" + ofd.read_bytes())
    found = run(lambda workshop: workshop.pages_of([ofd, made, both]))
    kinds = [isinstance(one, Counted) and (one.pages, one.media_type) for one in found]
    assert kinds == [(2, "application/ofd"), (2, "application/pdf"), (2, "application/ofd")]


ENCRYPTED = {**world.document("<ofd:Content/>"), "Encryptions.xml": b"<e/>"}
FORBIDDEN = world.document(
    "<ofd:Content/>", tail="<ofd:Permissions><ofd:Signature>false</ofd:Signature></ofd:Permissions>"
)
MANY = world.document(*[world.text("Seal here")] * 101)
REFUSED: dict[str, tuple[bytes, Place, Problem]] = {
    "no document": (b"text", PLACES[0], problems.DOCUMENT_FORMAT_UNKNOWN),
    "empty": (b"", PLACES[0], problems.DOCUMENT_FORMAT_UNKNOWN),
    "another archive": (world.packed({"word/x.xml": b"<x/>"}), PLACES[0], problems.DOCUMENT_FORMAT_UNKNOWN),
    "damaged ofd": (b"PK\x03\x04 and no more", PLACES[0], problems.DOCUMENT_UNREADABLE),
    "damaged pdf": (b"%PDF-1.7 and no more", PLACES[0], problems.DOCUMENT_UNREADABLE),
    "encrypted ofd": (world.packed(ENCRYPTED), PLACES[0], problems.DOCUMENT_ENCRYPTED),
    "encrypted pdf": (pdf(trailer="/Encrypt<<>>"), PLACES[0], problems.DOCUMENT_ENCRYPTED),
    "locked ofd": (world.packed(FORBIDDEN), PLACES[0], problems.DOCUMENT_LOCKED),
    "off the page of an ofd": (world.HELLO, Point(1, 200, 290), problems.PLACE_UNUSABLE),
    "off the page of a pdf": (pdf(), Point(1, 200, 290), problems.PLACE_UNUSABLE),
    "no such page": (pdf(), Point(7, 20, 20), problems.PLACE_UNUSABLE),
    "one page": (pdf(), Across(), problems.PLACE_UNUSABLE),
    "nowhere in an ofd": (world.HELLO, Keyword("nowhere"), problems.KEYWORD_NOWHERE),
    "nowhere in a pdf": (pdf(), Keyword("nowhere"), problems.KEYWORD_NOWHERE),
    "too often in an ofd": (world.packed(MANY), Keyword("Seal here"), problems.KEYWORD_TOO_OFTEN),
    "too often in a pdf": (pdf(*[""] * 101), Keyword("Licence"), problems.KEYWORD_TOO_OFTEN),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_sealed_is_a_problem_of_the_catalogue(tmp_path: Path, name: str) -> None:
    content, place, problem = REFUSED[name]
    source = tmp_path / "in"
    source.write_bytes(content)
    with pytest.raises(Refusal) as caught:
        sealed(source, tmp_path / "out", place)
    assert caught.value.problem is problem
    assert list(tmp_path.iterdir()) == [source]


def test_a_seal_that_must_not_be_used_is_a_problem(tmp_path: Path) -> None:
    source, other = documents(tmp_path)
    ended = stamp(at=NOW + 301 * DAY)
    listed = shop.stamp(seal=shop.seal(KeyAlgorithm.RSA))
    no_certificate = stamp(certificates=(b"0",))
    no_seal = stamp(seal=b"0")
    for made in (ended, listed, no_certificate, no_seal):
        for file in (source, other):
            with pytest.raises(Refusal) as caught:
                sealed(file, tmp_path / "out", with_stamp=made)
            assert caught.value.problem is problems.SEAL_UNUSABLE
    with pytest.raises(Refusal) as caught:
        sealed(source, tmp_path / "out", trust=lambda: shop.trust_without(shop.office()))
    assert caught.value.problem is problems.SEAL_UNUSABLE
    assert "revoked" in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_what_is_no_document_is_not_examined(tmp_path: Path) -> None:
    file = tmp_path / "in"
    file.write_bytes(b"text")
    with pytest.raises(Refusal) as caught:
        run(lambda workshop: workshop.examine(file))
    assert caught.value.problem is problems.DOCUMENT_FORMAT_UNKNOWN
    with pytest.raises(Refusal):
        compared(file, file)


def test_a_document_without_a_seal_is_undecided(tmp_path: Path) -> None:
    source = documents(tmp_path)[0]
    assert run(lambda workshop: workshop.examine(source)).verdict is Verdict.UNDECIDED
