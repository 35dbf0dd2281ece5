"""Who may ask for the schema, and is helped with names that he mistypes."""

import msgspec

from gateway.core.caller import Caller, Role

_EVERYBODY = "*"
_STAFF = frozenset({Role.DEPARTMENT, Role.HUB, Role.OPERATIONS, Role.AUDITOR})


class Introspection(msgspec.Struct, frozen=True):
    """A list of applications, or everybody; people who run or connect systems may always."""

    everybody: bool = False
    applications: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> "Introspection":
        """From a setting: ``*``, or codes of applications separated by commas."""
        codes = frozenset(code for part in text.split(",") if (code := part.strip()))
        return cls(everybody=_EVERYBODY in codes, applications=codes - {_EVERYBODY})

    def allows(self, caller: Caller) -> bool:
        """Whether this caller may introspect."""
        person = caller.person
        return (
            self.everybody
            or caller.application.code in self.applications
            or (person is not None and person.role in _STAFF)
        )
