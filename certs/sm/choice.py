"""Which engine is used, and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from certs.sm import evp, selftest
from certs.sm.engine import Sm2Engine
from certs.sm.errors import EngineUnusable
from certs.sm.libcrypto import LibcryptoBackend
from certs.sm.python import PythonBackend


@dataclass(frozen=True)
class Choice:
    """The engines that passed the self-test.

    Attributes:
        engines: the one to use first.
        why: one sentence for operations; no address, no path.
    """

    engines: Sequence[Sm2Engine]
    why: str


def choose(
    python: Callable[[], Sm2Engine] = lambda: Sm2Engine(PythonBackend()),
    fast: Callable[[], Sm2Engine] = lambda: Sm2Engine(LibcryptoBackend(evp.load())),
) -> Choice:
    """Test both engines. The fast one is used if it agrees with Python's, which has to work in any case.

    Raises:
        EngineUnusable: Python's engine computes wrongly; then nothing here is to be trusted.
    """
    slow = python()
    selftest.run(slow)
    try:
        quick = fast()
        selftest.run(quick, slow)
    except EngineUnusable as error:
        return Choice((slow,), f"{slow.name} ({slow.version}), because libcrypto is not used: {error}")
    return Choice((quick, slow), f"{quick.name} ({quick.version}), because it passed its self-test")
