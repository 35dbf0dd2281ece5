"""Applying a decision: what is opened stays, what is masked is masked, and nothing of the rest gets out any way."""

from datetime import date

import msgspec
import pytest

from gateway.core.licence import (
    FaceField,
    Holder,
    Licence,
    LicenceState,
    LicenceType,
    Organisation,
    Provenance,
    Withheld,
)
from gateway.core.policy.fields import PARTS, apply
from gateway.core.policy.rules import FIELDS, MASKABLE, Access
from gateway.core.text import Language
from tests.services.fakes import OTHER_NUMBER, OWN_NUMBER, START

ALL = frozenset(PARTS)
NAMES = tuple(PARTS)
WHOLE = Licence(
    id="opaque",
    identifier="1.2.156.3005.2.1",
    type=LicenceType("T1", "执照"),
    number="A123456789",
    name="营业执照",
    holders=(Holder("111", OWN_NUMBER, "王测试"), Holder("414", OTHER_NUMBER, None)),
    issuer=Organisation("I1", "示例局"),
    issued_on=date(2020, 1, 1),
    valid_from=date(2020, 1, 2),
    valid_until=date(2030, 1, 1),
    past_end_date=False,
    state=LicenceState.REVOKED,
    state_reason="违规",
    raw_state="07",
    face=(FaceField("f", "字段", "秘密值"), FaceField("g", None, None)),
    provenance=(
        Provenance("city", START, NAMES, ()),
        Provenance("province", START, (), NAMES),
    ),
)


def decided(default: Access, **changed: Access) -> dict[str, Access]:
    return dict.fromkeys(FIELDS, default) | {name.replace("_", "."): access for name, access in changed.items()}


def applied(access: dict[str, Access], selected: frozenset[str] = ALL, language: Language = Language.EN) -> Licence:
    return apply(WHOLE, access, selected, language)


def test_what_is_opened_whole_stays_as_it_is() -> None:
    assert applied(decided(Access.SHOW)) is WHOLE


def test_of_a_licence_of_which_nothing_is_opened_only_its_id_and_systems_are_left() -> None:
    left = applied(decided(Access.WITHHOLD))
    assert left == Licence(
        id="opaque",
        state=LicenceState.UNKNOWN,
        provenance=(Provenance("city", START, (), ()), Provenance("province", START, (), ())),
        withheld=tuple(Withheld(field, "no rule opens this field") for field in FIELDS),
    )


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_is_withheld_by_itself_and_from_provenance_too(field: str) -> None:
    left = applied(decided(Access.SHOW) | {field: Access.WITHHOLD})
    assert [line.path for line in left.withheld] == [field]
    top = field.split(".", maxsplit=1)[0]
    is_gone = PARTS[top] == (field,)
    for line, spoken in ((left.provenance[0], "fields"), (left.provenance[1], "disagrees")):
        assert (top in getattr(line, spoken)) is not is_gone
    untouched = msgspec.structs.replace(left, withheld=(), provenance=WHOLE.provenance)
    assert untouched != WHOLE


@pytest.mark.parametrize("field", [field for field in FIELDS if not field.startswith("holders.")])
def test_every_withheld_field_gives_nothing(field: str) -> None:
    left = applied(decided(Access.SHOW) | {field: Access.WITHHOLD})
    attribute = {"issuedOn": "issued_on", "validFrom": "valid_from", "validUntil": "valid_until"}.get(field, field)
    attribute = {"stateReason": "state_reason", "rawState": "raw_state"}.get(attribute, attribute)
    assert getattr(left, attribute) == (LicenceState.UNKNOWN if field == "state" else None)


def test_a_withheld_end_is_not_told_by_whether_it_is_past() -> None:
    assert applied(decided(Access.SHOW, validUntil=Access.WITHHOLD)).past_end_date is None
    assert applied(decided(Access.SHOW, name=Access.WITHHOLD)).past_end_date is False


def test_parts_are_shown_of_what_is_masked() -> None:
    left = applied(decided(Access.SHOW) | dict.fromkeys(MASKABLE, Access.MASK))
    assert (left.name, left.number) == ("营**照", "******6789")
    assert left.holders == (Holder("111", "420106********1231", "王*试"), Holder("414", "**************4564", None))
    assert left.face == (FaceField("f", "字段", "***"), FaceField("g", None, None))
    assert {line.path for line in left.withheld} == MASKABLE
    assert {line.reason for line in left.withheld} == {"shown in part, as a rule says"}
    assert left.provenance == WHOLE.provenance


def test_a_number_is_masked_by_its_type_even_where_the_type_is_withheld() -> None:
    left = applied(decided(Access.WITHHOLD, holders_number=Access.MASK))
    assert left.holders == (Holder(None, "420106********1231", None), Holder(None, "**************4564", None))


def test_holders_are_gone_if_no_part_of_them_is_opened() -> None:
    left = applied(decided(Access.SHOW) | {f"holders.{part}": Access.WITHHOLD for part in ("type", "number", "name")})
    assert left.holders is None


@pytest.mark.parametrize("access", [Access.MASK, Access.WITHHOLD])
def test_what_a_licence_does_not_have_is_neither_masked_nor_told_apart(access: Access) -> None:
    bare = Licence(id="opaque", state=LicenceState.VALID, provenance=())
    left = apply(bare, decided(access), ALL, Language.EN)
    assert (left.name, left.number, left.holders, left.face) == (None, None, None, None)
    assert left.withheld == applied(decided(access)).withheld


def test_only_fields_that_were_asked_for_are_named_as_withheld() -> None:
    left = applied(decided(Access.WITHHOLD), frozenset({"name", "holders"}))
    assert [line.path for line in left.withheld] == ["name", "holders.type", "holders.number", "holders.name"]
    assert left.face is None


def test_reasons_are_in_the_readers_language() -> None:
    access = decided(Access.WITHHOLD, name=Access.MASK)
    left = applied(access, frozenset({"name", "face"}), Language.ZH)
    assert left.withheld == (Withheld("name", "按规则脱敏显示"), Withheld("face", "没有规则开放该字段"))
