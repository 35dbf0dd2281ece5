"""The values of core: clocks, outcomes, callers, keys, masks, warnings, the catalogue and the errors."""

import string
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.kit.mapping.dirt import Dirt
from gateway.core import problems
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.clock import Deadline, china_date, utc
from gateway.core.defects import trace
from gateway.core.errors import ConfigurationInvalid, Refusal, SystemFailure, YiwangError
from gateway.core.identifiers import licence_identifier
from gateway.core.licence import PUBLIC_NAMES, ROW_FIELDS, LicenceKey, Warned
from gateway.core.masking import mask_name, mask_number
from gateway.core.outcome import ANSWERED, Completeness, Fault, Outcome, SourceReport, completeness
from gateway.core.problems.catalogue import entry
from gateway.core.system import Assignment, DeployedSystem
from gateway.core.text import Language, Text
from gateway.core.use import Use, UseBasis
from gateway.core.warnings import REASONS, warning_text
from tests.services.fakes import CITIZEN, ManualClock, call_of

CANARY = "420106199001011231"

# ---- time


def test_a_deadline_runs_out_and_never_below_nothing() -> None:
    clock = ManualClock()
    deadline = Deadline.after(2.0, clock)
    assert deadline.remaining(clock) == 2.0
    clock.step(1.5)
    assert deadline.remaining(clock) == 0.5
    clock.step(10)
    assert deadline.remaining(clock) == 0.0


def test_a_deadline_within_another_is_the_earlier_of_the_two() -> None:
    clock = ManualClock()
    deadline = Deadline.after(2.0, clock)
    assert deadline.within(1.0, clock) == Deadline(1.0)
    assert deadline.within(3.0, clock) == deadline


def test_a_naive_moment_is_the_local_time_of_the_legacy_systems() -> None:
    assert utc(datetime(2026, 3, 2, 4)) == datetime(2026, 3, 1, 20, tzinfo=UTC)  # noqa: DTZ001 - the point
    assert utc(datetime(2026, 3, 2, 4, tzinfo=timezone(timedelta(hours=1)))) == datetime(2026, 3, 2, 3, tzinfo=UTC)


def test_the_day_in_china_begins_at_16_utc() -> None:
    assert china_date(datetime(2026, 3, 1, 15, 59, tzinfo=UTC)) == date(2026, 3, 1)
    assert china_date(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)) == date(2026, 3, 2)


# ---- outcomes


def report(outcome: Outcome, *, truncated: bool = False) -> SourceReport:
    return SourceReport(system="s", outcome=outcome, truncated=truncated)


@given(st.lists(st.builds(report, st.sampled_from(Outcome), truncated=st.booleans()), max_size=4))
def test_complete_is_whole_answers_of_all_and_none_is_an_answer_of_nobody(reports: list[SourceReport]) -> None:
    answered = [line for line in reports if line.outcome in ANSWERED]
    got = completeness(reports)
    assert (got is Completeness.NONE) == (not answered)
    whole = bool(reports) and answered == reports and not any(line.truncated for line in reports)
    assert (got is Completeness.COMPLETE) == whole


def test_only_an_answer_is_an_answer() -> None:
    assert {Outcome.OK, Outcome.NOT_FOUND} == ANSWERED


# ---- people


def test_a_person_stays_unnamed_in_every_representation() -> None:
    caller = Caller(Application("portal", "门户"), CITIZEN)
    for text in (repr(CITIZEN), str(CITIZEN), repr(caller), repr(call_of(CITIZEN, ManualClock()))):
        assert CANARY not in text
        assert CITIZEN.name not in text
    assert repr(CITIZEN) == "Person(role=citizen)"


def test_a_call_under_a_use_or_until_a_deadline_is_the_same_call_otherwise() -> None:
    call = call_of(CITIZEN, ManualClock())
    use = Use(
        id="u", item="420000", basis=UseBasis.HOLDER, expires_at=datetime(2026, 1, 1, tzinfo=UTC),
        owner_application="portal", owner_subject="c-1",
    )  # fmt: skip
    assert call.under(use).use is use
    assert call.use is None
    assert call.until(Deadline(1.0)).deadline == Deadline(1.0)
    assert call.under(use).until(call.deadline).under(use).caller is call.caller


