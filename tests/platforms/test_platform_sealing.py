"""The kit against the platforms over sockets: every mode, every way of answering, and what each may be asked again."""

import hashlib

import pytest

from adapters.sandbox.sealing.stamping import USUAL, read_placing
from certs.examination import Verdict
from certs.placement import AcrossPages, AtKeyword, AtPoint
from certs.x509 import Hash, read_certificates
from gateway.core.delivery import Delivery
from gateway.core.outcome import Fault, Outcome
from gateway.core.seals.place import Across, Keyword, Place, Point
from gateway.core.seals.platform import Mode, SealOrder, SealStatus
from tests.platforms.site import AT_ONCE, BUREAU, DISTRICT, HUB, LATER, OFD, PDF, Site, content_of, counted, listening

PLATFORMS = (HUB, BUREAU, DISTRICT)


async def test_each_platform_says_what_it_takes_and_what_may_be_done_without_an_answer(site: Site) -> None:
    document, digest = Mode.DOCUMENT, Mode.DIGEST
    hub, bureau, district = [await site.platform(code) for code in PLATFORMS]

    assert (hub.delivery, hub.modes) == (Delivery.IDEMPOTENT, frozenset({document, digest}))
    assert (bureau.delivery, bureau.modes) == (Delivery.ONCE, frozenset({document}))
    assert (district.delivery, district.modes) == (Delivery.QUERY_FIRST, frozenset({document}))


@pytest.mark.parametrize("media_type", [OFD, PDF])
@pytest.mark.parametrize("code", PLATFORMS)
async def test_what_comes_back_at_once_passes_our_own_examination(site: Site, code: str, media_type: str) -> None:
    platform = await site.platform(code)

    reply = await site.seal(platform, site.order(code, media_type=media_type))

    assert (reply.status, reply.outcome, reply.notice) == (SealStatus.DONE, Outcome.OK, None)
    assert reply.document is not None
    assert reply.document.stat().st_mode & 0o077 == 0
    assert site.examine(code, reply.document).verdict is Verdict.VALID
    assert counted(site, code) == {"K1": 1}
    assert len(reply.received) == 1


@pytest.mark.parametrize("place", [Point(-1, 12.5, 30.25), Keyword("Licence"), Across(), None], ids=repr)
@pytest.mark.parametrize("code", PLATFORMS)
async def test_every_place_is_understood(site: Site, code: str, place: Place | None) -> None:
    platform = await site.platform(code)

    reply = await site.seal(platform, site.order(code, media_type=PDF, place=place))

    assert reply.status is SealStatus.DONE, reply
    kept = read_placing(site.desk(code).ledger.entries[0].accepted.placing or "")
    if isinstance(place, Point):
        assert isinstance(kept, AtPoint)
        assert kept.page == -1
        assert (kept.x, kept.y) == pytest.approx((12.5, 30.2), abs=0.06)
    else:
        assert kept == {Keyword("Licence"): AtKeyword("Licence"), Across(): AcrossPages(), None: USUAL}[place]


@pytest.mark.parametrize("code", sorted(LATER))
async def test_what_is_not_done_at_once_is_asked_for(site: Site, code: str) -> None:
    platform = await site.platform(code)
    site.answers(code, hold=True)
    order = site.order(code, seal=LATER[code])

    first = await site.seal(platform, order)
    still = await site.query(platform, order, first.number)
    site.answers(code)
    await site.worked(code)
    by_key = await site.query(platform, order)
    by_number = await site.query(platform, order, first.number)

    assert (first.status, first.outcome, still.status) == (SealStatus.PENDING, Outcome.OK, SealStatus.PENDING)
    assert first.retry_after == still.retry_after == (1 if code == HUB else None)
    assert by_key.number == by_number.number == first.number
    assert content_of(by_key) == content_of(by_number)
    assert by_key.document != by_number.document, "each has a file of its own"
    assert counted(site, code) == {"K1": 1}


async def test_a_platform_calls_back_when_it_is_done(site: Site) -> None:
    platform = await site.platform(HUB)
    site.answers(HUB)
    async with listening() as listener:
        address = f"http://127.0.0.1:{listener.port}/callbacks/t1cket"
        reply = await site.seal(platform, site.order(HUB, seal="QZ42-0003", callback=address))
        heard = await listener.came.get()
    await site.worked(HUB)

    assert reply.status is SealStatus.PENDING
    assert heard.startswith(b"POST /callbacks/t1cket HTTP/1.1\r\n")
    assert (await site.query(platform, site.order(HUB, seal="QZ42-0003"))).status is SealStatus.DONE


