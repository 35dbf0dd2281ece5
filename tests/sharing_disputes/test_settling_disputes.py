"""What nobody knows of a dispute at its exchange: shown to supervision, settled by a person, through GraphQL too."""

from dataclasses import fields
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli import share_dispute_exchanges
from gateway.cli.main import app
from gateway.core import problems
from gateway.core.caller import Role
from gateway.core.delivery import Delivery
from gateway.core.errors import ConfigurationInvalid
from gateway.core.outcome import Outcome
from gateway.core.sharing.corrections import DisputeState
from gateway.core.sharing.exchange_corrections import CorrectionStanding, CorrectionStatus
from gateway.core.sharing.forwarding import ForwardingState
from gateway.core.sharing.forwardings import ForwardingChoice
from gateway.services.sharing.disputes.answer_dispute import SourceStep
from gateway.services.sharing.disputes.settle_dispute import DisputeSettlement
from schema.build import build_schema
from schema.context import DisputeCases, SharingCases, UseCases
from schema.execution.editions import Editions
from schema.execution.executor import Executor, Operation
from schema.execution.introspection import Introspection
from tests.sharing.making import PERSON
from tests.sharing_disputes.test_reporting import refused
from tests.sharing_disputes.upstream import SYSTEM, UpstreamHall
from tests.sharing_service.offices import (
    ASKER,
    AUDITOR,
    CHECKER,
    GIVER,
    HUB_OFFICE,
    NOBODY,
    STRANGER,
    call,
    person,
)

OPERATIONS = call(person("ops-1", None, Role.OPERATIONS))


async def doubtful(hall: UpstreamHall, word: str = "lost", key: str = "k-1", **changes: Any) -> Any:
    """A dispute of which nobody knows whether the exchange has it."""
    hall.exchange.delivery = Delivery.ONCE
    hall.exchange.script = [word]
    seen = await hall.disputed(key, **changes)
    await hall.worker().once()
    found = await hall.now(seen)
    assert found.forwarding is not None
    assert found.forwarding.state is ForwardingState.IN_DOUBT
    return found


def saying(dispute: Any, **said: Any) -> DisputeSettlement:
    usual: dict[str, Any] = {"dispute": dispute.id, "expected_version": dispute.version, "reason": "电话核实"}
    return DisputeSettlement(**usual | said)


async def test_a_person_gives_the_number_and_the_answer_is_brought(upstream: UpstreamHall) -> None:
    dispute = await doubtful(upstream)
    settled = await upstream.settle(saying(dispute, number="D-1"), CHECKER)
    there = settled.dispute.forwarding
    assert there is not None
    assert there.settlement is not None
    assert (there.state, there.settlement.subject) == (ForwardingState.NUMBERED, "checker")
    upstream.exchange.answer("D-1", CorrectionStanding.UPHELD)
    await upstream.run()
    answered = await upstream.desk.disputes.find(dispute.id)
    assert answered is not None
    assert answered.state is DisputeState.UPHELD
    assert "电话" not in str(upstream.trail.held) + repr(saying(dispute))


async def test_a_person_has_it_sent_again_under_the_same_key(upstream: UpstreamHall) -> None:
    dispute = await doubtful(upstream, "dropped")
    await upstream.settle(saying(dispute, send_again=True), OPERATIONS)
    await upstream.worker().once()
    first, second = upstream.exchange.orders
    assert first == second


async def test_a_person_hands_it_back_and_the_source_here_answers(upstream: UpstreamHall) -> None:
    dispute = await doubtful(upstream)
    back = await upstream.settle(saying(dispute, hand_back=True), HUB_OFFICE)
    assert (back.dispute.is_at_exchange, back.dispute.origin) == (False, None)
    await upstream.run()
    answered = await upstream.step(GIVER, back, SourceStep.ANSWER, "name")
    assert answered.dispute.state is DisputeState.CORRECTED
    again = saying(answered.dispute, hand_back=True)
    await refused(problems.DISPUTE_NOT_DOUBTFUL, upstream.settle(again, HUB_OFFICE))


