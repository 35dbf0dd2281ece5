"""Uploads and tickets: declared, filled once, complete or not there at all, and their owner's alone."""

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from gateway.core import problems
from gateway.core.audit.events import Ending
from gateway.core.audit.references import References
from gateway.core.byte_range import ByteRange
from gateway.core.call import Call
from gateway.core.caller import Application, Caller
from gateway.core.clock import Deadline
from gateway.core.errors import Refusal
from gateway.core.files import CHUNK_BYTES, File, Owner, Purpose, Transfer
from gateway.core.problems import Problem
from gateway.services.auditing import Auditing
from gateway.services.create_upload import CreateUpload, FileLimits, Upload, UploadRequest
from gateway.services.fill_file import Came, in_chunks
from gateway.services.issue_ticket import IssueTicket, ticket_on
from gateway.services.receive_upload import ReceiveUpload
from gateway.services.redeem_ticket import RedeemTicket
from tests.services.fakes import CITIZEN, FRONTEND, OFFICER, START, ManualClock
from tests.services.memory_files import MemoryFiles
from tests.services.trail import MemoryTrail
from tests.store.keys import a_cipher

OWN = Caller(FRONTEND, CITIZEN)
OTHERS = [Caller(FRONTEND, OFFICER), Caller(FRONTEND), Caller(Application("hall", "大厅"), CITIZEN)]
OWN_TRANSFER = Transfer("r", OWN)
CALL = Call(request_id="r", caller=OWN, deadline=Deadline(10))


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def pieces(content: bytes, size: int = 7) -> AsyncIterator[bytes]:
    for begin in range(0, len(content), size):
        yield content[begin : begin + size]


class Bench:
    def __init__(self, most: int = 10_000_000, base: str = "") -> None:
        self.clock = ManualClock()
        self.files = MemoryFiles()
        limits = FileLimits(most, base)
        self.trail = MemoryTrail()
        self.audit = audit = Auditing(self.trail, References(a_cipher()), self.clock)
        self.create = CreateUpload(self.files, self.clock, limits, audit)
        self.receive = ReceiveUpload(self.files, self.clock, audit)
        self.issue = IssueTicket(self.files, self.clock, limits, audit)
        self.redeem = RedeemTicket(self.files, self.clock, audit)

    async def upload(self, content: bytes, **changed: Any) -> Upload:
        usual: dict[str, Any] = {"name": "a.pdf", "bytes": len(content), "sha256": sha(content)}
        return await self.create(UploadRequest(**usual | changed), CALL)

    async def send(self, upload: Upload, content: bytes, size: int = 7) -> Came:
        return await self.receive(await self.receive.find(upload.id, OWN), pieces(content, size), OWN_TRANSFER)

    async def content(self, file: File) -> bytes:
        return b"".join([piece async for piece in self.files.read(file, 0, file.bytes - 1)])


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def refused(attempt: Any) -> Problem:
    with pytest.raises(Refusal) as refusal:
        await attempt
    return refusal.value.problem


# ---- declaring


async def test_an_upload_has_an_address_for_an_hour(bench: Bench) -> None:
    upload = await bench.upload(b"abc")
    assert upload.url == f"/uploads/{upload.id}"
    assert upload.expires_at == START + timedelta(hours=1)
    bench.clock.step(3_599)
    assert (await bench.receive.find(upload.id, OWN)).name == "a.pdf"
    bench.clock.step(1)
    assert await refused(bench.receive.find(upload.id, OWN)) is problems.UPLOAD_UNKNOWN


async def test_addresses_have_the_origin_that_operations_name() -> None:
    bench = Bench(base="https://gateway.example.invalid")
    assert (await bench.upload(b"abc")).url.startswith("https://gateway.example.invalid/uploads/")
    ticket = await bench.issue("a.csv", "text/csv", pieces(b"abc"), CALL)
    assert ticket.url.startswith("https://gateway.example.invalid/files/")