# ---- keys


@given(st.none() | st.text(max_size=60), st.none() | st.text(max_size=60))
def test_a_key_names_an_identifier_exactly_when_both_normalise_to_the_same_something(
    mine: str | None, other: str | None
) -> None:
    one, two = licence_identifier.normalise(mine or ""), licence_identifier.normalise(other or "")
    assert LicenceKey(identifier=mine).names(other) == (one != "" and one == two)


def test_a_key_names_every_spelling_of_its_identifier() -> None:
    assert LicenceKey(identifier=f"{licence_identifier.ROOT}.A.b").names(" a.B ")
    assert not LicenceKey(system="s", number="1").names(None)


def test_every_row_field_has_a_public_name_and_no_two_the_same() -> None:
    assert set(PUBLIC_NAMES) == set(ROW_FIELDS)
    assert len(set(PUBLIC_NAMES.values())) == len(ROW_FIELDS)


# ---- masks


@pytest.mark.parametrize(
    ("name", "masked"), [("", ""), ("王", "王"), ("张三", "张*"), ("张小三", "张*三"), ("欧阳小三", "欧**三")]
)
def test_a_name_keeps_its_ends_only(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@given(st.text(max_size=30))
def test_a_masked_name_is_as_long_and_hides_all_between(name: str) -> None:
    masked = mask_name(name)
    assert len(masked) == len(name)
    assert set(masked[1:-1]) <= {"*"}


@pytest.mark.parametrize(
    ("kind", "number", "masked"),
    [
        ("111", CANARY, "420106********1231"),
        ("001", "91420100MA4KXXXX0X", None),
        ("414", "E12345678", "*****5678"),
        ("414", "E1234567", "********"),
        (None, "1234", "****"),
        ("999", "", ""),
    ],
)
def test_a_number_is_masked_as_its_type_demands(kind: str | None, number: str, masked: str | None) -> None:
    got = mask_number(kind, number)
    assert got == masked if masked is not None else "*" in got
    assert not number or got != number


# ---- warnings


@pytest.mark.parametrize("reason", sorted(REASONS))
@pytest.mark.parametrize("field", ROW_FIELDS)
def test_every_reason_is_a_sentence_in_both_languages_under_the_public_name(field: str, reason: str) -> None:
    for language in Language:
        text = warning_text(Warned(field, reason), language)
        assert text == f"{PUBLIC_NAMES[field]}: {REASONS[reason].render(language)}"


def test_every_reason_that_mapping_and_identifiers_give_has_its_words() -> None:
    of_identifiers = {value for name, value in vars(licence_identifier).items() if name.startswith("WARN_")}
    assert {dirt.value for dirt in Dirt} | of_identifiers | {"shape", "detail"} <= set(REASONS)


# ---- the catalogue and the errors


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("problem", problems.catalogue(), ids=lambda problem: problem.number)
def test_an_entry_says_the_same_with_the_same_placeholders_in_both_languages(problem: problems.Problem) -> None:
    for text in (problem.message, problem.remedy):
        assert text.zh
        assert text.en
        assert placeholders(text.zh) == placeholders(text.en)
        assert any("\u4e00" <= char <= "\u9fff" for char in text.zh)
        assert text.en.isascii()


def test_the_catalogue_is_ordered_and_knows_every_entry_once() -> None:
    entries = problems.catalogue()
    numbers = [entry.number for entry in entries]
    named = [value for value in vars(problems).values() if isinstance(value, problems.Problem)]
    assert numbers == sorted(set(numbers))
    assert sorted(entry.number for entry in named) == numbers


def test_a_number_is_never_given_twice() -> None:
    with pytest.raises(ValueError, match="YW-AU-01"):
        entry("YW-AU-01", problems.ProblemCode.FORBIDDEN, ("一", "one"), ("二", "two"))


def test_a_refusal_speaks_the_readers_language_down_to_its_reason() -> None:
    refusal = Refusal(problems.REGION_INVALID, "region", reason=Text("太短", "too short"))
    assert refusal.message(Language.ZH) == "行政区划代码不正确：太短"
    assert refusal.message(Language.EN) == str(refusal) == "the region code is wrong: too short"
    assert refusal.remedy(Language.EN) == "use a GB/T 2260 code of 6 or 12 digits"
    assert refusal.field == "region"


def test_a_remedy_shows_braces_as_the_caller_types_them() -> None:
    assert Refusal(problems.HOLDER_MISSING).remedy(Language.EN) == "give viewer: true or a document"


def test_a_text_without_its_value_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Text("{a}", "{a}").render(Language.EN)


def test_a_text_is_filled_in_both_languages() -> None:
    assert Text("甲{a}", "a{a}").format(a=1) == Text("甲1", "a1")


def test_every_error_of_ours_is_one_tree_and_keeps_its_parts() -> None:
    failure = SystemFailure(Outcome.DENIED, Fault.THEIRS, "no", code="E1", message="拒绝")
    assert (failure.outcome, failure.fault, failure.notice, failure.code, failure.message) == (
        Outcome.DENIED, Fault.THEIRS, "no", "E1", "拒绝",
    )  # fmt: skip
    invalid = ConfigurationInvalid("a is missing", "give a")
    assert (str(invalid), invalid.what, invalid.remedy) == ("a is missing; give a", "a is missing", "give a")
    assert all(isinstance(error, YiwangError) for error in (failure, invalid, Refusal(problems.TOKEN_MISSING)))
    assert "拒绝" not in str(failure)


# ---- assignments


def test_an_assignment_allows_what_it_names_and_a_star_allows_all() -> None:
    named = Assignment(ports=frozenset(), regions=(), types=("T1",), issuers=("I1",))
    everything = Assignment(ports=frozenset(), regions=(), types=("*",), issuers=("*",))
    assert named.allows_issuer("I1")
    assert named.allows_type("T1")
    assert not any(named.allows_issuer(other) or named.allows_type(other) for other in ("X", "", "*", None))
    assert all(everything.allows_issuer(any_) and everything.allows_type(any_) for any_ in ("X", None))


def test_a_system_is_called_like_its_folder() -> None:
    nothing = Assignment(ports=frozenset(), regions=(), types=(), issuers=())
    assert DeployedSystem(Path("systems/city-licences"), (), nothing, _NoSecrets()).code == "city-licences"


class _NoSecrets:
    def get(self, _: str) -> str | None:
        return None


# ---- defects


def fail(text: str, depth: int = 0) -> None:
    if depth:
        fail(text, depth - 1)
    raise ValueError(text)


def test_a_trace_says_what_and_where_and_never_with_what() -> None:
    try:
        try:
            fail(CANARY)
        except ValueError as cause:
            raise KeyError(CANARY) from cause
    except KeyError as error:
        lines = trace(error)
    assert lines[0] == "builtins.KeyError"
    assert "builtins.ValueError" in lines
    assert lines[-1].startswith("  tests/core/test_core_values.py:")
    assert lines[-1].endswith(" fail")
    assert CANARY not in "".join(lines)


def test_a_trace_follows_what_was_handled_unless_it_was_suppressed() -> None:
    try:
        try:
            fail("a")
        except ValueError:
            raise KeyError("b") from None
    except KeyError as error:
        suppressed = trace(error)
    try:
        try:
            fail("a")
        except ValueError:
            {"a": 1}.pop("b")
    except KeyError as error:
        handled = trace(error)
    assert "builtins.ValueError" not in suppressed
    assert "builtins.ValueError" in handled


def test_a_trace_is_bounded() -> None:
    error: BaseException | None = None
    for _ in range(9):
        try:
            fail("a", depth=60)
        except ValueError as raised:
            raised.__cause__ = error
            error = raised
    assert error is not None
    assert len(trace(error)) == 5 * 31


def test_a_person_of_the_gateway_is_told_by_role() -> None:
    assert repr(Person(subject="x", role=Role.HUB, name="甲")) == "Person(role=hub)"