async def test_what_is_being_sent_or_taken_back_is_not_handed_back(upstream: UpstreamHall) -> None:
    upstream.exchange.script = ["dropped"]
    seen = await upstream.disputed()
    await upstream.worker().once()
    sent = await upstream.now(seen)
    await refused(problems.DISPUTE_NOT_DOUBTFUL, upstream.settle(saying(sent, hand_back=True), HUB_OFFICE))
    await refused(problems.DISPUTE_NOT_DOUBTFUL, upstream.settle(saying(sent, send_again=True), HUB_OFFICE))
    other = await upstream.disputed("k-2", fields=("state",))
    await upstream.report.withdraw(other.dispute.id, other.dispute.version, ASKER)
    gone = await upstream.now(other)
    await refused(problems.DISPUTE_NOT_DOUBTFUL, upstream.settle(saying(gone, hand_back=True), HUB_OFFICE))
    local = await upstream.report(await upstream.new(await upstream.give(grant="g-x"), key="k-3"), ASKER)
    for said in ({"hand_back": True}, {"send_again": True}):
        await refused(problems.DISPUTE_NOT_DOUBTFUL, upstream.settle(saying(local.dispute, **said), HUB_OFFICE))
    await refused(problems.SHARE_SETTLER_FORBIDDEN, upstream.settle(saying(local.dispute, hand_back=True), CHECKER))


async def test_only_supervision_settles_and_never_who_reported_it(upstream: UpstreamHall) -> None:
    dispute = await doubtful(upstream)
    settlement = saying(dispute, send_again=True)
    unknown = DisputeSettlement(dispute="x", expected_version=1, reason="?", send_again=True)
    await refused(problems.PERSON_MISSING, upstream.settle(settlement, NOBODY))
    await refused(problems.DISPUTE_UNKNOWN, upstream.settle(settlement, STRANGER))
    await refused(problems.DISPUTE_UNKNOWN, upstream.settle(unknown, OPERATIONS))
    await refused(problems.SHARE_SETTLER_FORBIDDEN, upstream.settle(settlement, GIVER))
    await refused(problems.SHARE_SETTLER_FORBIDDEN, upstream.settle(settlement, AUDITOR))
    reporter_at_the_hub = call(person("asker", None, Role.HUB))
    await refused(problems.SHARE_SAME_PERSON, upstream.settle(settlement, reporter_at_the_hub))
    for said in ({}, {"number": "D-1", "send_again": True}, {"number": ""}, {"hand_back": True, "send_again": True}):
        await refused(problems.DISPUTE_SETTLEMENT_INVALID, upstream.settle(saying(dispute, **said), CHECKER))
    await refused(problems.SHARE_TEXT_INVALID, upstream.settle(saying(dispute, send_again=True, reason=" "), CHECKER))
    stale = saying(dispute, send_again=True, expected_version=1)
    await refused(problems.SHARE_CHANGED, upstream.settle(stale, CHECKER))


async def test_who_comes_second_settles_nothing(upstream: UpstreamHall, monkeypatch: pytest.MonkeyPatch) -> None:
    dispute = await doubtful(upstream)

    async def change(*_: object) -> bool:
        return False

    monkeypatch.setattr(type(upstream.desk.disputes), "change", change)
    await refused(problems.SHARE_CHANGED, upstream.settle(saying(dispute, send_again=True), CHECKER))


async def test_a_number_is_believed_only_if_the_exchange_has_it_for_this_dispute(upstream: UpstreamHall) -> None:
    dispute = await doubtful(upstream)
    other = await doubtful(upstream, key="k-2", fields=("state",))
    upstream.exchange.delivery = Delivery.QUERY_FIRST
    await upstream.settle(saying(other, number="D-2"), CHECKER)
    await refused(problems.SHARE_NUMBER_OTHER, upstream.settle(saying(dispute, number="D-2"), CHECKER))
    await refused(problems.SHARE_NUMBER_UNKNOWN, upstream.settle(saying(dispute, number="D-9"), CHECKER))
    odd = CorrectionStatus(standing=CorrectionStanding.PENDING, outcome=Outcome.OK, key="another")
    silent = CorrectionStatus(standing=CorrectionStanding.UNANSWERED, outcome=Outcome.TIMED_OUT)
    upstream.exchange.answers = [odd, silent]
    await refused(problems.SHARE_NUMBER_OTHER, upstream.settle(saying(dispute, number="D-1"), CHECKER))
    await refused(problems.SHARE_NUMBER_UNCLEAR, upstream.settle(saying(dispute, number="D-1"), CHECKER))
    upstream.exchanges.is_open = False
    await refused(problems.SHARE_EXCHANGE_SILENT, upstream.settle(saying(dispute, number="D-1"), CHECKER))