@pytest.mark.parametrize(
    ("changed", "problem", "field"),
    [
        ({"name": ""}, problems.FILE_NAME_INVALID, "input.name"),
        ({"name": "../"}, problems.FILE_NAME_INVALID, "input.name"),
        ({"bytes": 0}, problems.FILE_SIZE_INVALID, "input.bytes"),
        ({"bytes": -1}, problems.FILE_SIZE_INVALID, "input.bytes"),
        ({"bytes": 10_000_001}, problems.FILE_SIZE_INVALID, "input.bytes"),
        ({"sha256": "AB" * 32}, problems.FILE_DIGEST_INVALID, "input.sha256"),
        ({"sha256": "ab"}, problems.FILE_DIGEST_INVALID, "input.sha256"),
        ({"sha256": ""}, problems.FILE_DIGEST_INVALID, "input.sha256"),
    ],
)
async def test_a_wrong_declaration_is_refused(
    bench: Bench, changed: dict[str, Any], problem: Problem, field: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        await bench.upload(b"abc", **changed)
    assert (refusal.value.problem, refusal.value.field) == (problem, field)


async def test_a_caller_has_so_many_files_at_a_time(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.services.create_upload.MOST_FILES", 20)
    for _ in range(20):
        await bench.upload(b"abc")
    assert await refused(bench.upload(b"abc")) is problems.FILES_TOO_MANY
    assert await refused(bench.issue("a", "text/csv", pieces(b"abc"), CALL)) is problems.FILES_TOO_MANY
    bench.clock.step(3_600)
    await bench.upload(b"abc")


# ---- sending


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("declared", [True, False], ids=["digest", "no-digest"])
async def test_what_was_declared_is_kept(bench: Bench, size: int, declared: bool) -> None:
    upload = await bench.upload(b"abcdefgh", **({} if declared else {"sha256": None}))
    assert await bench.send(upload, b"abcdefgh", size) == Came(8, sha(b"abcdefgh"))
    file = await bench.receive.find_complete(upload.id, OWN)
    assert (file.bytes, file.sha256, file.purpose) == (8, sha(b"abcdefgh"), Purpose.UPLOAD)
    assert await bench.content(file) == b"abcdefgh"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"abcdefg", problems.UPLOAD_SIZE_WRONG),
        (b"abcdefghi", problems.UPLOAD_SIZE_WRONG),
        (b"", problems.UPLOAD_SIZE_WRONG),
        (b"abcdefgX", problems.UPLOAD_DIGEST_WRONG),
    ],
    ids=["short", "long", "empty", "other"],
)
async def test_what_was_not_declared_leaves_nothing_and_may_be_sent_again(
    bench: Bench, content: bytes, problem: Problem
) -> None:
    upload = await bench.upload(b"abcdefgh")
    assert await refused(bench.send(upload, content)) is problem
    assert not any(bench.files.chunks.values())
    assert await refused(bench.receive.find_complete(upload.id, OWN)) is problems.UPLOAD_INCOMPLETE
    assert await bench.send(upload, b"abcdefgh") == Came(8, sha(b"abcdefgh"))


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"%PDF-1.7 first", "application/pdf"),
        (b"PK\x03\x04 first", "application/ofd"),
        (b"junk before %PDF-1.7", "application/pdf"),
        (b"a,b,c", "application/octet-stream"),
        (b" " * 1_024 + b"%PDF-1.7", "application/octet-stream"),
    ],
)
async def test_what_a_file_is_its_first_bytes_tell_and_not_its_name(
    bench: Bench, content: bytes, media_type: str
) -> None:
    upload = await bench.upload(content)
    await bench.send(upload, content, 100)
    assert (await bench.receive.find_complete(upload.id, OWN)).media_type == media_type


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(b"PK\x03\x04 of a table", "application/octet-stream"), (b"%PDF-1.7 first", "application/pdf")],
)
async def test_a_file_that_is_lent_is_called_nothing_that_it_may_not_be(
    bench: Bench, content: bytes, media_type: str
) -> None:
    """Texts and tables of offices are archives too, and begin as an OFD does."""
    upload = await bench.upload(content)
    await bench.send(upload, content, 100)
    file = await bench.receive.find_complete(upload.id, OWN)
    assert ticket_on(file, Owner.of(OTHERS[0]), START).media_type == media_type


async def test_sending_again_changes_nothing(bench: Bench) -> None:
    upload = await bench.upload(b"abcdefgh", sha256=None)
    first = await bench.send(upload, b"abcdefgh")
    assert await bench.send(upload, b"abcdefgh", 3) == first
    for other in (b"abcdefgX", b"abc", b""):
        assert await refused(bench.send(upload, other)) is problems.UPLOAD_DIFFERS
    assert await refused(bench.send(upload, b"abcdefghi")) is problems.UPLOAD_SIZE_WRONG
    assert await bench.content(await bench.receive.find_complete(upload.id, OWN)) == b"abcdefgh"


async def test_an_upload_is_its_makers_alone(bench: Bench) -> None:
    upload = await bench.upload(b"abc")
    for other in OTHERS:
        assert await refused(bench.receive.find(upload.id, other)) is problems.UPLOAD_UNKNOWN
        assert await refused(bench.receive.find_complete(upload.id, other)) is problems.UPLOAD_UNKNOWN
    assert await refused(bench.redeem(upload.id, OWN_TRANSFER)) is problems.TICKET_UNKNOWN


