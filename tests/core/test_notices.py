"""Notices are written in English and read in the reader's language; none can be written without its Chinese."""

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.core.notice_catalogue import NOTICES
from gateway.core.notices import in_language, joint
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer
from gateway.core.system import Health, SystemState, SystemView
from gateway.core.text import Language
from gateway.services.asking import Asker
from gateway.system_clock import SystemClock
from schema.types.systems import System
from tests.core.notice_finder import VALUE, NoticeFinder
from tests.services.fakes import CITIZEN, Defects, FakeSource, assign, call_of
from tests.untraced import untraced

ROOT = Path(__file__).parents[2]
PLACEHOLDER = re.compile(r"\{(\w+)\}")
ENGLISH = re.compile(r"\b[a-z]{2,} [a-z]{2,}\b")
QUOTED = re.compile(r"`[^`]*`")

NOT_IN_THE_CODE = {
    "certificate has expired",
    "certificate is not yet valid",
    "self-signed certificate",
    "self-signed certificate in certificate chain",
    "unable to get local issuer certificate",
    "unable to verify the first certificate",
    "Hostname mismatch, certificate is not valid for '{host}'.",
    "IP address mismatch, certificate is not valid for '{host}'.",
}
"""OpenSSL's words for what is wrong with a certificate: they stand in no code of ours."""


@pytest.fixture(scope="module")
def written() -> NoticeFinder:
    with untraced():
        return NoticeFinder([ROOT / "adapters" / "kit", ROOT / "gateway" / "services"])


def chinese(notice: str) -> str:
    return in_language(notice, Language.ZH)


def filled(template: str) -> str:
    return PLACEHOLDER.sub(lambda match: f"<{match[1]}>", template)


# ---- nothing can be forgotten


def test_every_notice_in_the_code_has_a_chinese_sentence(written: NoticeFinder) -> None:
    """Add what this names to gateway/core/notice_catalogue.py."""
    missing = {
        notice: where
        for notice, where in written.found.items()
        if chinese(notice) == notice or ENGLISH.search(QUOTED.sub("", chinese(notice)))
    }
    assert missing == {}


def test_a_chinese_sentence_has_every_value_of_the_english_one(written: NoticeFinder) -> None:
    assert [each for each in written.found if each.count(VALUE) != chinese(each).count(VALUE)] == []


def test_nothing_stays_in_the_catalogue_that_no_code_says(written: NoticeFinder) -> None:
    said = [*written.found, *written.pieces]
    said += [nested for notice in written.found for nested in notice.split(": ", 1)[1:]]
    patterns = {
        template: re.compile(PLACEHOLDER.sub(".+", re.sub(r"[][().*?]", r"\\\g<0>", template)))
        for template in set(NOTICES).difference(said)
    }
    unused = {template for template, pattern in patterns.items() if not any(map(pattern.fullmatch, said))}
    assert unused == NOT_IN_THE_CODE


def test_what_a_notice_says_can_be_told_from_the_code_wherever_one_is_made(written: NoticeFinder) -> None:
    """Write the sentence, an f-string or a constant where the failure is raised, or hand it to a helper."""
    assert written.unclear == []


def test_the_code_is_read_as_deep_as_notices_are_hidden_in_it(written: NoticeFinder) -> None:
    assert {
        f"setting {VALUE} is not filled",
        f"no answer within {VALUE} ms",
        f"the embedded document at {VALUE} is empty",
        "the answer is empty",
        "the connection was refused",
        f"page {VALUE} was refused",
        f"the request does not fit its description: {VALUE} has no {VALUE}",
    } <= written.found.keys()


@pytest.mark.parametrize(
    "code",
    [
        "raise SystemFailure(Outcome.DENIED, Fault.OURS, 'new words')",
        "def say():\n    return Answer(notice='new words')",
        "def _fault(notice):\n    return SystemFailure(1, 2, notice)\ndef f():\n    raise _fault('new words')",
        "_NEW = 'new words'\nraise SystemFailure(1, 2, notice=_NEW)",
        "_LATE = {1: (Outcome.DENIED, Fault.OURS, 'new words')}",
        "def f(x):\n    cut = None if x else 'new words'\n    return Reading(notice=cut)",
    ],
)
def test_new_words_are_found_however_they_are_written(code: str, tmp_path: Path) -> None:
    (tmp_path / "new.py").write_text(code, "utf-8")
    assert set(NoticeFinder([tmp_path]).found) == {"new words"}


# ---- the catalogue


@pytest.mark.parametrize("template", NOTICES)
def test_no_template_takes_the_sentences_of_another(template: str) -> None:
    assert chinese(filled(template)) == filled(NOTICES[template])


def test_both_languages_have_the_same_placeholders() -> None:
    of = {
        english: (Counter(PLACEHOLDER.findall(english)), Counter(PLACEHOLDER.findall(zh)))
        for english, zh in NOTICES.items()
    }
    assert [english for english, (ours, theirs) in of.items() if ours != theirs] == []


