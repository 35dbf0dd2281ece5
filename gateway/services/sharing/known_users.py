"""Who may be named in terms: applications and bodies that somebody knows, where anybody lists them.

A deployment that lists no applications, or no bodies, takes every code: issuers may prove what no file names.
"""

from typing import Final

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.errors import Refusal
from gateway.core.policy.rules import ANY
from gateway.core.sharing.terms import Terms
from gateway.services.sharing.desk import ShareDesk

_MOST_NAMED: Final = 5
_LONGEST_CODE: Final = 64


def verify_users(
    terms: Terms, before: Terms | None, desk: ShareDesk, call: Call, parties: frozenset[str], field: str
) -> Terms:
    """The terms, in which no application or body that nobody knows is named anew.

    Known besides the lists are whoever asks, ``parties``, and what the rule book names.

    Args:
        terms: as they are to be.
        before: as they were: what they named was looked at when it was named; None if there were none.
        desk: knows the lists.
        call: of whoever names them.
        parties: bodies that the matter itself names.
        field: path of the terms in the input.

    Raises:
        Refusal: BAD_INPUT that names the unknown codes.
    """
    book = desk.book.book()
    if listed := desk.register.registered:
        by_rules = (rule.applications for rule in book.rules)
        known = listed.union({call.caller.application.code, ANY}, before.applications if before else (), *by_rules)
        if unknown := terms.applications - known:
            raise Refusal(problems.SHARE_APPLICATION_UNKNOWN, f"{field}.applications", codes=_named(unknown))
    if listed := desk.rules.offices.bodies:
        by_rules = (rule.bodies for rule in book.rules)
        by_items = (item.body for item in book.items)
        known = listed.union(parties, {ANY}, before.bodies if before else (), book.bodies.codes, by_items, *by_rules)
        if unknown := terms.bodies - known:
            raise Refusal(problems.SHARE_BODY_UNKNOWN, f"{field}.bodies", codes=_named(unknown))
    return terms


def _named(codes: frozenset[str]) -> str:
    """The first of them, cut to the length of a code."""
    first = ", ".join(code[:_LONGEST_CODE] for code in sorted(codes)[:_MOST_NAMED])
    return first if len(codes) <= _MOST_NAMED else f"{first} …"
