"""`run.py bench`: what it is told, how it measures, what it shows. No test asserts how fast anything is."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bench import frame, machine, report, run, sealing, seals
from bench.frame import Figure, Subject, Turn, measured
from certs.examination import Verdict

ROOT = Path(__file__).parents[2]
SHORT = ("--seconds", "0.001", "--rounds", "1")


async def nothing() -> None:
    pass


def subject(name: str = "thing", goal: float | None = 10, *, rival: bool = False) -> Subject:
    return Subject(
        name=name, chinese="事", english="a thing", goal=goal, work=nothing, rival=(lambda: 5.0) if rival else None
    )


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the seconds that openssl's own measurement takes."""
    monkeypatch.setattr(seals, "openssl_signatures", lambda: 1_000.0)


@pytest.mark.parametrize("words", [["nothing"], ["--seconds", "0"], ["--seconds", "nan"], ["--rounds", "-1"], ["--x"]])
def test_arguments_that_mean_nothing_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run.main(words)
    assert caught.value.code == 2
    assert "run.py bench" in capsys.readouterr().err


@pytest.mark.usefixtures("quick")
def test_the_figures_of_seals_are_shown_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "results" / "seals.json"
    assert run.main(["seals", *SHORT, "--peers", "--json", str(file)]) == 0
    results = json.loads(file.read_text("utf-8"))
    assert results["machine"]["python"].startswith("CPython 3.")
    figures = {figure["name"]: figure for figure in results["seals"]["figures"]}
    goals = {name: figure["goal"] for name, figure in figures.items()}
    assert goals == {
        "sm2-sign": 0.9,
        "ofd-seal": 500,
        "ofd-seal-231k": 80,
        "pdf-sign": 200,
        "pdf-seal": 200,
        "pdf-seal-disk": None,
        "ofd-examine": 300,
        "pyhanko-pdf-sign": None,
    }
    for figure in figures.values():
        assert figure["units"] >= 1
        assert figure["slowest"] <= figure["perSecond"] <= figure["fastest"]
    assert "ratio" in figures["sm2-sign"]
    assert "Java" in results["seals"]["peers"]
    shown = capsys.readouterr().out
    assert all(name in shown for name in figures)


@pytest.mark.usefixtures("quick")
def test_without_peers_and_a_file_there_are_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["seals", *SHORT]) == 0
    assert "pyhanko" not in capsys.readouterr().out


def test_the_seal_service_is_measured_by_whole_batches_and_by_the_clock(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sealing, "DOCUMENTS", 5)
    monkeypatch.setattr(sealing, "_IDEAL_SECONDS", 0.01)
    file = tmp_path / "sealing.json"
    assert run.main(["sealing", *SHORT, "--json", str(file)]) == 0
    figures = {figure["name"]: figure for figure in json.loads(file.read_text("utf-8"))["sealing"]["figures"]}
    assert set(figures) == {"batch", "seal", "compare", "examine"}
    assert figures["batch"]["goal"] == 0.6
    assert figures["batch"]["units"] == 10  # a turn before the rival's and one after it
    assert figures["batch"]["ratio"] > 0


def test_a_ratio_by_the_clock_leaves_the_processor_aside() -> None:
    turns = [Turn(units=10, clock=2.0, processor=0.1, rival=5.0)]
    told: dict[str, Any] = {"name": "x", "chinese": "事", "english": "a thing", "work": nothing, "rival": lambda: 5.0}
    assert Figure(Subject(**told, by_clock=True), turns).ratio == 1.0
    assert Figure(Subject(**told), turns).ratio == pytest.approx(20.0)


def test_every_suite_says_what_it_is_in_both_languages() -> None:
    assert all(" · " in suite.title and " · " in suite.peers.note for suite in run.SUITES.values())


def test_what_does_not_work_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "examine_ofd_once", lambda _: Verdict.INVALID)
    with pytest.raises(seals.NotWhatItSeems, match="examination of OFD"), seals.seals():
        pass


