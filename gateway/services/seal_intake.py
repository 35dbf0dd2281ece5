"""What comes into the seal register: structures and certificates as they were filed elsewhere, and where the key is."""

import base64
import binascii
from collections.abc import Sequence
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.ports import SystemDirectory
from gateway.core.seals.platform import Mode
from gateway.core.seals.reading import SealReader, SealReading
from gateway.core.seals.register import Route

LARGEST_STRUCTURE: Final = 524_288
"""Bytes of a seal that is registered; nearly all of it is the picture."""

LARGEST_CERTIFICATE: Final = 65_536
MOST_CERTIFICATES: Final = 8
LONGEST_TEXT: Final = 1_024


class RouteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A key's reference, or a platform's code with its own number for the seal and what it is sent."""

    key: str | None = None
    platform: str | None = None
    number: str | None = None
    mode: Mode | None = None


class SealIntake:
    """Reads what is handed in.

    Args:
        reader: examines seals and certificates.
        directory: knows the platforms among the systems.
    """

    def __init__(self, reader: SealReader, directory: SystemDirectory) -> None:
        self._reader = reader
        self._directory = directory

    async def read(self, structure: str, certificates: Sequence[str]) -> SealReading:
        """The seal of these texts (Base64 of DER).

        Raises:
            Refusal: BAD_INPUT with what is wrong.
        """
        if not 1 <= len(certificates) <= MOST_CERTIFICATES:
            raise Refusal(problems.LIMIT_OUT_OF_RANGE, "input.certificates", low=1, high=MOST_CERTIFICATES)
        chain = [_decoded(text, LARGEST_CERTIFICATE, "input.certificates") for text in certificates]
        return await self._reader.read(_decoded(structure, LARGEST_STRUCTURE, "input.structure"), chain)

    def route(self, request: RouteRequest, reading: SealReading) -> Route:
        """The way on which documents get this seal.

        Raises:
            Refusal: BAD_INPUT if there is none, or not for this seal.
        """
        texts = (request.key, request.platform, request.number)
        if any(text is not None and not (len(text) <= LONGEST_TEXT and text.isprintable()) for text in texts):
            raise Refusal(problems.SEAL_ROUTE_INVALID, "input.route")
        try:
            route = Route(key=request.key, platform=request.platform, number=request.number, mode=request.mode)
        except ValueError:
            raise Refusal(problems.SEAL_ROUTE_INVALID, "input.route") from None
        if route.key is not None and not self._reader.is_key(route.key):
            raise Refusal(problems.SEAL_ROUTE_INVALID, "input.route.key")
        if route.platform is not None and all(view.code != route.platform for view in self._directory.systems()):
            raise Refusal(problems.SEAL_PLATFORM_UNKNOWN, "input.route.platform.system")
        if not reading.usable_here and route.mode != Mode.DOCUMENT:
            raise Refusal(problems.SEAL_FOR_PLATFORM_ONLY, "input.route")
        return route


def _decoded(text: str, limit: int, field: str) -> bytes:
    if len(text) <= (limit + 2) // 3 * 4:
        try:
            decoded = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            decoded = b""
        if 1 <= len(decoded) <= limit:
            return decoded
    raise Refusal(problems.SEAL_ENCODING_INVALID, field, limit=limit)
