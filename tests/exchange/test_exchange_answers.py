"""Answers of exchanges that are no sandbox's: what is clear is believed, and nothing else."""

from typing import Any

import pytest

from gateway.core.clock import CHINA
from gateway.core.delivery import Delivery
from gateway.core.outcome import Outcome
from gateway.core.sharing.exchange import Sent, Standing
from tests.exchange.small_exchange import APPROVAL, NO_REQUESTS, OPERATIONS, Make


async def test_a_request_is_refused_only_by_a_code_that_the_manifest_explains(make: Make) -> None:
    bench = await make()
    found = {}
    for code in ("4", "5", "6", "7", "8", "9", "unheard-of"):
        bench.says(code=code)
        reply = await bench.request()
        found[code] = (reply.sent, reply.outcome)

    assert found == {
        "4": (Sent.REFUSED, Outcome.DENIED),
        "5": (Sent.REFUSED, Outcome.INVALID),
        "6": (Sent.REFUSED, Outcome.NOT_FOUND),
        "7": (Sent.NOT_SENT, Outcome.UNAVAILABLE),
        "8": (Sent.NOT_SENT, Outcome.DENIED),
        "9": (Sent.UNANSWERED, Outcome.UPSTREAM_FAULT),
        "unheard-of": (Sent.UNANSWERED, Outcome.UPSTREAM_FAULT),
    }


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502, 503, 504])
async def test_a_status_that_the_manifest_does_not_explain_settles_nothing(make: Make, status: int) -> None:
    bench = await make()
    bench.says(status=status)

    reply, standing = await bench.request(), await bench.status()

    assert reply.sent is Sent.UNANSWERED
    assert standing.standing is Standing.UNANSWERED


async def test_a_status_that_the_manifest_explains_does(make: Make) -> None:
    bench = await make()
    bench.says(status=410)

    assert (await bench.request()).sent is Sent.REFUSED
    assert (await bench.status()).standing is Standing.UNKNOWN


async def test_what_could_not_go_out_was_not_sent(make: Make) -> None:
    bench = await make(url="http://127.0.0.1:9")

    reply, standing = await bench.request(), await bench.status()

    assert (reply.sent, reply.outcome) == (Sent.NOT_SENT, Outcome.UNAVAILABLE)
    assert standing.standing is Standing.UNANSWERED


@pytest.mark.parametrize(
    "data",
    [
        {"key": "K2", "no": "N1"},
        {"no": "N1"},
        {"key": "K1"},
        {"key": "K1", "no": ["N1", "N2"]},
        {"key": "K1", "no": "N\u0007"},
        {"key": "K1", "no": "N" * 201},
        [{"key": "K1", "no": "N1"}, {"key": "K1", "no": "N2"}],
        None,
        "text",
    ],
)
async def test_an_answer_to_a_request_without_its_key_or_one_number_leaves_it_open(make: Make, data: object) -> None:
    bench = await make()
    bench.says(data=data)

    reply = await bench.request()

    assert (reply.sent, reply.outcome, reply.number) == (Sent.UNANSWERED, Outcome.UPSTREAM_FAULT, None)


async def test_a_request_may_be_refused_in_the_answer_itself(make: Make) -> None:
    bench = await make()
    bench.says(data={"key": "K1", "st": "r"})

    assert ((await bench.request()).sent, (await bench.request()).outcome) == (Sent.REFUSED, Outcome.DENIED)


async def test_an_approval_is_read_whole(make: Make) -> None:
    bench = await make()
    bench.says(data=APPROVAL)

    status = await bench.status()

    assert (status.standing, status.fields, status.per_day, status.access) == (
        Standing.APPROVED,
        frozenset({"x", "y"}),
        10,
        "s",
    )
    assert status.valid_until is not None
    assert status.valid_until.astimezone(CHINA).isoformat() == "2027-01-01T00:00:00+08:00", "to the end of the day"


async def test_an_approval_without_an_end_and_without_an_amount_has_none(make: Make) -> None:
    bench = await make()
    bench.says(data=APPROVAL | {"end": "9999-12-31", "most": None})

    status = await bench.status()

    assert (status.standing, status.valid_until, status.per_day) == (Standing.APPROVED, None, None)


