"""`python3 run.py bench`: figures on this machine, with the goals beside them; they go to a JSON file.

Slow is no failure: the exit code is 0 whatever the figures are, and 2 only for arguments that nobody understands.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # neither the benchmarks nor the tests are installed

from bench.frame import ROUNDS, Figure, measured  # noqa: E402 - after the path
from bench.machine import load, machine  # noqa: E402
from bench.peers import NO_PEERS, PEERS_OF_SEALS  # noqa: E402
from bench.report import facts, table  # noqa: E402
from bench.sealing import sealing, sealing_on_postgresql  # noqa: E402
from bench.seals import seals  # noqa: E402
from bench.share import share  # noqa: E402
from bench.suite import Suite  # noqa: E402

SUITES: dict[str, Suite] = {
    "share": Suite("数据共享的开销 · what sharing under grants costs", share, NO_PEERS),
    "seals": Suite("签章与验章，单核 · sealing and examining, one core", seals, PEERS_OF_SEALS),
    "sealing": Suite("盖章服务，全部核心对单核 · the seal service, all cores against one", sealing, NO_PEERS),
    "sealing-postgresql": Suite(
        "盖章服务，PostgreSQL · the seal service on PostgreSQL", sealing_on_postgresql, NO_PEERS
    ),
}


def main(arguments: Sequence[str]) -> int:
    """Run the suites, show and write their figures; 0."""
    given = _read(arguments)
    results: dict[str, Any] = {"machine": machine()}
    _say(facts(results["machine"]))
    for name in given.suites or SUITES:
        suite = SUITES[name]
        _say(f"\n… {name}: {suite.title}")
        started = time.monotonic()
        figures = _figures(suite, given)
        results[name] = {
            "figures": [figure.as_json() for figure in figures],
            "seconds": round(time.monotonic() - started, 1),
            "loadAfterwards": load(),
        }
        _say(table(figures))
        if given.peers:
            results[name]["peers"] = suite.peers.note
            _say(f"  {suite.peers.note}")
    if given.json is not None:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(results, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return 0


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - to the screen of the person who started it


def _figures(suite: Suite, given: argparse.Namespace) -> Sequence[Figure]:
    with suite.subjects() as subjects:
        others = suite.peers.subjects() if given.peers else ()
        return measured([*subjects, *others], given.seconds, given.rounds)


def _read(arguments: Sequence[str]) -> argparse.Namespace:
    suites = "\n".join(f"  {name:18} {suite.title}" for name, suite in SUITES.items())
    parser = argparse.ArgumentParser(
        "run.py bench",
        description=f"性能基准 · benchmarks\n\n{suites}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("suites", nargs="*", choices=[*SUITES, []], metavar="SUITE", help="all if left out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures go")
    parser.add_argument("--seconds", type=_positive(float), default=14.0, help="of each subject, all rounds together")
    parser.add_argument("--rounds", type=_positive(int), default=ROUNDS, help="turns of each subject")
    parser.add_argument("--peers", action="store_true", help="other programs too, those that are on this machine")
    return parser.parse_args(arguments)


def _positive(kind: Callable[[str], float]) -> Callable[[str], float]:
    def read(text: str) -> float:
        number = kind(text)
        if not 0 < number < 100_000:  # noqa: PLR2004 # a day, and no NaN
            raise argparse.ArgumentTypeError(f"{text} is not a number above 0 and below 100000")
        return number

    read.__name__ = "number"
    return read


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
