"""Whom to believe: rules order the systems by type and field; without one the order of the systems decides."""

import pytest

from gateway.core.licence import Holder, Licence, LicenceState
from gateway.core.merge import Contribution, merge
from gateway.core.policy.rules import ANY, Authority
from gateway.core.text import Language
from tests.services.fakes import START, TODAY, LicenceRow, licence_ids

WANTED = frozenset({"name", "number", "type", "issuer", "raw_state", "state_reason", "holders"})


def row(name: str, **more: object) -> LicenceRow:
    return LicenceRow(identifier="A-1", type="T1", name=name, number=name, raw_state=name, state_reason=name, **more)  # type: ignore[arg-type] # as the test says


ROWS = {
    "city": row("市", state=LicenceState.VALID, issuer="I1"),
    "province": row("省", state=LicenceState.REVOKED),
    "nation": row("国", state=LicenceState.REVOKED, issuer="I3", holders=(Holder("111", "1", None),)),
}


def line(*order: str, fields: frozenset[str] = frozenset({ANY}), types: frozenset[str] = frozenset({ANY})) -> Authority:
    return Authority(types=types, fields=fields, order=order)


def merged(*authorities: Authority) -> Licence:
    contributions = [Contribution(system, START, [given]) for system, given in ROWS.items()]
    (licence,) = merge(contributions, WANTED, TODAY, licence_ids().seal, Language.EN, authorities)
    return licence


def told(licence: Licence) -> dict[str, tuple[str, ...]]:
    return {source.system: source.fields for source in licence.provenance}


def test_without_a_rule_the_first_system_is_believed() -> None:
    assert merged().name == "市"


@pytest.mark.parametrize(
    ("order", "name"),
    [(("province", "city"), "省"), (("nation",), "国"), (("city", "nation"), "市"), (("unknown",), "市")],
)
def test_a_rule_says_who_is_believed_and_the_others_follow_in_their_order(order: tuple[str, ...], name: str) -> None:
    assert merged(line(*order)).name == name


def test_a_rule_for_a_field_leaves_the_others_alone() -> None:
    licence = merged(line("nation", fields=frozenset({"name"})))
    assert (licence.name, licence.number) == ("国", "市")
    assert told(licence)["nation"] == ("name", "holders")
    assert licence.provenance[0].disagrees == ("name",)


def test_the_first_rule_that_speaks_of_a_field_decides() -> None:
    assert merged(line("nation", fields=frozenset({"name"})), line("province")).name == "国"
    assert merged(line("province"), line("nation", fields=frozenset({"name"}))).name == "省"


def test_rules_of_other_types_do_not_count() -> None:
    assert merged(line("nation", types=frozenset({"T2"}))).name == "市"
    assert merged(line("nation", types=frozenset({"T1"}))).name == "国"


def test_state_raw_state_and_reason_come_from_the_one_who_is_believed() -> None:
    licence = merged(line("province", fields=frozenset({"state"})))
    assert (licence.state, licence.raw_state, licence.state_reason) == (LicenceState.REVOKED, "省", "省")
    assert set(told(licence)["province"]) == {"state", "stateReason"}


def test_who_has_no_value_is_passed_over() -> None:
    licence = merged(line("province", "nation"))
    assert licence.issuer is not None
    assert licence.issuer.code == "I3"
    assert licence.holders == (Holder("111", "1", None),)
