"""Values in a manifest: where a request field comes from, and what a reply field becomes.

A plain string is a reference (request) or a path (response). A mapping whose keys are exactly those of an
expression is that expression; any other mapping in a request is a nested object, and ``{object: {...}}`` says so
where a legacy field happens to be called like an expression.
"""

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import TypeAliasType

WORD_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
REFERENCE_PATTERN = r"^[a-z]+(\.[A-Za-z]+)+$|^now$"
SETTING_PATTERN = r"^[a-z0-9-]+/[a-z0-9-]+$"
Word = Annotated[str, StringConstraints(pattern=WORD_PATTERN, max_length=40)]
TableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9]*$", max_length=40)]
Reference = Annotated[str, StringConstraints(pattern=REFERENCE_PATTERN, max_length=60)]
SettingName = Annotated[str, StringConstraints(pattern=SETTING_PATTERN, max_length=80)]
PathText = Annotated[str, StringConstraints(min_length=1, max_length=200)]
DateForm = Annotated[str, StringConstraints(min_length=1, max_length=60)]
DateForms = DateForm | tuple[DateForm, ...]
FieldName = Annotated[str, StringConstraints(pattern=r"^[^\s<>]+$", max_length=100)]
LiteralText = Annotated[str, StringConstraints(max_length=500)]

COMBINATION = "combination"
"""Type of the errors that the rules also report, at a better place and without waiting for other keys."""


class Strict(BaseModel):
    """Base of everything in a manifest: unknown keys are findings, values are never coerced, instances frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class SettingRef(Strict):
    """The value of a named setting that operations fill: an address or a secret."""

    setting: SettingName = Field(description="name of the setting: the system's code, a slash, a key")


# ---- requests


class Given(Strict):
    """A constant: ``{value: "1"}``."""

    value: LiteralText | int | bool | float = Field(description="the constant, sent as it is written")


class FromReference(Strict):
    """A reference with a constant to fall back on: ``{from: use.case, or: "0"}``."""

    reference: Reference = Field(alias="from", description="the reference")
    otherwise: LiteralText | int = Field(alias="or", description="what is sent where the reference has no value")


class CodedReference(Strict):
    """A canonical code in the system's own spelling, by a code table read backwards."""

    code: Reference = Field(description="reference to a canonical code")
    table: TableName = Field(description="the code table that is read from right to left")


class Stamp(Strict):
    """A date in the system's spelling: ``{date: now, as: "yyyyMMddHHmmss"}``, local time of China."""

    date: Reference = Field(description="reference to a moment, usually now")
    form: DateForm = Field(alias="as", description="the form, such as yyyyMMddHHmmss, epoch or epochMillis")


class ObjectOf(Strict):
    """A nested object whose field names would otherwise be read as an expression."""

    object: "dict[FieldName, RequestValue]" = Field(description="the fields of the nested object")


_REQUEST_FORMS: dict[frozenset[str], tuple[str, type[Strict]]] = {
    frozenset({"value"}): ("<value>", Given),
    frozenset({"setting"}): ("<setting>", SettingRef),
    frozenset({"from", "or"}): ("<from>", FromReference),
    frozenset({"code", "table"}): ("<code>", CodedReference),
    frozenset({"date", "as"}): ("<date>", Stamp),
    frozenset({"object"}): ("<object>", ObjectOf),
}
"""Tags stand in pointy brackets, which no key may hold: so the place of an error tells tags and keys apart."""


def request_form(value: object) -> str:
    """Which form a request value has, as its tag: ``<reference>``, ``<nested>`` or one of the expressions."""
    if isinstance(value, dict):
        return _REQUEST_FORMS.get(frozenset(value), ("<nested>", Strict))[0]
    return next((tag for tag, kind in _REQUEST_FORMS.values() if isinstance(value, kind)), "<reference>")


if TYPE_CHECKING:  # pydantic needs a named alias for a value that holds itself, which mypy cannot follow
    RequestValue = (
        Reference | Given | SettingRef | FromReference | CodedReference | Stamp | ObjectOf | dict[str, "RequestValue"]
    )
else:
    RequestValue = TypeAliasType(
        "RequestValue",
        Annotated[
            Union[
                Annotated[Reference, Tag("<reference>")],
                Annotated[Given, Tag("<value>")],
                Annotated[SettingRef, Tag("<setting>")],
                Annotated[FromReference, Tag("<from>")],
                Annotated[CodedReference, Tag("<code>")],
                Annotated[Stamp, Tag("<date>")],
                Annotated[ObjectOf, Tag("<object>")],
                Annotated[dict[FieldName, "RequestValue"], Tag("<nested>")],
            ],
            Discriminator(request_form),
        ],
    )

