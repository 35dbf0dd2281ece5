"""Notices on systems: which one holds when, and how they change from version to version."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.system_notice import NoNotices, NoticeKind, SystemNotice, SystemNotices
from gateway.core.text import Language, Text

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def notice(name: str, begins: float, ends: float | None, kind: NoticeKind = NoticeKind.MAINTENANCE) -> SystemNotice:
    return SystemNotice(
        id=name,
        kind=kind,
        text=Text("维护 {x}", "maintenance {x}"),
        begins=at(begins),
        ends=None if ends is None else at(ends),
        set_by="s",
    )


def disabled(name: str, ends: float | None = None) -> SystemNotice:
    return notice(name, 0, ends, NoticeKind.DISABLED)


def test_a_window_holds_from_its_beginning_until_before_its_end() -> None:
    window = notice("w", 10, 20)
    assert [window.holds(at(minutes)) for minutes in (9, 10, 19, 20)] == [False, True, True, False]
    assert [window.is_over(at(minutes)) for minutes in (19, 20)] == [False, True]


def test_that_a_system_is_disabled_is_told_before_its_maintenance_and_the_last_end_before_others() -> None:
    notices = SystemNotices("city", 1, (notice("short", 0, 5), notice("long", 0, 50), disabled("off", 2)))
    assert [getattr(notices.current(at(minutes)), "id", None) for minutes in (-1, 0, 3, 6, 50)] == [
        None,
        "off",
        "long",
        "long",
        None,
    ]
    forever = SystemNotices("city", 1, (notice("long", 0, 50), notice("for ever", 0, None)))
    assert getattr(forever.current(NOW), "id", None) == "for ever"


def test_disabling_again_replaces_the_notice_and_enabling_leaves_the_windows() -> None:
    first = SystemNotices("city").disabled(disabled("a"), NOW)
    second = first.with_window(notice("w", 10, 20), NOW).disabled(disabled("b"), NOW)
    assert (second.version, {one.id for one in second.notices}) == (3, {"w", "b"})
    third = second.enabled(NOW)
    assert (third.version, [one.id for one in third.notices]) == (4, ["w"])
    assert third.without_window("w", NOW) == SystemNotices("city", 5)


def test_what_is_over_is_dropped_with_the_next_change() -> None:
    old = SystemNotices("city", 1, (notice("old", 0, 5),))
    assert old.with_window(notice("new", 10, 20), at(6)).notices == (notice("new", 10, 20),)


def test_planned_windows_come_in_order() -> None:
    notices = SystemNotices("city", 1, (notice("b", 30, 40), notice("a", 10, 20), disabled("off")))
    assert [one.id for one in notices.planned(NOW)] == ["a", "b"]
    assert [one.id for one in notices.planned(at(20))] == ["b"]


@given(spans=st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), max_size=6), minute=st.integers(0, 120))
def test_between_two_changes_the_same_notice_holds(spans: list[tuple[int, int]], minute: int) -> None:
    windows = tuple(notice(str(place), begin, begin + length) for place, (begin, length) in enumerate(spans))
    notices = SystemNotices("city", 1, windows)
    following = notices.next_change(at(minute))
    if following is None:
        assert notices.current(at(500)) is None
    else:
        just_before = following - timedelta(seconds=1)
        assert notices.current(at(minute)) == notices.current(just_before)


def test_text_is_given_as_it_was_written() -> None:
    assert notice("w", 0, 1).render(Language.ZH) == "维护 {x}"
    assert notice("w", 0, 1).render(Language.EN) == "maintenance {x}"


def test_a_gateway_without_notices_has_none() -> None:
    assert NoNotices().current("city") is None
    assert NoNotices().of("city") == SystemNotices("city")
