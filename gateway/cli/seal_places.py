"""Where a seal goes, as it is typed."""

import math
from typing import Final

from certs.documents import Placement
from certs.placement import AcrossPages, AtKeyword, AtPoint, LowerRight
from gateway.cli.seal_problems import Unusable
from gateway.core.text import Text

USUAL: Final = LowerRight()
"""Where a seal goes if nobody says: on the last page, at its lower right, however large it is."""

LONGEST_KEYWORD: Final = 200

_ONE = Text("--at、--keyword、--cross-page 只能写一个", "--at, --keyword and --cross-page exclude each other")
_KEEP_ONE = Text("只留一个；各自另存一份可盖多个章", "keep one; to seal in several places, seal the result again")
_NO_POINT = Text("--at {at} 不是位置", "--at {at} is no place")
_POINT = Text(
    "写成 页,X,Y，如 1,150,220：页从 1 起（-1 为末页），毫米，自页面左上角到印章左上角",
    "write PAGE,X,Y as 1,150,220: pages from 1 (-1 is the last), mm from the page's top left corner to the seal's",
)
_NO_KEYWORD = Text("--keyword 须为 1 到 {most} 个字符", "--keyword has 1 to {most} characters")
_SHORTER = Text("写出文件中的一段文字", "give a text that is in the document")


def read_place(at: str | None, keyword: str | None, *, cross_page: bool) -> Placement | None:
    """The place that was asked for; None if nobody did.

    Raises:
        Unusable: there are several, or it is none.
    """
    if (at is not None) + (keyword is not None) + cross_page > 1:
        raise Unusable(_ONE, _KEEP_ONE)
    if at is not None:
        return _point(at)
    if keyword is not None:
        if not 0 < len(keyword.strip()) <= LONGEST_KEYWORD:
            raise Unusable(_NO_KEYWORD.format(most=LONGEST_KEYWORD), _SHORTER)
        return AtKeyword(keyword)
    return AcrossPages() if cross_page else None


def _point(text: str) -> AtPoint:
    parts = text[:LONGEST_KEYWORD].split(",")
    try:
        page, x, y = parts
        point = AtPoint(int(page), float(x), float(y))
    except ValueError as error:
        raise Unusable(_NO_POINT.format(at=text), _POINT) from error
    if not (point.page and math.isfinite(point.x) and math.isfinite(point.y)):
        raise Unusable(_NO_POINT.format(at=text), _POINT)
    return point
