"""How each library writes the state of a licence, in codes of its own."""

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

import msgspec

from adapters.sandbox.world.model import Licence, State

_LAG_DAYS = 90


class StateWords(msgspec.Struct, frozen=True):
    """A library's code table for states: the word it writes for a licence, and what each word means."""

    write: Callable[[Licence, date], str]
    means: Mapping[str, State]


CITY_WORDS: Mapping[State, str] = MappingProxyType(
    {
        "VALID": "有效",
        "EXPIRED": "过期",
        "SUSPENDED": "暂停",
        "CANCELLED": "注销",
        "REVOKED": "吊销",
        "WITHDRAWN": "撤回",
        "VOIDED": "撤销",
        "DRAFT": "未生效",
    }
)


def _city(licence: Licence, today: date) -> str:
    """The nightly job that ends licences is a quarter behind: what ended lately is still called valid."""
    if licence.state == "EXPIRED" and (today - licence.valid_until).days <= _LAG_DAYS:
        return CITY_WORDS["VALID"]
    return CITY_WORDS[licence.state]


_PROVINCE_CODES: Mapping[State, str] = MappingProxyType(
    {
        "VALID": "10",
        "EXPIRED": "30",
        "SUSPENDED": "40",
        "CANCELLED": "50",
        "REVOKED": "50",
        "WITHDRAWN": "50",
        "VOIDED": "50",
        "DRAFT": "60",
    }
)


def _province(licence: Licence, _today: date) -> str:
    """One code for every way a licence can be ended; under inspection and lost are two kinds of suspension."""
    if licence.state == "SUSPENDED" and licence.reason == "年检中":
        return "20"
    return _PROVINCE_CODES[licence.state]


CITY_STATES = StateWords(_city, MappingProxyType({word: state for state, word in CITY_WORDS.items()}))
PROVINCE_STATES = StateWords(
    _province,
    MappingProxyType(
        {
            "10": "VALID",
            "20": "SUSPENDED",
            "30": "EXPIRED",
            "40": "SUSPENDED",
            "50": "CANCELLED",
            "60": "DRAFT",
        }
    ),
)
