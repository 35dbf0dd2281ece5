"""What supervision reads and does about exchanges, through GraphQL."""

from dataclasses import fields
from typing import Any

from gateway.core.call import Call
from gateway.core.delivery import Delivery
from gateway.services.sharing.exchanges.import_exchange import ImportExchange
from schema.build import build_schema
from schema.context import ExchangeCases, UseCases
from schema.execution.editions import Editions
from schema.execution.executor import Executor, Operation
from schema.execution.introspection import Introspection
from tests.sharing_exchange.branch import Branch
from tests.sharing_exchange.test_importing_exchanges import listed
from tests.sharing_service.offices import ASKER, CHECKER, HUB_OFFICE

LIST = """
{ forwardings(needsPerson: true) { nodes {
  id version forwarding { system number state attempts needsPerson since } } pageInfo { hasNextPage } } }
"""
SETTLE = """
mutation Settle($input: SettleForwardingInput!) { settleForwarding(input: $input) {
  request { exchangeNumber forwarding { state } } problems { code field } } }
"""
CHECK = """
mutation Check($input: CheckUpstreamGrantInput!) {
  checkUpstreamGrant(input: $input) { grant { id parent exchange } problems { code } } }
"""
IMPORT = """
mutation Import($input: ImportExchangeCatalogueInput!) { importExchangeCatalogue(input: $input) {
  added leftOut findings { number path message } unreadable problems { code } } }
"""


def an_executor(branch: Branch) -> Executor:
    cases: dict[str, Any] = dict.fromkeys(each.name for each in fields(UseCases))
    cases["exchanges"] = ExchangeCases(
        list=branch.list,
        settle=branch.settle,
        check=branch.check,
        import_catalogue=ImportExchange(branch.desk, branch.exchanges),
    )
    return Executor(Editions(build_schema()), UseCases(**cases), introspection=Introspection(everybody=True))


async def test_what_is_in_doubt_is_listed_settled_and_checked(branch: Branch) -> None:
    executor = an_executor(branch)

    async def ask(query: str, who: Call, **values: Any) -> Any:
        answer = await executor.execute(Operation(query=query, variables={"input": values} if values else {}), who)
        assert "errors" not in answer.body, answer.body
        return answer.body["data"]

    branch.exchange.delivery = Delivery.ONCE
    branch.exchange.script = ["lost"]
    request = await branch.queued()
    await branch.run()
    (node,) = (await ask(LIST, HUB_OFFICE))["forwardings"]["nodes"]
    there = {name: node["forwarding"][name] for name in ("system", "number", "state", "attempts", "needsPerson")}
    assert there == {"system": "exchange", "number": None, "state": "IN_DOUBT", "attempts": 1, "needsPerson": True}
    said = {"request": node["id"], "expectedVersion": node["version"], "reason": "电话核实"}
    wrong = (await ask(SETTLE, CHECKER, **said, number="N-9"))["settleForwarding"]
    assert wrong["problems"] == [{"code": "CONFLICT", "field": "input.number"}]
    done = (await ask(SETTLE, CHECKER, **said, number="N-1"))["settleForwarding"]
    assert done["request"] == {"exchangeNumber": "N-1", "forwarding": {"state": "NUMBERED"}}
    branch.exchange.approve("N-1")
    await branch.run()
    above, below = await branch.grants_of(request)
    checked = (await ask(CHECK, ASKER, id=below.id))["checkUpstreamGrant"]
    assert checked["grant"] == {"id": below.id, "parent": above.id, "exchange": None}
    assert (await ask(CHECK, ASKER, id="none"))["checkUpstreamGrant"]["problems"] == [{"code": "NOT_FOUND"}]


async def test_a_catalogue_is_imported_and_its_findings_are_told(branch: Branch) -> None:
    executor = an_executor(branch)
    branch.exchange.resources = [listed(), listed("R-9", "bad")]

    async def bring(system: str) -> Any:
        values = {"input": {"system": system, "dryRun": False}}
        answer = await executor.execute(Operation(query=IMPORT, variables=values), HUB_OFFICE)
        return answer.body["data"]["importExchangeCatalogue"]

    done = await bring("exchange")
    assert (done["added"], done["leftOut"], done["unreadable"]) == (1, 1, [])
    assert [(one["number"], one["path"]) for one in done["findings"]] == [("R-9", "code")]
    assert (await bring("none"))["problems"] == [{"code": "CONFLICT"}]
