"""Where a text stands on the pages of a document; pdfium reads it."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pypdfium2

from certs.pdf.errors import KeywordNowhere, KeywordTooOften, PdfUnreadable, PlacementInvalid
from certs.pdf.geometry import Box
from certs.pdf.placement import AtKeyword
from gateway.core.text import Text

LONGEST_KEYWORD: Final = 100
MOST_PLACES: Final = 100
"""Places where one signature shows, at most."""

_MOST_OCCURRENCES: Final = 10_000

LOCK: Final = threading.Lock()
"""pdfium is not to be used by two threads at a time."""

Hit = tuple[int, Box]
"""The number of a page, from 0, and a box in the page's own units."""


def find_keyword(source: bytes | Path, wanted: AtKeyword) -> Sequence[Hit]:
    """Where the keyword stands: everywhere, or at the occurrence that is wanted.

    Raises:
        KeywordNowhere: it is nowhere.
        KeywordTooOften: it is there more than 100 times, and no occurrence is wanted.
        PlacementInvalid: it is not there as often as the wanted occurrence says, or is no keyword.
        PdfUnreadable: pdfium cannot read the document.
    """
    if not wanted.text.strip() or len(wanted.text) > LONGEST_KEYWORD:
        raise PlacementInvalid(
            Text("关键字须为 1 到 100 个字符", "a keyword has 1 to 100 characters that are not all spaces")
        )
    most = MOST_PLACES if wanted.occurrence is None else _MOST_OCCURRENCES
    found: list[Hit] = []
    with LOCK:
        for hit in _hits(source, wanted.text):
            found.append(hit)
            if len(found) == wanted.occurrence:
                return [hit]
            if len(found) > most:
                raise KeywordTooOften(
                    Text(
                        f"关键字出现超过 {most} 次，请指定第几处",
                        f"the keyword occurs more than {most} times: say which one is meant",
                    )
                )
    if not found:
        raise KeywordNowhere(Text("文件中没有该关键字", "the keyword is nowhere in the document"))
    number = wanted.occurrence
    if number is None:
        return found
    if not -len(found) <= number < 0:
        raise PlacementInvalid(Text(f"关键字只出现 {len(found)} 次", f"the keyword occurs {len(found)} times only"))
    return [found[number]]


def _hits(source: bytes | Path, text: str) -> Iterator[Hit]:
    try:
        document = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError as error:
        raise PdfUnreadable(Text("无法读取文件中的文字", "the text of the document cannot be read")) from error
    try:
        for number in range(len(document)):
            for box in _on_page(document, number, text):
                yield number, box
    finally:
        document.close()


def _on_page(document: pypdfium2.PdfDocument, number: int, text: str) -> Iterator[Box]:
    page = document[number]
    read = page.get_textpage()
    search = read.search(text, match_case=True)
    try:
        while (hit := search.get_next()) is not None:
            boxes = [read.get_rect(place) for place in range(read.count_rects(*hit))]
            if boxes:
                lefts, bottoms, rights, tops = zip(*boxes, strict=True)
                yield min(lefts), min(bottoms), max(rights), max(tops)
    finally:
        search.close()
        read.close()
        page.close()
