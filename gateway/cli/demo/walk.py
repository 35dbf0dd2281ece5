"""The walk: real queries, what they gave, and whether that is what the seed predicts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.table import Table

from adapters.sandbox.world.generate import World
from gateway.cli.console import out
from gateway.cli.demo.client import Client, Reply
from gateway.cli.demo.deployment import AUTHORITY, CASES, IDENTITIES
from gateway.cli.demo.expectation import Node, as_an_officer_sees, differences, expected_nodes
from gateway.cli.demo.stage import Stage

OPEN_USE = """mutation Open($input: OpenUseInput!) {
  openUse(input: $input) { use { id basis expiresAt } problems { code message field remedy } }
}"""
LICENCE_FIELDS = """fragment Fields on Licence {
  id state rawState stateReason pastEndDate identifier number name issuedOn validFrom validUntil warnings
  withheld { path reason }
  type { code name } issuer { code name } holders { type number name } face { name label value }
  provenance { system fields disagrees }
}"""
LICENCES = (
    """query Licences($use: ID!, $holder: HolderInput!) {
  licences(use: $use, holder: $holder) {
    completeness
    sources { system outcome fault milliseconds truncated code message notice }
    nodes { ...Fields }
  }
}
"""
    + LICENCE_FIELDS
)
LICENCE = (
    """query Licence($use: ID!, $id: ID!) {
  licence(use: $use, id: $id) { completeness sources { system outcome } licence { ...Fields } }
}
"""
    + LICENCE_FIELDS
)
PRESENT = (
    "mutation Present($input: PresentLicenceInput!) { presentLicence(input: $input) { code problems { message } } }"
)
SYSTEMS = "{ systems { nodes { code title state health { lastError fault p95Milliseconds } } } }"
TYPES = "query Types($search: String) { licenceTypes(search: $search) { totalCount nodes { code name } } }"

_WRONG_DIGIT = {
    "0": "1",
    "1": "2",
    "2": "3",
    "3": "4",
    "4": "5",
    "5": "6",
    "6": "7",
    "7": "8",
    "8": "9",
    "9": "X",
    "X": "0",
}
_PATIENCE_MS = 2_000
_CITY, _PROVINCE = "city-licences", "province-licences"
_DISTRICT = "district-licences"
"""It wants a case of whoever asks for an office, and a clerk with a scan has none: code 1001."""
_ALL_OK = dict.fromkeys(AUTHORITY, "OK")


class Walk:
    """Takes the steps one after the other and remembers which of them went wrong."""

    def __init__(self, stage: Stage, world: World) -> None:
        self._stage = stage
        self._world = world
        self._client = Client()
        self._failed: list[str] = []
        holder = world.holder
        self._document = {"document": {"type": holder.type, "number": holder.number, "name": holder.name}}

    def take(self) -> list[str]:
        """Take every step; the titles of those that did not go as the seed predicts."""
        steps: list[tuple[str, Callable[[], list[str]]]] = [
            ("持证人本人查询自己的证照 · the holder asks for his own licences", self._holder),
            ("经办人员为办件查验证照 · an officer asks for a case", self._officer),
            ("按 id 取其中一个 · one of them by its id", self._by_id),
            ("窗口扫码，持证人现场授权 · at a counter, the holder shows a scan", self._at_a_counter),
            ("证照类型与接入系统 · licence types and systems", self._catalogues),
            ("没有令牌、没有用途、号码有误 · no token, no use, a wrong number", self._refusals),
            ("规则不允许的用途 · purposes that the rules do not allow", self._purposes),
            ("委托与亮证 · a mandate, and a licence that is shown", self._entrusted_and_presented),
            ("一个系统重置连接 · one system resets its connections", self._one_fails),
            ("一个挂起、一个重置，仍在期限内应答 · one hangs, one resets, answered in time", self._both_fail),
            ("恢复之后 · after recovery", self._officer),
        ]
        for number, (title, step) in enumerate(steps, 1):
            out.rule(f"{number}. {title}", align="left")
            wrong = step()
            for line in wrong:
                out.print(f"  [red]✗[/red] {line}", markup=True)
            if wrong:
                self._failed.append(title)
            else:
                out.print("  [green]✓[/green] 与种子的预测完全一致 · exactly what the seed predicts")
        return self._failed

    def _ask(self, role: str | None, query: str, variables: dict[str, Any], timeout_ms: int | None = None) -> Reply:
        token = self._stage.tokens[role] if role else None
        return self._client.graphql(self._stage.gateway, token, query, variables, timeout_ms)

    def _use(self, role: str) -> str:
        world = self._world
        declared = {
            "citizen": {"holder": {"item": world.item, "note": "演示"}},
            "officer": {"statutory": {"item": world.item, "case": world.case, "note": "演示"}},
        }[role]
        reply = self._ask(role, OPEN_USE, {"input": declared})
        return str(reply.data["openUse"]["use"]["id"])

    def _holder(self) -> list[str]:
        reply = self._ask("citizen", LICENCES, {"use": self._use("citizen"), "holder": {"viewer": True}})
        return self._licences(reply, AUTHORITY, _ALL_OK, "COMPLETE")

    def _officer(self) -> list[str]:
        reply = self._ask("officer", LICENCES, {"use": self._use("officer"), "holder": self._document})
        return self._licences(reply, AUTHORITY, _ALL_OK, "COMPLETE", as_an_officer_sees)

    def _by_id(self) -> list[str]:
        use = self._use("citizen")
        nodes = self._ask("citizen", LICENCES, {"use": use, "holder": {"viewer": True}}).data["licences"]["nodes"]
        wrong: list[str] = []
        expected = {node["identifier"]: node for node in expected_nodes(self._world, AUTHORITY)}
        for node in nodes:
            if node["identifier"] is None:
                continue
            reply = self._ask("citizen", LICENCE, {"use": use, "id": node["id"]})
            found = (reply.data.get("licence") or {}).get("licence")
            wrong += differences([found] if found else [], [expected[node["identifier"]]])
        out.print(f"  {len(nodes)} 个 id 逐一取回 · {len(nodes)} ids fetched again, one by one")
        return wrong

    def _catalogues(self) -> list[str]:
        wrong = []
        types = self._ask("frontend", TYPES, {"search": "证"}).data["licenceTypes"]
        expected = sum("证" in kind.name for kind in self._world.types)
        if types["totalCount"] != len(self._world.types) and types["totalCount"] != expected:
            wrong.append(f"{types['totalCount']} licence types, expected {expected}")
        systems = self._ask("operations", SYSTEMS, {}).data["systems"]["nodes"]
        table = Table("系统 · system", "名称 · title", "状态 · state", "p95 ms")
        for system in systems:
            table.add_row(system["code"], system["title"], system["state"], str(system["health"]["p95Milliseconds"]))
        out.print(table)
        states = {system["code"]: system["state"] for system in systems}
        if states != dict.fromkeys((*AUTHORITY, *CASES, *IDENTITIES), "UP"):
            wrong.append(f"states are {states}")
        return wrong

    def _refusals(self) -> list[str]:
        number = self._world.holder.number
        broken = {"document": {**self._document["document"], "number": number[:-1] + _WRONG_DIGIT[number[-1]]}}
        officer = self._use("officer")
        cases = [
            ("UNAUTHENTICATED", None, {"use": "x", "holder": self._document}, None),
            ("FORBIDDEN", "officer", {"use": "x", "holder": self._document}, "use"),
            ("FORBIDDEN", "citizen", {"use": officer, "holder": {"viewer": True}}, "use"),
            ("BAD_INPUT", "officer", {"use": officer, "holder": broken}, "holder.document.number"),
        ]
        wrong = []
        for code, role, variables, field in cases:
            reply = self._ask(role, LICENCES, variables)
            error = reply.body["errors"][0]
            out.print(f"  {code:16} {error['message']}  → {error['extensions']['remedy']}", markup=False)
            if reply.codes != [code] or error["extensions"].get("field") != field or reply.data.get("licences"):
                wrong.append(f"expected {code} at {field}, got {reply.codes}")
        return wrong

    def _purposes(self) -> list[str]:
        world = self._world
        cases = world.cases
        declared = [
            ("事项由其他机构实施 · another body's item", {"item": world.forbidden_item, "case": world.case}),
            ("办件已办结 · a closed case", {"item": cases.closed.item, "case": cases.closed.number}),
            ("办件属于其他事项 · a case of another item", {"item": world.item, "case": cases.other_item.number}),
            ("办件在其他地区 · a case of another region", {"item": world.item, "case": cases.other_region.number}),
            ("办件已挂起 · a suspended case", {"item": world.item, "case": cases.suspended.number}),
            ("没有这个办件 · no such case", {"item": world.item, "case": "420102199901010000000"}),
        ]
        wrong = []
        for title, statutory in declared:
            reply = self._ask("officer", OPEN_USE, {"input": {"statutory": statutory}})
            out.print(f"  {title}: {reply.body['errors'][0]['message'] if reply.codes else '?'}", markup=False)
            if reply.codes != ["FORBIDDEN"] or (reply.data.get("openUse") or {}).get("use"):
                wrong.append(f"{title}: expected FORBIDDEN, got {reply.codes}")
        return wrong

    def _at_a_counter(self) -> list[str]:
        scan = self._scan()
        stranger = self._open_by_scan("citizen", scan)
        first, again = (self._open_by_scan("clerk", scan) for _ in range(2))
        wrong = []
        for title, reply in (("持证人自己扫码 · the holder himself", stranger), ("再次使用 · a second use", again)):
            out.print(f"  {title}: {reply.body['errors'][0]['message'] if reply.codes else '?'}", markup=False)
            if reply.codes != ["FORBIDDEN"] or (reply.data.get("openUse") or {}).get("use"):
                wrong.append(f"{title}: expected FORBIDDEN, got {reply.codes}")
        opened = (first.data.get("openUse") or {}).get("use")
        if opened is None:
            return [*wrong, f"the scan opens nothing: {first.codes}"]
        reply = self._ask("clerk", LICENCES, {"use": opened["id"], "holder": {"viewer": True}})
        others = [system for system in AUTHORITY if system != _DISTRICT]
        return wrong + self._licences(reply, others, {**_ALL_OK, _DISTRICT: "INVALID"}, "PARTIAL")

    def _scan(self) -> str:
        """A code as the holder's telephone would show it."""
        (identity,) = IDENTITIES
        order = {"number": self._world.holder.number}
        return str(self._client.order(f"{self._stage.address(identity)}/sandbox/scans", order)["scan"])

    def _open_by_scan(self, role: str, scan: str) -> Reply:
        return self._ask(role, OPEN_USE, {"input": {"holder": {"item": self._world.item, "scan": scan}}})

    def _entrusted_and_presented(self) -> list[str]:
        """The officer's person is of no use here: the holder shows a licence, and a clerk's token reads it."""
        use = self._use("citizen")
        nodes = self._ask("citizen", LICENCES, {"use": use, "holder": {"viewer": True}}).data["licences"]["nodes"]
        node = next(node for node in nodes if node["identifier"] is not None)
        shown = self._ask("citizen", PRESENT, {"input": {"use": use, "licence": node["id"]}})
        code = (shown.data.get("presentLicence") or {}).get("code")
        reply = self._ask("officer", OPEN_USE, {"input": {"presented": {"code": str(code)}}})
        opened = (reply.data.get("openUse") or {}).get("use")
        if opened is None:
            return [f"the shown code opens nothing: {shown.body.get('errors')} {reply.body.get('errors')}"]
        seen = self._ask("officer", LICENCE, {"use": opened["id"], "id": node["id"]}).data["licence"]["licence"]
        listed = self._ask("officer", LICENCES, {"use": opened["id"], "holder": {"viewer": True}})
        others = [found for found in listed.data["licences"]["nodes"] if found["id"] != node["id"]]
        out.print(
            f"  亮出 · shown: {seen['name']} {seen['state']}; 未开放 · withheld: {len(seen['withheld'])}", markup=False
        )
        wrong = []
        if seen["name"] != node["name"] or seen["identifier"] is not None or seen["face"] is not None:
            wrong.append("a checker sees what no rule opens")
        if others:
            wrong.append(f"{len(others)} licences that were not shown were read")
        return wrong

    def _one_fails(self) -> list[str]:
        self._client.set_fault(self._stage.faults, _CITY, {"kind": "reset"})
        try:
            reply = self._ask("officer", LICENCES, {"use": self._use("officer"), "holder": self._document})
        finally:
            self._client.set_fault(self._stage.faults, _CITY, None)
        others = [system for system in AUTHORITY if system != _CITY]
        outcomes = {**_ALL_OK, _CITY: "UNAVAILABLE"}
        return self._licences(reply, others, outcomes, "PARTIAL", as_an_officer_sees)

    def _both_fail(self) -> list[str]:
        self._client.set_fault(self._stage.faults, _CITY, {"kind": "reset"})
        self._client.set_fault(self._stage.faults, _PROVINCE, {"kind": "latency", "ms": 30_000})
        try:
            variables = {"use": self._use("officer"), "holder": self._document}
            reply = self._ask("officer", LICENCES, variables, _PATIENCE_MS)
        finally:
            self._client.set_fault(self._stage.faults, _CITY, None)
            self._client.set_fault(self._stage.faults, _PROVINCE, None)
        others = [system for system in AUTHORITY if system not in {_CITY, _PROVINCE}]
        outcomes = {**_ALL_OK, _PROVINCE: "TIMED_OUT", _CITY: "UNAVAILABLE"}
        wrong = self._licences(reply, others, outcomes, "PARTIAL", as_an_officer_sees)
        out.print(f"  期限 {_PATIENCE_MS} ms，用时 {reply.milliseconds:.0f} ms · deadline and time taken")
        if reply.milliseconds > _PATIENCE_MS:
            wrong.append(f"answered after {reply.milliseconds:.0f} ms, later than {_PATIENCE_MS} ms")
        return wrong

    def _licences(
        self,
        reply: Reply,
        systems: Sequence[str],
        outcomes: Mapping[str, str],
        whole: str,
        seen: Callable[[Sequence[Node]], list[Node]] = list,
    ) -> list[str]:
        result = reply.data.get("licences")
        if result is None:
            return [f"no answer: {reply.codes}"]
        _show(result)
        wrong = differences(result["nodes"], seen(expected_nodes(self._world, systems)))
        got = {source["system"]: source["outcome"] for source in result["sources"]}
        if got != outcomes:
            wrong.append(f"outcomes are {got}, expected {outcomes}")
        if result["completeness"] != whole:
            wrong.append(f"completeness is {result['completeness']}, expected {whole}")
        return wrong


def _show(result: dict[str, Any]) -> None:
    licences = Table("证照 · licence", "状态 · state", "至 · until", "来自 · from", "另有说法 · says otherwise")
    for node in result["nodes"]:
        licences.add_row(
            (node["type"] or {}).get("name") or node["name"] or "?",
            node["state"],
            node["validUntil"] or ("长期" if node["pastEndDate"] is False else "?"),
            ", ".join(_short(line["system"]) for line in node["provenance"]),
            "; ".join(
                f"{_short(line['system'])}: {', '.join(line['disagrees'])}"
                for line in node["provenance"]
                if line["disagrees"]
            ),
        )
    sources = Table("来源 · source", "结果 · outcome", "责任 · fault", "ms", "说明 · notice")
    for source in result["sources"]:
        sources.add_row(
            source["system"],
            source["outcome"],
            source["fault"] or "",
            str(source["milliseconds"]),
            source["notice"] or "",
        )
    out.print(licences)
    out.print(sources)
    out.print(f"  completeness: {result['completeness']}")


def _short(system: str) -> str:
    """A system's name in a crowded column."""
    return system.removesuffix("-licences")
