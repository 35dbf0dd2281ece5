"""Verdicts, the catalogue of steps and how the findings of several signatures become one."""

from datetime import UTC, datetime

import pytest

from certs.examination import Check, Examination, SignatureExamination, Step, Verdict, combine, shown, unsigned, worst
from gateway.core.text import Language, Text

FINE = Text("正常", "fine")
BROKEN = Text("损坏", "broken")


def signature(label: str, *steps: Step, **more: object) -> SignatureExamination:
    return SignatureExamination(label=label, kind="seal", steps=steps, **more)  # type: ignore[arg-type]


def test_the_worst_verdict_wins_and_what_is_proven_wrong_is_worse_than_what_is_unknown() -> None:
    assert worst([Verdict.VALID, Verdict.VALID]) is Verdict.VALID
    assert worst([Verdict.UNDECIDED, Verdict.VALID]) is Verdict.UNDECIDED
    assert worst([Verdict.UNDECIDED, Verdict.UNSUPPORTED]) is Verdict.UNSUPPORTED
    assert worst([Verdict.INVALID, Verdict.UNSUPPORTED]) is Verdict.INVALID


def test_nothing_examined_is_never_valid() -> None:
    with pytest.raises(ValueError, match="empty"):
        worst([])
    with pytest.raises(ValueError, match="nothing was examined"):
        combine([])
    with pytest.raises(ValueError, match="empty"):
        _ = Examination(()).verdict


def test_every_check_has_a_number_a_word_and_a_title_in_both_languages() -> None:
    assert [check.value for check in Check] == list(range(1, 13))
    assert all(check.title.zh and check.title.en for check in Check)
    assert len({check.title.zh for check in Check}) == len({check.title.en for check in Check}) == 12
    assert Check.DIGESTS.valid(FINE) == Step(2, "digests", Verdict.VALID, FINE)


def test_a_document_shows_for_each_check_the_worst_and_whose_it_is() -> None:
    first = signature("Sign_0", Check.DIGESTS.valid(FINE), Check.SEAL.unsupported(BROKEN))
    second = signature("Sign_1", Check.DIGESTS.invalid(BROKEN), Check.SEAL.valid(FINE))
    found = combine([first, second], [Check.STRUCTURE.valid(FINE)])
    assert [(step.number, step.verdict, step.message.en) for step in found.steps] == [
        (1, Verdict.VALID, "fine"),
        (2, Verdict.INVALID, "Sign_1: broken"),
        (4, Verdict.UNSUPPORTED, "Sign_0: broken"),
    ]
    assert found.verdict is Verdict.INVALID
    assert [each.verdict for each in found.signatures] == [Verdict.UNSUPPORTED, Verdict.INVALID]
    assert found.step(Check.SEAL) == found.steps[2]
    assert found.step(Check.TIMES) is None


def test_a_report_is_written_in_the_language_asked_for_and_braces_in_it_are_only_characters() -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    said = Text("{名}", "{name}")
    found = combine([signature("s", Check.TIMES.undecided(said), signer="CN=A", seal_name="章", signed_at=at)])
    assert found.to_json(Language.EN) == {
        "verdict": "UNDECIDED",
        "steps": [{"number": 9, "name": "times", "verdict": "UNDECIDED", "message": "{name}"}],
        "signatures": [
            {
                "label": "s",
                "kind": "seal",
                "verdict": "UNDECIDED",
                "signer": "CN=A",
                "sealName": "章",
                "signedAt": "2026-01-02T00:00:00+00:00",
                "steps": [{"number": 9, "name": "times", "verdict": "UNDECIDED", "message": "{name}"}],
            }
        ],
    }


def test_texts_of_a_document_are_shown_without_what_steers_terminals() -> None:
    assert shown("印章 {x}") == "印章 {x}"
    assert shown("\x1b[2J\u202ea\n") == "\ufffd[2J\ufffda\ufffd"
    assert shown("长" * 201) == "长" * 199 + "…"


def test_an_unsigned_document_is_undecided() -> None:
    found = unsigned()
    assert found.verdict is Verdict.UNDECIDED
    assert found.to_json()["steps"] == [
        {"number": 1, "name": "structure", "verdict": "UNDECIDED", "message": "文件没有签章，也没有数字签名"}
    ]
    assert found.to_json()["signatures"] == []
    assert combine([signature("s", Check.TIMES.valid(FINE))]).to_json()["signatures"][0]["signedAt"] is None  # type: ignore[index]
