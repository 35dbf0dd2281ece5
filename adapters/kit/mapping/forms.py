"""Forms of dates as manifests write them: ``yyyy MM dd HH mm ss SSS`` and literals, ``epoch``, ``epochMillis``.

All legacy systems speak local time of China; so does every form.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final, NoReturn

import msgspec

from gateway.core.clock import CHINA
from gateway.core.errors import YiwangError
from gateway.core.text import Language, Text

_TOKENS: Final = {
    "yyyy": ("year", r"([0-9]{4})", "{0.year:04d}"),
    "MM": ("month", r"([0-9]{2})", "{0.month:02d}"),
    "dd": ("day", r"([0-9]{2})", "{0.day:02d}"),
    "HH": ("hour", r"([01][0-9]|2[0-3])", "{0.hour:02d}"),
    "mm": ("minute", r"([0-5][0-9])", "{0.minute:02d}"),
    "ss": ("second", r"([0-5][0-9])", "{0.second:02d}"),
    "SSS": ("millisecond", r"([0-9]{3})", "{1:03d}"),
}
_PIECE = re.compile(r"yyyy|MM|dd|HH|mm|ss|SSS|'([^']+)'|[^A-Za-z']|T")
_NEEDED: Final = ("year", "month", "day")
_TICKS: Final = {"epoch": 1, "epochMillis": 1000}
_NUMBER = re.compile(r"-?[0-9]{1,15}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MAX_FORM = 60

Read = Callable[[str], datetime]


class FormInvalid(YiwangError):
    """A text that is no form of a date; ``reason`` says why."""

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason.render(Language.EN))


class Mismatch(ValueError):
    """A text that is not written in this form."""


class Form(msgspec.Struct, frozen=True):
    """A prepared form.

    Attributes:
        text: as the manifest has it.
        read: the aware instant (local time of China) that a text means; raises Mismatch if it is written otherwise
            and ValueError or OverflowError if no such day exists. None if the form names no whole day.
        day: like ``read`` but the calendar day in China.
        write: the text of an aware instant.
    """

    text: str
    read: Read | None
    day: Callable[[str], date] | None
    write: Callable[[datetime], str]


def parse_form(text: str) -> Form:
    """The form that ``text`` spells; raises FormInvalid."""
    if text in _TICKS:
        return _ticks(text, _TICKS[text])
    if len(text) > MAX_FORM:
        _refuse(f"日期格式最多 {MAX_FORM} 个字符", f"a date form has at most {MAX_FORM} characters")
    names: list[str] = []
    pattern = template = ""
    position = 0
    while position < len(text):
        piece = _PIECE.match(text, position)
        if piece is None:
            _refuse(
                f"第 {position + 1} 个字符不是日期记号；可用 yyyy MM dd HH mm ss SSS，其余字母放入单引号",
                f"character {position + 1} is no date token; write yyyy MM dd HH mm ss SSS, quote other letters",
            )
        position = piece.end()
        if piece[0] in _TOKENS:
            name, matcher, writer = _TOKENS[piece[0]]
            if name in names:
                _refuse(f"{piece[0]} 出现两次", f"{piece[0]} is written twice")
            names.append(name)
            pattern += matcher
            template += writer
        else:
            literal = piece[1] or piece[0]
            pattern += re.escape(literal)
            template += literal.replace("{", "{{").replace("}", "}}")
    if not names:
        _refuse("日期格式中没有日期记号", "the form holds no date token such as yyyy")
    whole = all(name in names for name in _NEEDED)
    compiled = re.compile(pattern)
    return Form(
        text,
        _reader(compiled, names) if whole else None,
        _day_reader(compiled, names, text) if whole else None,
        _writer(template),
    )


def iso_instant(text: str) -> datetime:
    """An ISO 8601 instant or day (midnight); without an offset it is local time of China. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def iso_day(text: str) -> date:
    """The calendar day in China of an ISO 8601 day or instant. Raises ValueError or OverflowError."""
    moment = datetime.fromisoformat(text)
    return (moment.astimezone(CHINA) if moment.tzinfo else moment).date()


def _reader(pattern: re.Pattern[str], names: list[str]) -> Read:
    match = pattern.fullmatch
    order = [names.index(name) + 1 if name in names else None for name in (*_NEEDED, "hour", "minute", "second")]
    millisecond = names.index("millisecond") + 1 if "millisecond" in names else None

    def read(text: str) -> datetime:
        found = match(text)
        if found is None:
            raise Mismatch
        year, month, day, hour, minute, second = (int(found[at]) if at else 0 for at in order)
        micro = int(found[millisecond]) * 1000 if millisecond else 0
        return datetime(year, month, day, hour, minute, second, micro, tzinfo=CHINA)

    return read


def _day_reader(pattern: re.Pattern[str], names: list[str], text: str) -> Callable[[str], date]:
    match = pattern.fullmatch
    year, month, day = (names.index(name) + 1 for name in _NEEDED)

    def read(text: str) -> date:
        found = match(text)
        if found is None:
            raise Mismatch
        return date(int(found[year]), int(found[month]), int(found[day]))

    def read_iso(text: str) -> date:
        if match(text) is None:
            raise Mismatch
        return date.fromisoformat(text[:10])

    # The usual spelling is read by the standard library in C, once the pattern has vouched for it.
    return read_iso if text.startswith("yyyy-MM-dd") else read


def _writer(template: str) -> Callable[[datetime], str]:
    def write(moment: datetime) -> str:
        local = moment.astimezone(CHINA)
        return template.format(local, local.microsecond // 1000)

    return write


def _ticks(text: str, per_second: int) -> Form:
    def read(text: str) -> datetime:
        if _NUMBER.fullmatch(text) is None:
            raise Mismatch
        return (_EPOCH + timedelta(seconds=int(text) / per_second)).astimezone(CHINA)

    def day(text: str) -> date:
        return read(text).date()

    def write(moment: datetime) -> str:
        return str((moment - _EPOCH) * per_second // timedelta(seconds=1))

    return Form(text, read, day, write)


def _refuse(zh: str, en: str) -> NoReturn:
    raise FormInvalid(Text(zh, en))
