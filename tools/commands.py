"""The commands of run.py: what each is called, what its help says, and what it starts."""

import difflib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools import checks, groups, lock, testing
from tools.environment import Environment
from tools.trouble import Trouble

ROOT = Path(__file__).resolve().parent.parent
LINES = 200
"""Lines of one check's output that are shown: the first ones are what is mended first."""
PASSED, FAILED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130


@dataclass(frozen=True)
class Command:
    """A command: its arguments, what it does in two languages, and the function that does it."""

    usage: str
    chinese: str
    english: str
    run: Callable[[Environment, list[str]], int]


def demo(environment: Environment, arguments: list[str]) -> int:
    """Hand over to ``yiwang demo``."""
    return _become(environment, "yiwang", "demo", *arguments)


def serve(environment: Environment, arguments: list[str]) -> int:
    """Hand over to ``yiwang serve``."""
    return _become(environment, "yiwang", "serve", *arguments)


def check(environment: Environment, arguments: list[str]) -> int:
    """Run the checks and show every failure."""
    unknown = [name for name in arguments if name not in checks.CHECKS]
    if unknown:
        raise Trouble(
            f"no check is called {unknown[0]!r}{_meant(unknown[0], checks.CHECKS)}",
            f"choose from: {', '.join(checks.CHECKS)}",
        )
    environment.ready()
    return FAILED if _checked(environment, arguments) else PASSED


def test(environment: Environment, arguments: list[str]) -> int:
    """Run the checks, then pytest with ``arguments``; the last line counts."""
    environment.ready()
    for failure in groups.install(groups.GROUPS):
        _print(f"! {failure}; the tests that need it are skipped")
    failed = [f"check {name}" for name in _checked(environment, [])]
    code, closing, others = testing.run(environment, [word for word in arguments if word != "--"])
    failed += ["pytest"] * bool(code) + others
    if failed:
        _print(f"failed: {', '.join(failed)}")
    _print(closing)
    return FAILED if failed else PASSED


def bench(environment: Environment, arguments: list[str]) -> int:
    """Run the benchmarks, where there are any; slow is no failure."""
    return _script(environment, "bench/run.py", "benchmark", arguments)


def soak(environment: Environment, arguments: list[str]) -> int:
    """Run the soak test, where there is one."""
    return _script(environment, "tests/soak/run.py", "soak test", arguments)


def relock(environment: Environment, arguments: list[str]) -> int:
    """Write requirements.lock anew."""
    return lock.renew(environment, arguments)


COMMANDS = {
    "demo": Command(
        "demo [--once]", "启动沙箱与网关并演示一遍", "start sandbox and gateway and walk through them", demo
    ),
    "test": Command("test [-- PYTEST…]", "全部检查与测试", "all checks, then all tests", test),
    "serve": Command("serve [OPTIONS]", "启动网关", "start the gateway", serve),
    "check": Command(
        "check [NAME…]", "格式、规范、类型、分层等检查", f"only checks: {', '.join(checks.CHECKS)}", check
    ),
    "bench": Command(
        "bench [SUITE…] [--json FILE]", "性能基准", "benchmarks: figures on this machine beside their goals", bench
    ),
    "soak": Command("soak [SUITE…]", "长时间压力、故障与模糊测试", "long fuzz, load and chaos", soak),
    "lock": Command("lock [--upgrade]", "重新生成 requirements.lock", "resolve requirements.lock anew", relock),
}


def run(arguments: list[str]) -> int:
    """Run the command that ``arguments`` name. Returns the exit code: 0 good, 1 failed, 2 unusable."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show Chinese gets question marks, not a traceback.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    name, *rest = arguments or ["--help"]
    if name in {"-h", "--help", "help"}:
        _print(_help())
        return PASSED
    command = COMMANDS.get(name)
    if command is None:
        sys.stderr.write(f"no command is called {name!r}{_meant(name, COMMANDS)}\n\n{_help()}\n")
        return UNUSABLE
    if name not in {"demo", "serve"} and {"-h", "--help"} & set(rest[:1]):
        _print(f"python3 run.py {command.usage}\n{command.chinese}\n{command.english}")
        return PASSED
    try:
        return command.run(Environment(ROOT), rest)
    except Trouble as trouble:
        sys.stderr.write(f"✗ {trouble.what}\n  remedy · 解决办法: {trouble.remedy}\n")
        return UNUSABLE
    except KeyboardInterrupt:
        return INTERRUPTED


def _help() -> str:
    width = max(len(command.usage) for command in COMMANDS.values())
    lines = [f"  {command.usage:{width}}  {command.chinese} · {command.english}" for command in COMMANDS.values()]
    return "\n".join(
        [
            "python3 run.py COMMAND",
            "",
            *lines,
            "",
            "首次运行会在本目录建立环境 · the first run makes its environment in this folder (.tools, .venv)",
        ]
    )


def _meant(word: str, choices: object) -> str:
    close = difflib.get_close_matches(word, list(choices) if isinstance(choices, dict) else [], n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _checked(environment: Environment, names: list[str]) -> list[str]:
    """Run checks, print them, and return the names of those that failed."""
    failed = []
    for result in checks.run(environment, names):
        note = f"  ({result.note})" if result.note else ""
        _print(f"{'✓' if result.passed else '✗'} {result.name:<11}{result.seconds:6.1f} s{note}")
        if not result.passed:
            failed.append(result.name)
            lines = result.output.splitlines()
            _print("\n".join(f"    {line}" for line in lines[:LINES]))
            if len(lines) > LINES:
                _print(f"    … and {len(lines) - LINES} lines more")
    return failed


def _script(environment: Environment, script: str, what: str, arguments: list[str]) -> int:
    if not (environment.root / script).is_file():
        raise Trouble(
            f"this version has no {what} yet ({script} does not exist)", "use a version whose changelog names it"
        )
    return _become(environment, "python", str(environment.root / script), *arguments)


def _become(environment: Environment, *words: str) -> int:
    """Replace this process by a program of the environment: signals and exit code are then its own."""
    environment.ready()
    command = [str(environment.program(words[0])), *words[1:]]
    if sys.platform == "win32":
        return subprocess.run(command, check=False).returncode
    return os.execv(command[0], command)  # noqa: S606 - no shell is wanted


def _print(text: str) -> None:
    print(text, flush=True)
