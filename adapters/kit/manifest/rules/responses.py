"""Rules on responses: paths and forms that can be read, tables that exist, states that are ours."""

from collections.abc import Generator, Iterator, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from adapters.kit.manifest.expressions import RESPONSE_KEYS
from adapters.kit.manifest.findings import Remark, closest, listed
from adapters.kit.manifest.nodes import Kind, Node
from adapters.kit.manifest.rules.forms import table_remarks, unknown_form, unreadable_path
from adapters.kit.manifest.rules.scene import Scene, remark, text_at
from adapters.kit.manifest.sealing import SealState
from adapters.kit.manifest.sharing import CorrectionState, RequestState
from gateway.core.case import CaseState
from gateway.core.identifiers.documents import DocumentType
from gateway.core.licence import LicenceState
from gateway.core.sharing.resources import ItemType, Masking, Sensitivity, SharingType

_LISTS = (
    (("holders",), ("number", "name", "type")),
    (("face",), ("name", "label", "value")),
    (("resource", "items"), ("name", "title", "type", "length", "sensitivity", "masking")),
)
"""Sections that are lists, and their fields."""
_PARTS = ("case", "holder", "log", "record", "exchange", "correction", "listed", "resource")
"""Sections whose every key is a response value, with paths that start from the row."""
_DATES = frozenset(
    {
        "issuedOn",
        "validFrom",
        "validUntil",
        "asOf",
        "case.openedAt",
        "case.closedAt",
        "log.at",
        "exchange.validUntil",
        "resource.publishedOn",
    }
)
"""Fields that are days or instants, as ``expressions`` names them."""
_PATHS = (
    *(("file", key) for key in ("base64", "url", "name", "mediaType")),
    *(("sealing", key) for key in ("state", "key", "number", "document", "documentUrl", "signature", "retryAfter")),
)
"""Sections with keys that are no paths, and those that are."""
_RECORD = "record."
_SEVERAL = frozenset({"exchange.fields", "correction.fields", "resource.keys", "resource.parameters"})
"""Fields of an exchange that are several names, in a list or in one text."""
APART = frozenset(
    {
        *("unwrap", "each", "row", "detail", "more"),
        *("holders", "face", "case", "holder", "file", "sealing", "log", "record"),
        *("exchange", "correction", "listed", "resource"),
    }
)
"""Keys of a response that are no field of a licence, or one of several values."""


class PathAt(msgspec.Struct, frozen=True):
    """A path of a response and the paths whose element it starts from, outermost first."""

    node: Node
    bases: tuple[Node, ...] = ()
    over_elements: bool = False


def response_paths(response: Node) -> Iterator[PathAt]:
    """All paths of a response section."""
    row = yield from _each(response, ())
    yield from outcome_paths(response.find("row"), row)
    for key, node in response.fields.items():
        if key not in APART:
            yield from _value(node, row)
    for key in ("json", "entries"):
        yield from _value(response.find("face", key), row)
    for section, keys in _LISTS:
        yield from _list(response.find(*section), keys, row)
    for _, node in _parts(response, _PARTS):
        yield from _value(node, row)
    for part, key in _PATHS:
        yield from _value(response.find(part, key), row)
    for node in response.below("detail", "with").values():
        yield PathAt(node, row)
    yield from _value(response.find("more"), ())


def _list(section: Node | None, keys: tuple[str, ...], row: tuple[Node, ...]) -> Iterator[PathAt]:
    """The paths of a section whose fields start from each of its elements."""
    if section is not None:
        one = yield from _each(section, row)
        for key in keys:
            yield from _value(section.find(key), one)


def _each(section: Node, bases: tuple[Node, ...]) -> Generator[PathAt, None, tuple[Node, ...]]:
    node = section.find("each")
    if node is None:
        return bases
    yield PathAt(node, bases, over_elements=True)
    return (*bases, node)


