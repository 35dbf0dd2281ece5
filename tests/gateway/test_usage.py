"""What is wrong with a command line, in the language of the terminal."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pytest
import typer

from gateway.cli import main, usage
from gateway.core.text import Language

app = typer.Typer(name="tool", add_completion=False, no_args_is_help=True)


class Level(StrEnum):
    LOW = "low"
    HIGH = "high"


@app.command()
def count(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="FILE")],
    needed: Annotated[str, typer.Option()],
    number: Annotated[int, typer.Option(min=1, max=9)] = 1,
    share: float = 0.5,
    pair: tuple[int, int] = (1, 2),
    *,
    flag: Annotated[bool, typer.Option("--flag")] = False,
    level: Level = Level.LOW,
) -> None:
    """Count."""


@app.command()
def stop(status: int) -> int:
    """End as told: 1 by giving up, else by this status."""
    if status == 1:
        raise typer.Abort
    if status == 2:
        raise typer.Exit(status)
    return status


HERE = str(Path(__file__))
GOOD = ["count", HERE, "--needed", "x"]


@pytest.fixture(params=[Language.ZH, Language.EN])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Language:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8" if request.param is Language.ZH else "C.UTF-8")
    chosen: Language = request.param
    return chosen


@pytest.mark.parametrize(
    ("words", "zh", "en"),
    [
        (["cuont"], "没有命令 cuont（相近的有 'count'）", "there is no command cuont (there is 'count')"),
        (["nothing"], "没有命令 nothing", "there is no command nothing"),
        (["count", "--needed", "x"], "缺少参数 FILE", "the argument FILE is missing"),
        (["count", HERE], "缺少选项 --needed", "the option --needed is missing"),
        ([*GOOD, "--numbre", "1"], "没有选项 --numbre（相近的有 --number）", "no option --numbre (there is --number)"),
        ([*GOOD, "-x"], "没有选项 -x", "there is no option -x"),
        ([*GOOD, "--number"], "选项 --number 后须有值", "the option --number needs a value"),
        ([*GOOD, "--pair", "1"], "选项 --pair 后须有 2 个值", "the option --pair needs 2 values"),
        ([*GOOD, "--flag=1"], "选项 --flag 不带值", "the option --flag takes no value"),
        ([*GOOD, "more"], "多余的参数：more", "arguments that nothing is done with: more"),
        ([*GOOD, "--number", "a"], "--number 的值不对：须为整数", "--number is wrong: it must be a whole number"),
        ([*GOOD, "--number", "0"], "--number 的值不对：不得小于 1", "--number is wrong: it must be 1 or more"),
        ([*GOOD, "--number", "10"], "--number 的值不对：不得大于 9", "--number is wrong: it must be 9 or less"),
        ([*GOOD, "--share", "a"], "--share 的值不对：须为数字", "--share is wrong: it must be a number"),
        ([*GOOD, "--level", "a"], "--level 的值不对：'a' 不是", "--level is wrong: 'a' is none of 'low', 'high'"),
        (["count", "/nowhere"], "FILE 的值不对：'/nowhere' 不存在", "FILE is wrong: '/nowhere' does not exist"),
        (["count", "/"], "FILE 的值不对：'/' 是文件夹", "FILE is wrong: '/' is a folder"),
    ],
)
def test_what_is_wrong_is_said_in_the_reader_s_language(
    words: list[str], zh: str, en: str, language: Language, capsys: pytest.CaptureFixture[str]
) -> None:
    assert usage.run(app, words) == main.UNUSABLE
    told = capsys.readouterr()
    assert told.out == ""
    assert f"✗ {zh}" in told.err if language is Language.ZH else f"{en}\n" in told.err
    assert "--help" in told.err
    assert ("用法：" in told.err or "查看用法" in told.err) is (language is Language.ZH)


def test_what_is_not_known_is_said_as_it_is() -> None:
    assert usage.explained("Something new.\n", Language.EN) == "Something new."
    assert usage.explained("Something new.", Language.ZH) == "命令行有误：Something new."
    assert usage.explained("Invalid value: odd {thing}", Language.ZH) == "值不对：odd {thing}"
    assert usage.explained("Missing command.", Language.EN) == "a command is missing"
    assert usage.explained("Argument 'a' takes 2 values.", Language.EN) == "the argument a takes 2 values"


def test_without_words_the_help_is_shown_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert usage.run(app, []) == main.UNUSABLE
    told = capsys.readouterr()
    assert "Usage" in told.out + told.err
    assert "✗" not in told.err


@pytest.mark.parametrize("status", [0, 2, 7])
def test_a_command_ends_with_its_own_status(status: int) -> None:
    assert usage.run(app, ["stop", str(status)]) == status
    assert usage.run(app, GOOD) == 0


def test_who_gives_up_is_told_so(language: Language, capsys: pytest.CaptureFixture[str]) -> None:
    assert usage.run(app, ["stop", "1"]) == 1
    assert ("已中止" in capsys.readouterr().err) is (language is Language.ZH)


def test_the_command_itself_says_it_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setattr("sys.argv", ["yiwang", "sael"])
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == main.UNUSABLE
    assert "✗ 没有命令 sael（相近的有 'seal'" in capsys.readouterr().err
