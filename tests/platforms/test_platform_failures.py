"""What is known after a failure: nothing left us, somebody said no, or it may have been sealed."""

import asyncio
import shutil
from pathlib import Path

import pytest

from adapters.kit.registry import registry
from adapters.sandbox.faults import FaultKind
from adapters.sandbox.sealing.bureau import SealBureau
from adapters.sandbox.sealing.ledger import Accepted, Ledger
from certs.national import SmCrypto
from gateway.core.call_record import NotSent
from gateway.core.outcome import Fault, Outcome
from gateway.core.seals.platform import SealPlatform, SealStatus
from gateway.core.system import DeployedSystem
from gateway.core.system_notice import NoticeKind, SystemNotice, SystemNotices
from gateway.core.text import Text
from gateway.services.notice_board import LiveNotices
from tests.platforms.site import BUREAU, DISTRICT, HUB, MANIFESTS, OFD, PDF, Site, assignment, counted, listening
from tests.sandbox.callers import SteppedClock
from tests.services.notices import MemoryNotices

PLATFORMS = (HUB, BUREAU, DISTRICT)
ANSWERLESS = (FaultKind.RESET, FaultKind.TRUNCATE, FaultKind.HTML, FaultKind.ERROR, FaultKind.LOST_ANSWER)


@pytest.mark.parametrize("code", PLATFORMS)
async def test_a_refused_connection_means_that_nothing_was_sent(site: Site, code: str, unused_tcp_port: int) -> None:
    platform = await site.platform(code, url=f"http://127.0.0.1:{unused_tcp_port}/nobody")

    reply = await site.seal(platform, site.order(code))

    assert (reply.status, reply.outcome, reply.fault) == (SealStatus.NOT_SENT, Outcome.UNAVAILABLE, Fault.NETWORK)
    assert len({record.operation for record in site.records}) == len(site.records), "and it was not tried again"


async def test_a_name_that_leads_nowhere_means_that_nothing_was_sent(site: Site) -> None:
    platform = await site.platform(HUB, url="http://seal-hub.invalid/api")

    assert (await site.seal(platform, site.order(HUB))).status is SealStatus.NOT_SENT


@pytest.mark.parametrize("kind", ANSWERLESS)
@pytest.mark.parametrize("code", PLATFORMS)
async def test_a_request_that_went_out_and_had_no_answer_may_have_been_sealed(
    site: Site, code: str, kind: FaultKind
) -> None:
    platform = await site.platform(code)
    await site.query(platform, site.order(code))  # the login, where there is one
    site.records.clear()
    site.fault(code, kind)

    reply = await site.seal(platform, site.order(code))

    assert reply.status is SealStatus.UNANSWERED, reply
    assert reply.notice
    assert len(site.records) == 1
    assert counted(site, code) == ({"K1": 1} if kind in {FaultKind.LOST_ANSWER, FaultKind.TRUNCATE} else {})


async def test_a_platform_that_hangs_leaves_the_request_unanswered(site: Site) -> None:
    platform = await site.platform(HUB)
    site.fault(HUB, FaultKind.HANG)

    reply = await platform.seal(site.order(HUB), site.folder, site.call(0.3))

    assert (reply.status, reply.outcome) == (SealStatus.UNANSWERED, Outcome.TIMED_OUT)


async def test_a_deadline_that_has_passed_sends_nothing(site: Site) -> None:
    platform = await site.platform(HUB)

    reply = await platform.seal(site.order(HUB), site.folder, site.call(0))

    assert (reply.status, reply.outcome) == (SealStatus.NOT_SENT, Outcome.TIMED_OUT)
    assert counted(site, HUB) == {}


async def test_a_pause_after_many_failures_sends_nothing(site: Site) -> None:
    platform = await site.platform(HUB)
    site.fault(HUB, FaultKind.RESET)
    replies = [await site.seal(platform, site.order(HUB)) for _ in range(30)]

    assert replies[0].status is SealStatus.UNANSWERED
    assert replies[-1].status is SealStatus.NOT_SENT
    assert site.records[-1].not_sent is NotSent.PAUSED


async def test_a_login_that_fails_sends_nothing(site: Site) -> None:
    platform = await site.platform(DISTRICT, app_secret="wrong")

    reply = await site.seal(platform, site.order(DISTRICT))

    assert (reply.status, reply.outcome, reply.fault) == (SealStatus.NOT_SENT, Outcome.DENIED, Fault.OURS)


