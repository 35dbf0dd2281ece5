"""Answering a typed field: what is selected is asked for, nothing else, and comes back in the types of the schema."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphql import GraphQLResolveInfo

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.text import Language, Text
from gateway.services.sharing.decide_use import SharedRequest
from gateway.services.sharing.fetch_shared import SharedRecords
from schema.context import Context
from schema.execution.selection import selected_names
from schema.scalars import JSON
from schema.typed.values import Misfit, Shape
from schema.types.common import PageInfo
from schema.types.licences import Withheld

RECORDS: Final = 20
"""Records of an answer if the caller does not say."""

_PARAMETERS: Final = "parameters."


class Answering:
    """The resolver of one resource's root field.

    Args:
        code: the resource's.
        shapes: how values are shown, by information item.
        parameters: information items that are arguments.
    """

    def __init__(self, code: str, shapes: Mapping[str, Shape], parameters: Sequence[str]) -> None:
        self._code = code
        self._shapes = shapes
        self._items = {shape.name: item for item, shape in shapes.items()}
        self._parameters = tuple(parameters)

    async def __call__(self, _: object, info: GraphQLResolveInfo[Context], **given: Any) -> dict[str, object]:  # noqa: ANN401 - arguments as they were coerced
        """The answer, by the names of the result's fields.

        Raises:
            Refusal: as FetchShared; BAD_INPUT if no field of the records is selected. Arguments go by their own names.
        """
        context = info.context
        request = SharedRequest(
            use=given["use"],
            grant=given["grant"],
            resource=self._code,
            parameters=self._told(given),
            fields=self._selected(info),
            first=RECORDS if given.get("first") is None else given["first"],
            after=given.get("after"),
        )
        try:
            found = await context.use_cases.fetch_shared(request, context.call)
        except Refusal as refusal:
            raise self._renamed(refusal) from refusal
        return self._shown(found, context.call.language)

    def _told(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters; one that is null was not given."""
        named = {item: given.get(self._shapes[item].name) for item in self._parameters}
        return {item: value for item, value in named.items() if value is not None}

    def _selected(self, info: GraphQLResolveInfo[Context]) -> tuple[str, ...]:
        """The information items that are selected, however they are spread and renamed."""
        names = selected_names(info, info.context.prepared, ("nodes",))
        items = tuple(sorted(self._items[name] for name in names if name in self._items))
        if not items:
            raise Refusal(problems.SHARED_NOTHING_SELECTED, "nodes")
        return items

    def _renamed(self, refusal: Refusal) -> Refusal:
        """About an argument of this field, where it is about a parameter."""
        field = refusal.field
        if field is None or not field.startswith(_PARAMETERS):
            return refusal
        shape = self._shapes.get(field.removeprefix(_PARAMETERS))
        return refusal if shape is None else Refusal(refusal.problem, shape.name, **refusal.values)

    def _shown(self, found: SharedRecords, language: Language) -> dict[str, object]:
        gaps = {self._shapes[item].name: reason for item, reason in found.withheld.items()}
        shapes: dict[str, Shape] = {}
        for item, access in found.access.items():
            shape = self._shapes[item]
            if gap := shape.gap(access):
                gaps[shape.name] = gap
            else:
                shapes[item] = shape
        nodes = [_row(record, shapes, gaps) for record in found.records]
        return {
            "nodes": nodes,
            "withheld": [Withheld(path=name, reason=reason.render(language)) for name, reason in gaps.items()],
            "pageInfo": PageInfo(has_next_page=found.cursor is not None, end_cursor=found.cursor),
            "sources": found.sources,
            "receipt": None if found.receipt is None else JSON(found.receipt),
        }


def _row(record: Mapping[str, object], shapes: Mapping[str, Shape], gaps: dict[str, Text]) -> dict[str, object]:
    """A record by the schema's names; what fits no type is null, and ``gaps`` is told why."""
    row: dict[str, object] = {}
    for item, shape in shapes.items():
        try:
            row[shape.name] = shape.fit(record.get(item))
        except Misfit:
            gaps[shape.name] = shape.misfit()
    return row
