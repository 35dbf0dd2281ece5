"""Pre-application numbers: opened before there is a case, bound to one in time, listed for supervision if not."""

import secrets

from gateway.core import problems
from gateway.core.application import PreApplication
from gateway.core.audit.catalogue import APPLICATION_BOUND, APPLICATION_OPENED, APPLICATIONS_SUPERVISED
from gateway.core.call import Call
from gateway.core.caller import Person, Role
from gateway.core.clock import CHINA, Clock, china_date
from gateway.core.errors import Refusal
from gateway.core.policy.evaluator import Denial, Question
from gateway.core.policy.provider import PolicyProvider
from gateway.core.records import PreApplicationStore
from gateway.core.use import UseBasis
from gateway.services.auditing import Auditing, Note
from gateway.services.open_use import LONGEST_TEXT
from gateway.services.paging import Page, cut_page, open_page, read_place
from gateway.services.proofs.case import ProveCase

MOST_UNBOUND = 200
"""Numbers of one officer in one application that are not bound to a case."""
_SUPERVISORS = frozenset({Role.AUDITOR, Role.HUB})


class PreApplications:
    """Opens, binds and lists pre-application numbers."""

    def __init__(
        self,
        applications: PreApplicationStore,
        cases: ProveCase,
        policy: PolicyProvider,
        clock: Clock,
        audit: Auditing,
    ) -> None:
        self._applications = applications
        self._cases = cases
        self._policy = policy
        self._clock = clock
        self._audit = audit

    async def open(self, item: str, call: Call) -> PreApplication:
        """A new number for an item that the officer may handle.

        Raises:
            Refusal: FORBIDDEN for anybody but an officer, and where no rule opens anything for the item; LIMIT if
                too many are not bound yet.
        """
        async with self._audit.noting(APPLICATION_OPENED, call) as note:
            return await self._opened(item, call, note)

    async def _opened(self, item: str, call: Call, note: Note) -> PreApplication:
        officer = _officer(call)
        now = self._clock.now()
        question = Question(caller=call.caller, item=item, basis=UseBasis.STATUTORY, on=china_date(now))
        permit = self._policy.policy().permit(question)
        if isinstance(permit, Denial):
            raise Refusal(problems.POLICY_DENIED, "input.item", reason=permit.reason)
        application = PreApplication(
            number=f"YB{now.astimezone(CHINA):%Y%m%d}{secrets.token_hex(6).upper()}",
            item=item,
            application=call.caller.application.code,
            subject=officer.subject,
            body=officer.body or "",
            opened_at=now,
            due_at=now + self._policy.book().bind_within,
        )
        note.about("application", application.number)
        note.says(item=item)
        if not await self._applications.add(application, MOST_UNBOUND, note.within()):
            raise Refusal(problems.APPLICATIONS_TOO_MANY, limit=MOST_UNBOUND)
        return application

    async def bind(self, number: str, case: str, call: Call) -> PreApplication:
        """The number, bound to an open case of its item.

        Raises:
            Refusal: FORBIDDEN if it is not the officer's own or the case proves nothing, CONFLICT if it is bound,
                BAD_INPUT for a text that is no case number.
        """
        async with self._audit.noting(APPLICATION_BOUND, call) as note:
            return await self._bound(number, case, call, note)

    async def _bound(self, number: str, case: str, call: Call, note: Note) -> PreApplication:
        officer = _officer(call)
        if not 0 < len(case) <= LONGEST_TEXT:
            raise Refusal(problems.USE_TEXT_INVALID, "input.case", limit=LONGEST_TEXT)
        application = await self._applications.find(number)
        if application is None or not _owned(application, officer, call):
            raise Refusal(problems.APPLICATION_UNKNOWN, "input.number")
        if application.case not in {None, case}:
            raise Refusal(problems.APPLICATION_BOUND, "input.number")
        await self._cases.prove(case, application.item, officer, call, "input.case")
        note.about("application", number)
        note.says(item=application.item, case=case)
        bound = await self._applications.bind(number, case, self._clock.now(), note.within())
        if bound is None:  # to another case, while this one was proven
            raise Refusal(problems.APPLICATION_BOUND, "input.number")
        return bound

    async def overdue(self, first: int, after: str | None, call: Call) -> Page[PreApplication]:
        """Numbers that were not bound in time, for supervision.

        Raises:
            Refusal: FORBIDDEN for anybody but an auditor or the hub office; BAD_INPUT for a page that is none.
        """
        async with self._audit.noting(APPLICATIONS_SUPERVISED, call) as note:
            found = await self._overdue(first, after, call)
            note.counts(len(found.nodes))
            return found

    async def _overdue(self, first: int, after: str | None, call: Call) -> Page[PreApplication]:
        person = call.caller.person
        if person is None or person.role not in _SUPERVISORS:
            raise Refusal(problems.SUPERVISION_ONLY)
        key = open_page(first, after)
        last = None if key is None else read_place(key)
        now = self._clock.now()
        late = await self._applications.overdue(now, last, first + 1)
        total = await self._applications.count_overdue(now)
        return cut_page(late, lambda one: f"{one.due_at.isoformat()} {one.number}", first, total)


def _officer(call: Call) -> Person:
    person = call.caller.person
    if person is None:
        raise Refusal(problems.PERSON_MISSING)
    if person.role is not Role.OFFICER or person.body is None:
        raise Refusal(problems.USE_NEEDS_OFFICER)
    return person


def _owned(application: PreApplication, officer: Person, call: Call) -> bool:
    return (application.application, application.subject) == (call.caller.application.code, officer.subject)
