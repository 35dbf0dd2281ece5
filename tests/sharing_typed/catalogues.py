"""Catalogues as departments write them, and an executor whose shared records are what a test says."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import msgspec
from hypothesis import strategies as st

from gateway.core.call import Call
from gateway.core.caller import Application, Caller, Person
from gateway.core.clock import Deadline
from gateway.core.outcome import Outcome, SourceReport
from gateway.core.sharing.resources import InformationItem, ItemType, Resource, Sensitivity, Service, SharingType
from gateway.core.sharing.terms import Access
from gateway.core.text import Text
from gateway.services.sharing.decide_use import SharedRequest
from gateway.services.sharing.fetch_shared import SharedRecords
from schema.build import build_schema
from schema.context import UseCases
from schema.execution.editions import Editions
from schema.execution.executor import Executor, Operation, Response
from schema.execution.introspection import Introspection
from schema.typed.building import Building, TypedFields
from tests.services.fakes import ManualClock
from tests.sharing.making import PROVIDER
from tests.sharing_use.site import OFFICER, a_resource

SCHEMA = build_schema()
REPORT = SourceReport(system="share-population", outcome=Outcome.OK)

ITEM_NAMES = st.one_of(
    st.sampled_from(
        ["idNumber", "公民身份号码", "first", "use", "__typename", "a-b", "a_b", "a b", "9", "_", "名称", ""]
    ),
    st.text(min_size=1, max_size=30),
    st.text("ab_-9婚", min_size=1, max_size=4),
)
CODES = st.one_of(st.sampled_from(["307001/00012", "30700100012", "307001/00013"]), st.text(min_size=1, max_size=12))


@st.composite
def resources(draw: st.DrawFn) -> Resource:
    """A resource that a table could spell: any names, any titles, any of its fields as keys and parameters."""
    names = draw(st.lists(ITEM_NAMES, min_size=1, max_size=5, unique=True))
    items = tuple(
        InformationItem(
            name=name,
            title=draw(st.text(max_size=10)),
            type=draw(st.sampled_from(ItemType)),
            length=draw(st.none() | st.integers(1, 30)),
            sensitivity=draw(st.sampled_from(Sensitivity)),
        )
        for name in names
    )
    return Resource(
        code=draw(CODES),
        provider=PROVIDER,
        title=draw(st.text(max_size=20)),
        items=items,
        sharing=SharingType.CONDITIONAL,
        keys=tuple(draw(st.lists(st.sampled_from(names), unique=True, max_size=3))),
        parameters=draw(st.frozensets(st.sampled_from(names), max_size=3)),
        service=Service("s", "o"),
    )


def people(selection: str, key: str = "idNumber", more: str = "") -> str:
    """A question about one person's record."""
    return f'{{ shared_307001_00101(use: "u", grant: "g", {key}: "k"{more}) {{ {selection} }} }}'


class Shared:
    """Stands for FetchShared: remembers what it is asked, and gives what it is told to."""

    def __init__(self) -> None:
        self.asked: list[SharedRequest] = []
        self.records: Sequence[Mapping[str, object]] = ()
        self.access: Mapping[str, Access] = {}
        self.withheld: Mapping[str, Text] = {}
        self.receipt: Mapping[str, Any] | None = None
        self.cursor: str | None = None
        self.refusal: Exception | None = None

    async def __call__(self, request: SharedRequest, _: Call) -> SharedRecords:
        """As FetchShared."""
        self.asked.append(request)
        if self.refusal is not None:
            raise self.refusal
        opened = {
            name: self.access.get(name, Access.SHOW) for name in request.fields or () if name not in self.withheld
        }
        return SharedRecords(
            records=[{name: record.get(name) for name in opened} for record in self.records],
            access=opened,
            withheld={name: reason for name, reason in self.withheld.items() if name in (request.fields or ())},
            cursor=self.cursor,
            sources=[REPORT],
            receipt=self.receipt,
        )


class Desk:
    """An executor with typed fields of the two resources of the population register."""

    def __init__(self, *resources: Resource, **changes: Any) -> None:
        self.shared = Shared()
        given = {"fetch_shared": self.shared} | changes
        cases: dict[str, Any] = {each.name: given.get(each.name) for each in fields(UseCases)}
        self.editions = Editions(SCHEMA)
        self.typed = TypedFields(self.editions)
        self.executor = Executor(self.editions, UseCases(**cases), introspection=Introspection(everybody=True))
        self.put(*resources or (a_resource(),))

    def put(self, *resources: Resource) -> None:
        """Another catalogue, at once."""
        self.editions.swap(Building(SCHEMA).build(resources))

    def call(self, person: Person | None = OFFICER) -> Call:
        clock = ManualClock()
        return Call(
            request_id="r-1",
            caller=Caller(Application("portal", "portal"), person),
            deadline=Deadline.after(10, clock),
        )

    async def ask(
        self, query: str, *, person: Person | None = OFFICER, by_get: bool = False, **variables: Any
    ) -> Response:
        """The response."""
        return await self.executor.execute(
            Operation(query=query, variables=variables, by_get=by_get), self.call(person)
        )

    async def fields(self, selection: str, **variables: Any) -> set[str]:
        """The information items that are asked for because of what is selected of ``shared_307001_00101``."""
        names = ", ".join(f"${name}: Boolean!" for name in variables)
        head = f"query ({names})" if names else ""
        answer = await self.ask(f"{head} {people(selection)}", **variables)
        assert "errors" not in answer.body, answer.body
        return set(self.shared.asked[-1].fields or ())


def renamed(resource: Resource, **names: str) -> Resource:
    """The resource with other names of its fields."""
    items = tuple(msgspec.structs.replace(item, name=names.get(item.name, item.name)) for item in resource.items)
    return msgspec.structs.replace(resource, items=items)
