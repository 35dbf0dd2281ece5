"""Values in a manifest: where a request field comes from, and what a reply field becomes.

A plain string is a reference (request) or a path (response). A mapping whose keys are exactly those of an
expression is that expression; any other mapping in a request is a nested object, and ``{object: {...}}`` says so
where a legacy field happens to be called like an expression.
"""

from typing import Annotated, Any, Union

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag, model_validator
from typing_extensions import TypeAliasType

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)]
TableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9]*$", max_length=40)]
Reference = Annotated[str, StringConstraints(pattern=r"^[a-z]+(\.[A-Za-z]+)+$|^now$", max_length=60)]
PathText = Annotated[str, StringConstraints(min_length=1, max_length=200)]
DateForms = str | tuple[str, ...]


class Strict(BaseModel):
    """Base of everything in a manifest: unknown keys are findings, values are never coerced, instances frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class SettingRef(Strict):
    """The value of a named setting that operations fill: an address or a secret."""

    setting: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+/[a-z0-9-]+$", max_length=80)]


# ---- requests


class Given(Strict):
    """A constant: ``{value: "1"}``."""

    value: str | int | bool | float


class FromReference(Strict):
    """A reference with a constant to fall back on: ``{from: use.case, or: "0"}``."""

    reference: Reference = Field(alias="from")
    otherwise: str | int = Field(alias="or")


class CodedReference(Strict):
    """A canonical code in the system's own spelling, by a code table read backwards."""

    code: Reference
    table: TableName


class Stamp(Strict):
    """A date in the system's spelling: ``{date: now, as: "yyyyMMddHHmmss"}``, local time of China."""

    date: Reference
    form: str = Field(alias="as")


class ObjectOf(Strict):
    """A nested object whose field names would otherwise be read as an expression."""

    object: dict[str, "RequestValue"]


_REQUEST_KEYS: dict[frozenset[str], str] = {
    frozenset({"value"}): "given",
    frozenset({"setting"}): "setting",
    frozenset({"from", "or"}): "from",
    frozenset({"code", "table"}): "code",
    frozenset({"date", "as"}): "date",
    frozenset({"object"}): "object",
}


def _request_tag(value: Any) -> str:
    if isinstance(value, str):
        return "reference"
    if isinstance(value, dict):
        return _REQUEST_KEYS.get(frozenset(value), "nested")
    tags = {
        Given: "given",
        SettingRef: "setting",
        FromReference: "from",
        CodedReference: "code",
        Stamp: "date",
        ObjectOf: "object",
    }
    return tags.get(type(value), "reference")


RequestValue = TypeAliasType(
    "RequestValue",
    Annotated[
        Union[
            Annotated[Reference, Tag("reference")],
            Annotated[Given, Tag("given")],
            Annotated[SettingRef, Tag("setting")],
            Annotated[FromReference, Tag("from")],
            Annotated[CodedReference, Tag("code")],
            Annotated[Stamp, Tag("date")],
            Annotated[ObjectOf, Tag("object")],
            Annotated[dict[str, "RequestValue"], Tag("nested")],
        ],
        Discriminator(_request_tag),
    ],
)

# ---- responses


class DateAt(Strict):
    """A date: ``{date: issue_date, as: "yyyy-MM-dd HH:mm:ss", noEnd: ["9999-12-31"]}``.

    ``as`` is one form or several that are tried in order; ``epoch`` and ``epochMillis`` are forms too. Texts listed
    in ``noEnd`` (compared with the start of the value) mean that there is no end.
    """

    date: PathText
    form: DateForms = Field(alias="as")
    no_end: tuple[str, ...] = Field(default=(), alias="noEnd")


class CodeAt(Strict):
    """A code of the system's, read through a code table; the raw code is kept."""

    code: PathText
    table: TableName


class SplitAt(Strict):
    """Several values joined in one string."""

    split: PathText
    by: str


class FirstOf(Strict):
    """The first of several paths that holds a value."""

    first: tuple[PathText, ...]


class Constant(Strict):
    """The same value for every row: ``{value: VALID}``."""

    value: str


_RESPONSE_TYPES: dict[str, type[Strict]] = {
    "date": DateAt,
    "code": CodeAt,
    "split": SplitAt,
    "first": FirstOf,
    "value": Constant,
}


def _response_tag(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((name for name in _RESPONSE_TYPES if name in value), None)
    return next((name for name, kind in _RESPONSE_TYPES.items() if isinstance(value, kind)), "path")


ResponseValue = Annotated[
    Union[
        Annotated[PathText, Tag("path")],
        Annotated[DateAt, Tag("date")],
        Annotated[CodeAt, Tag("code")],
        Annotated[SplitAt, Tag("split")],
        Annotated[FirstOf, Tag("first")],
        Annotated[Constant, Tag("value")],
    ],
    Discriminator(_response_tag),
]


class HoldersAt(Strict):
    """Holders: one element each with ``each``, or columns of one row that are split alike and zipped."""

    each: PathText | None = None
    number: ResponseValue | None = None
    name: ResponseValue | None = None
    type: ResponseValue | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "HoldersAt":
        if self.number is None and self.name is None:
            message = "holders need at least number or name"
            raise ValueError(message)
        return self


class FaceAt(Strict):
    """The printed face: a JSON object in a string (``json``), an inline object (``entries``), or one element a field.

    With ``each``, ``name``, ``label`` and ``value`` are paths below that element; ``.`` is the element itself.
    """

    json_text: PathText | None = Field(default=None, alias="json")
    entries: PathText | None = None
    each: PathText | None = None
    name: PathText | None = None
    label: PathText | None = None
    value: PathText | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "FaceAt":
        ways = [way for way in (self.json_text, self.entries, self.each) if way is not None]
        if len(ways) != 1:
            message = "a face is read in exactly one way: json, entries or each"
            raise ValueError(message)
        if (self.each is None) != (self.name is None) or (self.each is None) != (self.value is None):
            message = "each needs name and value, json and entries take neither"
            raise ValueError(message)
        return self