async def test_a_session_that_is_over_is_renewed_and_seals_once(site: Site) -> None:
    platform = await site.platform(DISTRICT)
    await site.seal(platform, site.order(DISTRICT, "K0"))
    site.fault(DISTRICT, FaultKind.EXPIRED)

    reply = await site.seal(platform, site.order(DISTRICT))

    assert reply.status is SealStatus.DONE
    assert counted(site, DISTRICT) == {"K0": 1, "K1": 1}


@pytest.mark.parametrize("code", [HUB, BUREAU])
async def test_credentials_that_are_wrong_are_a_refusal(site: Site, code: str) -> None:
    changes = {"app_secret": "wrong"} if code == HUB else {"password": "wrong"}
    platform = await site.platform(code, **changes)

    reply = await site.seal(platform, site.order(code))

    assert (reply.status, reply.outcome) == (SealStatus.REFUSED, Outcome.DENIED)


async def test_a_platform_that_does_not_take_it_now_was_as_good_as_not_asked(site: Site) -> None:
    platform = await site.platform(BUREAU)
    bureau = site.sandbox.systems[BUREAU]
    assert isinstance(bureau, SealBureau)
    bureau.busy = True

    reply = await site.seal(platform, site.order(BUREAU))

    assert (reply.status, reply.outcome, reply.code) == (SealStatus.NOT_SENT, Outcome.UNAVAILABLE, "90")


@pytest.mark.parametrize("code", [HUB, DISTRICT])
async def test_what_became_of_a_lost_answer_can_be_asked(site: Site, code: str) -> None:
    platform, order = await site.platform(code), site.order(code)
    site.fault(code, FaultKind.LOST_ANSWER)

    lost = await site.seal(platform, order)
    found = await site.query(platform, order)

    assert (lost.status, found.status) == (SealStatus.UNANSWERED, SealStatus.DONE)
    assert counted(site, code) == {"K1": 1}


async def test_a_lost_answer_of_the_platform_without_a_query_is_in_its_log(site: Site) -> None:
    platform = await site.platform(BUREAU)
    site.fault(BUREAU, FaultKind.LOST_ANSWER)
    await site.seal(platform, site.order(BUREAU))

    log = await platform.log(site.today, site.call())

    assert [line.key for line in log.lines] == ["K1"]


@pytest.mark.parametrize("code", PLATFORMS)
async def test_a_platform_that_gives_nothing_has_not_answered(site: Site, code: str) -> None:
    platform = await site.platform(code)
    site.fault(code, FaultKind.NOTHING)

    reply = await site.seal(platform, site.order(code))

    assert (reply.status, reply.outcome, reply.fault) == (SealStatus.UNANSWERED, Outcome.UPSTREAM_FAULT, Fault.THEIRS)
    assert counted(site, code) == {"K1": 1}
    assert list((site.folder / "replies").iterdir()) == []


@pytest.mark.parametrize("media_type", [OFD, PDF])
@pytest.mark.parametrize("kind", [FaultKind.OTHER_DOCUMENT, FaultKind.CHANGED_PAGE, FaultKind.UNSIGNED])
@pytest.mark.parametrize("code", PLATFORMS)
async def test_a_dishonest_document_comes_through_for_verification_to_find(
    site: Site, code: str, kind: FaultKind, media_type: str
) -> None:
    platform, order = await site.platform(code), site.order(code, media_type=media_type)
    honest = await site.seal(platform, site.order(code, "K0", media_type))
    site.fault(code, kind)

    reply = await site.seal(platform, order)

    assert reply.status is SealStatus.DONE
    assert reply.document is not None
    assert honest.document is not None
    assert reply.document.read_bytes() != honest.document.read_bytes()
    found = site.examine(code, reply.document)
    assert bool(found.signatures) is (kind is not FaultKind.UNSIGNED)


async def test_a_platform_that_forgets_stays_pending(site: Site) -> None:
    platform, order = await site.platform(HUB), site.order(HUB)
    site.fault(HUB, FaultKind.FORGET)

    first, later = await site.seal(platform, order), await site.query(platform, order)

    assert first.status is later.status is SealStatus.PENDING
    assert counted(site, HUB) == {}


