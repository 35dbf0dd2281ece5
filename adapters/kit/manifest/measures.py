"""Durations, sizes and names as manifests write them."""

import re
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

DURATION: Final = r"^(\d{1,6})(ms|s|m|h)$"
SIZE: Final = r"^(\d{1,9})(B|KB|MB)$"
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_BYTES = {"B": 1, "KB": 1_000, "MB": 1_000_000}


def seconds(value: object) -> float:
    """Seconds of a duration such as ``4s``; raises PydanticCustomError ``duration`` for anything else."""
    match = re.fullmatch(DURATION, value, re.ASCII) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("duration", "a duration is a whole number with ms, s, m or h")
    return int(match[1]) * _SECONDS[match[2]]


def octets(value: object) -> int:
    """Bytes of a size such as ``20MB``; raises PydanticCustomError ``size`` for anything else."""
    match = re.fullmatch(SIZE, value, re.ASCII) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("size", "a size is a whole number with B, KB or MB")
    return int(match[1]) * _BYTES[match[2]]


Seconds = Annotated[float, BeforeValidator(seconds), WithJsonSchema({"type": "string", "pattern": DURATION})]
Bytes = Annotated[int, BeforeValidator(octets), WithJsonSchema({"type": "string", "pattern": SIZE})]
OperationName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$", max_length=100)]
CodeText = Annotated[str, StringConstraints(min_length=1, max_length=64)]
HolderType = Literal["111", "414", "511", "001", "999"]