async def test_digests_are_signed_by_the_key_of_the_seal(site: Site) -> None:
    platform = await site.platform(HUB)
    pem = site.folder / "state" / HUB / "seals" / AT_ONCE[HUB] / "sm2.pem"
    certificate = read_certificates(pem.read_bytes())[0]
    digest = certificate.public_key.message_digest(b"what is signed", Hash.SM3)
    order = SealOrder(key="K1", seal=AT_ONCE[HUB], mode=Mode.DIGEST, digest=digest)

    reply = await site.seal(platform, order)
    again = await site.query(platform, order)

    assert reply.status is again.status is SealStatus.DONE
    assert reply.document is None
    assert reply.signature == again.signature
    assert reply.signature is not None
    certificate.public_key.verify_digest(reply.signature, digest, Hash.SM3)


async def test_a_platform_that_takes_no_digests_is_sent_none(site: Site) -> None:
    platform = await site.platform(BUREAU)

    reply = await site.seal(platform, SealOrder(key="K1", seal="Y2015001", mode=Mode.DIGEST, digest=bytes(32)))

    assert (reply.status, reply.outcome) == (SealStatus.NOT_SENT, Outcome.NOT_ASKED)
    assert site.records == []


async def test_the_same_key_is_sealed_once_where_the_platform_says_so_and_again_where_it_does_not(site: Site) -> None:
    replies = {}
    for code in PLATFORMS:
        platform, order = await site.platform(code), site.order(code)
        replies[code] = [await site.seal(platform, order) for _ in range(2)]

    assert [counted(site, code) for code in PLATFORMS] == [{"K1": 1}, {"K1": 2}, {"K1": 2}]
    first, second = map(content_of, replies[HUB])
    assert first == second
    assert replies[HUB][0].number == replies[HUB][1].number
    assert replies[BUREAU][0].number != replies[BUREAU][1].number


async def test_a_key_with_another_document_is_refused_with_the_platforms_own_code(site: Site) -> None:
    platform = await site.platform(HUB)
    await site.seal(platform, site.order(HUB))

    reply = await site.seal(platform, site.order(HUB, media_type=PDF))

    assert (reply.status, reply.outcome, reply.code) == (SealStatus.REFUSED, Outcome.INVALID, "3009")
    assert reply.message == "请求标识重复且内容不一致"
    assert counted(site, HUB) == {"K1": 1}


@pytest.mark.parametrize(("code", "own"), [(HUB, "2001"), (BUREAU, "02"), (DISTRICT, "404")])
async def test_a_seal_that_is_not_there_is_a_refusal(site: Site, code: str, own: str) -> None:
    platform = await site.platform(code)

    reply = await site.seal(platform, site.order(code, seal="NONE"))

    assert (reply.status, reply.fault, reply.code) == (SealStatus.REFUSED, Fault.OURS, own)


@pytest.mark.parametrize("code", PLATFORMS)
async def test_what_cannot_be_sealed_is_a_refusal(site: Site, code: str) -> None:
    platform = await site.platform(code)

    reply = await site.seal(platform, site.order(code, content=b"%PDF-no document at all"))

    assert reply.status is SealStatus.REFUSED, reply
    assert counted(site, code) == {}


@pytest.mark.parametrize("code", [HUB, DISTRICT])
async def test_a_key_that_was_never_sent_is_unknown(site: Site, code: str) -> None:
    platform = await site.platform(code)

    reply = await site.query(platform, site.order(code, "never"))

    assert (reply.status, reply.outcome) == (SealStatus.UNKNOWN_KEY, Outcome.NOT_FOUND)


async def test_a_platform_without_a_query_cannot_be_asked(site: Site) -> None:
    platform = await site.platform(BUREAU)
    order = site.order(BUREAU)
    done = await site.seal(platform, order)

    reply = await site.query(platform, order, done.number)

    assert (reply.status, reply.outcome) == (SealStatus.UNANSWERED, Outcome.NOT_ASKED)


@pytest.mark.parametrize("code", PLATFORMS)
async def test_the_log_of_a_day_says_what_was_sealed(site: Site, code: str) -> None:
    platform = await site.platform(code)
    order = site.order(code)
    reply = await site.seal(platform, order)

    log = await platform.log(site.today, site.call())
    before = await platform.log(site.today.replace(day=1), site.call())

    assert (log.outcome, log.notice) == (Outcome.OK, None)
    [line] = log.lines
    assert (line.number, line.key, line.seal) == (reply.number, "K1", AT_ONCE[code])
    assert line.at == site.clock.now()
    assert order.document is not None
    assert line.digest_before == hashlib.sha256(order.document.read_bytes()).hexdigest()
    assert line.digest_after == hashlib.sha256(content_of(reply)).hexdigest()
    assert (before.outcome, before.lines) == (Outcome.OK, ())


async def test_a_log_of_many_pages_is_read_whole(site: Site) -> None:
    platform = await site.platform(HUB)
    digests = [SealOrder(key=f"K{at}", seal=AT_ONCE[HUB], mode=Mode.DIGEST, digest=bytes(32)) for at in range(520)]
    for order in digests:
        await site.seal(platform, order)

    log = await platform.log(site.today, site.call())

    assert log.outcome is Outcome.OK
    assert [line.key for line in log.lines] == [order.key for order in digests]
