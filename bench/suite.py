"""What a suite is: its subjects, and what there is to compare them with."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bench.frame import Subject


@dataclass(frozen=True)
class Peers:
    """Other programs that do the same.

    Attributes:
        note: what is compared with what, and what is not here to be compared, in both languages.
        subjects: those that are on this machine.
    """

    note: str
    subjects: Callable[[], Sequence[Subject]]


@dataclass(frozen=True)
class Suite:
    """A suite.

    Attributes:
        title: in both languages.
        subjects: prepares everything and gives the subjects; their work is done inside the block.
        peers: what ``--peers`` adds.
    """

    title: str
    subjects: Callable[[], AbstractContextManager[Sequence[Subject]]]
    peers: Peers
