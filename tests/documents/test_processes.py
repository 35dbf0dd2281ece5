"""Work on documents in processes: the same answers, no key outside the gateway, and nothing lost when one dies."""

import asyncio
import errno
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from certs.documents import DocumentWorkshop, WorkProcesses
from certs.documents.formats import DocumentFormat
from certs.documents.processes import ProcessUnusable, hand, process
from certs.documents.processes.messages import (
    Believe,
    Broken,
    Count,
    Done,
    Examine,
    Found,
    OneSheet,
    Pages,
    Ready,
    Refused,
    SealThem,
    Sign,
    Signed,
    Spent,
    Stop,
    Unread,
    Unusable,
    WithStamp,
    packed,
    read_answer,
)
from certs.documents.processes.process import ProcessBroke, WorkProcess
from certs.signers import HeldSigner
from certs.x509 import SignatureAlgorithm
from gateway.core.errors import KeyUnusable, Refusal
from gateway.core.problems import documents as problems
from gateway.core.seals.place import Point
from gateway.core.seals.verification import Verdict
from gateway.core.seals.workshop import Counted
from tests.documents import shop
from tests.documents.shop import documents, key_file, stamp, trust
from tests.documents.test_groups import counted, sheets, sources
from tests.ofd.world import NOW, SetClock

T = TypeVar("T")
PDF = DocumentFormat.PDF.media_type
PAGE = Pages(1, DocumentFormat.PDF, is_held=False)
ROOT = Path(__file__).parents[2]
FAKE = """
import socket, sys
sys.path[:] = {path!r}
import msgspec
line = socket.socket(fileno=0)
def packed(message):
    content = msgspec.msgpack.encode(message)
    return len(content).to_bytes(4, "big") + content
def tell(*messages): line.sendall(b"".join(map(packed, messages)))
def told(): return msgspec.msgpack.decode(line.recv(int.from_bytes(line.recv(4), "big"), socket.MSG_WAITALL))
{messages}
PAGE = Pages(1, "pdf", False)
{body}
"""
"""What it tells are plain objects: importing the messages takes longer than all that it does."""

GATEWAY = """
import socket, sys
from pathlib import Path
from certs.documents.processes.process import _command, _spawn
ours, theirs = socket.socketpair()
running = _spawn(theirs, _command())
theirs.close()
told = Path(sys.argv[1]).read_bytes()
ours.sendall(told)
ours.recv(int(sys.argv[2]), socket.MSG_WAITALL)
if told:
    ours.recv(1, socket.MSG_PEEK)
print(running.pid, flush=True)
sys.stdin.read()
"""


def pooled(work: Callable[[DocumentWorkshop, WorkProcesses], Awaitable[T]], **other: Any) -> T:
    """What becomes of work with a workshop over one process."""
    trust()

    async def main() -> T:
        processes = WorkProcesses(other.pop("most", 1), **other)
        workshop = DocumentWorkshop(SetClock(), trust, files=True, processes=processes)
        try:
            return await work(workshop, processes)
        finally:
            await workshop.aclose()

    return asyncio.run(main())


def faked(body: str) -> Callable[[], Coroutine[Any, Any, WorkProcess]]:
    """A process that tells something else."""
    told = (Ready, Sign, Pages, Unusable, Unread, Broken, Spent, Done)
    messages = (
        f"def {one.__name__}(*given): return dict(zip({('type', *one.__struct_fields__)}, ({one.__name__!r}, *given)))"
        for one in told
    )
    code = FAKE.format(path=sys.path, messages="\n".join(messages), body=body)
    return lambda: WorkProcess.start([sys.executable, "-c", code])


