"""Who asks: the calling application and the acting person, both proven before anything is answered."""

from enum import StrEnum
from typing import Final

import msgspec


class Role(StrEnum):
    """What an application or person is to the gateway; fields are opened to roles, never to names."""

    FRONTEND = "frontend"
    CITIZEN = "citizen"
    OFFICER = "officer"
    CLERK = "clerk"
    DEPARTMENT = "department"
    HUB = "hub"
    OPERATIONS = "operations"
    AUDITOR = "auditor"


class Application(msgspec.Struct, frozen=True):
    """A registered calling program."""

    code: str
    title: str


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """The acting person. ``document_type``/``number`` name a citizen; ``account`` and below who works for a body.

    Attributes:
        subject: whom the issuer means, unique among all issuers.
        document_type: kind of identity document (111 resident identity card, ...).
        body: credit code of the body that an officer or clerk serves; ``body_name`` is its name.
        post: the officer's post, or the counter of a clerk.
        region: region code of the officer or clerk.
    """

    subject: str
    role: Role
    name: str
    document_type: str | None = None
    number: str | None = None
    account: str | None = None
    body: str | None = None
    body_name: str | None = None
    post: str | None = None
    region: str | None = None

    def __repr__(self) -> str:
        """Role only: a person in a log line or a traceback stays unnamed."""
        return f"Person(role={self.role.value})"


class Caller(msgspec.Struct, frozen=True):
    """An application and, unless it acts for itself, the person in front of it."""

    application: Application
    person: Person | None = None


OURSELVES: Final = Caller(Application("yiwang", "一网"))
"""What the gateway does by itself: on the clock, or after a system's word."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a request shows to prove who calls. Nothing of it is proven yet.

    Attributes:
        token: the bearer token, which names the application and perhaps the person.
        person_token: a token that names the person only.
        certificate: the client certificate (DER) with which the TLS connection was made.
        peer: the address from which it came, None if it is a proxy's; it proves nobody.
    """

    token: str | None = None
    person_token: str | None = None
    certificate: bytes | None = None
    peer: str | None = None

    def __repr__(self) -> str:
        """Kinds only: tokens are secrets."""
        return f"Evidence({', '.join(name for name in self.__struct_fields__ if getattr(self, name) is not None)})"
