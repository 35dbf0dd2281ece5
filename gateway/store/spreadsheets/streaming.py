"""Tables whose bytes are taken away while they are written, so that no file of them is ever anywhere as a whole."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import IO, cast

from gateway.core.sharing.tables import TableFormat, Value
from gateway.store.spreadsheets.writing import writing


class _Drain:
    """A file that is only written: it gives away what it has and knows how much that was."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._gone = 0

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def tell(self) -> int:
        return self._gone + len(self._held)

    def flush(self) -> None:
        """Nothing is kept back."""

    def take(self) -> bytes:
        taken = bytes(self._held)
        self._gone += len(taken)
        self._held.clear()
        return taken


class _Stream:
    """A TableStream."""

    def __init__(self, kind: TableFormat, columns: Sequence[tuple[str, str]], stack: ExitStack) -> None:
        self._drain = _Drain()
        self._stack = stack
        self._writer = stack.enter_context(writing(kind, cast("IO[bytes]", self._drain), columns))

    def add(self, rows: Iterable[Sequence[Value]]) -> bytes:
        self._writer.write(rows)
        return self._drain.take()

    def end(self) -> bytes:
        self._stack.close()
        return self._drain.take()


@contextmanager
def table_stream(kind: TableFormat, columns: Sequence[tuple[str, str]]) -> Iterator[_Stream]:
    """A table of these columns, the name and the title of each; it is whole once its ``end`` was taken."""
    with ExitStack() as stack:
        yield _Stream(kind, columns, stack)