def test_the_larger_document_is_as_large_as_it_is_called() -> None:
    assert seals.LARGE <= len(seals.large_document()) < 1.02 * seals.LARGE


def test_subjects_take_turns_around_their_rivals_after_one_unit_that_does_not_count() -> None:
    done: list[str] = []

    def working(name: str) -> Subject:
        async def work() -> None:
            done.append(name)

        def rival() -> float:
            done.append("rival")
            return 1.0

        return Subject(name=name, chinese="", english="", work=work, rival=rival if name == "a" else None)

    figures = measured([working("a"), working("b")], seconds=1e-9, rounds=3)
    assert done == ["a", "b"] + 3 * ["a", "rival", "a", "b"]
    assert [len(figure.turns) for figure in figures] == [3, 3]
    assert figures[0].ratio is not None
    assert figures[1].ratio is None


def test_a_figure_is_the_median_of_its_rounds() -> None:
    figure = Figure(subject(), [Turn(10, 1.0, 0.5), Turn(30, 1.0, 0.5), Turn(1, 1.0, 0.5)])
    assert (figure.rate, figure.processor_rate, figure.judged, figure.met) == (10, 20, 10, True)
    assert Figure(subject(goal=10.1), figure.turns).met is False
    assert Figure(subject(goal=None), figure.turns).met is None


def test_a_ratio_is_by_the_time_of_the_processor() -> None:
    figure = Figure(subject(goal=4.0, rival=True), [Turn(10, 9.0, 0.5, 5.0), Turn(10, 9.0, 0.5, 2.0)])
    assert figure.ratio == 7.0
    assert figure.met is True
    assert figure.as_json()["ratio"] == 7.0


def test_without_the_other_program_a_ratio_is_not_measured_and_not_judged() -> None:
    figure = Figure(subject(goal=0.9, rival=True), [Turn(10, 1.0, 1.0)])
    assert figure.met is None
    assert figure.as_json()["ratio"] is None
    assert "未测" in report.table([figure])


def test_the_table_stands_straight_and_says_what_was_met() -> None:
    figures = [
        Figure(subject(name, goal), [Turn(10, 1.0, 1.0)])
        for name, goal in (("short", 10), ("longer", 11), ("no", None))
    ]
    lines = report.table(figures).splitlines()
    ends = [line.index("/s") for line in lines[1:3]]
    assert ends[0] == ends[1]
    assert ["met" in line for line in lines[1:]] == [True, True, False]
    assert "not met" in lines[2]


def test_facts_that_are_not_known_are_said_to_be() -> None:
    assert report.facts({"load": None, "cores": 2}).splitlines()[0].split() == ["load", "–"]
    facts = machine.machine()
    assert facts["cores"] == os.cpu_count()
    assert machine._processor(Path("/nowhere"))


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no such call")
def test_one_core_is_used_and_given_back() -> None:
    before = os.sched_getaffinity(0)
    with frame.one_core():
        assert len(os.sched_getaffinity(0)) == 1
    assert os.sched_getaffinity(0) == before


def test_the_words_of_openssl_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert seals.openssl_signatures() is None
    assert machine.openssl_version() is None
    program = tmp_path / "openssl"
    program.write_text(
        "#!/bin/sh\n"
        "echo '                              sign    verify    sign/s verify/s'\n"
        "echo ' 256 bits SM2 (CurveSM2)   0.0005s   0.0004s   2085.9   2246.7'\n"
    )
    program.chmod(0o755)
    assert seals.openssl_signatures() == 2085.9
    program.write_text("#!/bin/sh\necho 'speed: Unknown algorithm sm2' >&2\nexit 1\n")
    assert seals.openssl_signatures() is None
    assert machine.openssl_version() is None


@pytest.mark.group("openssl", needs="openssl with SM2")
def test_the_openssl_of_this_machine_says_its_version() -> None:
    assert str(machine.openssl_version()).startswith("OpenSSL 3")
