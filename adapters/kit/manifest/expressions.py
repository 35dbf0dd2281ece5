"""Values in a manifest: where a request field comes from, and what a reply field becomes.

A plain string is a reference (request) or a path (response). A mapping whose keys are exactly those of an
expression is that expression; any other mapping in a request is a nested object, and ``{object: {...}}`` says so
where a legacy field happens to be called like an expression.
"""

from typing import TYPE_CHECKING, Annotated, Literal, Union

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import TypeAliasType

WORD_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
REFERENCE_PATTERN = r"^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9_-]+)*$"
XML_NAME_PATTERN = r"^([^\W\d][\w-]*:)?[^\W\d][\w.-]*$"
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
XmlName = Annotated[str, StringConstraints(pattern=XML_NAME_PATTERN, max_length=100)]
JoiningText = Annotated[str, StringConstraints(max_length=10)]

COMBINATION = "combination"
"""Type of the errors that the rules also report, at a better place and without waiting for other keys."""


class Strict(BaseModel):
    """Base of everything in a manifest: unknown keys are findings, values are never coerced, instances frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class SettingRef(Strict):
    """The value of a named setting that operations fill: an address or a secret."""

    setting: SettingName = Field(description="name of the setting: the system's code, a slash, a key")


def key_form(value: object) -> str:
    """Which form a key has: ``<setting>`` or ``<reference>``."""
    return "<setting>" if isinstance(value, dict | SettingRef) else "<reference>"


KeyValue = Annotated[
    Annotated[SettingRef, Tag("<setting>")] | Annotated[Reference, Tag("<reference>")], Discriminator(key_form)
]
"""A key: a setting, or what a login or an earlier computation gave."""

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


class Length(Strict):
    """A length of a seal's place in the system's unit: ``{length: sealing.x, unit: pt}``."""

    length: Reference = Field(description="reference to a length: sealing.x or sealing.y")
    unit: Literal["mm", "cm", "pt", "px", "0.1mm"] = Field(description="the unit: pt are 1/72 inch, px 1/96 inch")
    decimals: Annotated[int, Field(ge=0, le=4)] = Field(default=2, description="decimal places that are kept")


class FilePartOf(Strict):
    """A file in a multipart body: ``{file: sealing.document, name: "document.bin"}``."""

    file: Reference = Field(description="reference to the file: sealing.document")
    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,60}$")] = Field(
        default="document", description="the file name that is written"
    )


class ListOf(Strict):
    """A list: ``{list: [case.number]}``; what has no value is left out."""

    members: "Annotated[tuple[RequestValue, ...], Field(min_length=1, max_length=100)]" = Field(
        alias="list", description="its members: references, expressions or nested objects"
    )


class JsonText(Strict):
    """An object or list as one JSON string: ``{json: {idNo: holder.number}}``; what has no value is left out."""

    document: "RequestValue" = Field(alias="json", description="the object, or {list: […]}")


class XmlDocument(Strict):
    """An XML document. A nested mapping is an element, ``@name`` an attribute, ``.`` an element's own text.

    A list repeats its element; what has no value is left out.
    """

    root: XmlName = Field(description="name of the root element")
    fields: "dict[FieldName, RequestValue]" = Field(
        default_factory=dict, description="what lies in the root: element → value or further elements"
    )
    declaration: Literal["none", "UTF-8", "GBK", "GB18030"] = Field(
        default="none", description="the encoding that an XML declaration names; none writes no declaration"
    )


class XmlText(Strict):
    """An XML document as one string: ``{xml: {root: ROOT, fields: {CODE: holder.number}, declaration: GBK}}``."""

    xml: XmlDocument = Field(description="the document")


class Joined(Strict):
    """Several values as one text: ``{join: [holder.type, {value: "-"}, holder.number]}``.

    What has no value is left out; a list gives each of its values. Without any value there is no text at all.
    """

    join: "Annotated[tuple[RequestValue, ...], Field(min_length=1)]" = Field(
        description="what is joined: references and expressions"
    )
    by: JoiningText = Field(default="", description="what is written between them")


class Base64Text(Strict):
    """A text in base64 of its UTF-8 bytes: ``{base64: {json: {account: person.account}}}``."""

    base64: "RequestValue" = Field(description="the text")


class Encrypted(Strict):
    """A value as a ciphertext: ``{encrypt: {json: {…}}, sm2: {setting: demo/their-key}, encoding: base64}``.

    The plaintext is UTF-8; SM4 pads it (PKCS#7).
    """

    encrypt: "RequestValue" = Field(description="what is encrypted")
    sm2: SettingRef | None = Field(default=None, description="public key of the receiver")
    sm4: KeyValue | None = Field(default=None, description="the shared key: a setting, or session.<name>")
    form: Literal["c1c3c2", "c1c2c3", "der"] | None = Field(
        default=None, description="with sm2: how the ciphertext is written; c1c3c2 if nothing is said"
    )
    mode: Literal["ECB", "CBC"] | None = Field(
        default=None, description="with sm4: how blocks are chained; ECB if nothing is said"
    )
    iv: SettingRef | None = Field(
        default=None, description="with CBC: the setting of the vector, 32 hex digits or 16 characters"
    )
    encoding: Literal["hex", "HEX", "base64"] = Field(default="hex", description="how the bytes are written")

    @model_validator(mode="after")
    def _one_key(self) -> "Encrypted":
        if (self.sm2 is None) == (self.sm4 is None):
            message = "name exactly one key: sm2 or sm4"
            raise PydanticCustomError(COMBINATION, message)
        if (self.mode == "CBC") != (self.iv is not None) or (self.mode and not self.sm4) or (self.form and self.sm4):
            message = "form goes with sm2, mode with sm4, iv with mode CBC and CBC with iv"
            raise PydanticCustomError(COMBINATION, message)
        return self


class ObjectOf(Strict):
    """A nested object whose field names would otherwise be read as an expression."""

    object: "dict[FieldName, RequestValue]" = Field(description="the fields of the nested object")


_REQUEST_FORMS: tuple[tuple[frozenset[str], frozenset[str] | None, str, type[Strict]], ...] = (
    (frozenset({"value"}), frozenset(), "<value>", Given),
    (frozenset({"setting"}), frozenset(), "<setting>", SettingRef),
    (frozenset({"from", "or"}), frozenset(), "<from>", FromReference),
    (frozenset({"code", "table"}), frozenset(), "<code>", CodedReference),
    (frozenset({"date", "as"}), frozenset(), "<date>", Stamp),
    (frozenset({"length", "unit"}), frozenset({"decimals"}), "<length>", Length),
    (frozenset({"file"}), frozenset({"name"}), "<file>", FilePartOf),
    (frozenset({"list"}), frozenset(), "<list>", ListOf),
    (frozenset({"json"}), frozenset(), "<json>", JsonText),
    (frozenset({"xml"}), frozenset(), "<xml>", XmlText),
    (frozenset({"join"}), frozenset({"by"}), "<join>", Joined),
    (frozenset({"base64"}), frozenset(), "<base64>", Base64Text),
    (frozenset({"encrypt", "sm2"}), None, "<encrypt>", Encrypted),
    (frozenset({"encrypt", "sm4"}), None, "<encrypt>", Encrypted),
    (frozenset({"object"}), frozenset(), "<object>", ObjectOf),
)
"""Keys that an expression must have and may have (None: whatever stands beside them), its tag and its class.

Tags stand in pointy brackets, which no key may hold: so the place of an error tells tags and keys apart.
"""


def request_form(value: object) -> str:
    """Which form a request value has, as its tag: ``<reference>``, ``<nested>`` or one of the expressions."""
    if isinstance(value, dict):
        keys = value.keys()
        for needed, more, tag, _ in _REQUEST_FORMS:
            if needed <= keys and (more is None or keys <= needed | more):
                return tag
        return "<nested>"
    return next((tag for _, _, tag, kind in _REQUEST_FORMS if isinstance(value, kind)), "<reference>")


if TYPE_CHECKING:  # pydantic needs a named alias for a value that holds itself, which mypy cannot follow
    RequestValue = (
        Reference
        | Given
        | SettingRef
        | FromReference
        | CodedReference
        | Stamp
        | Length
        | FilePartOf
        | ListOf
        | JsonText
        | XmlText
        | Joined
        | Base64Text
        | Encrypted
        | ObjectOf
        | dict[str, "RequestValue"]
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
                Annotated[Length, Tag("<length>")],
                Annotated[FilePartOf, Tag("<file>")],
                Annotated[ListOf, Tag("<list>")],
                Annotated[JsonText, Tag("<json>")],
                Annotated[XmlText, Tag("<xml>")],
                Annotated[Joined, Tag("<join>")],
                Annotated[Base64Text, Tag("<base64>")],
                Annotated[Encrypted, Tag("<encrypt>")],
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
    in ``noEnd`` (compared with the start of the value) mean that there is no end; ``""`` in it, that an empty or
    absent value does.
    """

    date: PathText = Field(description="path of the text or number")
    form: DateForms = Field(alias="as", description="its form, or several that are tried in order")
    no_end: tuple[Annotated[str, StringConstraints(max_length=60)], ...] = Field(
        default=(),
        alias="noEnd",
        description='texts that mean: no end; compared with the start of the value, "" with an empty or absent one',
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
