"""Asking for seals: who may, what is refused, and the same key with the same request."""

import asyncio
from typing import Any

import pytest

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.files import File, Owner, Purpose
from gateway.core.problems import Problem
from gateway.core.seals.place import Across, Keyword, Point
from gateway.core.seals.register import SealState
from gateway.core.seals.sealing import SealingState
from gateway.services.sealing import seal_documents
from gateway.services.sealing.asking import MOST_DOCUMENTS, DocumentRequest, SealRequest, field_of, place_of
from tests.sealing.bench import PLENTY, Bench
from tests.sealing.making import STRANGER, a_document, a_seal
from tests.services.fakes import OFFICER, call_of


async def refused(bench: Bench, request: SealRequest, problem: Problem, person: Any = OFFICER) -> None:
    with pytest.raises(Refusal) as caught:
        await bench.ask(request, call_of(person, bench.clock))
    assert caught.value.problem is problem


async def test_the_same_key_and_request_give_the_same_sealing(bench: Bench) -> None:
    request = await bench.request(a_document())
    first = await bench.ask(request, call_of(OFFICER, bench.clock))
    again = await bench.ask(request, call_of(OFFICER, bench.clock))
    assert [one.id for one in again.sealings] == [one.id for one in first.sealings]
    await bench.run()
    assert len(bench.workshop.signed) == 1


async def test_a_document_that_is_uploaded_again_is_the_same_request(bench: Bench) -> None:
    first = await bench.asked(a_document())
    again = await bench.asked(a_document())
    assert again[0].id == first[0].id


async def test_a_repeated_request_is_answered_even_when_its_upload_and_its_right_are_gone(bench: Bench) -> None:
    request = await bench.request(a_document())
    first = await bench.ask(request, call_of(OFFICER, bench.clock))
    await bench.register.put(a_seal(version=2, state=SealState.FROZEN))
    await bench.files.sweep(bench.clock.now(), 100)
    again = await bench.ask(request, call_of(OFFICER, bench.clock))
    assert again.sealings[0].id == first.sealings[0].id


@pytest.mark.parametrize("changed", [{"place": Keyword("盖章")}, {"seal": "seal-2"}])
async def test_a_key_stands_for_one_request(bench: Bench, changed: dict[str, Any]) -> None:
    await bench.register.put(a_seal(id="seal-2", number="2"))
    await bench.asked(a_document())
    await refused(bench, await bench.request(a_document(), **changed), problems.SEALING_KEY_TAKEN)


async def test_a_key_stands_for_one_document(bench: Bench) -> None:
    await bench.asked(a_document("one"))
    await refused(bench, await bench.request(a_document("other")), problems.SEALING_KEY_TAKEN)


async def test_a_repeated_key_with_an_upload_that_is_not_there_is_refused(bench: Bench) -> None:
    await bench.asked(a_document())
    request = await bench.request(a_document(), documents=(DocumentRequest("key-1", "nothing"),))
    await refused(bench, request, problems.UPLOAD_UNKNOWN)


async def test_two_who_ask_at_once_with_one_key_get_one_sealing(bench: Bench) -> None:
    request = await bench.request(a_document())
    call = call_of(OFFICER, bench.clock)
    both = await asyncio.gather(*(bench.ask(request, call) for _ in range(2)))
    assert both[0].sealings[0].id == both[1].sealings[0].id


async def test_a_key_that_somebody_was_faster_with_is_compared(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    request = await bench.request(a_document())
    other = await bench.request(a_document("other"))
    await bench.ask(other, call_of(OFFICER, bench.clock))

    async def nothing(*_: object) -> dict[str, Any]:
        return {}

    monkeypatch.setattr(bench.sealings, "of_keys", nothing)  # it looked just before
    await refused(bench, request, problems.SEALING_KEY_TAKEN)


async def test_many_documents_are_one_batch(bench: Bench) -> None:
    monkey = [a_document(f"document {number}") for number in range(7)]
    sealings = await bench.asked(*monkey)
    assert len({one.batch for one in sealings}) == 1
    assert sealings[0].batch is not None
    await bench.run()
    states = [(await bench.now(one)).state for one in sealings]
    assert states == [SealingState.RELEASED] * 7
    assert len(bench.workshop.signed) == 7


async def test_a_large_batch_is_written_in_groups(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal_documents, "_TOGETHER", 2)
    sealings = await bench.asked(*(a_document(f"document {number}") for number in range(5)))
    assert len({one.id for one in sealings}) == 5


async def test_too_many_that_have_not_ended_are_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal_documents, "MOST_GOING", 1)
    await bench.asked(a_document())
    upload = await bench.upload(a_document("other"))
    request = await bench.request(documents=(DocumentRequest("key-2", upload),))
    await refused(bench, request, problems.SEALINGS_TOO_MANY)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"seal": "nothing"}, problems.SEAL_UNKNOWN),
        ({"use": "nothing"}, problems.USE_UNKNOWN),
        ({"documents": ()}, problems.SEALINGS_COUNT_INVALID),
        ({"documents": (DocumentRequest("", "upload-1"),)}, problems.SEALING_KEY_INVALID),
        ({"documents": (DocumentRequest("键", "upload-1"),)}, problems.SEALING_KEY_INVALID),
        ({"documents": (DocumentRequest("a\n", "upload-1"),)}, problems.SEALING_KEY_INVALID),
        ({"documents": (DocumentRequest("a b", "upload-1"),)}, problems.SEALING_KEY_INVALID),
        ({"documents": (DocumentRequest("a" * 129, "upload-1"),)}, problems.SEALING_KEY_INVALID),
        ({"documents": (DocumentRequest("a", "u"), DocumentRequest("a", "v"))}, problems.SEALINGS_COUNT_INVALID),
        ({"documents": (DocumentRequest("a", "nothing"),)}, problems.UPLOAD_UNKNOWN),
    ],
)
async def test_what_cannot_be_is_refused(bench: Bench, changed: dict[str, Any], problem: Problem) -> None:
    await refused(bench, await bench.request(a_document(), **changed), problem)