# ---- responses


class DateAt(Strict):
    """A date: ``{date: issue_date, as: "yyyy-MM-dd HH:mm:ss", noEnd: ["9999-12-31"]}``.

    ``as`` is one form or several that are tried in order; ``epoch`` and ``epochMillis`` are forms too. Texts listed
    in ``noEnd`` (compared with the start of the value) mean that there is no end.
    """

    date: PathText = Field(description="path of the text or number")
    form: DateForms = Field(alias="as", description="its form, or several that are tried in order")
    no_end: tuple[DateForm, ...] = Field(
        default=(), alias="noEnd", description="texts that mean: no end; compared with the start of the value"
    )


class CodeAt(Strict):
    """A code of the system's, read through a code table; the raw code is kept."""

    code: PathText = Field(description="path of the system's code")
    table: TableName = Field(description="the code table it is read through")


class SplitAt(Strict):
    """Several values joined in one string."""

    split: PathText = Field(description="path of the joined text")
    by: Annotated[str, StringConstraints(min_length=1, max_length=10)] = Field(description="what joins the values")


class FirstOf(Strict):
    """The first of several paths that holds a value."""

    first: Annotated[tuple[PathText, ...], Field(min_length=1)] = Field(description="paths, tried in order")


class Constant(Strict):
    """The same value for every row: ``{value: VALID}``."""

    value: LiteralText = Field(description="the value")


_RESPONSE_FORMS: dict[str, type[Strict]] = {
    "date": DateAt,
    "code": CodeAt,
    "split": SplitAt,
    "first": FirstOf,
    "value": Constant,
}


RESPONSE_KEYS = frozenset(_RESPONSE_FORMS)
"""The key that tells which expression a mapping in a response is."""


def response_form(value: object) -> str | None:
    """Which form a response value has, as its tag; None for a mapping that is no expression."""
    if isinstance(value, dict):
        return next((f"<{name}>" for name in _RESPONSE_FORMS if name in value), None)
    return next((f"<{name}>" for name, kind in _RESPONSE_FORMS.items() if isinstance(value, kind)), "<path>")


ResponseValue = Annotated[
    Union[
        Annotated[PathText, Tag("<path>")],
        Annotated[DateAt, Tag("<date>")],
        Annotated[CodeAt, Tag("<code>")],
        Annotated[SplitAt, Tag("<split>")],
        Annotated[FirstOf, Tag("<first>")],
        Annotated[Constant, Tag("<value>")],
    ],
    Discriminator(response_form),
]


class HoldersAt(Strict):
    """Holders: one element each with ``each``, or columns of one row that are split alike and zipped."""

    each: PathText | None = Field(default=None, description="path of one holder, below the row")
    number: ResponseValue | None = Field(default=None, description="number of the identity document")
    name: ResponseValue | None = Field(default=None, description="the holder's name")
    type: ResponseValue | None = Field(default=None, description="type of the identity document")

    @model_validator(mode="after")
    def _says_something(self) -> "HoldersAt":
        if self.number is None and self.name is None:
            message = "holders need at least number or name"
            raise PydanticCustomError(COMBINATION, message)
        return self


class FaceAt(Strict):
    """The printed face: a JSON object in a string (``json``), an inline object (``entries``), or one element a field.

    With ``each``, ``name``, ``label`` and ``value`` are paths below that element; ``.`` is the element itself.
    """

    json_text: PathText | None = Field(default=None, alias="json", description="path of a JSON object in a string")
    entries: PathText | None = Field(default=None, description="path of an object whose fields are the face")
    each: PathText | None = Field(default=None, description="path of one face field, below the row")
    name: PathText | None = Field(default=None, description="with each: path of the field's key")
    label: PathText | None = Field(default=None, description="with each: path of its caption")
    value: PathText | None = Field(default=None, description="with each: path of its value")

    @model_validator(mode="after")
    def _one_way(self) -> "FaceAt":
        ways = [way for way in (self.json_text, self.entries, self.each) if way is not None]
        if len(ways) != 1:
            message = "a face is read in exactly one way: json, entries or each"
            raise PydanticCustomError(COMBINATION, message)
        if (self.each is None) != (self.name is None) or (self.each is None) != (self.value is None):
            message = "each needs name and value, json and entries take neither"
            raise PydanticCustomError(COMBINATION, message)
        return self
