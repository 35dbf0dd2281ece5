"""The checks of ``run.py check``: each with a name, all run, all failures shown."""

import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools import lock, survey
from tools.environment import Environment

PACKAGES = ("gateway", "adapters", "schema", "certs")
TYPED = (*PACKAGES, "tools", "tests", "run.py")
SECONDS = 900


@dataclass(frozen=True)
class Result:
    """How one check ended: ``output`` says what to mend; ``note`` why it had nothing to look at."""

    name: str
    passed: bool
    seconds: float
    output: str = ""
    note: str = ""


Check = Callable[[Environment], tuple[bool, str, str]]


def _command(*words: str) -> Check:
    """A check by a program of the environment: passed if it exits with 0."""

    def run(environment: Environment) -> tuple[bool, str, str]:
        command = [str(environment.program(words[0])), *words[1:]]
        try:
            done = subprocess.run(
                command,
                cwd=environment.root,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False, f"no end after {SECONDS} s", ""
        return done.returncode == 0, done.stdout.decode("utf-8", "replace").strip(), ""

    return run


def _findings(find: Callable[[Path], list[str]]) -> Check:
    """A check by one of our own functions: passed if it finds nothing."""

    def run(environment: Environment) -> tuple[bool, str, str]:
        found = find(environment.root)
        return not found, "\n".join(found), ""

    return run


def _manifests(environment: Environment) -> tuple[bool, str, str]:
    """Every manifest that ships, checked by the command that departments use."""
    systems = sorted(file.parent for file in environment.root.glob("adapters/systems/*/manifest.yaml"))
    if not systems:
        return True, "", "no manifest ships yet"
    results = [
        _command("yiwang", "system", "check", str(system.relative_to(environment.root)))(environment)
        for system in systems
    ]
    return all(passed for passed, _, _ in results), "\n".join(output for passed, output, _ in results if not passed), ""


def _generated(environment: Environment) -> tuple[bool, str, str]:
    """Pages made from the code are as the code would make them now."""
    if not (environment.root / "gateway" / "cli" / "generate.py").exists():
        return True, "", "no page is generated yet"
    return _command("python", "-m", "gateway.cli.generate", "--check")(environment)


# The slow one first: two run at a time.
CHECKS: dict[str, Check] = {
    "types": _command("mypy", "--no-error-summary", *TYPED),
    "format": _command("ruff", "format", "--check", "--quiet", "--diff", "."),
    "lint": _command("ruff", "check", "--quiet", "--output-format", "concise", "."),
    "layers": _command("lint-imports", "--no-cache"),
    "manifests": _manifests,
    "generated": _generated,
    "lock": _findings(lock.check),
    "sizes": _findings(survey.sizes),
    "unfinished": _findings(survey.unfinished),
}


def run(environment: Environment, names: list[str]) -> Iterator[Result]:
    """The results of the named checks, of all of them where none is named, as they come."""

    def one(name: str) -> Result:
        begun = time.monotonic()
        passed, output, note = CHECKS[name](environment)
        return Result(name, passed, time.monotonic() - begun, output, note)

    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(one, names or CHECKS)
