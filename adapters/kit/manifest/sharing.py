"""How a manifest speaks of data sharing: records of resources, and what an exchange says of requests and resources."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from adapters.kit.manifest.expressions import PathText, ResponseValue, Strict

SHARE: Final = "ShareSource.query"
SHARE_REQUEST: Final = "ShareExchange.request"
SHARE_STATUS: Final = "ShareExchange.status"
SHARE_LIST: Final = "ShareExchange.list"
SHARE_WITHDRAW: Final = "ShareExchange.withdraw"
SHARE_CATALOGUE: Final = "ShareExchange.catalogue"
OF_EXCHANGES: Final = frozenset({SHARE_REQUEST, SHARE_STATUS, SHARE_LIST, SHARE_WITHDRAW, SHARE_CATALOGUE})
"""What an exchange does."""

SHARE_CORRECT: Final = "ShareExchange.correct"
SHARE_CORRECTION: Final = "ShareExchange.correction"
SHARE_WITHDRAW_CORRECTION: Final = "ShareExchange.withdrawCorrection"
OF_CORRECTIONS: Final = frozenset({SHARE_CORRECT, SHARE_CORRECTION, SHARE_WITHDRAW_CORRECTION})
"""What one does besides that takes disputes over its records."""

RecordField = Annotated[str, StringConstraints(pattern=r"^[^\s<>]+$", max_length=200)]
"""The name of an information item, as the catalogue has it."""

RecordAt = dict[RecordField, ResponseValue]
"""The fields of a record by the names of information items; paths start from the row."""


class RequestState(StrEnum):
    """What an exchange says of a request. UNKNOWN is a word that the manifest's table does not know."""

    PENDING = "PENDING"
    FIRST_STAGE = "FIRST_STAGE"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    ENDED = "ENDED"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    UNKNOWN = "UNKNOWN"


class CorrectionState(StrEnum):
    """What an exchange says of a dispute. UNKNOWN is a word that the manifest's table does not know."""

    PENDING = "PENDING"
    CORRECTED = "CORRECTED"
    UPHELD = "UPHELD"
    REFUSED = "REFUSED"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    UNKNOWN = "UNKNOWN"


_ANSWERS: Final = "PENDING, CORRECTED, UPHELD, REFUSED or UNKNOWN_KEY, through a code table or as a constant"
_STATES: Final = "PENDING, FIRST_STAGE, APPROVED, REFUSED, ENDED or UNKNOWN_KEY, through a code table or as a constant"


class ExchangeAt(Strict):
    """What an exchange says of a request; paths start from the row.

    What is mapped has to be there: an answer that does not say which request it is of, or an approval without its
    fields or its secret, is none.
    """

    standing: ResponseValue | None = Field(default=None, description=_STATES)
    key: ResponseValue | None = Field(default=None, description="our key, which is compared with the one asked for")
    number: ResponseValue | None = Field(default=None, description="what the exchange calls the request")
    fields: ResponseValue | None = Field(
        default=None, description="names of the information items that an approval gives: a list, or a text to split"
    )
    valid_until: ResponseValue | None = Field(
        default=None, alias="validUntil", description="until when; of a day, to its end; none, where it says nothing"
    )
    per_day: ResponseValue | None = Field(default=None, alias="perDay", description="records on a day at most")
    in_all: ResponseValue | None = Field(default=None, alias="inAll", description="records in all at most")
    access: ResponseValue | None = Field(default=None, description="the secret that every use has to name")
    reason: ResponseValue | None = Field(default=None, description="why it was refused or is over")


class CorrectionAt(Strict):
    """What an exchange says of a dispute over a record of its; paths start from the row.

    What is mapped has to be there: an answer that does not say which dispute it is of, or a correction without its
    fields, is none.
    """

    standing: ResponseValue | None = Field(default=None, description=_ANSWERS)
    key: ResponseValue | None = Field(default=None, description="our key, which is compared with the one asked for")
    number: ResponseValue | None = Field(default=None, description="what the exchange calls the dispute")
    fields: ResponseValue | None = Field(
        default=None,
        description="names of the information items that were corrected: a list, or a text to split; all that were "
        "disputed, where it says nothing",
    )
    reason: ResponseValue | None = Field(default=None, description="what it says of its answer")


class ListedAt(Strict):
    """A line of an exchange's own list: a request that it has from us; paths start from the row."""

    number: ResponseValue = Field(description="what the exchange calls the request")
    resource: ResponseValue = Field(description="the resource's number there")
    standing: ResponseValue = Field(description=_STATES)
    key: ResponseValue | None = Field(default=None, description="our key, if it keeps it")


class ItemsAt(Strict):
    """The information items of a resource: ``each`` is the path of one below the row, all else starts from there."""

    each: PathText = Field(description="path of an item, such as items[]")
    name: ResponseValue = Field(description="by which parameters, grants and records know it")
    title: ResponseValue = Field(description="its title in Chinese")
    type: ResponseValue | None = Field(
        default=None, description="TEXT, INTEGER, DECIMAL, DATE, INSTANT or BOOLEAN; TEXT if nothing is said"
    )
    length: ResponseValue | None = Field(default=None, description="the most characters or digits")
    sensitivity: ResponseValue | None = Field(
        default=None, description="OPEN, INTERNAL, PERSONAL or SENSITIVE; INTERNAL if nothing is said"
    )
    masking: ResponseValue | None = Field(
        default=None, description="ALL, NAME, CITIZEN_ID, CREDIT_CODE, PHONE or NUMBER; ALL if nothing is said"
    )


class ResourceAt(Strict):
    """A resource of an exchange's catalogue; paths start from the row."""

    number: ResponseValue = Field(description="its number there")
    code: ResponseValue = Field(description="its catalogue code")
    title: ResponseValue = Field(description="its title")
    provider: ResponseValue = Field(description="credit code of the source of the data")
    sharing: ResponseValue = Field(description="UNCONDITIONAL, CONDITIONAL or NOT_SHARED")
    items: ItemsAt = Field(description="its information items")
    keys: ResponseValue | None = Field(
        default=None, description="names of items that say who or what is asked for: a list, or a text to split"
    )
    parameters: ResponseValue | None = Field(default=None, description="names of items that narrow, likewise")
    abstract: ResponseValue | None = Field(default=None, description="what it is about")
    condition: ResponseValue | None = Field(default=None, description="under which it is shared")
    update_cycle: ResponseValue | None = Field(default=None, alias="updateCycle", description="how often it changes")
    published_on: ResponseValue | None = Field(default=None, alias="publishedOn", description="day of publication")
    operation: ResponseValue | None = Field(
        default=None, description="which operation of this manifest answers for it, usually through a code table"
    )