class Line:
    """The near end of a hand that works in a thread of this process."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._stream = line.makefile("rb")

    def tell(self, message: Any) -> None:
        self._line.sendall(packed(message))

    def read(self) -> Any:
        return read_answer(self._stream.read(int.from_bytes(self._stream.read(4), "big")))

    def close(self) -> None:
        self._stream.close()
        self._line.close()


@contextmanager
def handed() -> Iterator[Line]:
    ours, theirs = socket.socketpair()
    gone = threading.Event()
    with theirs:
        working = threading.Thread(target=hand.Hand(theirs, gone.set).serve)
        working.start()
        line = Line(ours)
        try:
            assert line.read() == Ready()
            yield line
        finally:
            line.close()
            working.join()
    assert gone.is_set()


def test_processes_give_what_threads_give(tmp_path: Path) -> None:
    files, made = sources(tmp_path), stamp(key=key_file(tmp_path))
    files += documents(tmp_path)
    (tmp_path / "no.ofd").write_bytes(b"PK\x03\x04")
    files.append(tmp_path / "no.ofd")
    other = stamp(key="file:/nowhere")

    async def work(shop_: DocumentWorkshop) -> Sequence[Any]:
        found = await shop_.pages_of(files)
        held = [None if isinstance(one, Refusal) else one.held for one in found]
        ends = await shop_.seal_all([*sheets(files, made, held), *sheets(files[:1], other)])
        pages = [one.problem if isinstance(one, Refusal) else (one.pages, one.held is None) for one in found]
        examined = await shop_.examine(files[0].with_suffix(".out"))
        with pytest.raises(Refusal) as refusal:
            await shop_.examine(files[-1])
        with pytest.raises(FileNotFoundError):
            await shop_.examine(tmp_path / "nowhere")
        said = [str(one) if isinstance(one, Refusal | KeyUnusable) else one for one in ends]
        return [pages, said, examined, refusal.value.problem, str(refusal.value)]

    by_threads = shop.run(work)
    by_processes = pooled(lambda shop_, _: work(shop_), most=2)
    assert by_processes == by_threads


def test_a_process_that_dies_is_replaced_and_nothing_is_lost(tmp_path: Path) -> None:
    files, made, died = sources(tmp_path), stamp(key=key_file(tmp_path)), list[int]()
    signer, asked = HeldSigner(shop.office().key, shop.office().certificate), list[bytes]()

    async def work(_: DocumentWorkshop, processes: WorkProcesses) -> Sequence[Any]:
        class Killing(HeldSigner):
            async def sign_digest(self, digest: bytes) -> bytes:
                asked.append(digest)
                if len(asked) == 2:
                    place = processes._places[0]
                    assert place.process is not None
                    os.kill(place.process._running.pid, signal.SIGKILL)
                return await signer.sign_digest(digest)

        killing = Killing(shop.office().key, shop.office().certificate)
        held = [one.held for one in counted(await processes.pages_of(files))]
        return await processes.seal_all(sheets(files, made, held), {made: killing}, trust(), NOW)

    ends = pooled(work, died=died.append)
    assert [one.verdict for one in ends] == [Verdict.VALID] * len(files)
    assert died == [-signal.SIGKILL]
    assert asked[1] == asked[2]  # the same digest again


def test_what_kills_its_process_again_and_again_is_refused_and_the_others_are_not(tmp_path: Path) -> None:
    files = sources(tmp_path)
    body = f"""
tell(Ready())
for path in told()["documents"]:
    if path == {str(files[1])!r}:
        sys.exit(3)
    tell(PAGE)
