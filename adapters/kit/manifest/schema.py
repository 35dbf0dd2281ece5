"""The schema's errors as remarks: all of them, each at its place, in words that mend it.

A misspelt key is reported, then read as what was meant: so what stands below it is checked too, and what it was
meant to say is not also reported as missing.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from pydantic import ValidationError

from adapters.kit.manifest.complaints import (
    SETTING_EXPECTED,
    TYPES,
    WITHOUT_QUOTES,
    allowed_values,
    keys_of_expression,
    mismatch,
    wrong_type,
)
from adapters.kit.manifest.expressions import COMBINATION
from adapters.kit.manifest.findings import Remark, closest, listed, shown
from adapters.kit.manifest.model import Manifest
from adapters.kit.manifest.nodes import Node
from adapters.kit.manifest.shape import Loc, keys_of, sections_at
from gateway.core.text import Text

_ROUNDS: Final = 20


class SchemaRemark(msgspec.Struct, frozen=True):
    """A remark; ``vague`` if it says only that a text has not its form, which a rule may say better.

    ``about_value`` tells a wrong value from a key that is unknown or missing.
    """

    remark: Remark
    about_value: bool = False
    vague: bool = False


class Reading(msgspec.Struct, frozen=True):
    """A document against the schema: the tree as it was meant, the remarks, and the manifest if it is one."""

    meant: Node
    remarks: tuple[SchemaRemark, ...]
    manifest: Manifest | None


class _Trouble(msgspec.Struct, frozen=True):
    """A pydantic error at its node; ``rest`` is what its location names that the document does not hold."""

    kind: str
    loc: Loc
    path: Loc
    rest: Loc
    node: Node
    context: dict[str, Any]


def read_schema(root: Node) -> Reading:
    """Check a document against the schema."""
    renames: list[Remark] = []
    for _ in range(_ROUNDS):
        try:
            manifest = Manifest.model_validate(root.data(), by_alias=True, by_name=False)
        except ValidationError as error:
            troubles = [_locate(root, each) for each in error.errors(include_url=False, include_input=False)]
        else:
            return Reading(root, tuple(map(SchemaRemark, renames)), None if renames else manifest)
        found = list(_misspelt(root, troubles))
        if not found:
            break
        for parent, old, new, remark in found:
            renames.append(remark)
            root = root.renamed(parent, old, new)
    return Reading(root, (*map(SchemaRemark, renames), *_remarks(root, troubles)), None)


def _locate(root: Node, error: Any) -> _Trouble:  # noqa: ANN401 - pydantic's ErrorDetails, whose ctx is free
    node = root
    path: list[str | int] = []
    rest: list[str | int] = []
    for part in error["loc"]:
        child = node.find(part) if not rest else None
        if child is not None:
            node = child
            path.append(part)
        elif not (isinstance(part, str) and part.startswith("<")):
            rest.append(part)
    return _Trouble(error["type"], tuple(error["loc"]), tuple(path), tuple(rest), node, error.get("ctx") or {})


def _misspelt(root: Node, troubles: list[_Trouble]) -> Iterator[tuple[Loc, str, str, Remark]]:
    """Keys that were meant to be others: parent, as written, as meant, and the remark; one for each meant key."""
    taken: set[tuple[Loc, str]] = set()
    for trouble in troubles:
        if trouble.kind == "extra_forbidden":
            parent, written, allowed = trouble.path[:-1], [(trouble.path[-1], trouble.node)], _allowed(root, trouble)
        elif trouble.kind == "union_tag_not_found":
            parent, written = trouble.path, list(trouble.node.fields.items())
            allowed = keys_of_expression(trouble.context)
        else:
            continue
        for key, node in written:
            meant = closest(str(key), allowed)
            if meant is not None and meant != key and (parent, meant) not in taken:
                taken.add((parent, meant))
                yield parent, str(key), meant, _unknown_key(str(key), node, allowed, meant)


def _allowed(root: Node, trouble: _Trouble) -> frozenset[str]:
    """Keys that may stand beside the unknown one and do not yet."""
    known = {key for section in sections_at(trouble.loc[:-1]) for key in keys_of(section)}
    parent = root.find(*trouble.path[:-1])
    return frozenset(known.difference(parent.fields if parent is not None else ()))


def _unknown_key(key: str, node: Node, allowed: frozenset[str], meant: str | None) -> Remark:
    what = Text(f"未知的键 {shown(key)}", f"unknown key {shown(key)}")
    if allowed:
        remedy = Text(f"此处可用：{listed(sorted(allowed))}", f"possible here: {listed(sorted(allowed))}")
    else:
        remedy = Text("删去此键", "take it away")
    return Remark(node.place, what, remedy, meant)


def _remarks(root: Node, troubles: list[_Trouble]) -> Iterator[SchemaRemark]:
    """What is left when no key is misspelt any more."""
    values: dict[Loc, list[_Trouble]] = {}
    for trouble in troubles:
        if trouble.kind == COMBINATION:
            continue  # the rules report these, also where something else is wrong with the section
        if trouble.kind == "missing":
            yield SchemaRemark(_missing(trouble))
        elif trouble.kind == "extra_forbidden":
            key = str(trouble.path[-1])
            yield SchemaRemark(_unknown_key(key, trouble.node, _allowed(root, trouble), None))
        else:
            values.setdefault((*trouble.path, *(("[key]",) if "[key]" in trouble.rest else ())), []).append(trouble)
    for path, group in values.items():
        # an alternative that failed further down is the one that was meant
        if not any(len(other) > len(path) and other[: len(path)] == path for other in values):
            yield _value(group)


def _missing(trouble: _Trouble) -> Remark:
    key = str(trouble.loc[-1])
    meaning = next((keys_of(section)[key] for section in sections_at(trouble.loc[:-1]) if key in keys_of(section)), "")
    what = Text(f"缺少 {key}", f"{key} is missing")
    return Remark(trouble.node.place, what, Text(f"补上 {key}（{meaning}）", f"add {key}: {meaning}"))


def _value(group: list[_Trouble]) -> SchemaRemark:
    """One remark for a value, whichever of its alternatives complained."""
    node = group[0].node
    if "[key]" in group[0].rest:
        what, remedy = mismatch(group[0].kind, group[0].context)
        return SchemaRemark(Remark(node.place, Text(f"键：{what.zh}", f"the key: {what.en}"), remedy))
    narrow = [trouble for trouble in group if trouble.kind not in TYPES]
    if narrow:
        what, remedy = mismatch(narrow[0].kind, narrow[0].context)
        allowed = allowed_values(narrow[0].context)
        text = node.text or ""
        suggestion = None
        if text in allowed:
            remedy = WITHOUT_QUOTES
        elif not text.isdigit():  # codes of digits are too near to each other to guess from
            suggestion = closest(text, allowed)
        vague = narrow[0].kind == "string_pattern_mismatch"
        return SchemaRemark(Remark(node.at, what, remedy, suggestion), about_value=True, vague=vague)
    what, remedy = wrong_type(node, [(trouble.kind, trouble.context) for trouble in group])
    # that an address or a secret is a setting is also a rule, which knows when it is a secret
    return SchemaRemark(Remark(node.at, what, remedy), about_value=True, vague=what is SETTING_EXPECTED)
