"""The judge of health: single failures say nothing, outages and partial failures are seen soon, and so is their end."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.kit import health_rules
from adapters.kit.health_rules import Grade, Heard, is_doubtful, judge, recent
from gateway.core.system import SystemState

UP, DOWN, DEGRADED, UNKNOWN = SystemState.UP, SystemState.DOWN, SystemState.DEGRADED, SystemState.UNKNOWN
GOOD, SLOW, FAILED = Grade.GOOD, Grade.SLOW, Grade.FAILED
GRADES = {"g": GOOD, "s": SLOW, "f": FAILED}


def heard(letters: str, every: float = 1.0) -> list[Heard]:
    """Calls of so many seconds' distance: g, s and f are callers', capital ones are probes."""
    return [
        Heard(place * every, 10.0, GRADES[letter.lower()], letter.isupper()) for place, letter in enumerate(letters)
    ]


def states(letters: str, every: float = 1.0, before: SystemState = UNKNOWN) -> list[SystemState]:
    """The state after each call, judged as a recorder does: an outage that is over is forgotten."""
    so_far: list[Heard] = []
    said = []
    for call in heard(letters, every):
        so_far.append(call)
        after = judge(so_far, before)
        if before is DOWN and after is not DOWN:
            so_far = so_far[-health_rules.RECOVERED_CALLS :]
        before = after
        said.append(after)
    return said


def test_nothing_heard_changes_nothing() -> None:
    assert judge([], UNKNOWN) is UNKNOWN
    assert judge([], DOWN) is DOWN


def test_the_first_answer_makes_a_system_up_and_the_first_failure_nothing() -> None:
    assert states("g") == [UP]
    assert states("f") == [UNKNOWN]
    assert states("fg") == [UNKNOWN, UP]


@given(good=st.integers(0, 30), after=st.integers(0, 30), every=st.floats(0.01, 20), probe=st.booleans())
def test_a_lone_failure_among_good_calls_changes_nothing(good: int, after: int, every: float, probe: bool) -> None:
    said = states("g" * (good + 1) + ("F" if probe else "f") + "g" * after, every)
    assert set(said) == {UP}


@given(before=st.text(alphabet="gGsSfF", max_size=40), every=st.floats(0.4, 5))
def test_three_failures_in_a_row_are_an_outage_whatever_was_before(before: str, every: float) -> None:
    assert states(before + "fff", every)[-1] is DOWN


@given(before=st.text(alphabet="gG", min_size=1, max_size=40), every=st.floats(0.75, 5))
def test_two_failures_with_a_probe_among_them_are_an_outage(before: str, every: float) -> None:
    assert states(before + "fF", every)[-1] is DOWN
    assert states(before + "Ff", every)[-1] is DOWN
    assert states(before + "ff", every)[-1] is UP


def test_many_failures_of_one_moment_are_one() -> None:
    assert states("g" * 40 + "f" * 10, every=0.01)[-1] is not DOWN
    assert states("g" * 40 + "f" * 80, every=0.01)[-1] is DOWN


@given(letters=st.text(alphabet="gGsSfF", max_size=60), every=st.floats(0.01, 10))
def test_a_system_is_never_down_after_an_answer_unless_it_was(letters: str, every: float) -> None:
    said = states(letters + "g", every)
    if len(said) > 1 and said[-2] is not DOWN:
        assert said[-1] is not DOWN


def test_an_outage_ends_with_the_second_answer_and_is_forgotten() -> None:
    assert states("ggffff" + "gg")[-2:] == [DOWN, UP]
    assert states("ggffff" + "gfgg")[-4:] == [DOWN, DOWN, DOWN, UP]
    assert states("ggffff" + "ss")[-1] is UP
    assert states("ggffff" + "SS")[-1] is DEGRADED


def test_part_of_the_calls_failing_degrades_a_system() -> None:
    assert DEGRADED in states("g" * 10 + "fg" * 4)
    assert states("g" * 10 + "ggggf" * 2)[-1] is UP
    assert states("g" * 100 + "ggfgg" * 20, every=0.1)[-1] is DEGRADED
    assert set(states("g" * 100 + "gggggggggf" * 20, every=0.1)) == {UP}


def test_slow_answers_degrade_a_system_and_never_make_it_down() -> None:
    assert states("ggGSS")[-1] is DEGRADED
    assert states("gggss")[-1] is UP
    assert states("gggsss")[-1] is DEGRADED
    assert DOWN not in states("s" * 50)


def test_a_degraded_system_is_up_again_when_it_has_been_calm_for_a_moment() -> None:
    assert states("ggGSS" + "ggg")[-1] is DEGRADED
    assert states("ggGSS" + "gggg")[-1] is UP
    assert states("GSS" + "g" * 10, every=0.1, before=DEGRADED)[-1] is DEGRADED


@given(calls=st.text(alphabet="gsf", min_size=1, max_size=100), every=st.floats(0.01, 20))
def test_what_is_judged_is_young_or_the_last_few(calls: str, every: float) -> None:
    everything = heard(calls, every)
    judged = recent(everything)
    now = everything[-1].at
    assert list(reversed(judged)) == everything[-len(judged) :]
    assert all(now - one.at <= health_rules.OLDEST_SECONDS for one in judged)
    if len(judged) > health_rules.RECENT_CALLS:
        assert now - judged[-1].at <= health_rules.RECENT_SECONDS


def test_doubt_lasts_until_three_good_calls_in_a_row() -> None:
    assert not is_doubtful([], UNKNOWN)
    assert not is_doubtful(heard("ggg"), UP)
    assert [is_doubtful(heard("f" + "g" * more), UP) for more in range(4)] == [True, True, True, False]
    assert is_doubtful(heard("ggg"), DOWN)
    assert is_doubtful(heard("ggg"), DEGRADED)