tell(Done())
told()
"""
    died: list[int] = []
    found = pooled(lambda shop_, _: shop_.pages_of(files), start=faked(body), died=died.append)
    refused = [isinstance(one, Refusal) and one.problem for one in found]
    assert refused == [False, problems.DOCUMENT_UNREADABLE, False, False, False]
    assert died == [3, 3]


@pytest.mark.parametrize(
    "body",
    [
        "tell(Ready()); told(); tell(Ready()); told()",
        "tell(Ready()); told(); line.sendall(bytes([0, 0, 0, 1, 255])); told()",
        "tell(Ready()); told(); line.sendall(bytes([255] * 4)); told()",
        "tell(Ready()); told(); tell(Unread(2), Ready()); told()",
        "tell(Ready()); told(); tell(Done()); told(); tell(Done()); told()",
        "tell(Ready()); told(); tell(Unusable('no'), Done()); told()",
        "tell(Ready()); told(); tell(Sign(b'x')); told()",
    ],
)
def test_whatever_a_process_tells_that_it_cannot_have_to_tell_is_no_answer(tmp_path: Path, body: str) -> None:
    file = sources(tmp_path)[0]
    (found,) = pooled(lambda shop_, _: shop_.pages_of([file]), start=faked(body))
    assert isinstance(found, Refusal)


def test_a_process_that_answers_more_than_it_was_asked_is_ended(tmp_path: Path) -> None:
    died: list[int] = []
    start = faked("tell(Ready()); told(); tell(PAGE, PAGE, Done()); told()")
    assert pooled(lambda shop_, _: shop_.pages_of([tmp_path]), start=start, died=died.append) == [Counted(1, PDF)]
    assert died == [-signal.SIGKILL]


def test_no_document_has_more_signed_than_one_digest(tmp_path: Path) -> None:
    file, made, asked = sources(tmp_path)[0], stamp(key=key_file(tmp_path)), list[bytes]()

    class Noting(HeldSigner):
        async def sign_digest(self, digest: bytes) -> bytes:
            asked.append(digest)
            return b"signature"

    noting = Noting(shop.office().key, shop.office().certificate)
    start = faked("tell(Ready()); told(); told(); tell(Sign(b'1'), Sign(b'2')); told(); told()")
    (found,) = pooled(
        lambda _, processes: processes.seal_all(sheets([file], made), {made: noting}, trust(), NOW), start=start
    )
    assert isinstance(found, Refusal)
    assert asked == [b"1"] * 2  # each of two processes had one


def test_a_defect_in_a_process_is_one_here_and_tells_where(tmp_path: Path) -> None:
    start = faked("tell(Ready()); told(); tell(Broken(['builtins.ZeroDivisionError']), Done()); told()")
    with pytest.raises(ProcessBroke, match="ZeroDivisionError"):
        pooled(lambda shop_, _: shop_.pages_of([tmp_path]), start=start)


@pytest.mark.parametrize("command", [["/nowhere/python"], [sys.executable, "-c", ""], [sys.executable, "-V"]])
def test_no_document_is_refused_because_no_process_starts(tmp_path: Path, command: list[str]) -> None:
    with pytest.raises(ProcessUnusable):
        pooled(lambda shop_, _: shop_.pages_of([tmp_path]), start=lambda: WorkProcess.start(command))
    unready = faked("tell(Done()); told()")
    with pytest.raises(ProcessUnusable):
        pooled(lambda shop_, _: shop_.pages_of([tmp_path]), start=unready)


def test_a_start_that_is_cancelled_leaves_no_process(tmp_path: Path) -> None:
    told = tmp_path / "told"
    os.mkfifo(told)

    async def main() -> None:
        starting = asyncio.create_task(faked(f"open({str(told)!r}, 'w').close(); told()")())
        await asyncio.to_thread(told.read_bytes)  # it runs, and is waited for
        await asyncio.sleep(0)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting

    asyncio.run(main())


class Waiting(HeldSigner):
    """A key that is waited for."""

    def __init__(self) -> None:
        super().__init__(shop.office().key, shop.office().certificate)
        self.asked, self.go, self.count = asyncio.Event(), asyncio.Event(), 0

    async def sign_digest(self, digest: bytes) -> bytes:
        self.count += 1
        self.asked.set()
        await self.go.wait()
        return await super().sign_digest(digest)


@pytest.mark.parametrize("is_patient", [True, False])
def test_whoever_is_cancelled_begins_no_further_document(tmp_path: Path, is_patient: bool) -> None:
    files, made, died = sources(tmp_path), stamp(key=key_file(tmp_path)), list[int]()

    async def work(shop_: DocumentWorkshop, processes: WorkProcesses) -> int:
        key = Waiting()
        task = asyncio.create_task(processes.seal_all(sheets(files, made), {made: key}, trust(), NOW))
        await key.asked.wait()
        task.cancel()
        await asyncio.sleep(0)
        if is_patient:
            asyncio.get_running_loop().call_later(0, key.go.set)
        else:
            await asyncio.sleep(0)
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(await shop_.pages_of(files)) == len(files)
        return key.count

    assert pooled(work, died=died.append) == 1
    assert died == ([] if is_patient else [-signal.SIGKILL])


def test_a_key_that_breaks_is_a_defect_and_one_that_cannot_be_used_an_end(tmp_path: Path) -> None:
    files, made = sources(tmp_path)[:2], stamp(key=key_file(tmp_path))

    class Other(HeldSigner):
        async def sign_digest(self, digest: bytes) -> bytes:
            raise {True: KeyUnusable("not now"), False: ZeroDivisionError()}[self.algorithm is kind]

    other = Other(shop.office().key, shop.office().certificate)
    kind: SignatureAlgorithm | None = other.algorithm

    async def seal(_: DocumentWorkshop, processes: WorkProcesses) -> Sequence[Any]:
        return await processes.seal_all(sheets(files, made), {made: other}, trust(), NOW)

    assert [str(one) for one in pooled(seal)] == ["not now"] * 2
    kind = None
    with pytest.raises(ZeroDivisionError):
        pooled(seal)


def test_a_process_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_STOP_SECONDS", 0.01)
    start = faked("tell(Ready()); told(); tell(PAGE, Done()); import time; time.sleep(600)")
    (found,) = pooled(lambda shop_, _: shop_.pages_of([tmp_path]), start=start)
    assert found == Counted(1, PDF)


@pytest.mark.parametrize("is_asked", [False, True])
def test_a_process_ends_with_whoever_started_it_and_by_no_signal_to_that(tmp_path: Path, is_asked: bool) -> None:
    """Also when that is killed, and when it had not read that it was asked for a signature."""
    given, told = stamp(), tmp_path / "told"
    stamps = [WithStamp(given.seal, given.certificates, NOW, SignatureAlgorithm.SM2_SM3)]
    order = SealThem(NOW, stamps, [_sheet(sources(tmp_path)[0])])
    told.write_bytes(packed(Believe.of(trust())) + packed(order) if is_asked else b"")
    command = [sys.executable, "-c", GATEWAY, str(told), str(len(packed(Ready())))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as gateway:
        assert gateway.stdout is not None
        number = int(gateway.stdout.readline())
        waited = os.pidfd_open(number)
        for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(number, ignored)
        assert not select.select([waited], [], [], 0)[0]
        gateway.kill()
    assert select.select([waited], [], [], 30)[0]
    os.close(waited)


def test_a_process_knows_no_setting_of_the_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIWANG_SEAL_PINS", "secret")

    async def main() -> bytes:
        made = await WorkProcess.start()
        try:
            return await asyncio.to_thread(Path(f"/proc/{made._running.pid}/environ").read_bytes)
        finally:
            await made.aclose()

    found = asyncio.run(main())
    assert b"PATH=" in found
    assert b"YIWANG" not in found


def test_a_hand_holds_what_it_counted_until_it_is_sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand, "_MOST_HELD", 1)
    files = sources(tmp_path)[:2]
    key = HeldSigner(shop.office().key, shop.office().certificate)
    given = stamp()
    with handed() as line:
        line.tell(Believe.of(trust()))
        line.tell(Count([str(one) for one in files], 0))
        held = Pages(1, DocumentFormat.OFD, is_held=True)
        assert [line.read() for _ in range(3)] == [held, held, Done()]
        files[1].unlink()
        told = WithStamp(given.seal, given.certificates, NOW, key.algorithm)
        for number, file in enumerate(files):
            sheet = OneSheet(str(file), str(file.with_suffix(".out")), 0, Point(1, 20, 30), number)
            line.tell(SealThem(NOW, [told], [sheet, sheet] if number else [sheet]))
            asked = line.read()
            line.tell(Signed(asyncio.run(key.sign_digest(asked.digest))))
            assert line.read().verification.verdict is Verdict.VALID
            if number:
                assert line.read() == Unread(errno.ENOENT)
            assert line.read() == Done()
        line.tell(Examine(NOW, str(files[0].with_suffix(".out"))))
        assert isinstance(line.read(), Found)
        assert line.read() == Done()


def test_a_hand_says_why_there_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = sources(tmp_path)[0]
    given = stamp()
    with handed() as line:
        line.tell(SealThem(NOW, [WithStamp(b"", (b"",), NOW, SignatureAlgorithm.SM2_SM3)], [_sheet(file)]))
        assert line.read().number == problems.SEAL_UNUSABLE.number
        assert line.read() == Done()
        line.tell(Believe.of(trust()))
        line.tell(
            SealThem(NOW, [WithStamp(given.seal, given.certificates, NOW, SignatureAlgorithm.SM2_SM3)], [_sheet(file)])
        )
        assert isinstance(line.read(), Sign)
        line.tell(Signed(None, "not now"))
        assert [line.read(), line.read()] == [Unusable("not now"), Done()]
        monkeypatch.setattr(hand, "counted", lambda _: 1 // 0)
        line.tell(Count([str(file)], 0))
        broken = line.read()
        assert isinstance(broken, Broken)
        assert broken.trace[0] == "builtins.ZeroDivisionError"
        assert line.read() == Done()
        monkeypatch.setattr(hand, "counted", _refusing)
        line.tell(Count([str(file)], 0))
        assert [line.read(), line.read()] == [Refused(problems.DOCUMENT_UNREADABLE.number, None), Done()]


def _refusing(_: Path) -> None:
    raise Refusal(problems.DOCUMENT_UNREADABLE, reason="not both languages")


@pytest.mark.parametrize("what", ["count", "seal"])
def test_a_hand_that_is_told_to_stop_begins_no_further_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    files, given = sources(tmp_path)[:2], stamp()
    seen = threading.Event()

    class Told(threading.Event):
        def set(self) -> None:
            super().set()
            seen.set()

    monkeypatch.setattr(hand, "Event", Told)

    def waits(_: Path) -> Counted:
        line.tell(Stop())
        seen.wait()
        return Counted(1, PDF)

    monkeypatch.setattr(hand, "counted", waits)
    with handed() as line:
        if what == "count":
            line.tell(Count([str(one) for one in files], 0))
            assert [line.read(), line.read()] == [PAGE, Done()]
            return
        stamps = [WithStamp(given.seal, given.certificates, NOW, SignatureAlgorithm.SM2_SM3)]
        line.tell(SealThem(NOW, stamps, [_sheet(one) for one in files]))
        assert isinstance(line.read(), Sign)
        line.tell(Stop())
        line.tell(Signed(None, "no"))
        assert [line.read(), line.read()] == [Unusable("no"), Done()]


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_hand_ends_when_nobody_is_there_any_more(tmp_path: Path, is_whole: bool) -> None:
    file, given = sources(tmp_path)[0], stamp()
    with handed() as line:
        if is_whole:
            stamps = [WithStamp(given.seal, given.certificates, NOW, SignatureAlgorithm.SM2_SM3)]
            line.tell(SealThem(NOW, stamps, [_sheet(file)]))
            assert isinstance(line.read(), Sign)
        else:
            line._line.sendall(b"\0\0\0\7x")


def test_the_program_of_a_process_works_over_its_input(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    handled: list[Any] = []
    served: list[int] = []
    limited: list[Any] = []
    most = {resource.RLIMIT_DATA: 1 << 20, resource.RLIMIT_CORE: resource.RLIM_INFINITY}
    monkeypatch.setattr(signal, "signal", lambda *given: handled.append(given))
    monkeypatch.setattr(os, "_exit", served.append)
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (0, most[kind]))
    monkeypatch.setattr(resource, "setrlimit", lambda *given: limited.append(given))
    with theirs, theirs.makefile("rb") as stands_in:
        monkeypatch.setattr(sys, "stdin", stands_in)
        ours.close()
        monkeypatch.setattr(hand.Hand, "_tell", lambda *_: None)
        hand.main(1 << 30)
    assert {number for number, _ in handled} == {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    assert served == [0]
    assert limited == [(resource.RLIMIT_DATA, (1 << 20, 1 << 20)), (resource.RLIMIT_CORE, (0, 0))]


def _sheet(file: Path) -> OneSheet:
    return OneSheet(str(file), str(file.with_suffix(".out")), 0, Point(1, 20, 30), None)


def test_what_works_on_nothing_starts_no_process() -> None:
    async def work(shop_: DocumentWorkshop, _: WorkProcesses) -> Sequence[Any]:
        return [await shop_.pages_of([]), await shop_.seal_all([])]

    assert pooled(work, start=faked("")) == [[], []]