async def test_a_request_to_seal_goes_over_a_connection_of_its_own(site: Site) -> None:
    """On one that was kept it might meet the platform's closing it, and be in doubt for nothing."""
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await reader.readexactly(int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]))
                writer.write(_http(b'{"code":"0","data":{"requestId":"K1","status":"PROCESSING"}}'))
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        platform = await site.platform(HUB, url=f"http://127.0.0.1:{port}")
        made = []
        for ask in (site.query, site.query, site.seal, site.seal, site.query):
            assert (await ask(platform, site.order(HUB))).status is SealStatus.PENDING
            made.append(connections)

    assert made == [1, 1, 2, 3, 3]


async def test_a_document_that_is_too_large_is_not_sent(site: Site, tmp_path: Path) -> None:
    platform = await _small(site, tmp_path, HUB, "documentBytes: 50MB", "documentBytes: 1KB")

    reply = await site.seal(platform, site.order(HUB))

    assert (reply.status, reply.outcome, reply.fault) == (SealStatus.NOT_SENT, Outcome.INVALID, Fault.OURS)
    assert reply.notice == "the document is larger than this platform takes: 0.001 MB"
    assert site.records == []


async def test_a_document_that_is_not_there_is_not_sent(site: Site) -> None:
    platform, order = await site.platform(HUB), site.order(HUB)
    assert order.document is not None
    order.document.unlink()

    reply = await site.seal(platform, order)

    assert (reply.status, reply.outcome) == (SealStatus.NOT_SENT, Outcome.GATEWAY_ERROR)


async def test_an_address_of_a_document_at_another_host_is_never_fetched(site: Site) -> None:
    body = (
        b'{"code":"0","data":{"requestId":"K1","receiptNo":"1","status":"FINISHED","fileUrl":"http://other.example/f"}}'
    )
    async with listening(_http(body)) as listener:
        platform = await site.platform(HUB, url=f"http://127.0.0.1:{listener.port}")
        reply = await site.seal(platform, site.order(HUB))

    assert (reply.status, reply.outcome) == (SealStatus.UNANSWERED, Outcome.GATEWAY_ERROR)


@pytest.mark.parametrize(
    "data",
    [
        '{"requestId":"another","receiptNo":"1","status":"FINISHED","fileContent":"JVBERg=="}',
        '{"requestId":"K1","receiptNo":"1","status":"FINISHED","fileContent":"no base64!"}',
        '{"requestId":"K1","receiptNo":"1","status":"TOMORROW"}',
        '{"requestId":"K1","receiptNo":"1"}',
        "[]",
        "null",
        '[{"requestId":"K1","status":"PROCESSING"},{"requestId":"K1","status":"FINISHED"}]',
    ],
)
async def test_an_answer_that_is_not_clear_is_none(site: Site, data: str) -> None:
    async with listening(_http(f'{{"code":"0","data":{data}}}'.encode())) as listener:
        platform = await site.platform(HUB, url=f"http://127.0.0.1:{listener.port}")
        reply = await site.seal(platform, site.order(HUB))

    assert (reply.status, reply.outcome) == (SealStatus.UNANSWERED, Outcome.UPSTREAM_FAULT), reply


async def test_a_code_that_nobody_has_explained_is_no_refusal(site: Site) -> None:
    async with listening(_http(b'{"code":"7777","data":null}')) as listener:
        platform = await site.platform(HUB, url=f"http://127.0.0.1:{listener.port}")
        reply = await site.seal(platform, site.order(HUB))

    assert (reply.status, reply.code) == (SealStatus.UNANSWERED, "7777")


async def test_a_query_that_is_refused_says_nothing_of_the_sealing(site: Site) -> None:
    async with listening(_http(b'{"code":"1001","data":null}')) as listener:
        platform = await site.platform(HUB, url=f"http://127.0.0.1:{listener.port}")
        reply = await site.query(platform, site.order(HUB))

    assert (reply.status, reply.outcome) == (SealStatus.UNANSWERED, Outcome.DENIED)


