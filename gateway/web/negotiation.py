"""Content negotiation (RFC 9110, section 12): in which form a caller reads answers, and what he may send."""

import re
from enum import Enum
from functools import lru_cache
from typing import Final

import msgspec

_LONGEST_KEPT: Final = 200
"""Longer headers are read anew each time, so that callers cannot fill the memory with them."""
_MOST_RANGES: Final = 64
_QUALITY: Final = re.compile(r"(0(\.\d{0,3})?|1(\.0{0,3})?)", re.ASCII)
_UTF8: Final = frozenset({"utf-8", "utf8"})


class Media(Enum):
    """A form of answers."""

    GRAPHQL = "application/graphql-response+json"
    JSON = "application/json"
    EVENTS = "text/event-stream"


class Range(msgspec.Struct, frozen=True):
    """One element of a header that says what its sender likes, and how much."""

    name: str
    quality: float


def negotiate(accept: str | None, *, events: bool = False) -> Media | None:
    """The form that the caller reads best; None if he reads none of ours.

    A caller who names nothing, or only wildcards, gets JSON: he may not know GraphQL's own type. ``events`` tells that
    event streams can be had here; they are given only to callers who name them.
    """
    if accept is None or not accept.strip():
        return Media.JSON
    return _negotiate(accept, events) if len(accept) <= _LONGEST_KEPT else _negotiate.__wrapped__(accept, events)


@lru_cache(256)
def _negotiate(accept: str, events: bool) -> Media | None:  # noqa: FBT001 - the cache's key
    qualities = {entry.name: entry.quality for entry in ranges(accept)}
    best: Media | None = None
    highest = 0.0
    # in the order in which we prefer those that the caller likes alike
    for media in (Media.GRAPHQL, Media.JSON, Media.EVENTS) if events else (Media.GRAPHQL, Media.JSON):
        if (quality := qualities.get(media.value, 0.0)) > highest:
            best, highest = media, quality
    wildcard = qualities.get("application/*", qualities.get("*/*", 0.0))
    if wildcard > highest:
        return next((media for media in (Media.JSON, Media.GRAPHQL) if media.value not in qualities), best)
    return best


@lru_cache(256)
def takes_gzip(accept_encoding: str) -> bool:
    """Whether a caller with this Accept-Encoding header likes gzip at least as well as plain bytes."""
    qualities = {entry.name: entry.quality for entry in ranges(accept_encoding)}
    gzip = qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", 0.0)))
    return gzip > 0 and gzip >= qualities.get("identity", 0.0)


@lru_cache(256)
def is_json(content_type: str) -> bool:
    """Whether a body of this Content-Type is JSON in UTF-8, as far as its label tells."""
    media_type, *parameters = content_type.split(";")
    if media_type.strip().lower() != Media.JSON.value:
        return False
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in _UTF8:
            return False
    return True


def ranges(header: str) -> list[Range]:
    """The elements that can be read; one with a wrong quality counts as not there."""
    found = []
    for element in header.split(",", _MOST_RANGES)[:_MOST_RANGES]:
        name, *parameters = element.split(";")
        quality = "1"
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                quality = value.strip()
        if _QUALITY.fullmatch(quality):
            found.append(Range(name.strip().lower(), float(quality)))
    return found
