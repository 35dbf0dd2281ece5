"""A document that takes more time or memory than there is for one is refused, and takes no other along."""

import asyncio
import resource
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from certs.documents import DocumentWorkshop, Limits, WorkProcesses
from certs.documents.processes import hand
from certs.documents.processes.messages import Count, Spent
from certs.documents.processes.process import WorkProcess
from gateway.core.errors import Refusal
from gateway.core.problems import documents as problems
from gateway.core.seals.workshop import Counted
from tests.documents.test_groups import sources
from tests.documents.test_processes import PDF, faked, handed, pooled

MB = 1 << 20
CODE = """
import sys, time
memory = int(sys.argv[1])
sys.path[:] = sys.argv[2:]
from certs.documents.processes import hand
hand.counted = lambda _: {instead}
hand.main(memory)
"""
HANGS, EATS = "time.sleep(600)", "len(bytes(1 << 30)) / 0"
BOTH_LIMITS = ("Max data size", "Max core file size")


def replaced(instead: str, limits: Limits) -> Any:
    """Real processes, in which counting pages is something else."""
    command = [sys.executable, "-c", CODE.format(instead=instead), str(limits.memory), *sys.path]
    return lambda: WorkProcess.start(command, limits)


@pytest.mark.parametrize(
    ("instead", "limits"), [(HANGS, Limits(seconds=0.05)), (EATS, Limits(memory=512 * MB))], ids=["hangs", "eats"]
)
def test_a_document_that_takes_too_much_is_refused_after_a_second_try(
    tmp_path: Path, instead: str, limits: Limits
) -> None:
    died, spent = list[int](), list[int]()

    async def work(shop_: DocumentWorkshop, processes: WorkProcesses) -> Sequence[Any]:
        found = await shop_.pages_of([tmp_path])
        assert processes._places[0].process is None  # it is replaced when there is more to do
        return found

    start = replaced(instead, limits)
    (found,) = pooled(work, start=start, died=died.append, spent=lambda: spent.append(1))
    assert isinstance(found, Refusal)
    assert found.problem is problems.DOCUMENT_TOO_MUCH
    assert (died, len(spent)) == ([], 2)


def test_a_library_that_aborts_without_memory_is_a_document_that_takes_too_much(tmp_path: Path) -> None:
    died = list[int]()
    start = replaced("__import__('os').abort()", Limits())
    (found,) = pooled(lambda shop_, _: shop_.pages_of([tmp_path]), start=start, died=died.append)
    assert isinstance(found, Refusal)
    assert found.problem is problems.DOCUMENT_TOO_MUCH
    assert died == [-signal.SIGABRT] * 2


def test_what_takes_too_much_takes_no_other_along(tmp_path: Path) -> None:
    files = sources(tmp_path)
    body = f"""
tell(Ready())
for path in told()["documents"]:
    tell(Spent() if path == {str(files[1])!r} else PAGE)
tell(Done())
told()
"""
    found = pooled(lambda shop_, _: shop_.pages_of(files), start=faked(body))
    refused = [isinstance(one, Refusal) and one.problem for one in found]
    assert refused == [False, problems.DOCUMENT_TOO_MUCH, False, False, False]


def test_a_document_that_takes_too_much_but_once_is_done(tmp_path: Path) -> None:
    tried = tmp_path / "tried"
    body = f"""
from pathlib import Path
tell(Ready())
told()
first = not Path({str(tried)!r}).exists()
Path({str(tried)!r}).touch()
tell(Spent() if first else PAGE)
tell(Done())
told()
"""
    assert pooled(lambda shop_, _: shop_.pages_of([tmp_path]), start=faked(body)) == [Counted(1, PDF)]


def test_a_process_has_no_more_than_its_limits_and_writes_no_picture_of_its_memory() -> None:
    async def main() -> str:
        made = await WorkProcess.start(limits=Limits(memory=300 * MB))
        try:
            return await asyncio.to_thread(Path(f"/proc/{made._running.pid}/limits").read_text)
        finally:
            await made.aclose()

    found = asyncio.run(main()).splitlines()
    values = {name: line.removeprefix(name).split()[:2] for name in BOTH_LIMITS for line in found if name in line}
    assert values == {"Max data size": [str(300 * MB)] * 2, "Max core file size": ["0", "0"]}
    assert resource.getrlimit(resource.RLIMIT_DATA)[0] != 300 * MB  # nobody else's


@pytest.mark.parametrize("error", [MemoryError, SystemError])
def test_a_hand_that_has_no_memory_left_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def eaten(_: Path) -> Counted:
        raise error

    monkeypatch.setattr(hand, "counted", eaten)
    with handed() as line:
        line.tell(Count([str(tmp_path)], 0))
        assert line.read() == Spent()
