"""Whether a seal may be used: asked before a document is prepared, and again of what was prepared right before its use.

Deny by default: the seal itself must be usable at the instant, and one authorisation must cover everything at once.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import msgspec

from gateway.core.bodies import Bodies
from gateway.core.caller import Caller, Role
from gateway.core.clock import china_date
from gateway.core.policy.evaluator import Denial
from gateway.core.policy.rules import ANY
from gateway.core.seals.register import Authorisation, RegisteredSeal, SealState
from gateway.core.text import Text


class SealQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A caller who wants a seal on a document at an instant.

    Attributes:
        item: the service item under which it is wanted.
        media_type: of the document.
        pages: how many it has; None while nobody knows, in which case the answer says how many it may have.
    """

    caller: Caller
    item: str
    media_type: str
    at: datetime
    pages: int | None = None


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """The seal may be used.

    Attributes:
        authorisations: ids of those that cover the question.
        pages: the most that the document may have; None for any number.
        two_person: another officer approves it first.
    """

    authorisations: tuple[str, ...]
    pages: int | None
    two_person: bool


class Finding(msgspec.Struct, frozen=True):
    """One condition, and why it does not hold if it does not."""

    condition: Text
    reason: Text | None = None

    @property
    def holds(self) -> bool:
        """Whether it holds."""
        return self.reason is None


class Explanation(msgspec.Struct, frozen=True):
    """Every condition that was looked at, in order; what needs an authorisation that is missing already is left out."""

    findings: tuple[Finding, ...]
    answer: Permission | Denial


def may_use(seal: RegisteredSeal, question: SealQuestion, bodies: Bodies) -> Permission | Denial:
    """Whether the seal may be used so; a Denial says what is missing, and names nobody.

    Args:
        seal: as it is in the register at this moment.
        question: who wants it, for what.
        bodies: who stands for whom: an officer of a successor is one of the body that was authorised.
    """
    return explain(seal, question, bodies).answer


def explain(seal: RegisteredSeal, question: SealQuestion, bodies: Bodies) -> Explanation:
    """The same with every condition, for those who look after the seal."""
    findings = list(_of_seal(seal, question))
    fitting = seal.authorisations
    for condition, reason, holds in _OF_AUTHORISATION:
        fitting = tuple(one for one in fitting if holds(one, question, bodies))
        findings.append(Finding(condition, None if fitting else reason))
        if not fitting:
            break
    missing = next((found.reason for found in findings if found.reason is not None), None)
    return Explanation(tuple(findings), _permission(seal, fitting) if missing is None else Denial(missing))


def _permission(seal: RegisteredSeal, fitting: tuple[Authorisation, ...]) -> Permission:
    limits = [one.pages for one in fitting]
    return Permission(
        authorisations=tuple(one.id for one in fitting),
        pages=None if None in limits else max(pages for pages in limits if pages is not None),
        two_person=seal.two_person,
    )


def _of_seal(seal: RegisteredSeal, question: SealQuestion) -> Iterator[Finding]:
    person = question.caller.person
    is_officer = person is not None and person.role is Role.OFFICER and person.body is not None
    conditions = (
        (_STATE, _REVOKED, seal.state is not SealState.REVOKED),
        (_STATE, _FROZEN, seal.state is not SealState.FROZEN),
        (_VALIDITY, _EARLY, seal.valid_from <= question.at),
        (_VALIDITY, _LATE, question.at <= seal.valid_until),
        (_OWNER, _NO_OWNER, seal.owner(question.at) is not None),
        (_PERSON, _NO_OFFICER, is_officer),
    )
    for condition, reason, holds in conditions:
        yield Finding(condition, None if holds else reason)


def _covers_body(one: Authorisation, question: SealQuestion, bodies: Bodies) -> bool:
    person = question.caller.person
    body = None if person is None else person.body
    if body is None:
        return False
    day = china_date(question.at)
    return ANY in one.bodies or any(bodies.same(code, body, day) for code in one.bodies)


def _covers_account(one: Authorisation, question: SealQuestion, _: Bodies) -> bool:
    person = question.caller.person
    return one.accounts is None or (person is not None and person.subject in one.accounts)


def _covers_pages(one: Authorisation, question: SealQuestion, _: Bodies) -> bool:
    return one.pages is None or question.pages is None or question.pages <= one.pages


def _covers(codes: frozenset[str], code: str) -> bool:
    return ANY in codes or code in codes


_Holds = Callable[[Authorisation, SealQuestion, Bodies], bool]

_STATE: Final = Text("印章状态", "the seal's state")
_VALIDITY: Final = Text("印章有效期", "the seal's validity")
_OWNER: Final = Text("印章归属", "the seal's owner")
_PERSON: Final = Text("经办人员", "the acting person")
_REVOKED: Final = Text("印章已注销", "the seal was revoked")
_FROZEN: Final = Text("印章已冻结", "the seal is frozen")
_EARLY: Final = Text("印章或其证书尚未生效", "the seal or its certificate is not in force yet")
_LATE: Final = Text("印章或其证书已过期", "the seal or its certificate is not in force any more")
_NO_OWNER: Final = Text("该时刻印章没有归属机构", "no body owns the seal at that time")
_NO_OFFICER: Final = Text("用印须由带机构的经办人员办理", "only an officer of a body can use a seal")

_OF_AUTHORISATION: Final[tuple[tuple[Text, Text, _Holds], ...]] = (
    (
        Text("授权期限", "the authorisation's dates"),
        Text("该时刻没有有效的用印授权", "no authorisation holds at that time"),
        lambda one, question, _: one.holds(question.at),
    ),
    (
        Text("应用", "the application"),
        Text("未授权本应用使用该印章", "this application is not authorised to use the seal"),
        lambda one, question, _: _covers(one.applications, question.caller.application.code),
    ),
    (
        Text("机构", "the body"),
        Text("未授权该机构使用该印章", "the officer's body is not authorised to use the seal"),
        _covers_body,
    ),
    (
        Text("账号", "the account"),
        Text("未授权该人员使用该印章", "this officer is not authorised to use the seal"),
        _covers_account,
    ),
    (
        Text("事项", "the item"),
        Text("未授权在该事项中使用该印章", "the seal is not authorised for this item"),
        lambda one, question, _: _covers(one.items, question.item),
    ),
    (
        Text("文件类型", "the type of document"),
        Text("未授权对该类文件使用该印章", "the seal is not authorised for this type of document"),
        lambda one, question, _: _covers(one.documents, question.media_type),
    ),
    (
        Text("页数", "the number of pages"),
        Text("文件页数超出授权", "the document has more pages than authorised"),
        _covers_pages,
    ),
)
