"""Merging: every row is in one licence, authority decides each field, and who says otherwise is named."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.identifiers import licence_identifier
from gateway.core.identifiers.licence_identifier import ROOT
from gateway.core.licence import (
    NO_END,
    PUBLIC_NAMES,
    ROW_FIELDS,
    FaceField,
    Holder,
    Licence,
    LicenceKey,
    LicenceState,
    LicenceType,
    Organisation,
    Provenance,
    Warned,
)
from gateway.core.merge import Contribution, merge
from gateway.core.text import Language
from tests.services.fakes import LicenceRow

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
EARLIER = datetime(2026, 3, 1, 4, tzinfo=UTC)
ALL = frozenset(ROW_FIELDS)
GOOD = f"{ROOT}.11100000000013338W011.11110000000021135M.20230329701.003.Y"

IDENTIFIERS = st.none() | st.sampled_from(
    [GOOD, GOOD.lower(), GOOD.removeprefix(f"{ROOT}."), f" {GOOD} ", "A-1", "a-1", "B-2", f"{ROOT}.", ""]
)
WORDS = st.none() | st.sampled_from(["一", "二", "three"])
DAYS = st.none() | st.sampled_from([date(2020, 1, 1), TODAY, date(2026, 3, 1), date(2030, 12, 31), NO_END])
HOLDERS = st.none() | st.lists(st.builds(Holder, st.just("111"), WORDS, WORDS), min_size=1, max_size=2).map(tuple)
FACES = st.none() | st.lists(
    st.builds(FaceField, st.sampled_from(["a", "b"]), st.none(), WORDS), min_size=1, max_size=2
).map(tuple)
ROWS = st.builds(
    LicenceRow,
    identifier=IDENTIFIERS,
    type=WORDS,
    type_name=WORDS,
    number=WORDS,
    name=WORDS,
    holders=HOLDERS,
    issuer=WORDS,
    issuer_name=WORDS,
    issued_on=DAYS,
    valid_from=DAYS,
    valid_until=DAYS,
    state=st.none() | st.sampled_from(LicenceState),
    raw_state=WORDS,
    state_reason=WORDS,
    face=FACES,
    as_of=st.none() | st.just(EARLIER),
)
CONTRIBUTIONS = st.lists(st.lists(ROWS, max_size=3), min_size=1, max_size=3).map(
    lambda systems: [Contribution(f"s{place}", NOW, rows) for place, rows in enumerate(systems)]
)
SIMPLE = ("identifier", "number", "name", "issued_on", "valid_from")


def seal(key: LicenceKey) -> str:
    return repr((key.identifier, key.system, key.number))


def merged(contributions: Sequence[Contribution], wanted: frozenset[str] = ALL) -> list[Licence]:
    return merge(contributions, wanted, TODAY, seal, Language.EN)


def merged_rows(*rows: LicenceRow, wanted: frozenset[str] = ALL) -> list[Licence]:
    """Rows of as many systems, s0 with the highest authority."""
    return merged([Contribution(f"s{place}", NOW, [row]) for place, row in enumerate(rows)], wanted)


def key_of(row: LicenceRow) -> str | None:
    return licence_identifier.normalise(row.identifier or "") or None


def groups(contributions: Sequence[Contribution]) -> list[list[tuple[str, LicenceRow]]]:
    """The rows that speak in each licence: written anew from the promise, not from the code."""
    found: dict[Any, list[tuple[str, LicenceRow]]] = {}
    for place, contribution in enumerate(contributions):
        for line, row in enumerate(contribution.rows):
            speakers = found.setdefault(key_of(row) or (place, line), [])
            if contribution.system not in [system for system, _ in speakers]:
                speakers.append((contribution.system, row))
    return list(found.values())


@given(CONTRIBUTIONS)
def test_every_identifier_is_in_exactly_one_licence_and_every_row_without_one_in_its_own(
    contributions: list[Contribution],
) -> None:
    licences = merged(contributions)
    keys = [key_of(row) for contribution in contributions for row in contribution.rows]
    named = {key for key in keys if key}
    got = [licence_identifier.normalise(licence.identifier or "") for licence in licences]
    assert sorted(key for key in got if key) == sorted(named)
    assert len(licences) == len(named) + keys.count(None)


@given(CONTRIBUTIONS)
def test_licences_come_in_order_of_first_appearance(contributions: list[Contribution]) -> None:
    order = [[system for system, _ in speakers] for speakers in groups(contributions)]
    assert [[line.system for line in licence.provenance] for licence in merged(contributions)] == order


@given(CONTRIBUTIONS)
def test_each_field_has_the_first_value_in_order_of_authority(contributions: list[Contribution]) -> None:
    for licence, speakers in zip(merged(contributions), groups(contributions), strict=True):
        for field in (*SIMPLE, "holders", "face"):
            values = [getattr(row, field) for _, row in speakers if getattr(row, field) is not None]
            assert getattr(licence, field) == (values[0] if values else None)


@given(CONTRIBUTIONS)
def test_the_system_that_gave_a_value_is_named_and_no_other(contributions: list[Contribution]) -> None:
    for licence, speakers in zip(merged(contributions), groups(contributions), strict=True):
        for field in (*SIMPLE, "holders", "face", "valid_until", "type", "issuer"):
            giver = next((system for system, row in speakers if getattr(row, field) is not None), None)
            named = [line.system for line in licence.provenance if PUBLIC_NAMES[field] in line.fields]
            assert named == ([giver] if giver else [])


@given(CONTRIBUTIONS)
def test_a_system_disagrees_exactly_when_it_has_another_value(contributions: list[Contribution]) -> None:
    for licence, speakers in zip(merged(contributions), groups(contributions), strict=True):
        for field in (*SIMPLE, "valid_until", "type", "issuer"):
            values = [(system, getattr(row, field)) for system, row in speakers if getattr(row, field) is not None]
            others = [system for system, value in values if value != values[0][1]]
            assert [line.system for line in licence.provenance if PUBLIC_NAMES[field] in line.disagrees] == others


@given(CONTRIBUTIONS)
def test_state_raw_state_and_reason_are_of_one_system(contributions: list[Contribution]) -> None:
    for licence, speakers in zip(merged(contributions), groups(contributions), strict=True):
        said = [row for _, row in speakers if row.state not in {None, LicenceState.UNKNOWN}]
        teller = said[0] if said else speakers[0][1]
        assert (licence.state, licence.raw_state, licence.state_reason) == (
            said[0].state if said else LicenceState.UNKNOWN,
            teller.raw_state,
            teller.state_reason,
        )
        told_reason = [line.system for line in licence.provenance if "stateReason" in line.fields]
        expected = [system for system, row in speakers if row is teller and row.state_reason is not None]
        assert told_reason == expected


@given(CONTRIBUTIONS)
def test_an_unknown_state_is_neither_chosen_nor_a_disagreement(contributions: list[Contribution]) -> None:
    for licence, speakers in zip(merged(contributions), groups(contributions), strict=True):
        silent = {system for system, row in speakers if row.state in {None, LicenceState.UNKNOWN}}
        for line in licence.provenance:
            if line.system in silent:
                assert "state" not in line.fields
                assert "state" not in line.disagrees


@given(st.lists(ROWS, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_lower_systems_changes_no_field_that_the_first_has(
    given_rows: list[LicenceRow], random: Any
) -> None:
    alike = [msgspec.structs.replace(row, identifier="A-1") for row in given_rows]
    shuffled = alike[1:]
    random.shuffle(shuffled)
    one, other = merged_rows(*alike)[0], merged_rows(alike[0], *shuffled)[0]
    for field in (*SIMPLE, "holders", "face", "valid_until"):
        if getattr(alike[0], field) is not None:
            assert getattr(one, field) == getattr(other, field)
    assert one.id == other.id


@given(CONTRIBUTIONS, st.sets(st.sampled_from(ROW_FIELDS)))
def test_what_nobody_wanted_is_not_told(contributions: list[Contribution], wanted: set[str]) -> None:
    for licence in merged(contributions, frozenset(wanted)):
        for field in (*SIMPLE, "holders", "face", "valid_until", "raw_state", "state_reason", "type", "issuer"):
            if field not in wanted:
                assert getattr(licence, field) is None
                assert all(PUBLIC_NAMES[field] not in line.fields for line in licence.provenance)
        if "valid_until" not in wanted:
            assert licence.past_end_date is None


@given(CONTRIBUTIONS)
def test_an_end_date_is_judged_by_the_day_in_china(contributions: list[Contribution]) -> None:
    for licence, speakers in zip(merged(contributions), groups(contributions), strict=True):
        end = next((row.valid_until for _, row in speakers if row.valid_until is not None), None)
        assert licence.past_end_date == (None if end is None else end < TODAY)
        assert licence.valid_until == (None if end == NO_END else end)


@pytest.mark.parametrize(
    ("end", "shown", "past"),
    [
        (NO_END, None, False),
        (None, None, None),
        (TODAY, TODAY, False),
        (date(2026, 3, 1), date(2026, 3, 1), True),
    ],
)
def test_no_end_an_unknown_end_the_last_day_and_the_day_after(
    end: date | None, shown: date | None, past: bool | None
) -> None:
    (licence,) = merged_rows(LicenceRow(identifier="A-1", valid_until=end))
    assert (licence.valid_until, licence.past_end_date) == (shown, past)


def test_spellings_of_one_identifier_are_one_licence_and_disagree() -> None:
    (licence,) = merged_rows(LicenceRow(identifier=GOOD), LicenceRow(identifier=GOOD.lower()))
    assert licence.identifier == GOOD
    assert [line.disagrees for line in licence.provenance] == [(), ("identifier",)]


def test_of_a_systems_own_duplicates_the_first_speaks() -> None:
    rows = [LicenceRow(identifier="A-1", name="一"), LicenceRow(identifier="A-1", name="二", number="9")]
    (licence,) = merged([Contribution("s0", NOW, rows)])
    assert (licence.name, licence.number) == ("一", None)
    assert len(licence.provenance) == 1


@pytest.mark.parametrize("empty", ["", "  ", f"{ROOT}."])
def test_what_normalises_to_nothing_names_nothing(empty: str) -> None:
    first, second = merged_rows(LicenceRow(identifier=empty, number="1"), LicenceRow(identifier=empty, number="2"))
    assert (first.id, second.id) == (
        seal(LicenceKey(system="s0", number="1")),
        seal(LicenceKey(system="s1", number="2")),
    )


def test_an_id_is_of_the_identifier_or_of_the_one_systems_number() -> None:
    first, second = merged_rows(LicenceRow(identifier="A-1", number="7"), LicenceRow(number="7"))
    assert (first.id, second.id) == (seal(LicenceKey(identifier="A-1")), seal(LicenceKey(system="s1", number="7")))


def test_a_row_says_as_of_when_it_speaks_and_otherwise_its_answer_does() -> None:
    (licence,) = merged_rows(LicenceRow(identifier="A-1", as_of=EARLIER), LicenceRow(identifier="A-1"))
    assert [line.as_of for line in licence.provenance] == [EARLIER, NOW]


def test_codes_and_names_come_together_and_names_never_disagree() -> None:
    (licence,) = merged_rows(
        LicenceRow(identifier="A-1", type="T1", issuer_name="甲局"),
        LicenceRow(identifier="A-1", type_name="执照", issuer="I2", issuer_name="乙局"),
    )
    assert licence.type == LicenceType("T1", "执照")
    assert licence.issuer == Organisation("I2", "甲局")
    assert licence.provenance == (
        Provenance("s0", NOW, ("identifier", "type"), ()),
        Provenance("s1", NOW, ("issuer",), ()),
    )


def test_only_the_code_is_told_where_only_the_code_was_wanted() -> None:
    row = LicenceRow(identifier="A-1", type="T1", type_name="执照", issuer="I1", issuer_name="甲局")
    (licence,) = merged_rows(row, wanted=frozenset({"type", "issuer"}))
    assert (licence.type, licence.issuer) == (LicenceType("T1"), Organisation("I1"))


def test_without_code_and_name_there_is_no_type_and_no_issuer() -> None:
    (licence,) = merged_rows(LicenceRow(identifier="A-1"))
    assert (licence.type, licence.issuer) == (None, None)


def test_the_order_of_holders_is_no_disagreement_but_another_holder_is() -> None:
    a, b, c = Holder("111", "1", "一"), Holder("111", "2", "二"), Holder("111", "3", "三")
    (licence,) = merged_rows(
        LicenceRow(identifier="A-1", holders=(a, b)),
        LicenceRow(identifier="A-1", holders=(b, a)),
        LicenceRow(identifier="A-1", holders=(a, c)),
    )
    assert [line.disagrees for line in licence.provenance] == [(), (), ("holders",)]


def test_faces_disagree_only_where_both_print_a_field() -> None:
    (licence,) = merged_rows(
        LicenceRow(identifier="A-1", face=(FaceField("a", None, "1"),)),
        LicenceRow(identifier="A-1", face=(FaceField("b", None, "2"), FaceField("a", "甲", "1"))),
        LicenceRow(identifier="A-1", face=(FaceField("a", None, "3"),)),
    )
    assert [line.disagrees for line in licence.provenance] == [(), (), ("face",)]


def test_warnings_name_system_and_field_and_come_once() -> None:
    warned = Warned("valid_until", "not-a-date")
    (licence,) = merged_rows(
        LicenceRow(identifier=GOOD, warnings=(warned, warned)), LicenceRow(identifier=GOOD, warnings=(warned,))
    )
    assert licence.warnings == (
        "s0: validUntil: not a date in the declared form",
        "s1: validUntil: not a date in the declared form",
    )


def test_a_wrong_identifier_is_warned_of_and_not_refused() -> None:
    wrong_check, no_root, no_shape = merged_rows(
        LicenceRow(identifier=GOOD[:-1] + "Z"),
        LicenceRow(identifier="11100000000013338W011.11110000000021135M.20230329702.003.Y"),
        LicenceRow(identifier="鄂证 1 号"),
    )
    assert wrong_check.warnings == ("s0: identifier: the check character does not fit",)
    assert "s1: identifier: the identifier lacks its root" in no_root.warnings
    assert no_shape.warnings == ("s2: identifier: not of the shape of a licence identifier",)


def test_a_state_told_with_a_reason_names_who_told_it() -> None:
    (licence,) = merged_rows(
        LicenceRow(identifier="A-1", state=LicenceState.UNKNOWN, raw_state="77", state_reason="不明"),
        LicenceRow(identifier="A-1", state=LicenceState.REVOKED, raw_state="05", state_reason="吊销"),
        LicenceRow(identifier="A-1", state=LicenceState.VALID, raw_state="01", state_reason=None),
    )
    assert (licence.state, licence.raw_state, licence.state_reason) == (LicenceState.REVOKED, "05", "吊销")
    assert [(line.fields, line.disagrees) for line in licence.provenance] == [
        (("identifier",), ()),
        (("state", "stateReason"), ()),
        ((), ("state",)),
    ]


def test_nothing_merges_to_nothing() -> None:
    assert merged([]) == []
