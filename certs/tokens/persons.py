"""Persons, checked by their role: each role has what its rules and systems need, and nothing of another's."""

import re
from collections.abc import Callable
from typing import Final

import msgspec

from certs.tokens.reasons import Unproven
from gateway.core.caller import Application, Person, Role
from gateway.core.identifiers import credit_code, region
from gateway.core.identifiers.documents import parse_document
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.text import Text

_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:@-]{0,63}")
_LONGEST: Final = {
    "subject": 200,
    "name": 200,
    "document_type": 3,
    "number": 40,
    "account": 64,
    "body": 18,
    "body_name": 200,
    "post": 100,
    "region": 12,
}

_LACKS = Text("角色 {role} 的人员缺少 {field}", "a person of role {role} needs {field}")
_HAS = Text("角色 {role} 的人员不应有 {field}", "a person of role {role} cannot have {field}")
_WRONG = Text("人员的 {field} 不正确", "the person's {field} is wrong")
_NO_PERSON = Text("角色 {role} 不是人员的角色", "the role {role} is no person's")
_APPLICATION = Text("应用代码或名称不正确", "the application's code or title is wrong")

_WORKS_FOR_A_BODY: Final = ("account", "body", "body_name", "post", "region")
_NEEDED: Final[dict[Role, tuple[str, ...]]] = {
    Role.CITIZEN: ("document_type", "number"),
    Role.OFFICER: ("account", "body", "post", "region"),
    Role.CLERK: ("body", "region"),
    Role.DEPARTMENT: ("account", "body"),
    Role.HUB: ("account",),
    Role.OPERATIONS: ("account",),
    Role.AUDITOR: ("account",),
}
_BARRED: Final[dict[Role, tuple[str, ...]]] = {Role.CITIZEN: _WORKS_FOR_A_BODY}


def check_application(application: Application) -> Application:
    """The application, if its code is 1 to 64 characters of a code and its title a line of 1 to 200.

    Raises:
        Unproven: it is neither.
    """
    if not (_CODE.fullmatch(application.code) and _is_line(application.title, 200)):
        raise Unproven(_APPLICATION)
    return application


def check_person(person: Person) -> Person:
    """The person, with identifiers in their one spelling.

    Raises:
        Unproven: he lacks what his role needs, has what it cannot have, or a value is malformed; which is told by
            the name of the field only.
    """
    role = person.role
    if role not in _NEEDED:
        raise Unproven(_NO_PERSON.format(role=role.value))
    for field, longest in _LONGEST.items():
        text: str | None = getattr(person, field)
        if text is not None and not _is_line(text, longest):
            raise Unproven(_WRONG.format(field=field))
    needed = _NEEDED[role]
    if (person.document_type is None) is not (person.number is None):
        needed = (*needed, "document_type", "number")
    for field in needed:
        if getattr(person, field) is None:
            raise Unproven(_LACKS.format(role=role.value, field=field))
    for field in _BARRED.get(role, ()):
        if getattr(person, field) is not None:
            raise Unproven(_HAS.format(role=role.value, field=field))
    return msgspec.structs.replace(
        person,
        number=_number(person),
        body=_checked("body", person.body, credit_code.parse),
        region=_checked("region", person.region, lambda text: region.parse(text).code),
    )


def _number(person: Person) -> str | None:
    if person.document_type is None or person.number is None:
        return None
    kind, number = person.document_type, person.number
    checked = _checked("number", number, lambda text: parse_document(kind, text).number)
    if kind == "111" and len(number) != 18:  # noqa: PLR2004 - an old number has no check digit and may be two people's
        raise Unproven(_WRONG.format(field="number"))
    return checked


def _checked(field: str, text: str | None, parse: Callable[[str], str]) -> str | None:
    if text is None:
        return None
    try:
        return parse(text)
    except IdentifierInvalid:
        raise Unproven(_WRONG.format(field=field)) from None  # the cause may be personal


def _is_line(text: str, longest: int) -> bool:
    """Whether it is a text of one line that is not blank; what a log or a system's form would stumble over is not."""
    return 0 < len(text) <= longest and text.isprintable() and bool(text.strip())
