"""Which exchange is asked: one that the hub office has assigned, and only while no notice closes it."""

from contextlib import AsyncExitStack
from datetime import timedelta

from adapters.kit.opening import opened
from adapters.kit.registry import registry
from certs.national import SmCrypto
from gateway.core.outcome import Outcome
from gateway.core.sharing.exchange import Sent, Standing
from gateway.core.system_notice import NoticeKind, SystemNotice, SystemNotices
from gateway.core.text import Text
from gateway.services.notice_board import LiveNotices
from tests.exchange.site import SYSTEM, Site, deployed
from tests.sandbox.callers import SteppedClock
from tests.services.notices import MemoryNotices


async def test_an_exchange_is_asked_for_what_it_is_assigned_and_for_nothing_else(
    site: Site, clock: SteppedClock
) -> None:
    settings = site.sandbox.settings()[SYSTEM]
    async with AsyncExitStack() as stack:
        records, requests = [
            await stack.enter_async_context(registry([deployed(settings, None, port)], clock, SmCrypto()))
            for port in ("ShareSource", "ShareExchange")
        ]

        assert records.share_exchange(SYSTEM) is None
        assert records.share_corrections(SYSTEM) is None
        assert requests.share_corrections(SYSTEM) is not None
        assert records.share_source(SYSTEM) is not None
        assert requests.share_exchange(SYSTEM) is not None
        assert requests.share_source(SYSTEM) is None
        assert requests.share_exchange("share-population") is None


async def test_a_closed_exchange_is_not_asked_and_nothing_is_sent(site: Site, clock: SteppedClock) -> None:
    board = LiveNotices(MemoryNotices(), clock)
    notice = SystemNotice(
        id="n",
        kind=NoticeKind.DISABLED,
        text=Text("停", "off"),
        begins=clock.now(),
        ends=clock.now() + timedelta(seconds=90),
        set_by="ops",
    )
    async with registry([deployed(site.sandbox.settings()[SYSTEM])], clock, SmCrypto(), board=board) as systems:
        exchange = systems.share_exchange(SYSTEM)
        assert exchange is not None
        board.take(SystemNotices(SYSTEM, 1, (notice,)))

        reply = await exchange.request(site.order(), site.call())
        status = await exchange.status("K1", None, site.call())
        listed = await exchange.listed(clock.now().date(), site.call())
        catalogue = await exchange.catalogue(site.call())
        withdrawn = await exchange.withdraw("N1", site.call())
        corrections = systems.share_corrections(SYSTEM)
        assert corrections is not None
        dispute = await corrections.correct(site.dispute("N1"), site.call())
        disputed = await corrections.correction("K1", None, site.call())
        dropped = await corrections.withdraw_correction("N1", site.call())
        assert (dispute.sent, dispute.retry_after, disputed.is_unanswered) == (Sent.NOT_SENT, 90, True)
        assert {dispute.outcome, disputed.outcome, dropped} == {Outcome.DISABLED}
        outcomes = {reply.outcome, status.outcome, listed.outcome, catalogue.outcome, withdrawn}
        asked = dict(site.sandbox.calls.all())
        clock.step(91)
        later = await exchange.request(site.order(), site.call())

    assert outcomes == {Outcome.DISABLED}
    assert (reply.sent, reply.retry_after, status.standing) == (Sent.NOT_SENT, 90, Standing.UNANSWERED)
    assert asked == {}
    assert later.sent is Sent.NUMBERED


async def test_an_exchange_that_does_not_know_us_was_sent_nothing(site: Site, clock: SteppedClock) -> None:
    settings = site.sandbox.settings()[SYSTEM] | {"app-key": "wrong"}
    async with registry([deployed(settings)], clock, SmCrypto()) as systems:
        exchange = systems.share_exchange(SYSTEM)
        assert exchange is not None

        reply = await exchange.request(site.order(), site.call())
        status = await exchange.status("K1", None, site.call())

    assert (reply.sent, reply.outcome) == (Sent.NOT_SENT, Outcome.DENIED)
    assert (status.standing, status.outcome) == (Standing.UNANSWERED, Outcome.DENIED)
    assert site.sandbox.calls.of(SYSTEM, "request/submit") == 0


async def test_a_probe_asks_for_a_key_that_nobody_sent(site: Site, clock: SteppedClock) -> None:
    async with opened(deployed(site.sandbox.settings()[SYSTEM]), clock, SmCrypto()) as system:
        assert system.probe is not None
        answer = await system.probe.ask()

    assert answer is not None
    assert answer.outcome in system.probe.plan.expect
    assert site.sandbox.calls.of(SYSTEM, "request/status") == 1
