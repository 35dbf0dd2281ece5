"""Applying a decision to a licence: fields are given, given in part, or left out with the reason."""

from collections.abc import Mapping
from typing import Any

import msgspec

from gateway.core.licence import FaceField, Holder, Licence, LicenceState, Withheld
from gateway.core.masking import mask_name, mask_number
from gateway.core.policy.rules import FIELDS, Access
from gateway.core.text import Language, Text

PARTS: Mapping[str, tuple[str, ...]] = {
    field: tuple(name for name in FIELDS if name == field or name.startswith(f"{field}."))
    for field in (name.split(".")[0] for name in FIELDS)
}
"""The fields that rules speak of, by the top-level field of a licence that they belong to."""

_ATTRIBUTES = {
    "issuedOn": "issued_on",
    "validFrom": "valid_from",
    "validUntil": "valid_until",
    "stateReason": "state_reason",
    "rawState": "raw_state",
}
_NOT_OPENED = Text("没有规则开放该字段", "no rule opens this field")
_MASKED = Text("按规则脱敏显示", "shown in part, as a rule says")


def apply(licence: Licence, access: Mapping[str, Access], selected: frozenset[str], language: Language) -> Licence:
    """The licence with what is not opened taken out.

    Args:
        licence: as merged.
        access: the decision for its type, by FIELDS.
        selected: top-level fields that the caller asked for; only these are named in ``withheld``.
        language: of the reasons.
    """
    changes: dict[str, Any] = {}
    withheld: list[Withheld] = []
    for field, parts in PARTS.items():
        decisions = {part: access[part] for part in parts}
        if set(decisions.values()) == {Access.SHOW}:
            continue
        attribute = _ATTRIBUTES.get(field, field)
        changes[attribute] = _CHANGERS[field](getattr(licence, attribute), decisions)
        if field in selected:
            withheld += [_line(part, decision, language) for part, decision in decisions.items()]
    if not changes:
        return licence
    if changes.get("valid_until", licence) is None:
        changes["past_end_date"] = None
    closed = {field for field, parts in PARTS.items() if all(access[part] is Access.WITHHOLD for part in parts)}
    provenance = tuple(
        msgspec.structs.replace(
            line,
            fields=tuple(name for name in line.fields if name not in closed),
            disagrees=tuple(name for name in line.disagrees if name not in closed),
        )
        for line in licence.provenance
    )
    noted = tuple(line for line in withheld if line.reason)
    return msgspec.structs.replace(licence, withheld=noted, provenance=provenance, **changes)


def _line(path: str, access: Access, language: Language) -> Withheld:
    reason = {Access.SHOW: None, Access.MASK: _MASKED, Access.WITHHOLD: _NOT_OPENED}[access]
    return Withheld(path, reason.render(language) if reason else "")


def _whole(value: object, decisions: Mapping[str, Access]) -> object:
    """Fields that can only be given or left out."""
    return value if set(decisions.values()) == {Access.SHOW} else None


def _state(_: LicenceState, __: Mapping[str, Access]) -> LicenceState:
    """Every licence has a state, so that one which is left out is unknown."""
    return LicenceState.UNKNOWN


def _text(value: str | None, decisions: Mapping[str, Access]) -> str | None:
    (access,) = decisions.values()
    return None if value is None or access is Access.WITHHOLD else mask_number(None, value)


def _name(value: str | None, decisions: Mapping[str, Access]) -> str | None:
    (access,) = decisions.values()
    return None if value is None or access is Access.WITHHOLD else mask_name(value)


def _holders(value: tuple[Holder, ...] | None, decisions: Mapping[str, Access]) -> tuple[Holder, ...] | None:
    if value is None or set(decisions.values()) == {Access.WITHHOLD}:
        return None
    kind, number, name = (decisions[f"holders.{part}"] for part in ("type", "number", "name"))
    return tuple(
        Holder(
            type=holder.type if kind is Access.SHOW else None,
            number=_part(holder.number, number, lambda text, holder=holder: mask_number(holder.type, text)),
            name=_part(holder.name, name, mask_name),
        )
        for holder in value
    )


def _part(value: str | None, access: Access, mask: Any) -> str | None:  # noqa: ANN401 - a function of text
    if value is None or access is Access.WITHHOLD:
        return None
    return value if access is Access.SHOW else str(mask(value))


def _face(value: tuple[FaceField, ...] | None, decisions: Mapping[str, Access]) -> tuple[FaceField, ...] | None:
    (access,) = decisions.values()
    if value is None or access is Access.WITHHOLD:
        return None
    return tuple(
        FaceField(field.name, field.label, None if field.value is None else "*" * len(field.value)) for field in value
    )


_CHANGERS: Mapping[str, Any] = {
    **dict.fromkeys(PARTS, _whole),
    "number": _text,
    "name": _name,
    "holders": _holders,
    "state": _state,
    "face": _face,
}