@pytest.mark.parametrize(
    "change",
    [
        {"secret": None},
        {"secret": "s\u0000"},
        {"secret": "s" * 4_001},
        {"fields": None},
        {"fields": []},
        {"fields": {"x": 1}},
        {"fields": [f"f{place}" for place in range(501)]},
        {"end": "soon"},
        {"end": "2026-02-30"},
        {"end": "9998-12-32"},
        {"most": "many"},
        {"most": "-1"},
        {"most": "9" * 30},
        {"no": "N2"},
        {"no": None},
        {"key": "K2"},
        {"key": None},
        {"st": "unheard-of"},
        {"st": None},
    ],
)
async def test_an_approval_that_cannot_be_read_or_is_of_another_request_is_none(
    make: Make, change: dict[str, object]
) -> None:
    bench = await make()
    bench.says(data=APPROVAL | change)

    status = await bench.status()

    assert (status.standing, status.outcome) == (Standing.UNANSWERED, Outcome.UPSTREAM_FAULT)
    assert (status.fields, status.access) == (None, None)


async def test_another_number_for_our_key_is_believed_only_while_we_know_none(make: Make) -> None:
    bench = await make()
    bench.says(data={"st": "p", "key": "K1", "no": "N7"})

    assert ((await bench.status(None)).number, (await bench.status(None)).standing) == ("N7", Standing.PENDING)
    assert (await bench.status("N1")).standing is Standing.UNANSWERED


async def test_a_number_that_can_be_none_is_not_taken_from_a_standing(make: Make) -> None:
    bench = await make()
    bench.says(data={"st": "p", "key": "K1", "no": "N\u0007"})

    assert (await bench.status(None)).standing is Standing.UNANSWERED


@pytest.mark.parametrize("said", [{"code": "6"}, {"data": {"st": "n"}}])
async def test_the_exchange_says_by_code_or_word_that_it_knows_nothing(make: Make, said: dict[str, Any]) -> None:
    bench = await make()
    bench.says(**said)

    assert (await bench.status()).standing is Standing.UNKNOWN


async def test_a_reply_that_is_fine_and_empty_says_nothing_of_a_request(make: Make) -> None:
    bench = await make()
    bench.says()

    status = await bench.status()

    assert (status.standing, status.outcome) == (Standing.UNANSWERED, Outcome.UPSTREAM_FAULT)
    assert status.notice


@pytest.mark.parametrize(
    ("end", "written"),
    [
        ("end", "2026-12-31T08:30:00+08:00"),
        ("{date: end, as: \"yyyy-MM-ddTHH:mm:ss'Z'\"}", "2026-12-31T00:30:00+08:00"),
    ],
)
async def test_an_end_is_an_instant_as_the_manifest_reads_it(make: Make, end: str, written: str) -> None:
    operations = OPERATIONS.replace('{date: end, as: yyyy-MM-dd, noEnd: ["9999"]}', end)
    bench = await make(operations)
    bench.says(data=APPROVAL | {"end": "2026-12-31T00:30:00Z"})

    status = await bench.status()

    assert status.valid_until is not None, status
    assert status.valid_until.astimezone(CHINA).isoformat() == written


async def test_a_last_day_of_all_days_has_no_day_after_it(make: Make) -> None:
    bench = await make(OPERATIONS.replace(', noEnd: ["9999"]', ""))
    bench.says(data=APPROVAL | {"end": "9999-12-31"})

    status = await bench.status()

    assert (status.standing, status.valid_until) == (Standing.APPROVED, None)


async def test_an_exchange_without_an_operation_is_not_asked(make: Make) -> None:
    bench = await make(NO_REQUESTS)

    reply, status = await bench.request(), await bench.status()

    assert (reply.sent, reply.outcome) == (Sent.NOT_SENT, Outcome.NOT_ASKED)
    assert (status.standing, status.outcome) == (Standing.UNANSWERED, Outcome.NOT_ASKED)
    assert await bench.exchange.withdraw("N1", bench.call()) is Outcome.NOT_ASKED
    assert (await bench.exchange.catalogue(bench.call())).outcome is Outcome.NOT_ASKED
    assert bench.exchange.delivery is Delivery.ONCE
    assert not bench.server.asked
