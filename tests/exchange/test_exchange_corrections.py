"""Disputes over records of an exchange: what is clear is believed, and what the sandbox corrects stays corrected."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.sandbox.exchange.disputes import DisputeOffice, DisputeStanding, Verdict
from adapters.sandbox.exchange.office import DecisionInvalid, Office, UnknownRequest
from adapters.sandbox.faults import FaultKind
from gateway.core.clock import Clock
from gateway.core.outcome import Outcome
from gateway.core.sharing.exchange import ExchangeReply, Sent
from gateway.core.sharing.exchange_corrections import CorrectionStanding
from tests.exchange.site import SYSTEM, Site
from tests.exchange.small_exchange import CORRECTIONS, OPERATIONS, Make

BOTH = OPERATIONS + CORRECTIONS
UPHELD = {"st": "u", "key": "K1", "no": "N1", "why": "w"}


async def test_a_dispute_is_refused_only_by_a_code_that_the_manifest_explains(make: Make) -> None:
    bench = await make(BOTH)
    found = {}
    for code in ("4", "6", "7", "8", "9", "unheard-of"):
        bench.says(code=code)
        found[code] = (await bench.dispute()).sent
    assert found == {
        "4": Sent.REFUSED, "6": Sent.REFUSED, "7": Sent.NOT_SENT, "8": Sent.NOT_SENT, "9": Sent.UNANSWERED,
        "unheard-of": Sent.UNANSWERED,
    }  # fmt: skip
    bench.says(data={"key": "K1", "no": "N1", "st": "r"})
    assert ((await bench.dispute()).sent, (await bench.dispute()).outcome) == (Sent.REFUSED, Outcome.DENIED)


@pytest.mark.parametrize("data", [{"key": "K2", "no": "N1"}, {"no": "N1"}, {"key": "K1"}, None, [UPHELD, UPHELD]])
async def test_an_answer_without_its_key_or_one_number_leaves_the_dispute_open(make: Make, data: object) -> None:
    bench = await make(BOTH)
    bench.says(data=data)
    assert (await bench.dispute()).sent is Sent.UNANSWERED


async def test_what_is_said_of_a_dispute_is_read(make: Make) -> None:
    bench = await make(BOTH)
    bench.says(data=UPHELD)
    status = await bench.disputed()
    assert (status.standing, status.number, status.key, status.reason) == (CorrectionStanding.UPHELD, "N1", "K1", "w")
    bench.says(data=UPHELD | {"st": "c", "fields": ["x", "z"]})
    assert (await bench.disputed()).corrected == frozenset({"x", "z"})
    for unknown in ({"data": {"st": "n"}}, {"code": "6"}):
        bench.says(**unknown)
        assert (await bench.disputed()).is_unknown


@pytest.mark.parametrize(
    "changes",
    [{"st": "?"}, {"key": "K2"}, {"no": "N2"}, {"no": "N\u0007"}, {"st": "c"}, {"st": "c", "fields": {"x": 1}}],
)
async def test_what_is_no_answer_to_the_question_is_none(make: Make, changes: dict[str, Any]) -> None:
    bench = await make(BOTH)
    bench.says(data=UPHELD | changes)
    status = await bench.disputed()
    assert (status.standing, status.is_unanswered) == (CorrectionStanding.UNANSWERED, True)
    bench.says(data=UPHELD | {"no": "N\u0007"})
    assert (await bench.disputed(None)).is_unanswered


async def test_an_exchange_without_words_for_disputes_takes_none(make: Make) -> None:
    assert (await make()).corrections is None


async def test_what_cannot_be_asked_or_told_is_not(make: Make) -> None:
    bench = await make(BOTH)
    assert bench.corrections is not None
    assert await bench.corrections.withdraw_correction("N1", bench.call()) is Outcome.NOT_ASKED
    by_number = CORRECTIONS.replace("query-first", "false").replace(
        "share.correction, key: share.key", "share.correction"
    )
    other = await make(OPERATIONS + by_number)
    unasked = await other.disputed(None)
    assert (unasked.standing, unasked.outcome) == (CorrectionStanding.UNANSWERED, Outcome.NOT_ASKED)


# ---- the sandbox's


class Disputes:
    """A household's record under an approved request, and how it is disputed."""

    def __init__(self, site: Site, request: str, access: str | None) -> None:
        self.site = site
        self.request = request
        self.access = access

    async def send(self, key: str = "D1", **changes: Any) -> ExchangeReply:
        corrections = self.site.systems.share_corrections(SYSTEM)
        assert corrections is not None
        return await corrections.correct(
            self.site.dispute(changes.pop("request", self.request), key, **changes), self.site.call()
        )

    async def standing(self, key: str = "D1") -> CorrectionStanding:
        corrections = self.site.systems.share_corrections(SYSTEM)
        assert corrections is not None
        return (await corrections.correction(key, None, self.site.call())).standing


