"""GraphQL names of resources and of their information items.

A name depends on nothing but the spelling that it is of, unless two spellings would share one: whatever else comes
into the catalogue or leaves it, a client's document goes on to mean what it meant.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import count
from typing import Final

LONGEST: Final = 200
"""Characters of a name."""

TAKEN: Final = frozenset({"use", "grant", "first", "after"})
"""Arguments that every typed field has: no item is called like one of them."""

_NAME = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_CODE = re.compile(r"[0-9]{1,40}(/[0-9]{1,40})?", re.ASCII)
_ELSE = re.compile(r"[^A-Za-z0-9]+", re.ASCII)
_DIGITS: Final = 8
_LONGEST_STEM: Final = 40


def resource_name(code: str) -> str:
    """What the root field and the types of a resource are called, after what all of them begin with."""
    if _CODE.fullmatch(code) is not None:
        return code.replace("/", "_")
    return f"{_stem(code) or 'resource'}_{_digest(code)[: _DIGITS * 2]}"


def item_names(names: Iterable[str]) -> Mapping[str, str]:
    """The GraphQL name of each information item.

    One that is a GraphQL name keeps it; every other, Chinese ones for example, has what is left of it in ASCII and the
    beginning of its SHA-256, as many digits as it takes to be nobody else's.
    """
    spelt = set(names)
    given = {name: name for name in spelt if _is_name(name)}
    taken = set(given)
    for name in sorted(spelt - taken):
        given[name] = next(one for one in _derived(name) if one not in taken)
        taken.add(given[name])
    return given


def _derived(name: str) -> Iterator[str]:
    """Names made of it, without end."""
    stem, digest = _stem(name) or "item", _digest(name)
    for length in range(_DIGITS, len(digest) + 1, _DIGITS):
        yield f"{stem}_{digest[:length]}"
    yield from (f"{stem}_{digest}_{number}" for number in count(2))


def _is_name(name: str) -> bool:
    return len(name) <= LONGEST and name not in TAKEN and _NAME.fullmatch(name) is not None


def _stem(text: str) -> str:
    """What of it may stand in a name, beginning with a letter; perhaps nothing."""
    return _ELSE.sub("_", text)[:_LONGEST_STEM].strip("_0123456789")


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
