"""What the demo must show, from the world's own prediction: in the shape of the GraphQL answer, never through it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from adapters.sandbox.world.generate import World
from adapters.sandbox.world.prediction import Expected, predict_licences

_PLAIN = {
    "identifier": "identifier",
    "number": "number",
    "name": "name",
    "state_reason": "stateReason",
    "raw_state": "rawState",
}
_DATES = {"issued_on": "issuedOn", "valid_from": "validFrom", "valid_until": "validUntil"}
_CAPTIONS = {"type_name", "issuer_name", "raw_state"}
_PUBLIC = {
    **_PLAIN,
    **_DATES,
    "type": "type",
    "issuer": "issuer",
    "holders": "holders",
    "state": "state",
    "face": "face",
}

Node = dict[str, Any]
_OLD_LENGTH = 15


def expected_nodes(world: World, systems: Sequence[str]) -> list[Node]:
    """The holder's licences as these systems, in order of authority, must give them."""
    return [_node(expected) for expected in predict_licences(world, world.holder, systems, world.today)]


def as_an_officer_sees(nodes: Sequence[Node]) -> list[Node]:
    """What the demo's rules leave of the nodes for an officer: numbers of holders in part, no face."""
    return [_officer_view(node) for node in nodes]


def _officer_view(node: Node) -> Node:
    holders = [{**holder, "number": _starred(holder["number"])} for holder in node["holders"] or []]
    provenance = [
        {**line, **{key: [name for name in line[key] if name != "face"] for key in ("fields", "disagrees")}}
        for line in node["provenance"]
    ]
    return {
        **node,
        "holders": sorted(holders, key=_sorting) or None,
        "face": None,
        "provenance": provenance,
        "withheld": ["face", "holders.number"],
    }


def _starred(number: str | None) -> str | None:
    """A number as GB/T desensitising shows it: six in front, four behind (three of an old one of 15 digits)."""
    if number is None:
        return None
    tail = 3 if len(number) == _OLD_LENGTH else 4
    return number[:6] + "*" * (len(number) - 6 - tail) + number[-tail:]


def comparable(node: Node) -> Node:
    """A node of an answer without what no seed can predict: its opaque id, instants, and the order within lists."""
    kept = {name: value for name, value in node.items() if name not in {"id", "warnings"}}
    kept["withheld"] = sorted(line["path"] for line in node["withheld"])
    kept["holders"] = sorted(node["holders"] or [], key=_sorting) or None
    kept["face"] = sorted(node["face"] or [], key=_sorting) or None
    kept["provenance"] = [
        {
            "system": line["system"],
            "fields": sorted(line["fields"]),
            "disagrees": sorted(line["disagrees"]),
        }
        for line in node["provenance"]
    ]
    return kept


def differences(got: Sequence[Node], expected: Sequence[Node]) -> list[str]:
    """Where an answer is not what the seed predicts, a line each; empty if it is exactly that."""
    mine = {_key(node): comparable(node) for node in got}
    theirs = {_key(node): node for node in expected}
    lines = [f"missing: {key}" for key in theirs.keys() - mine.keys()]
    lines += [f"not expected: {key}" for key in mine.keys() - theirs.keys()]
    if len(mine) != len(got):
        lines.append(f"{len(got) - len(mine)} nodes came twice")
    for key in theirs.keys() & mine.keys():
        lines += [
            f"{key}: {name} is {mine[key].get(name)!r}, expected {value!r}"
            for name, value in theirs[key].items()
            if mine[key].get(name) != value
        ]
    return lines


def _node(expected: Expected) -> Node:
    values = expected.values
    taken: dict[str, list[str]] = {system: [] for system in expected.systems}
    for field, system in expected.taken_from.items():
        if field not in _CAPTIONS:
            taken[system].append(_PUBLIC[field])
    node: Node = {public: values[field] for field, public in _PLAIN.items()}
    node |= {public: _day(values[field]) for field, public in _DATES.items()}
    node["state"] = values["state"] or "UNKNOWN"
    node["type"] = _pair(values["type"], values["type_name"])
    node["issuer"] = _pair(values["issuer"], values["issuer_name"])
    node["pastEndDate"] = expected.past_end_date
    node["withheld"] = []
    node["holders"] = _sorted_parts(values["holders"], ("type", "number", "name"))
    node["face"] = _sorted_parts(values["face"], ("name", "label", "value"))
    node["provenance"] = [
        {
            "system": system,
            "fields": sorted(taken[system]),
            "disagrees": sorted(_PUBLIC[field] for field in expected.disagrees[system]),
        }
        for system in expected.systems
    ]
    return node


def _day(value: object) -> str | None:
    return value.isoformat() if isinstance(value, date) and value != date.max else None


def _pair(code: object, name: object) -> Node | None:
    return None if code is None and name is None else {"code": code, "name": name}


def _sorted_parts(parts: object, names: Sequence[str]) -> list[Node] | None:
    if not isinstance(parts, tuple) or not parts:
        return None
    return sorted(({name: getattr(part, name) for name in names} for part in parts), key=_sorting)


def _sorting(part: Node) -> str:
    return repr(sorted(part.items(), key=lambda item: item[0]))


def _key(node: Node) -> str:
    return str(node["identifier"] or f"number {node['number']}")