@pytest.fixture
async def disputes(site: Site) -> Disputes:
    site.hold()
    approved = await site.approved()
    assert approved.number is not None
    return Disputes(site, approved.number, approved.access)


async def test_what_is_corrected_is_given_corrected_from_then_on(disputes: Disputes) -> None:
    site = disputes.site
    number = (await disputes.send()).number
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        address = f"{site.sandbox.control}/exchange/{SYSTEM}"
        verdict = {"verdict": "correct", "values": {"name": "更正后"}}
        answered = await http.post(f"{address}/disputes/{number}", json=verdict)
        wrong = await http.post(f"{address}/disputes/{number}", json={"verdict": "perhaps"})
        shown = (await http.get(address)).json()
    assert answered.json() == {"number": number, "standing": "CORRECTED"}
    assert (wrong.status_code, "correct|uphold|refuse" in wrong.json()["error"]) == (400, True)
    answer = await site.ask(disputes.access)
    assert [record["name"] for record in answer.records] == ["更正后"]
    assert shown["disputesByKey"] == {"D1": 1}
    assert shown["disputes"][0]["corrected"] == ["name"]
    assert site.person not in str(shown)
    case = site.disputes.find("D1")
    assert case is not None
    assert site.person not in repr(case)


async def test_a_dispute_fits_what_was_given_under_its_request(disputes: Disputes) -> None:
    refused: dict[str, dict[str, Any]] = {
        "no request": {"request": "GX0"},
        "no resource": {"resource": "GJ0"},
        "another resource": {"resource": "GJ0000000009"},
        "another body": {"requester": "11100000000013338W"},
        "a field that was not given": {"fields": ("address",)},
        "no keys": {"record": {}},
        "no evidence": {"evidence": ()},
        "a long text": {"text": "x" * 2_001},
    }
    for changes in refused.values():
        assert (await disputes.send(**changes)).sent is Sent.REFUSED


async def test_in_time_a_record_is_found_right_and_what_is_forgotten_stays_so(disputes: Disputes) -> None:
    site = disputes.site
    await disputes.send()
    site.fault(FaultKind.FORGET)
    await disputes.send("D2")
    site.fault(None)
    site.office.set_pace(type(site.office.pace)())
    assert await disputes.standing() is CorrectionStanding.PENDING
    site.clock.step(timedelta(seconds=60).total_seconds())
    assert await disputes.standing() is CorrectionStanding.UPHELD
    assert await disputes.standing("D2") is CorrectionStanding.UNKNOWN
    with pytest.raises(DecisionInvalid):
        site.disputes.answer("D1", Verdict("uphold"))
    with pytest.raises(DecisionInvalid):
        site.disputes.answer("D2", Verdict("correct", {"address": "x"}))
    with pytest.raises(UnknownRequest):
        site.disputes.answer("D3", Verdict("uphold"))


async def test_the_ledger_outlives_its_process(disputes: Disputes, tmp_path: Path) -> None:
    site = disputes.site
    await disputes.send()
    site.disputes.answer("D1", Verdict("refuse"))
    clock: Clock = site.clock
    folder = tmp_path / "state" / SYSTEM
    again = DisputeOffice(folder, clock, Office(folder, clock))
    case = again.find("D1")
    assert case is not None
    assert case.standing is DisputeStanding.REFUSED
    again.close()
    DisputeOffice(tmp_path / "other", clock, site.office).close()
