"""Test subjects and the probe: whom a system may be asked for at any time, and the call that shows how it fares."""

from typing import Annotated, Final, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag, model_validator
from pydantic_core import PydanticCustomError

from adapters.kit.manifest.expressions import COMBINATION, SettingRef, Strict, Word
from adapters.kit.manifest.measures import HolderType, OperationName, Seconds
from adapters.kit.manifest.sharing import RecordField

ABOUT: Final = ("holder", "licence", "case", "scan", "sealing", "parameter", "share")
"""What a subject can be: the key that says it, and the root of the references that a request asks for it with."""

_WrittenText = Annotated[str, StringConstraints(min_length=1, max_length=100)]


def _text_form(value: object) -> str:
    return "<setting>" if isinstance(value, dict | SettingRef) else "<text>"


SubjectText = Annotated[
    Annotated[SettingRef, Tag("<setting>")] | Annotated[_WrittenText, Tag("<text>")], Discriminator(_text_form)
]
"""A value of a subject: written out, or a setting where not everybody who reads the manifest may know it."""


class SubjectHolder(Strict):
    """A test holder."""

    type: HolderType = Field(description="type of the identity document")
    number: SubjectText = Field(description="its number, written out or a setting")
    name: SubjectText | None = Field(default=None, description="the holder's name, where the system compares it")


class SubjectLicence(Strict):
    """A test licence, by its identifier, the system's own number, or both."""

    identifier: SubjectText | None = Field(default=None, description="licence identifier (GB/T 36904)")
    number: SubjectText | None = Field(default=None, description="the system's own number")


class Subject(Strict):
    """Exactly one of ``holder``, ``licence``, ``case``, ``scan``, ``sealing``, ``parameter`` and ``share``.

    It is invented, and declared by the owner.
    """

    holder: SubjectHolder | None = Field(default=None, description="a holder")
    licence: SubjectLicence | None = Field(default=None, description="a licence")
    case: SubjectText | None = Field(default=None, description="number of a case")
    scan: SubjectText | None = Field(default=None, description="a code that stands for nobody")
    sealing: SubjectText | None = Field(
        default=None, description="a key under which nothing was ever sealed; a log is probed for 2000-01-01"
    )
    parameter: Annotated[dict[RecordField, SubjectText], Field(min_length=1, max_length=20)] | None = Field(
        default=None, description="the fields by which a resource is asked for, of nobody real"
    )
    share: SubjectText | None = Field(
        default=None,
        description="a key with which an exchange was never asked for data; its list is that of 2000-01-01",
    )
    clerk: SubjectText | None = Field(default=None, description="account of the test clerk who shows the scan")

    @model_validator(mode="after")
    def _one_thing(self) -> "Subject":
        if sum(getattr(self, name) is not None for name in ABOUT) != 1:
            message = "a subject is exactly one of holder, licence, case, scan, sealing, parameter and share"
            raise PydanticCustomError(COMBINATION, message)
        return self


class Probe(Strict):
    """A call that the gateway makes for itself, every so often give or take a fifth, on a test subject.

    ``note`` and ``item`` are the purpose that the system reads and logs: it must be able to tell probes from uses.
    """

    operation: OperationName = Field(description="the operation that is called")
    subject: Word = Field(description="whom or what it is called for, one of the subjects")
    every: Seconds = Field(
        default=10.0, description="seconds between two probes, 2s to 1h", json_schema_extra={"default": "10s"}
    )
    expect: Annotated[tuple[Literal["OK", "NOT_FOUND"], ...], Field(min_length=1)] = Field(
        default=("OK",), description="the outcomes of a system that is well"
    )
    deadline: Seconds | None = Field(
        default=None, description="longest wait, at most that of limits, which is the default"
    )
    slow: Seconds | None = Field(
        default=None, description="a call that takes longer is slow; half the deadline of limits by default"
    )
    item: _WrittenText = Field(default="health-probe", description="use.item of the probe")
    note: _WrittenText = Field(default="系统运行状况探测", description="use.note of the probe")