async def test_a_sender_who_breaks_off_leaves_nothing(bench: Bench) -> None:
    upload = await bench.upload(b"x" * 3 * CHUNK_BYTES)

    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 2 * CHUNK_BYTES
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await bench.receive(await bench.receive.find(upload.id, OWN), broken(), OWN_TRANSFER)
    assert not any(bench.files.chunks.values())
    assert (await bench.send(upload, b"x" * 3 * CHUNK_BYTES, 100_000)).bytes == 3 * CHUNK_BYTES


async def test_a_second_sending_takes_over_and_the_first_is_told(bench: Bench) -> None:
    content = b"x" * 2 * CHUNK_BYTES
    upload = await bench.upload(content)
    file = await bench.receive.find(upload.id, OWN)

    async def interrupted() -> AsyncIterator[bytes]:
        yield content[:CHUNK_BYTES]
        await bench.files.begin(upload.id)
        yield content[CHUNK_BYTES:]

    assert await refused(bench.receive(file, interrupted(), OWN_TRANSFER)) is problems.UPLOAD_SUPERSEDED
    assert (await bench.send(upload, content, 100_000)).bytes == len(content)


async def test_the_last_chunk_too_may_come_too_late(bench: Bench) -> None:
    upload = await bench.upload(b"abc")
    file = await bench.receive.find(upload.id, OWN)

    async def late() -> AsyncIterator[bytes]:
        yield b"abc"
        await bench.files.begin(upload.id)

    assert await refused(bench.receive(file, late(), OWN_TRANSFER)) is problems.UPLOAD_SUPERSEDED


