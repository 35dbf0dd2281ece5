"""Where a seal goes. Lengths are in millimetres on the page as a reader sees it, from its top left corner."""

from enum import StrEnum

import msgspec

_RIGHT = 28.0
_BELOW = 30.0


class AtPoint(msgspec.Struct, frozen=True):
    """The seal's top left corner is at a point of one page.

    Attributes:
        page: from 1; from the end with -1 for the last.
        x: to the right.
        y: downwards.
    """

    page: int
    x: float
    y: float


class LowerRight(msgspec.Struct, frozen=True):
    """The seal is in the lower right of a page, with the margins of a letter as far as a small page has room for them.

    Attributes:
        page: from 1; from the end with -1 for the last.
    """

    page: int = -1

    def corner(self, page: tuple[float, float], seal: tuple[float, float]) -> tuple[float, float]:
        """The seal's top left corner on a page of this width and height; a seal that is larger is nowhere inside."""
        return max(0.0, page[0] - seal[0] - _RIGHT), max(0.0, page[1] - seal[1] - _BELOW)


class AtKeyword(msgspec.Struct, frozen=True):
    """The seal's centre is on the centre of a text, or as near as the page lets it be.

    Attributes:
        text: what to look for.
        occurrence: which one, from 1 in reading order; from the end with -1. None: a seal on each, under one signature.
    """

    text: str
    occurrence: int | None = None


class Edge(StrEnum):
    """The edge at which the pages of a document are sealed across."""

    LEFT = "left"
    RIGHT = "right"


class AcrossPages(msgspec.Struct, frozen=True):
    """One slice of the seal on every page, so that the whole seal shows when the pages are fanned out (骑缝章).

    Where a slice would be narrower than a millimetre, the pages are divided into equal groups that bear a seal each.

    Attributes:
        y: from the top of the page to the seal's; None for the middle of the page.
        edge: where the slices touch the page's edge.
    """

    y: float | None = None
    edge: Edge = Edge.RIGHT
