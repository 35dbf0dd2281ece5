"""The runs of one reader: each input read within its time, what should not come out kept, all of it counted."""

import json
import os
import random
import resource
import signal
import time
import traceback
from collections import Counter
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import Final

from tests.soak.fuzzing.mutations import Bytes
from tests.soak.fuzzing.readers import Reader

CPU_SECONDS: Final = 10.0
"""Of one input; what takes longer hangs. Of the processor, as the machine may be busy with other things."""
_REPORTED_EVERY = 2.0
_PLACES = 3


class Hang(BaseException):
    """An input took too long; not an Exception, so that no reader takes it for one of its own."""


class Fuzzing:
    """The runs of one reader.

    Args:
        reader: what reads.
        folder: gets ``findings`` and, for this process, ``status-….json``.
        engine: the engine's own change of bytes.
        most: seconds of the processor for one input.
    """

    def __init__(self, reader: Reader, folder: Path, engine: Bytes, most: float = CPU_SECONDS) -> None:
        self._reader = reader
        self._engine = engine
        self._most = most
        self._folder = folder
        self._findings = folder / "findings"
        self._work = folder / "work"
        for one in (self._findings, self._work):
            one.mkdir(parents=True, exist_ok=True)
        self._known = Counter[str]()
        self._runs = self._taken = 0
        self._slowest = 0.0
        self._reported = time.monotonic()
        signal.signal(signal.SIGVTALRM, _too_long)

    def one(self, data: bytes) -> None:
        """Read one input; keep it if something came out that should not."""
        started = time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, self._most)
        try:
            self._taken += self._reader.read(data, self._work)
        except (Exception, Hang) as error:  # noqa: BLE001 - this is what is looked for
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            self._keep(data, error)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        self._runs += 1
        self._slowest = max(self._slowest, time.process_time() - started)
        if time.monotonic() - self._reported > _REPORTED_EVERY:
            self.report()

    def change(self, data: bytes, most: int, seed: int) -> bytes:
        """Another input."""
        return self._reader.change(data, most, random.Random(seed), self._engine)[:most]

    def report(self) -> None:
        """Write what was done so far."""
        self._reported = time.monotonic()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        said = {
            "runs": self._runs,
            "taken": self._taken,
            "slowest": round(self._slowest, 3),
            "memoryMiB": memory,
            "findings": self._known,
        }
        (self._folder / f"status-{os.getpid()}.json").write_text(json.dumps(said), "utf-8")

    def _keep(self, data: bytes, error: BaseException) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if f"{os.sep}certs{os.sep}" in frame.filename] or frames
        if isinstance(error, Hang | RecursionError):  # wherever it was at that moment
            ours = ours[:_PLACES]
        places = " < ".join(f"{Path(one.filename).name}:{one.name}" for one in reversed(ours[-_PLACES:]))
        name = f"{type(error).__name__} in {places}"
        self._known[name] += 1
        if self._known[name] > 1:
            return
        stem = f"{type(error).__name__}-{sha256(name.encode()).hexdigest()[:10]}"
        (self._findings / f"{stem}.input").write_bytes(data)
        text = "".join(traceback.format_exception(error, limit=-40))
        (self._findings / f"{stem}.txt").write_text(f"{name}\n\n{text}", "utf-8")
        self.report()


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise Hang