async def test_more_documents_than_go_in_one_call_are_refused(bench: Bench) -> None:
    many = tuple(DocumentRequest(str(number), "u") for number in range(MOST_DOCUMENTS + 1))
    await refused(bench, await bench.request(documents=many), problems.SEALINGS_COUNT_INVALID)


async def test_a_frozen_seal_is_not_used(bench: Bench) -> None:
    await bench.register.put(a_seal(version=2, state=SealState.FROZEN))
    await refused(bench, await bench.request(a_document()), problems.SEALING_FORBIDDEN)


async def test_another_bodys_officer_may_not(bench: Bench) -> None:
    use, upload = await bench.use(STRANGER), await bench.upload(a_document(), STRANGER)
    request = await bench.request(use=use, documents=(DocumentRequest("key-1", upload),))
    await refused(bench, request, problems.SEALING_FORBIDDEN, STRANGER)


async def test_an_upload_of_another_person_is_not_found(bench: Bench) -> None:
    upload = await bench.upload(a_document(), STRANGER)
    request = await bench.request(documents=(DocumentRequest("key-1", upload),))
    await refused(bench, request, problems.UPLOAD_UNKNOWN)


@pytest.mark.parametrize("key", ["key-new", "key-1"])
async def test_an_upload_whose_bytes_have_not_come_is_refused(bench: Bench, key: str) -> None:
    await bench.asked(a_document())
    now = bench.clock.now()
    file = File(
        id="empty", purpose=Purpose.UPLOAD, owner=Owner.of(call_of(OFFICER, bench.clock).caller), name="a.pdf",
        media_type="", bytes=5, sha256=None, created_at=now, expires_at=now.replace(hour=5),
    )  # fmt: skip
    assert await bench.files.declare(file, PLENTY, now)
    request = await bench.request(documents=(DocumentRequest(key, "empty"),))
    await refused(bench, request, problems.UPLOAD_INCOMPLETE)


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.ofd", b"%PDF-1.4 pages=1;", "application/pdf"),
        ("scan", b"PK\x03\x04 pages=1;", "application/ofd"),
        ("scan.bin", b"junk %PDF-1.4 pages=1;", "application/pdf"),
    ],
)
@pytest.mark.parametrize("is_told", [True, False])
async def test_what_a_document_is_stands_at_its_beginning_and_not_in_its_name(
    bench: Bench, name: str, content: bytes, media_type: str, is_told: bool
) -> None:
    """It is told when it comes; a gateway of an earlier version did not."""
    upload = await bench.upload(content, name=name, told=media_type if is_told else "")
    (sealing,) = await bench.asked(documents=(DocumentRequest("key-1", upload),))
    assert sealing.input.media_type == media_type


async def test_what_is_neither_is_refused_whatever_its_name(bench: Bench) -> None:
    upload = await bench.upload(b"plain text", name="a.pdf")
    request = await bench.request(documents=(DocumentRequest("key-1", upload),))
    await refused(bench, request, problems.DOCUMENT_FORMAT_UNKNOWN)


async def test_each_document_is_in_the_log_with_the_request(bench: Bench) -> None:
    await bench.asked(a_document("one"), a_document("two"))
    lines = [event for event in bench.trail.held if event.kind == "seal.requested"]
    assert len(lines) == 2
    line = lines[0]
    assert line.actor is not None
    assert (line.actor.subject, line.application) == ("o-1", "portal")
    assert line.use is not None
    assert (line.use.item, line.use.case) == ("11420000-0001", "BJ-1")
    assert {"seal", "key", "before", "result"} <= set(line.note)
    assert "key-1" not in str(line)
    asked = [event for event in bench.trail.events if event.kind == "seal.asked"]
    assert [event.count for event in asked] == [2]


def test_a_place_is_one_of_three() -> None:
    assert place_of((1, 2.0, 3.0), None, across=False) == Point(1, 2.0, 3.0)
    assert place_of((-1, 0.0, 0.0), None, across=False) == Point(-1, 0.0, 0.0)
    assert place_of(None, " 盖章 ", across=False) == Keyword("盖章")
    assert place_of(None, None, across=True) == Across()


@pytest.mark.parametrize(
    ("at", "keyword", "across"),
    [
        (None, None, False),
        ((1, 1.0, 1.0), "盖章", False),
        ((0, 1.0, 1.0), None, False),
        ((1, -1.0, 1.0), None, False),
        ((1, float("nan"), 1.0), None, False),
        ((1, 1.0, float("inf")), None, False),
        (None, " ", False),
        (None, "a\u0000b", False),
        (None, "a" * 101, False),
        (None, "a", True),
    ],
)
def test_a_place_that_cannot_be_is_refused(at: Any, keyword: str | None, across: bool) -> None:
    with pytest.raises(Refusal) as caught:
        place_of(at, keyword, across=across)
    assert caught.value.problem is problems.SEALING_PLACE_INVALID


async def test_nothing_of_a_request_is_in_its_representation(bench: Bench) -> None:
    assert repr(await bench.request(a_document())) == "SealRequest(1 documents)"


def test_a_part_of_a_request_is_named_as_the_caller_sent_it() -> None:
    one, two = DocumentRequest("a", "u"), DocumentRequest("b", "v")
    assert field_of((one,), 0, "file") == "input.file"
    assert field_of((one, two), 1, "idempotencyKey") == "input.documents[1].idempotencyKey"