async def test_a_log_with_a_line_that_cannot_be_read_is_not_complete(site: Site) -> None:
    rows = (
        b'{"code":"0","data":{"total":2,"rows":[{"receiptNo":"1","sealNo":"S","sealTime":"2026-03-02 12:00:00"},{}]}}'
    )
    async with listening(_http(rows)) as listener:
        platform = await site.platform(HUB, url=f"http://127.0.0.1:{listener.port}")
        log = await platform.log(site.today, site.call())

    assert (log.outcome, [line.number for line in log.lines]) == (Outcome.UPSTREAM_FAULT, ["1"])


async def test_a_closed_platform_is_not_sent_anything(site: Site, clock: SteppedClock) -> None:
    board = LiveNotices(MemoryNotices(), clock)
    async with registry([site.deployed(HUB)], clock, SmCrypto(), board=board) as systems:
        platform = systems.seal_platform(HUB)
        assert platform is not None
        text = Text("换密钥", "keys are changed")
        notice = SystemNotice(
            id="n", kind=NoticeKind.DISABLED, text=text, begins=clock.now(), ends=None, set_by="operations"
        )
        board.take(SystemNotices(HUB, board.of(HUB).version + 1, (notice,)))

        sealed = await site.seal(platform, site.order(HUB))
        asked = await site.query(platform, site.order(HUB))
        log = await platform.log(site.today, site.call())

    assert (sealed.status, sealed.outcome) == (SealStatus.NOT_SENT, Outcome.DISABLED)
    assert (asked.status, log.outcome) == (SealStatus.NOT_SENT, Outcome.DISABLED)
    assert sealed.notice is not None
    assert "keys are changed" in sealed.notice or "换密钥" in sealed.notice


async def test_an_open_platform_says_whether_it_is_asked_by_number(site: Site, clock: SteppedClock) -> None:
    async with registry([site.deployed(code) for code in (HUB, BUREAU)], clock, SmCrypto()) as systems:
        by_number = {}
        for code in (HUB, BUREAU):
            platform = systems.seal_platform(code)
            assert platform is not None
            by_number[code] = platform.asks_by_number

    assert by_number == {HUB: True, BUREAU: False}


async def test_only_a_system_that_is_assigned_as_one_is_a_seal_platform(site: Site, clock: SteppedClock) -> None:
    hub = site.deployed(HUB)
    other = DeployedSystem(
        folder=MANIFESTS / DISTRICT,
        hosts=site.deployed(DISTRICT).hosts,
        assignment=assignment("LicenceSource"),
        secrets=site.deployed(DISTRICT).secrets,
    )
    async with registry([hub, other], clock, SmCrypto()) as systems:
        assert systems.seal_platform(HUB) is not None
        assert systems.seal_platform(DISTRICT) is None
        assert systems.seal_platform("nobody") is None


async def test_a_caller_who_leaves_takes_nothing_of_the_request_back(site: Site) -> None:
    async with listening(None) as listener:
        platform = await site.platform(HUB, url=f"http://127.0.0.1:{listener.port}")
        task = asyncio.create_task(site.seal(platform, site.order(HUB)))
        await listener.came.get()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert [record.outcome for record in site.records] == [Outcome.TIMED_OUT]


def test_a_line_that_was_cut_off_is_dropped_and_the_next_one_is_whole(tmp_path: Path, clock: SteppedClock) -> None:
    def accepted(number: str) -> Accepted:
        return Accepted(number=number, key="K", seal="S", mode="document", before="00", at=clock.now())

    ledger = Ledger(tmp_path)
    ledger.write(accepted("1"))
    ledger.close()
    with (tmp_path / "ledger.jsonl").open("ab") as out:
        out.write(b'{"type":"accepted","number":"2')

    again = Ledger(tmp_path)
    again.write(accepted("3"))
    again.close()

    last = Ledger(tmp_path)
    assert [entry.number for entry in last.entries] == ["1", "3"]
    assert [entry.number for entry in last.of_key("K")] == ["1", "3"]
    last.close()


async def _small(site: Site, folder: Path, code: str, old: str, new: str) -> SealPlatform:
    copy = folder / "manifests" / code
    shutil.copytree(MANIFESTS / code, copy)
    text = (copy / "manifest.yaml").read_text("utf-8")
    assert old in text
    (copy / "manifest.yaml").write_text(text.replace(old, new), "utf-8")
    system = await site.open(site.deployed(code, copy))
    assert system.seals is not None
    return system.seals


def _http(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