def _value(node: Node | None, bases: tuple[Node, ...]) -> Iterator[PathAt]:
    """The paths in a response value."""
    if node is None:
        return
    if node.kind is not Kind.MAPPING:
        yield PathAt(node, bases)
    for key in ("date", "code", "split", "first"):
        inner = node.find(key)
        for each in inner.elements if inner is not None and inner.kind is Kind.SEQUENCE else (inner,):
            if each is not None:
                yield PathAt(each, bases)


def outcome_paths(section: Node | None, bases: tuple[Node, ...] = ()) -> Iterator[PathAt]:
    """The paths of a success rule, from the reply itself or from a row."""
    for key in ("at", "code", "message"):
        node = section.find(key) if section is not None else None
        if node is not None:
            yield PathAt(node, bases)


def unwrap_steps(scene: Scene, operation: Node | None) -> tuple[Node, ...]:
    """The steps that open embedded documents: an operation's own (the system's for None)."""
    holder = scene.root.find("protocol") if operation is None else operation.find("response")
    steps = holder.find("unwrap") if holder is not None else None
    return steps.elements if steps is not None else ()


def embedded_paths(scene: Scene, operation: Node) -> list[Node]:
    """The paths of the documents that are opened in an operation's replies."""
    own = operation.find("response", "unwrap") is not None
    steps = unwrap_steps(scene, operation if own else None)
    return [node for step in steps if (node := step.find("at")) is not None]


def expressions(response: Node) -> Iterator[tuple[str, Node]]:
    """The values of a response section that are expressions, with the field they give."""
    items = ((f"resource.items.{key}", node) for key, node in response.below("resource", "items").items())
    for key, node in (*response.fields.items(), *_parts(response), *items):
        if key not in APART and node.kind is Kind.MAPPING and RESPONSE_KEYS & node.fields.keys():
            yield key, node


def _parts(response: Node, parts: tuple[str, ...] = ("holders", "sealing", *_PARTS)) -> Iterator[tuple[str, Node]]:
    """The values of fields that have several, by the names that lead to them."""
    for part in parts:
        for key, node in response.below(part).items():
            yield f"{part}.{key}", node


def paths_parse(scene: Scene) -> Iterator[Remark]:
    """Every path can be read."""
    paths = [*outcome_paths(scene.root.find("success"))]
    session = scene.root.find("auth", "session")
    for place in (("token",), ("expired", "at"), ("expiresIn",)):
        node = session.find(*place) if session is not None else None
        if node is not None:
            paths.append(PathAt(node))
    paths += (PathAt(node) for node in (session.below("secrets").values() if session is not None else ()))
    for operation in (None, *scene.operations.values()):
        paths += (
            PathAt(node, over_elements=True)
            for step in unwrap_steps(scene, operation)
            if (node := step.find("at")) is not None
        )
    for operation in scene.operations.values():
        paths += outcome_paths(operation.find("success"))
        response = operation.find("response")
        paths += response_paths(response) if response is not None else ()
        following = operation.find("paging", "next")
        paths += (PathAt(following),) if following is not None else ()
    for path in paths:
        yield from unreadable_path(path.node, over_elements=path.over_elements)


def response_tables(scene: Scene) -> Iterator[Remark]:
    """Code tables that responses name exist."""
    for _, node in _all_expressions(scene):
        yield from table_remarks(scene, node.find("table"))


def response_dates(scene: Scene) -> Iterator[Remark]:
    """Forms of dates in responses can be read."""
    for _, node in _all_expressions(scene):
        form = node.find("as")
        if form is not None:
            yield from unknown_form(form, whole_day=True)


