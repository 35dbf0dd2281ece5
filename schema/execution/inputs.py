"""How big the variables of an operation may be, whatever their types: checked before they are looked at."""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.text import Text

MOST_VARIABLES = 100
MOST_VALUES = 25_000
"""Five thousand documents to be sealed are twenty thousand values."""
LONGEST_LIST = 5_000
LONGEST_TEXT = 100_000
MOST_INPUT_DEPTH = 16

_TOO_MANY = Text("变量超过 {limit} 个", "more than {limit} variables").format(limit=MOST_VARIABLES)
_TOO_LARGE = Text("值超过 {limit} 个", "more than {limit} values").format(limit=MOST_VALUES)
_TOO_LONG_LIST = Text("列表超过 {limit} 项", "a list of more than {limit}").format(limit=LONGEST_LIST)
_TOO_LONG_TEXT = Text("文本超过 {limit} 个字符", "a text of more than {limit} characters").format(limit=LONGEST_TEXT)
_TOO_DEEP = Text("嵌套超过 {limit} 层", "nested deeper than {limit} levels").format(limit=MOST_INPUT_DEPTH)


def check_variables(variables: Mapping[str, Any]) -> None:
    """Return if the variables are within every limit; the time is linear in what was sent.

    Raises:
        Refusal: LIMIT, naming the measure and never a value.
    """
    if len(variables) > MOST_VARIABLES:
        raise _refused(_TOO_MANY)
    values = 0
    level: list[object] = list(variables.values())
    for _ in range(MOST_INPUT_DEPTH):
        values += len(level)
        if values > MOST_VALUES:
            raise _refused(_TOO_LARGE)
        level = [part for value in level for part in _parts(value)]
        if not level:
            return
    raise _refused(_TOO_DEEP)


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, Mapping):
        for key in value:
            _check_text(key)
        return value.values()
    elif isinstance(value, list):
        if len(value) > LONGEST_LIST:
            raise _refused(_TOO_LONG_LIST)
        return value
    return ()


def _check_text(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise _refused(_TOO_LONG_TEXT)
    if "\0" in text:  # nothing needs it, and databases differ in whether they can keep it
        raise Refusal(problems.CHARACTER_INVALID, "variables")


def _refused(reason: Text) -> Refusal:
    return Refusal(problems.VARIABLES_TOO_LARGE, "variables", reason=reason)
