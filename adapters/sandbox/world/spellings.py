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


def _plain(words: Mapping[State, str]) -> Callable[[Licence, date], str]:
    def write(licence: Licence, _today: date) -> str:
        return words[licence.state]

    return write


_SHARED_CODES: Mapping[State, str] = MappingProxyType(
    {
        "VALID": "0",
        "CANCELLED": "1",
        "REVOKED": "2",
        "EXPIRED": "3",
        "SUSPENDED": "4",
        "WITHDRAWN": "5",
        "VOIDED": "6",
        "DRAFT": "9",
    }
)
SHARED_STATES = StateWords(
    _plain(_SHARED_CODES), MappingProxyType({code: state for state, code in _SHARED_CODES.items()})
)

_ESTATE_WORDS: Mapping[State, str] = MappingProxyType(
    {
        "VALID": "现势",
        "EXPIRED": "届满",
        "SUSPENDED": "查封",
        "CANCELLED": "历史",
        "REVOKED": "历史",
        "WITHDRAWN": "历史",
        "VOIDED": "历史",
        "DRAFT": "未登簿",
    }
)
ESTATE_STATES = StateWords(
    _plain(_ESTATE_WORDS),
    MappingProxyType(
        {
            "现势": "VALID",
            "届满": "EXPIRED",
            "查封": "SUSPENDED",
            "历史": "CANCELLED",
            "未登簿": "DRAFT",
        }
    ),
)

_CIVIL_WORDS: Mapping[State, str] = MappingProxyType(
    {
        "VALID": "有效",
        "EXPIRED": "已届满",
        "SUSPENDED": "已挂起",
        "CANCELLED": "已注销",
        "REVOKED": "已注销",
        "WITHDRAWN": "已注销",
        "VOIDED": "已撤销",
        "DRAFT": "待领取",
    }
)
CIVIL_STATES = StateWords(
    _plain(_CIVIL_WORDS),
    MappingProxyType(
        {
            "有效": "VALID",
            "已届满": "EXPIRED",
            "已挂起": "SUSPENDED",
            "已注销": "CANCELLED",
            "已撤销": "VOIDED",
            "待领取": "DRAFT",
        }
    ),
)

_DISTRICT_LETTERS: Mapping[State, str] = MappingProxyType(
    {
        "VALID": "A",
        "EXPIRED": "G",
        "SUSPENDED": "S",
        "CANCELLED": "Z",
        "REVOKED": "D",
        "WITHDRAWN": "C",
        "VOIDED": "C",
        "DRAFT": "N",
    }
)
DISTRICT_STATES = StateWords(
    _plain(_DISTRICT_LETTERS),
    MappingProxyType(
        {
            "A": "VALID",
            "G": "EXPIRED",
            "S": "SUSPENDED",
            "Z": "CANCELLED",
            "D": "REVOKED",
            "C": "WITHDRAWN",
            "N": "DRAFT",
        }
    ),
)