async def test_completion_too_may_come_too_late(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = await bench.upload(b"abc")

    async def too_late(*_: Any, **__: Any) -> bool:
        return False

    monkeypatch.setattr(bench.files, "complete", too_late)
    assert await refused(bench.send(upload, b"abc")) is problems.UPLOAD_SUPERSEDED


async def test_whoever_comes_second_to_the_end_is_compared(bench: Bench) -> None:
    upload = await bench.upload(b"abc")
    before = await bench.receive.find(upload.id, OWN)
    await bench.send(upload, b"abc")
    assert await bench.receive(before, pieces(b"abc"), OWN_TRANSFER) == Came(3, sha(b"abc"))
    assert await refused(bench.receive(before, pieces(b"abX"), OWN_TRANSFER)) is problems.UPLOAD_DIFFERS


async def test_an_upload_that_ends_meanwhile_is_unknown(bench: Bench) -> None:
    upload = await bench.upload(b"abc")
    before = await bench.receive.find(upload.id, OWN)
    bench.clock.step(9_000)
    await bench.files.sweep(bench.clock.now(), 10)
    assert await refused(bench.receive(before, pieces(b"abc"), OWN_TRANSFER)) is problems.UPLOAD_UNKNOWN


@pytest.mark.parametrize("size", [1_000, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 5 * CHUNK_BYTES])
async def test_a_file_is_held_a_chunk_at_a_time(size: int) -> None:
    content = bytes(range(256)) * (5 * CHUNK_BYTES // 256) + b"end"
    chunks = [chunk async for chunk in in_chunks(pieces(content, size))]
    assert [len(chunk) for chunk in chunks] == [CHUNK_BYTES] * 5 + [3]
    assert b"".join(chunks) == content


async def test_two_hundred_megabytes_are_never_more_than_a_chunk_in_the_store() -> None:
    bench = Bench(most=300_000_000)

    class Counting(MemoryFiles):
        async def append(self, file_id: str, sending: bytes, number: int, chunk: bytes) -> bool:
            self.most_held = max(self.most_held, len(chunk))
            return await super().append(file_id, sending, number, b"")

        async def complete(
            self, file_id: str, sending: bytes, size: int, sha256: str, also: Any = None, media_type: str = ""
        ) -> bool:
            return await super().complete(file_id, sending, 0, sha256, also, media_type)

    counting = Counting()
    issue = IssueTicket(counting, bench.clock, FileLimits(300_000_000), bench.audit)
    one = b"x" * 200_000

    async def many() -> AsyncIterator[bytes]:
        for _ in range(1_000):
            yield one

    ticket = await issue("big.bin", "application/octet-stream", many(), CALL)
    assert ticket.bytes == 200_000_000
    assert counting.most_held == CHUNK_BYTES


# ---- tickets


async def test_a_ticket_says_what_is_behind_it(bench: Bench) -> None:
    ticket = await bench.issue("调用记录\u202e/2026.csv", "text/csv", pieces(b"a,b\r\n"), CALL)
    assert (ticket.name, ticket.media_type, ticket.bytes, ticket.sha256) == ("2026.csv", "text/csv", 5, sha(b"a,b\r\n"))
    assert ticket.expires_at == START + timedelta(minutes=15)
    file = await bench.redeem(ticket.url.rpartition("/")[2], OWN_TRANSFER)
    assert b"".join([part async for part in bench.redeem.read(file, ByteRange(2, 3))]) == b"b\r"


async def test_a_ticket_without_a_usable_name_has_one(bench: Bench) -> None:
    assert (await bench.issue("..", "text/csv", pieces(b""), CALL)).name == "file"


async def test_a_ticket_is_its_callers_alone_and_for_a_short_time(bench: Bench) -> None:
    ticket = (await bench.issue("a.csv", "text/csv", pieces(b"abc"), CALL)).url.rpartition("/")[2]
    for other in OTHERS:
        assert await refused(bench.redeem(ticket, Transfer("r", other))) is problems.TICKET_UNKNOWN
    assert await refused(bench.receive.find(ticket, OWN)) is problems.UPLOAD_UNKNOWN
    bench.clock.step(899)
    await bench.redeem(ticket, OWN_TRANSFER)
    bench.clock.step(1)
    assert await refused(bench.redeem(ticket, OWN_TRANSFER)) is problems.TICKET_UNKNOWN


async def test_a_file_that_is_too_large_is_given_up_at_its_limit() -> None:
    bench = Bench(most=10)
    asked = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal asked
        while True:
            asked += 1
            yield b"xxx"

    assert await refused(bench.issue("a", "text/csv", endless(), CALL)) is problems.FILE_SIZE_INVALID
    assert asked == 4
    (file,) = bench.files.files.values()
    assert await refused(bench.redeem(file.id, OWN_TRANSFER)) is problems.TICKET_UNKNOWN


# ---- the audit


async def test_declaring_and_sending_are_written_down_with_what_came(bench: Bench) -> None:
    upload = await bench.upload(b"abc", name="王测试.pdf")
    await bench.send(upload, b"abc")
    await bench.send(upload, b"abc")  # changes nothing, and is an event all the same
    created, received, again = bench.trail.events
    assert [event.kind for event in bench.trail.events] == ["upload.created", "upload.received", "upload.received"]
    assert (created.note, received.note) == ({"bytes": 3}, {"bytes": 3, "sha256": sha(b"abc")})
    assert again.note == received.note
    assert created.about == received.about == again.about
    assert bench.trail.held == [created, received]  # in the transactions of the changes
    assert (received.request_id, received.application) == ("r", FRONTEND.code)


async def test_issuing_and_redeeming_are_written_down_as_the_same_file(bench: Bench) -> None:
    ticket = await bench.issue("王测试.csv", "text/csv", pieces(b"abc"), CALL)
    await bench.redeem(ticket.url.rpartition("/")[2], OWN_TRANSFER)
    issued, redeemed = bench.trail.events
    assert (issued.kind, redeemed.kind) == ("ticket.issued", "ticket.redeemed")
    assert issued.note == redeemed.note == {"bytes": 3, "sha256": sha(b"abc")}
    assert issued.about == redeemed.about
    assert bench.trail.held == [issued]


async def test_no_file_leaves_or_is_shown_while_it_cannot_be_written_down(bench: Bench) -> None:
    upload = await bench.upload(b"abc")
    ticket = (await bench.issue("a.csv", "text/csv", pieces(b"abc"), CALL)).url.rpartition("/")[2]
    bench.trail.refusal = Refusal(problems.AUDIT_UNAVAILABLE)
    for attempt in (
        bench.upload(b"abc"),
        bench.send(upload, b"abc"),
        bench.issue("a.csv", "text/csv", pieces(b"abc"), CALL),
        bench.redeem(ticket, OWN_TRANSFER),
    ):
        assert await refused(attempt) is problems.AUDIT_UNAVAILABLE


async def test_what_is_refused_is_written_down_without_what_opens_or_names_it(bench: Bench) -> None:
    upload = await bench.upload(b"abc", name="王测试.pdf")
    await refused(bench.upload(b"abc", name="../"))
    await refused(bench.send(upload, b"abX"))
    await refused(bench.redeem("no-such-ticket", OWN_TRANSFER))
    endings = [(event.kind, event.ending, event.problem) for event in bench.trail.events[1:]]
    assert endings == [
        ("upload.created", Ending.REFUSED, problems.FILE_NAME_INVALID.number),
        ("upload.received", Ending.REFUSED, problems.UPLOAD_DIGEST_WRONG.number),
        ("ticket.redeemed", Ending.REFUSED, problems.TICKET_UNKNOWN.number),
    ]
    written = b"".join(event.record() for event in bench.trail.events).decode()
    for secret in (upload.id, "no-such-ticket", "王测试"):
        assert secret not in written
