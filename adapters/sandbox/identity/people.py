"""Who can be identified: some people of the world with their parts, and by number everyone who can hold a licence."""

import hashlib
from collections.abc import Mapping
from typing import Literal

import msgspec

from adapters.sandbox.world import trial
from adapters.sandbox.world.generate import World
from adapters.sandbox.world.model import ORGANISATION, RESIDENT, Officer, Party

Part = Literal["holder", "spouse", "officer", "foreign-officer", "clerk"]

_ROLES = {"officer": "officer", "foreign-officer": "officer", "clerk": "clerk"}
_USER_TYPES = {"citizen": 1, "officer": 2, "clerk": 3}
_CARD_TYPES = {RESIDENT: "1", ORGANISATION: "2"}
_NULL = "null"


class Known(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person as tokens name him; a citizen has none of what is from ``account`` on."""

    subject: str
    role: str
    name: str
    document_type: str
    number: str
    account: str | None = None
    body: str | None = None
    body_name: str | None = None
    post: str | None = None
    region: str | None = None


class People:
    """The people of a world."""

    def __init__(self, world: World) -> None:
        self._seed = world.seed
        self._clerks = frozenset({world.clerk.account, trial.CLERK})
        self._parts: Mapping[str, Known] = {
            "holder": self._citizen(world.holder),
            "spouse": self._citizen(world.cast.spouse),
            "officer": self._officer("officer", world.officer),
            "foreign-officer": self._officer("foreign-officer", world.foreign_officer),
            "clerk": self._officer("clerk", world.clerk),
        }
        self._parties = {party.number: party for party in (*world.people, *world.firms)}

    def playing(self, part: Part) -> Known:
        """Who has a part."""
        return self._parts[part]

    def numbered(self, number: str) -> Party | None:
        """The person or firm with this document number."""
        return self._parties.get(number.upper())

    def has_clerk(self, account: str) -> bool:
        """Whether a clerk of this account sits at a counter."""
        return account in self._clerks

    def _citizen(self, party: Party) -> Known:
        return Known(self._subject(party.number), "citizen", party.name, party.type, party.number)

    def _officer(self, part: str, officer: Officer) -> Known:
        return Known(
            subject=self._subject(officer.number),
            role=_ROLES[part],
            name=officer.name,
            document_type=RESIDENT,
            number=officer.number,
            account=officer.account,
            body=officer.body.code,
            body_name=officer.body.name,
            post=officer.post,
            region=officer.region,
        )

    def _subject(self, number: str) -> str:
        """A name for the person that tells nothing about him."""
        return hashlib.sha256(f"{self._seed}/subject/{number}".encode()).hexdigest()[:32]


def older_style(person: Known) -> dict[str, object]:
    """A person under the field names of the older style."""
    return {
        "uuid": person.subject,
        "loginName": person.account or _NULL,
        "userType": _USER_TYPES[person.role],
        **document(Party(person.document_type, person.number, person.name)),
        "unitCode": person.body or _NULL,
        "unitName": person.body_name or _NULL,
        "duty": person.post or _NULL,
        "areaCode": f"{person.region}000000" if person.region else _NULL,
    }


def document(party: Party) -> dict[str, object]:
    """A document under the field names of the older style."""
    return {"cardType": _CARD_TYPES[party.type], "idCardNo": party.number, "realName": party.name}