# ---- translation


def test_english_stays_english() -> None:
    notice = "DENIED: setting a/b is not filled; the answer is empty"
    assert in_language(notice, Language.EN) == notice


@pytest.mark.parametrize(
    ("english", "zh"),
    [
        ("setting dq-tax/key is not filled", "设置项 dq-tax/key 未填写"),
        ("the connection was refused; the answer is empty", "连接被拒绝；应答为空"),
        ("words of somebody; the answer is empty; others", "words of somebody；应答为空；others"),
        ("the answer is empty; the address holds credentials; give them as settings", (
            "应答为空；地址中带有账号或口令，应改用设置项提供"
        )),
        ("UNAVAILABLE: answered with HTTP status 503", "UNAVAILABLE：应答的 HTTP 状态码为 503"),
        ("UNAVAILABLE: no explanation", "UNAVAILABLE：没有说明原因"),
        ("DENIED: words of somebody", "DENIED：words of somebody"),
        ("page 3 failed: no answer within 250 ms", "第 3 页读取失败：250 毫秒内未收到应答"),
        (
            "page 3 failed: the address holds credentials; give them as settings; the answer is empty",
            "第 3 页读取失败：地址中带有账号或口令，应改用设置项提供；应答为空",
        ),
        (
            "the system refused 3 rows (code 7, code 9, a code that the manifest does not map)",
            "该系统拒绝了 3 条记录（代码 7、代码 9、接入清单中没有对应的代码）",
        ),
        (
            "the server's certificate was not accepted: certificate has expired",
            "未通过对服务器证书的校验：证书已过期",
        ),
        (
            "hosts of dq-tax: 'a b' is not a host or host:port; give host or host:port",
            "dq-tax 的主机名单：'a b' 不是主机或“主机:端口”，应写作主机或“主机:端口”",
        ),
    ],
)  # fmt: skip
def test_each_part_of_a_notice_is_translated(english: str, zh: str) -> None:
    assert chinese(english) == zh


@pytest.mark.parametrize("notice", ["", "words of somebody", "one thing; another", "该系统；已停用; 其他"])
def test_what_is_in_no_catalogue_stays_as_it_is(notice: str) -> None:
    assert chinese(notice) == notice


def test_what_is_longer_than_any_sentence_of_ours_stays_as_it_is() -> None:
    notice = "; ".join(["the answer is empty"] * 100)
    assert chinese(notice) == notice


def test_a_value_is_not_taken_for_a_placeholder() -> None:
    assert chinese("setting {name} {x} \\1 is not filled") == "设置项 {name} {x} \\1 未填写"


@given(st.text(max_size=200))
@example("page 1 failed: " * 60)
@example("; " * 400)
def test_any_text_is_taken(notice: str) -> None:
    assert isinstance(chinese(notice), str)


def test_parts_are_joined_as_the_language_does() -> None:
    assert (joint(Language.EN), joint(Language.ZH)) == ("; ", "；")


# ---- where notices leave


@pytest.mark.parametrize(
    ("language", "notice"),
    [
        (Language.ZH, "设置项 a/b 未填写；部分记录无法读取"),
        (Language.EN, "setting a/b is not filled; some rows could not be read"),
    ],
)
async def test_a_report_is_in_the_callers_language(language: Language, notice: str) -> None:
    clock = SystemClock()
    answer = Answer(outcome=Outcome.UPSTREAM_FAULT, fault=Fault.THEIRS, notice="setting a/b is not filled", dropped=1)
    source = FakeSource("one", answer)
    call = msgspec.structs.replace(call_of(CITIZEN, clock, seconds=5), language=language)

    async def ask(*_: object) -> Answer:
        return answer

    asked = await Asker(clock, Defects()).ask_all([assign(source)], ask, lambda _: None, call)
    assert asked.reports[0].notice == notice


@pytest.mark.parametrize(
    ("language", "last_error"),
    [(Language.ZH, "TIMED_OUT：90 毫秒内未收到应答"), (Language.EN, "TIMED_OUT: no answer within 90 ms")],
)
def test_a_systems_last_error_is_in_the_readers_language(language: Language, last_error: str) -> None:
    assert System.of(view("TIMED_OUT: no answer within 90 ms"), language).health.last_error == last_error


def test_a_system_without_an_error_has_none_in_any_language() -> None:
    assert System.of(view(None), Language.ZH).health.last_error is None


def view(last_error: str | None) -> SystemView:
    since = datetime(2026, 5, 1, tzinfo=UTC)
    return SystemView(
        code="one",
        title_zh="一",
        title_en="One",
        level="city",
        regions=(),
        state=SystemState.UP,
        health=Health(since=since, state=SystemState.UP, last_error=last_error),
        active_version=None,
        serves=(),
    )
