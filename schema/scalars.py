"""Scalars of the contract: checked on the way in, never refused on the way out."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.identifiers import credit_code, licence_identifier, region
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.problems import Problem
from gateway.core.text import Text

RegionCode = NewType("RegionCode", str)
CreditCode = NewType("CreditCode", str)
LicenceIdentifier = NewType("LicenceIdentifier", str)
JSON = NewType("JSON", object)


FIRST_YEAR, LAST_YEAR = 1900, 9000

_NOT_A_STRING = Text("须为字符串", "it must be a string")


def _parser(check: Callable[[str], object], problem: Problem) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if not isinstance(value, str):
            raise Refusal(problem, reason=_NOT_A_STRING)
        try:
            check(value)
        except IdentifierInvalid as error:
            raise Refusal(problem, reason=error.reason) from error
        return value

    return parse


def parse_instant(value: object) -> datetime:
    """The instant in UTC that a text names.

    Raises:
        Refusal: BAD_INPUT; one without an offset could be meant in two ways, and the ends of the calendar do not
            convert.
    """
    moment = None
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            moment = datetime.fromisoformat(value)
    if moment is None or moment.tzinfo is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Refusal(problems.INSTANT_INVALID, low=FIRST_YEAR, high=LAST_YEAR)
    return moment.astimezone(UTC)


def _as_it_is(value: object) -> object:
    return value


def scalar_map() -> dict[object, ScalarDefinition]:
    """The scalars by the Python types that stand for them."""
    return {
        RegionCode: strawberry.scalar(
            name="RegionCode",
            description="行政区划代码 · Region code, GB/T 2260, 6 or 12 digits; input is checked, output is not",
            serialize=str,
            parse_value=_parser(region.parse, problems.REGION_INVALID),
        ),
        CreditCode: strawberry.scalar(
            name="CreditCode",
            description="统一社会信用代码 · Unified social credit code, GB 32100; input is checked, output is not",
            serialize=str,
            parse_value=_parser(credit_code.parse, problems.CREDIT_CODE_INVALID),
        ),
        LicenceIdentifier: strawberry.scalar(
            name="LicenceIdentifier",
            description="证照标识 · Licence identifier, GB/T 36904; a wrong check character is a warning",
            serialize=str,
            parse_value=_parser(licence_identifier.parse, problems.LICENCE_ID_INVALID),
        ),
        JSON: strawberry.scalar(
            name="JSON",
            description="任意 JSON 值 · Any JSON value, whose shape is not the schema's",
            serialize=_as_it_is,
            parse_value=_as_it_is,
        ),
    }
