"""Where a seal goes on a document. Lengths are in millimetres from a page's top left corner."""

import msgspec


class Point(msgspec.Struct, frozen=True, tag="point"):
    """The seal's top left corner is at a point of one page, from 1; from the end with -1 for the last."""

    page: int
    x: float
    y: float


class Keyword(msgspec.Struct, frozen=True, tag="keyword"):
    """The seal is centred on every place where this text stands."""

    text: str


class Across(msgspec.Struct, frozen=True, tag="across"):
    """A slice of the seal is on the right edge of every page (骑缝章)."""


Place = Point | Keyword | Across
