"""`python3 run.py soak`: long runs with real processes on this machine; the figures go to a JSON file.

Each suite tells whether its promise held; the exit code is 0 only if every one did.
"""

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # the tests are not installed

from tests.soak.crashes import crashes  # noqa: E402 - after the path
from tests.soak.faults import faults, quiet  # noqa: E402
from tests.soak.fuzz import READERS, fuzz  # noqa: E402
from tests.soak.ofd import ofd  # noqa: E402
from tests.soak.pdf import pdf  # noqa: E402
from tests.soak.quota import quota  # noqa: E402
from tests.soak.replicas import replicas  # noqa: E402
from tests.soak.sealing_here import batch, large, paused  # noqa: E402
from tests.soak.sealings import sealings  # noqa: E402
from tests.soak.seals import seals  # noqa: E402
from tests.soak.storm import storm  # noqa: E402
from tests.soak.thorough import thorough  # noqa: E402

Suite = Callable[[Path, argparse.Namespace], dict[str, Any]]

SUITES: dict[str, tuple[str, Suite]] = {
    "storm": (
        "开环高压，一停一挂一乱 · open-loop load with a system down, one hanging, one lying",
        lambda folder, given: storm(
            folder,
            database=given.database,
            rate=given.rate,
            connections=given.connections,
            minutes=given.minutes,
            quiet_minutes=max(0.5, given.minutes / 5),
        ),
    ),
    "crashes": (
        "强杀与暂停下审计不缺 · kill -9 and SIGSTOP under load: the audit lacks nothing",
        lambda folder, given: crashes(
            folder, database=given.database, blows=given.blows, rate=given.crash_rate, seed=given.seed
        ),
    ),
    "faults": (
        "故障发现与归责 · faults detected, and whose they are",
        lambda folder, given: faults(folder, database=given.database, count=given.faults, seed=given.seed),
    ),
    "quiet": (
        "平稳负载下的误报 · false alarms under quiet load",
        lambda folder, given: quiet(folder, database=given.database, minutes=given.minutes),
    ),
    "replicas": (
        "三个副本一秒内一致 · three replicas agree within a second",
        lambda folder, given: replicas(folder, listen=not given.polling),
    ),
    "quota": (
        "三个副本用量不超、撤销即停 · three replicas give a grant's quota and no record more (PostgreSQL)",
        lambda folder, given: quota(folder, records=given.records, callers=given.callers),
    ),
    "sealings": (
        "强杀与暂停下每份文件至多盖一次 · kill -9 and SIGSTOP while documents are sealed: none is sealed twice",
        lambda folder, given: sealings(
            folder, database=given.database, count=given.documents, blows=given.blows, seed=given.seed
        ),
    ),
    "batch": (
        "批次中途强杀后续盖 · a batch goes on after kill -9, and repeats no document that was released",
        lambda folder, given: batch(folder, database=given.database, count=given.documents),
    ),
    "paused": (
        "停过租约的副本不能再交付 · a replica that slept past its lease brings nothing any more (PostgreSQL)",
        lambda folder, given: paused(folder, count=given.documents),
    ),
    "large": (
        "200 MB 文件的内存 · documents of 200 MB sent, sealed and fetched in flat memory",
        lambda folder, given: large(folder, database=given.database),
    ),
    "seals": (
        "印章与签章逐位翻转 · every bit of seals and their signatures flipped",
        lambda folder, _: seals(folder),
    ),
    "ofd": (
        "OFD 逐字节翻转 · every byte of sealed OFD documents flipped",
        lambda folder, _: ofd(folder),
    ),
    "pdf": (
        "PDF 签名逐字节翻转 · every significant byte of PDF signatures flipped",
        lambda folder, _: pdf(folder),
    ),
    "fuzz": (
        "OFD、印章、PDF 读取的覆盖率引导模糊测试 · coverage-guided fuzzing of the readers of OFD, seals and PDF",
        lambda folder, given: fuzz(folder, minutes=given.fuzz_minutes, readers=given.readers or READERS),
    ),
    "tests": ("全部测试，多试样例 · all tests, trying more of what they make up", thorough),
}


def main(arguments: list[str]) -> int:
    """Run the suites; 0 if all held, 1 if one did not."""
    given = _read(arguments)
    results: dict[str, Any] = {"machine": {"python": platform.python_version(), "system": platform.platform()}}
    held = True
    for name in given.suites or SUITES:
        title, suite = SUITES[name]
        print(f"… {name}: {title}", flush=True)
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="yiwang-soak-", ignore_cleanup_errors=True) as folder:
            kept = given.folder or Path(folder)
            result = suite(kept / name, given)
        result["seconds"] = round(time.monotonic() - started, 1)
        results[name] = result
        held = held and result["holds"]
        shown = {key: value for key, value in result.items() if key not in {"faults", "outcomes"}}
        print(json.dumps(shown, ensure_ascii=False, indent=2), flush=True)
        print(f"{'✓' if result['holds'] else '✗'} {name} ({result['seconds']} s)", flush=True)
    if given.json is not None:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(results, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return 0 if held else 1


def _read(arguments: list[str]) -> argparse.Namespace:
    suites = "\n".join(f"  {name:10} {title}" for name, (title, _) in SUITES.items())
    parser = argparse.ArgumentParser(
        "run.py soak",
        description=f"长时间压力与故障测试 · long load, chaos and fault runs\n\n{suites}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("suites", nargs="*", choices=[*SUITES, []], help="all if left out")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--minutes", type=float, default=10.0, help="of storm and quiet")
    parser.add_argument("--rate", type=float, default=100.0, help="requests a second of storm")
    parser.add_argument("--connections", type=int, default=1_000)
    parser.add_argument("--blows", type=int, default=20, help="kills and pauses of crashes and sealings")
    parser.add_argument("--crash-rate", type=float, default=15.0, help="requests a second of crashes")
    parser.add_argument("--documents", type=int, default=1_000, help="of sealings, batch and paused")
    parser.add_argument("--records", type=int, default=500, help="of the grant of quota")
    parser.add_argument("--callers", type=int, default=64, help="of quota, at a time")
    parser.add_argument("--faults", type=int, default=30)
    parser.add_argument("--fuzz-minutes", type=float, default=20.0, help="of each reader of fuzz")
    parser.add_argument("--readers", nargs="*", choices=READERS, help="of fuzz; all if left out")
    parser.add_argument("--polling", action="store_true", help="replicas without LISTEN and NOTIFY")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keeps keys, logs and databases; a temporary one if left out")
    parser.add_argument("--json", type=Path, help="where the figures go")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
