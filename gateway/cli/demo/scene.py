"""What every step of the walk needs: somebody to ask as, and what the answer is held against."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.table import Table

from adapters.sandbox.world.generate import World
from gateway.cli.console import out
from gateway.cli.demo.client import Client, Reply
from gateway.cli.demo.deployment import AUTHORITY
from gateway.cli.demo.expectation import Node, differences, expected_nodes
from gateway.cli.demo.queries import LICENCE, LICENCES, OPEN_USE, PRESENT
from gateway.cli.demo.stage import Stage

ALL_OK = dict.fromkeys(AUTHORITY, "OK")
CITY, PROVINCE = "city-licences", "province-licences"

_FETCHING = frozenset({LICENCES, LICENCE, PRESENT})
"""What fetches licences: showing one to others does, too."""

Step = Callable[[], list[str]]
"""Does something and gives what was not as predicted, a line each."""


class Scene:
    """The stage with the world's people on it.

    Attributes:
        answered: the request id of every answer for which licences were fetched, and whether for an officer's case.
    """

    def __init__(self, stage: Stage, world: World) -> None:
        holder = world.holder
        self.stage = stage
        self.world = world
        self.client = Client()
        self.answered: dict[str, bool] = {}
        self.document = {"document": {"type": holder.type, "number": holder.number, "name": holder.name}}

    def ask(
        self,
        role: str | None,
        query: str,
        variables: dict[str, Any],
        timeout_ms: int | None = None,
        language: str | None = None,
    ) -> Reply:
        """The reply to an operation by whoever has this role."""
        token = self.stage.tokens[role] if role else None
        reply = self.client.graphql(self.stage.gateway, token, query, variables, timeout_ms, language)
        if query in _FETCHING and any(reply.data.values()):
            self.answered[reply.request_id] = role == "officer" and variables.get("holder") == self.document
        return reply

    def use(self, role: str) -> str:
        """The id of a use that the citizen opens for himself, or the officer for his case."""
        world = self.world
        declared = {
            "citizen": {"holder": {"item": world.item, "note": "演示"}},
            "officer": {"statutory": {"item": world.item, "case": world.case, "note": "演示"}},
        }[role]
        reply = self.ask(role, OPEN_USE, {"input": declared})
        return str(reply.data["openUse"]["use"]["id"])

    def of_the_officer(self) -> dict[str, Any]:
        """The variables with which an officer asks for the holder of his case."""
        return {"use": self.use("officer"), "holder": self.document}

    def licences(
        self,
        reply: Reply,
        systems: Sequence[str],
        outcomes: Mapping[str, str],
        whole: str,
        seen: Callable[[Sequence[Node]], list[Node]] = list,
        *,
        brief: bool = False,
    ) -> list[str]:
        """Show an answer, or with ``brief`` where it came from; what of it is not as the world predicts."""
        result = reply.data.get("licences")
        if result is None:
            return [f"no answer: {reply.codes}"]
        if not brief:
            show_licences(result)
        show_sources(result)
        wrong = differences(result["nodes"], seen(expected_nodes(self.world, systems)))
        got = {source["system"]: source["outcome"] for source in result["sources"]}
        if got != outcomes:
            wrong.append(f"outcomes are {got}, expected {outcomes}")
        if result["completeness"] != whole:
            wrong.append(f"completeness is {result['completeness']}, expected {whole}")
        return wrong


def show_licences(result: dict[str, Any]) -> None:
    """The licences of an answer and which systems told of each."""
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
    out.print(licences)


def show_sources(result: dict[str, Any]) -> None:
    """What every system gave, and how whole the answer is."""
    sources = Table("来源 · source", "结果 · outcome", "责任 · fault", "ms", "说明 · notice")
    for source in result["sources"]:
        sources.add_row(
            source["system"],
            source["outcome"],
            source["fault"] or "",
            str(source["milliseconds"]),
            source["notice"] or "",
        )
    out.print(sources)
    out.print(f"  completeness: {result['completeness']}")


def _short(system: str) -> str:
    """A system's name in a crowded column."""
    return system.removesuffix("-licences")
