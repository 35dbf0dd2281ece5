"""Whose licences are asked for: the holder that a request names, and whether a row is plainly somebody else's."""

from collections.abc import Iterable
from datetime import date

import msgspec

from gateway.core import problems
from gateway.core.caller import Person, Role
from gateway.core.errors import Refusal
from gateway.core.identifiers import citizen_id, documents
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.licence import Holder
from gateway.core.merge import Contribution
from gateway.core.ports import Row
from gateway.core.use import Use

_LONGEST_NAME = 200


class HolderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly one of ``viewer`` and ``document``, which is (type, number, name or None) as typed.

    ``viewer`` means the holder whom the use reaches: the signed-in person himself under a use of his own, the
    principal under a mandate, whoever shows the code under a presented one.
    """

    viewer: bool = False
    document: tuple[str, str, str | None] | None = None

    def __repr__(self) -> str:
        """Nothing: it names a person."""
        return "HolderRequest(...)"


def resolve_holder(request: HolderRequest, use: Use, today: date) -> Holder:
    """The holder whom the request names and the use reaches, with a normalised number.

    Raises:
        Refusal: BAD_INPUT for a wrong document, FORBIDDEN for somebody whom the use does not reach.
    """
    if request.document is None:
        if not request.viewer:
            raise Refusal(problems.HOLDER_MISSING, "holder.viewer")
        if use.reaches is None:
            raise Refusal(problems.VIEWER_HAS_NO_DOCUMENT, "holder")
        return use.reaches
    holder = parse_holder(*request.document, today)
    if use.reaches is not None and not same_holder(holder, use.reaches):
        raise Refusal(problems.USE_REACHES_ANOTHER, "holder")
    return holder


def parse_holder(kind: str, number: str, name: str | None, today: date, field: str = "holder.document") -> Holder:
    """The holder that a typed document names.

    Raises:
        Refusal: BAD_INPUT at ``field``.type, .number or .name.
    """
    if name is not None and not 0 < len(name.strip()) <= _LONGEST_NAME:
        raise Refusal(problems.NAME_INVALID, f"{field}.name")
    try:
        document = documents.parse_document(kind, number, today)
    except documents.DocumentTypeUnknown as error:
        raise Refusal(problems.DOCUMENT_TYPE_UNKNOWN, f"{field}.type") from error
    except IdentifierInvalid as error:
        problem = {"111": problems.CITIZEN_ID_INVALID, "001": problems.CREDIT_CODE_INVALID}.get(
            kind, problems.NUMBER_INVALID
        )
        raise Refusal(problem, f"{field}.number", reason=error.reason) from error
    return Holder(type=document.type, number=document.number, name=name.strip() if name else None)


def own_document(person: Person) -> Holder | None:
    """The signed-in citizen as a holder, with a normalised number; None for whoever is none or has no document."""
    if person.role is not Role.CITIZEN or person.document_type is None or person.number is None:
        return None
    try:
        document = documents.parse_document(person.document_type, person.number)
    except IdentifierInvalid:
        return None
    return Holder(type=document.type, number=document.number, name=person.name)


def same_holder(one: Holder, other: Holder) -> bool:
    """Whether both are one person by type and number, an old number standing for the new one."""
    return one.type == other.type and citizen_id.upgrade(one.number or "") == citizen_id.upgrade(other.number or "")


def names_holder(row: Row, holder: Holder) -> bool:
    """Whether the row names this holder's number."""
    number = citizen_id.upgrade(holder.number or "")
    return bool(number) and any(citizen_id.upgrade(named.number or "") == number for named in row.holders or ())


def knows_name(contributions: Iterable[Contribution], holder: Holder) -> bool:
    """Whether at least one system has the holder's number under the holder's name.

    Systems misspell names, so one that agrees is enough; where no system names anybody in full, nothing is proven
    wrong. Blanks and the dots of transliterated names do not count.
    """
    number, wanted = citizen_id.upgrade(holder.number or ""), _bare(holder.name or "")
    names = {
        _bare(named.name)
        for contribution in contributions
        for row in contribution.rows
        for named in row.holders or ()
        if named.name and "*" not in named.name and citizen_id.upgrade(named.number or "") == number
    }
    return not names or wanted in names


def _bare(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def belongs_to_others(row: Row, number: str | None) -> bool:
    """Whether every holder that the row names has a whole number, and none of them is ``number``.

    A row without holders, or with a number that was masked or is an old one of unknown century, is not held against
    the system: dirty data is shown, another person's licence is not. Other old numbers count as their new ones.
    """
    holders = row.holders
    if not holders:
        return False
    numbers = {citizen_id.upgrade(holder.number) for holder in holders if holder.number}
    if len(numbers) < len(holders) or any(not documents.looks_whole(text) for text in numbers):
        return False
    return number is None or citizen_id.upgrade(number) not in numbers