async def test_supervision_sees_what_waits_longest_first(upstream: UpstreamHall) -> None:
    first = await doubtful(upstream)
    second = await upstream.disputed("k-2", fields=("state",))
    seen = await upstream.list(None, 1, None, AUDITOR, needs_person=None)
    rest = await upstream.list(None, 9, seen.cursors[0], CHECKER, needs_person=None)
    assert {one.dispute.id for one in (*seen.nodes, *rest.nodes)} == {first.id, second.dispute.id}
    assert (seen.has_next, rest.has_next) == (True, False)
    found = await upstream.list(None, 9, None, HUB_OFFICE, needs_person=True)
    assert [one.dispute.id for one in found.nodes] == [first.id]
    assert await upstream.forwardings.page(ForwardingChoice(authority="another"), None, 9) == []
    await refused(problems.SHARE_SUPERVISION_FORBIDDEN, upstream.list(None, 9, None, ASKER, needs_person=None))


def test_the_command_looks_through_disputes_that_are_at_an_exchange_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    sent: dict[str, Any] = {}

    def pages(_query: str, _field: str, variables: dict[str, Any], *_: int) -> tuple[list[dict[str, Any]], bool]:
        asked.append(variables["state"])
        return [{"id": variables["state"], "version": 4}], False

    monkeypatch.setattr(share_dispute_exchanges, "pages", pages)
    monkeypatch.setattr(share_dispute_exchanges, "change", lambda *given: sent.update(given[2]))
    monkeypatch.setattr(share_dispute_exchanges, "told", lambda *_, **__: None)
    words = ["share", "settle-dispute", "NUMBERED", "--hand-back", "--reason", "x"]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert (sent["dispute"], sent["expectedVersion"], sent["handBack"]) == ("NUMBERED", 4, True)
    assert set(asked[:2]) == {"IN_DOUBT", "LOST"}, "those first that somebody has to settle"
    assert isinstance(CliRunner().invoke(app, [*words[:2], "DECIDED", *words[3:]]).exception, ConfigurationInvalid)


# ---- through GraphQL

REPORT = """
mutation Report($input: DisputeRecordInput!) { disputeRecord(input: $input) {
  dispute { id version forwarding { system number state } } problems { code field } } }
"""
LIST = "{ disputeForwardings { nodes { id version forwarding { state needsPerson } } pageInfo { hasNextPage } } }"
SETTLE = """
mutation Settle($input: SettleDisputeInput!) { settleDispute(input: $input) {
  dispute { state forwarding { state } } problems { code field } } }
"""


async def test_a_record_of_an_exchange_is_disputed_and_settled_through_graphql(upstream: UpstreamHall) -> None:
    nothing: dict[str, Any] = dict.fromkeys(each.name for each in fields(DisputeCases))
    disputes = DisputeCases(
        **nothing | {"report": upstream.report, "forwardings": upstream.list, "settle": upstream.settle}
    )
    sharing: dict[str, Any] = dict.fromkeys(each.name for each in fields(SharingCases))
    cases: dict[str, Any] = dict.fromkeys(each.name for each in fields(UseCases))
    cases["sharing"] = SharingCases(**sharing | {"disputes": disputes})
    executor = Executor(Editions(build_schema()), UseCases(**cases), introspection=Introspection(everybody=True))

    async def ask(query: str, who: Any, **values: Any) -> Any:
        answer = await executor.execute(Operation(query=query, variables={"input": values} if values else {}), who)
        assert "errors" not in answer.body, answer.body
        return answer.body["data"]

    receipt = await upstream.give(subject=upstream.subject)
    new: dict[str, Any] = {"idempotencyKey": "k", "receipt": receipt, "fields": ["name"], "text": "不符"}
    new["evidence"] = [{"upload": await upstream.upload()}]
    without = (await ask(REPORT, ASKER, **new))["disputeRecord"]["problems"]
    assert without == [{"code": "BAD_INPUT", "field": "input.record"}]
    keys = [{"name": "id", "value": PERSON}]
    made = (await ask(REPORT, ASKER, **new, record=keys))["disputeRecord"]["dispute"]
    assert made["forwarding"] == {"system": SYSTEM, "number": None, "state": "QUEUED"}
    [node] = (await ask(LIST, HUB_OFFICE))["disputeForwardings"]["nodes"]
    assert (node["id"], node["forwarding"]["needsPerson"]) == (made["id"], False)
    said = {"dispute": node["id"], "expectedVersion": node["version"], "reason": "已约定由本级答复"}
    assert (await ask(SETTLE, CHECKER, **said))["settleDispute"]["problems"][0]["code"] == "BAD_INPUT"
    done = (await ask(SETTLE, CHECKER, **said, handBack=True))["settleDispute"]["dispute"]
    assert done == {"state": "WITH_SOURCE", "forwarding": {"state": "CALLED_OFF"}}
    assert (await ask(LIST, HUB_OFFICE))["disputeForwardings"]["nodes"][0]["forwarding"]["state"] == "CALLED_OFF"
