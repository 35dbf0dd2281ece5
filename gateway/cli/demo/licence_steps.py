"""The steps in which people ask for licences: by each basis, with what is refused, and while systems fail."""

from rich.table import Table

from gateway.cli.console import out
from gateway.cli.demo.client import Reply
from gateway.cli.demo.deployment import AUTHORITY, CASES, EXCHANGES, IDENTITIES, SEALS, SHARES
from gateway.cli.demo.expectation import as_an_officer_sees, differences, expected_nodes
from gateway.cli.demo.queries import LICENCE, LICENCES, OPEN_USE, PRESENT, SYSTEMS, TYPES
from gateway.cli.demo.scene import ALL_OK, CITY, PROVINCE, Scene

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
_WAY_MS = 500
"""For connecting, and for this process to be woken on a machine that has much to do."""
_DISTRICT = "district-licences"
"""It wants a case of whoever asks for an office, and a clerk with a scan has none: code 1001."""


class LicenceSteps:
    """Takes them on a scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._stage, self._world, self._client = scene.stage, scene.world, scene.client

    def holder(self) -> list[str]:
        """The holder asks for himself."""
        reply = self._scene.ask("citizen", LICENCES, {"use": self._scene.use("citizen"), "holder": {"viewer": True}})
        return self._scene.licences(reply, AUTHORITY, ALL_OK, "COMPLETE")

    def officer(self) -> list[str]:
        """An officer asks for his case."""
        reply = self._scene.ask("officer", LICENCES, self._scene.of_the_officer())
        return self._scene.licences(reply, AUTHORITY, ALL_OK, "COMPLETE", as_an_officer_sees)

    def by_id(self) -> list[str]:
        """Each of the licences again, by its id."""
        use = self._scene.use("citizen")
        nodes = self._scene.ask("citizen", LICENCES, {"use": use, "holder": {"viewer": True}}).data["licences"]["nodes"]
        wrong: list[str] = []
        expected = {node["identifier"]: node for node in expected_nodes(self._world, AUTHORITY)}
        for node in nodes:
            if node["identifier"] is None:
                continue
            reply = self._scene.ask("citizen", LICENCE, {"use": use, "id": node["id"]})
            found = (reply.data.get("licence") or {}).get("licence")
            wrong += differences([found] if found else [], [expected[node["identifier"]]])
        out.print(f"  {len(nodes)} 个 id 逐一取回 · {len(nodes)} ids fetched again, one by one")
        return wrong

    def catalogues(self) -> list[str]:
        """Licence types and systems."""
        wrong = []
        types = self._scene.ask("frontend", TYPES, {"search": "证"}).data["licenceTypes"]
        expected = sum("证" in kind.name for kind in self._world.types)
        if types["totalCount"] != len(self._world.types) and types["totalCount"] != expected:
            wrong.append(f"{types['totalCount']} licence types, expected {expected}")
        systems = self._scene.ask("operations", SYSTEMS, {}).data["systems"]["nodes"]
        table = Table("系统 · system", "名称 · title", "状态 · state", "p95 ms")
        for system in systems:
            table.add_row(system["code"], system["title"], system["state"], str(system["health"]["p95Milliseconds"]))
        out.print(table)
        states = {system["code"]: system["state"] for system in systems}
        if states != dict.fromkeys((*AUTHORITY, *CASES, *IDENTITIES, *SEALS, *SHARES, *EXCHANGES), "UP"):
            wrong.append(f"states are {states}")
        return wrong

    def refusals(self) -> list[str]:
        """What has no proof, no use or a wrong number is refused."""
        number = self._world.holder.number
        broken = {"document": {**self._scene.document["document"], "number": number[:-1] + _WRONG_DIGIT[number[-1]]}}
        officer = self._scene.use("officer")
        cases = [
            ("UNAUTHENTICATED", None, {"use": "x", "holder": self._scene.document}, None),
            ("FORBIDDEN", "officer", {"use": "x", "holder": self._scene.document}, "use"),
            ("FORBIDDEN", "citizen", {"use": officer, "holder": {"viewer": True}}, "use"),
            ("BAD_INPUT", "officer", {"use": officer, "holder": broken}, "holder.document.number"),
        ]
        wrong = []
        for code, role, variables, field in cases:
            reply = self._scene.ask(role, LICENCES, variables)
            error = reply.body["errors"][0]
            out.print(f"  {code:16} {error['message']}  → {error['extensions']['remedy']}", markup=False)
            if reply.codes != [code] or error["extensions"].get("field") != field or reply.data.get("licences"):
                wrong.append(f"expected {code} at {field}, got {reply.codes}")
        return wrong

    def purposes(self) -> list[str]:
        """No use is opened for what the rules do not allow."""
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
            reply = self._scene.ask("officer", OPEN_USE, {"input": {"statutory": statutory}})
            out.print(f"  {title}: {reply.body['errors'][0]['message'] if reply.codes else '?'}", markup=False)
            if reply.codes != ["FORBIDDEN"] or (reply.data.get("openUse") or {}).get("use"):
                wrong.append(f"{title}: expected FORBIDDEN, got {reply.codes}")
        return wrong

    def at_a_counter(self) -> list[str]:
        """The holder's scan opens a use for a clerk, once."""
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
        reply = self._scene.ask("clerk", LICENCES, {"use": opened["id"], "holder": {"viewer": True}})
        others = [system for system in AUTHORITY if system != _DISTRICT]
        return wrong + self._scene.licences(reply, others, {**ALL_OK, _DISTRICT: "INVALID"}, "PARTIAL")

    def _scan(self) -> str:
        """A code as the holder's telephone would show it."""
        (identity,) = IDENTITIES
        order = {"number": self._world.holder.number}
        return str(self._client.order(f"{self._stage.address(identity)}/sandbox/scans", order)["scan"])

    def _open_by_scan(self, role: str, scan: str) -> Reply:
        return self._scene.ask(role, OPEN_USE, {"input": {"holder": {"item": self._world.item, "scan": scan}}})

    def presented(self) -> list[str]:
        """The officer's person is of no use here: the holder shows a licence, and a clerk's token reads it."""
        use = self._scene.use("citizen")
        nodes = self._scene.ask("citizen", LICENCES, {"use": use, "holder": {"viewer": True}}).data["licences"]["nodes"]
        node = next(node for node in nodes if node["identifier"] is not None)
        shown = self._scene.ask("citizen", PRESENT, {"input": {"use": use, "licence": node["id"]}})
        code = (shown.data.get("presentLicence") or {}).get("code")
        reply = self._scene.ask("officer", OPEN_USE, {"input": {"presented": {"code": str(code)}}})
        opened = (reply.data.get("openUse") or {}).get("use")
        if opened is None:
            return [f"the shown code opens nothing: {shown.body.get('errors')} {reply.body.get('errors')}"]
        seen = self._scene.ask("officer", LICENCE, {"use": opened["id"], "id": node["id"]}).data["licence"]["licence"]
        listed = self._scene.ask("officer", LICENCES, {"use": opened["id"], "holder": {"viewer": True}})
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

    def one_fails(self) -> list[str]:
        """Connections of one system are reset."""
        self._client.set_fault(self._stage.faults, CITY, {"kind": "reset"})
        try:
            reply = self._scene.ask("officer", LICENCES, self._scene.of_the_officer())
        finally:
            self._client.set_fault(self._stage.faults, CITY, None)
        others = [system for system in AUTHORITY if system != CITY]
        outcomes = {**ALL_OK, CITY: "UNAVAILABLE"}
        return self._scene.licences(reply, others, outcomes, "PARTIAL", as_an_officer_sees)

    def both_fail(self) -> list[str]:
        """One system hangs and one is reset, and the answer comes in time."""
        self._client.set_fault(self._stage.faults, CITY, {"kind": "reset"})
        self._client.set_fault(self._stage.faults, PROVINCE, {"kind": "latency", "ms": 30_000})
        try:
            variables = self._scene.of_the_officer()
            reply = self._scene.ask("officer", LICENCES, variables, _PATIENCE_MS)
        finally:
            self._client.set_fault(self._stage.faults, CITY, None)
            self._client.set_fault(self._stage.faults, PROVINCE, None)
        others = [system for system in AUTHORITY if system not in {CITY, PROVINCE}]
        outcomes = {**ALL_OK, PROVINCE: "TIMED_OUT", CITY: "UNAVAILABLE"}
        wrong = self._scene.licences(reply, others, outcomes, "PARTIAL", as_an_officer_sees)
        out.print(f"  期限 {_PATIENCE_MS} ms，用时 {reply.milliseconds:.0f} ms · deadline and time taken")
        if reply.milliseconds > _PATIENCE_MS + _WAY_MS:
            wrong.append(f"answered after {reply.milliseconds:.0f} ms, later than {_PATIENCE_MS} ms")
        return wrong