def expressions_fit_their_field(scene: Scene) -> Iterator[Remark]:
    """Dates are read where a date belongs, by their form; only holders are several values in one text."""
    for key, node in _all_expressions(scene):
        if key.startswith(_RECORD) and not {"split"} & node.fields.keys():
            continue  # what a field of a resource is, the catalogue says
        if "date" in node.fields and key not in _DATES:
            what = ("此字段不是日期", "this field is no date")
            yield remark(node.place, what, ("写路径，或 code", "write a path, or code"))
        elif "code" in node.fields and key in _DATES:
            what = ("日期不经代码表读取", "a date is not read through a code table")
            yield remark(node.place, what, ("写路径，或 date", "write a path, or date"))
        elif key in _SEVERAL and not {"split"} & node.fields.keys():
            what = ("此字段是多个名称", "this field is several names")
            yield remark(node.place, what, ("写列表的路径，或 split", "write the path of a list, or split"))
        elif "split" in node.fields and not (key.startswith("holders.") or key in _SEVERAL):
            what = ("split 只用于 holders 等多值字段", "split is for holders and other fields of several values")
            yield remark(node.place, what, ("写路径", "write a path"))


def states_are_ours(scene: Scene) -> Iterator[Remark]:
    """Whatever gives a state, or the document type of a scan's holder, gives a canonical one."""
    seen: set[tuple[str, str]] = set()
    for key, node in _all_expressions(scene):
        if key not in _STATES:
            continue
        if key in _STANDINGS and "first" in node.fields:
            what = ("状态只能由一个路径读取", "a state is read from one path")
            yield remark(node.place, what, ("写 code 与 table", "write code with a table"))
        table = text_at(node, "table")
        if table is not None and (key, table) not in seen:
            seen.add((key, table))
            for name in scene.root.below("codes", table).values():
                yield from _state(name, *_STATES[key])
        constant = node.find("value")
        if constant is not None:
            yield from _state(constant, *_STATES[key])


_STANDINGS: Final = frozenset({"sealing.state", "exchange.standing", "correction.standing", "listed.standing"})
_ARE_STATES = ("可用状态", "the states are")
_STATES: Final[Mapping[str, tuple[type[StrEnum], tuple[str, str], tuple[str, str]]]] = {
    "state": (LicenceState, ("不是证照状态", "this is no state of a licence"), _ARE_STATES),
    "case.state": (CaseState, ("不是办件状态", "this is no state of a case"), _ARE_STATES),
    "sealing.state": (
        SealState,
        ("不是盖章请求的状态", "this is no state of a request to seal"),
        _ARE_STATES,
    ),
    **dict.fromkeys(
        ("exchange.standing", "listed.standing"),
        (RequestState, ("不是共享申请的状态", "this is no state of a request for data"), _ARE_STATES),
    ),
    "correction.standing": (
        CorrectionState,
        ("不是校核的状态", "this is no state of a dispute"),
        _ARE_STATES,
    ),
    "resource.sharing": (
        SharingType,
        ("不是共享类型", "this is no type of sharing"),
        ("可用类型", "the types are"),
    ),
    "resource.items.type": (
        ItemType,
        ("不是信息项类型", "this is no type of an information item"),
        ("可用类型", "the types are"),
    ),
    "resource.items.sensitivity": (
        Sensitivity,
        ("不是敏感级别", "this is no sensitivity"),
        ("可用级别", "there are"),
    ),
    "resource.items.masking": (
        Masking,
        ("不是脱敏方式", "this is no way of masking"),
        ("可用方式", "there are"),
    ),
    "holder.type": (
        DocumentType,
        ("不是证件类型", "this is no type of an identity document"),
        ("可用类型", "the types are"),
    ),
}


def _state(node: Node, states: type[StrEnum], what: tuple[str, str], possible: tuple[str, str]) -> Iterator[Remark]:
    if node.text is not None and node.text not in set(states):
        names = listed(state.value for state in states)
        remedy = (f"{possible[0]}：{names}", f"{possible[1]} {names}")
        yield remark(node.at, what, remedy, closest(node.text, states))


def _all_expressions(scene: Scene) -> Iterator[tuple[str, Node]]:
    for operation in scene.operations.values():
        response = operation.find("response")
        if response is not None:
            yield from expressions(response)
