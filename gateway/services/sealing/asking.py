"""What callers ask for: documents, the seal, and the place where it goes."""

import hashlib
import math

import msgspec

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.seals.place import Across, Keyword, Place, Point
from gateway.core.seals.sealing import LONGEST_KEY
from gateway.core.use import Use

MOST_DOCUMENTS = 5_000
_MOST_PAGES = 100_000
_LONGEST_KEYWORD = 100
_MOST_MM = 10_000.0


class DocumentRequest(msgspec.Struct, frozen=True):
    """One document: the caller's idempotency key, and the upload with its bytes."""

    key: str
    upload: str


class SealRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Documents that are to get one seal at one place."""

    use: str
    seal: str
    place: Place
    documents: tuple[DocumentRequest, ...]

    def __repr__(self) -> str:
        """How many: uses and uploads are keys."""
        return f"SealRequest({len(self.documents)} documents)"


def place_of(at: tuple[int, float, float] | None, keyword: str | None, *, across: bool) -> Place:
    """The place that is named.

    Raises:
        Refusal: BAD_INPUT unless it is exactly one that can be.
    """
    named: list[Place] = []
    if at is not None:
        named.append(Point(*at))
    if keyword is not None:
        named.append(Keyword(keyword.strip()))
    if across:
        named.append(Across())
    if len(named) != 1 or not _can_be(named[0]):
        raise Refusal(problems.SEALING_PLACE_INVALID, "input.at")
    return named[0]


def _can_be(place: Place) -> bool:
    match place:
        case Point(page, x, y):
            lengths = all(math.isfinite(length) and 0 <= length <= _MOST_MM for length in (x, y))
            return lengths and 1 <= abs(page) <= _MOST_PAGES
        case Keyword(text):
            return 1 <= len(text) <= _LONGEST_KEYWORD and text.isprintable()
    return True


def verify_documents(documents: tuple[DocumentRequest, ...], field: str) -> None:
    """Their number and keys are as they should be.

    Raises:
        Refusal: BAD_INPUT.
    """
    keys = {one.key for one in documents}
    if not 1 <= len(documents) <= MOST_DOCUMENTS or len(keys) != len(documents):
        raise Refusal(problems.SEALINGS_COUNT_INVALID, field, limit=MOST_DOCUMENTS)
    for place, one in enumerate(documents):
        if not 1 <= len(one.key) <= LONGEST_KEY or not all("!" <= letter <= "~" for letter in one.key):
            raise Refusal(problems.SEALING_KEY_INVALID, field_of(documents, place, "idempotencyKey"), limit=LONGEST_KEY)


def field_of(documents: tuple[DocumentRequest, ...], place: int, name: str) -> str:
    """Where a part of one of the documents stands in what the caller sent."""
    return f"input.{name}" if len(documents) == 1 else f"input.documents[{place}].{name}"


def digest_of(request: SealRequest, use: Use, sha256: str) -> bytes:
    """What is the same in every repetition of a request: seal, place, document, item and case."""
    parts = [request.seal, msgspec.to_builtins(request.place), sha256, use.item, use.case or use.application]
    return hashlib.sha256(msgspec.json.encode(parts)).digest()
