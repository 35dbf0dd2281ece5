"""Pre-application numbers: opened before there is a case, bound to one in time, listed for supervision if not."""

import secrets

import msgspec

from gateway.core import problems
from gateway.core.application import PreApplication
from gateway.core.call import Call
from gateway.core.caller import Person, Role
from gateway.core.clock import CHINA, Clock, china_date
from gateway.core.errors import Refusal
from gateway.core.policy.evaluator import Denial, Question
from gateway.core.policy.provider import PolicyProvider
from gateway.core.records import PreApplicationStore
from gateway.core.use import UseBasis
from gateway.services.open_use import LONGEST_TEXT
from gateway.services.paging import Page, page
from gateway.services.proofs.case import ProveCase

_SUPERVISORS = frozenset({Role.AUDITOR, Role.HUB})


class PreApplications:
    """Opens, binds and lists pre-application numbers."""

    def __init__(
        self, applications: PreApplicationStore, cases: ProveCase, policy: PolicyProvider, clock: Clock
    ) -> None:
        self._applications = applications
        self._cases = cases
        self._policy = policy
        self._clock = clock

    async def open(self, item: str, call: Call) -> PreApplication:
        """A new number for an item that the officer may handle.

        Raises:
            Refusal: FORBIDDEN for anybody but an officer, and where no rule opens anything for the item.
        """
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
        await self._applications.put(application)
        return application

    async def bind(self, number: str, case: str, call: Call) -> PreApplication:
        """The number, bound to an open case of its item.

        Raises:
            Refusal: FORBIDDEN if it is not the officer's own or the case proves nothing, CONFLICT if it is bound,
                BAD_INPUT for a text that is no case number.
        """
        officer = _officer(call)
        if not 0 < len(case) <= LONGEST_TEXT:
            raise Refusal(problems.USE_TEXT_INVALID, "input.case", limit=LONGEST_TEXT)
        application = await self._bindable(number, case, officer, call)
        await self._cases.prove(case, application.item, officer, call, "input.case")
        application = await self._bindable(number, case, officer, call)  # it may have been bound or used meanwhile
        if application.case is None:
            application = msgspec.structs.replace(application, case=case, bound_at=self._clock.now())
            await self._applications.put(application)
        return application

    async def _bindable(self, number: str, case: str, officer: Person, call: Call) -> PreApplication:
        application = await self._applications.find(number)
        if application is None or not _owned(application, officer, call):
            raise Refusal(problems.APPLICATION_UNKNOWN, "input.number")
        if application.case is not None and application.case != case:
            raise Refusal(problems.APPLICATION_BOUND, "input.number")
        return application

    async def overdue(self, first: int, after: str | None, call: Call) -> Page[PreApplication]:
        """Numbers that were not bound in time, for supervision.

        Raises:
            Refusal: FORBIDDEN for anybody but an auditor or the hub office.
        """
        person = call.caller.person
        if person is None or person.role not in _SUPERVISORS:
            raise Refusal(problems.SUPERVISION_ONLY)
        late = await self._applications.overdue(self._clock.now())
        return page(late, lambda one: f"{one.due_at.isoformat()} {one.number}", first, after)


def _officer(call: Call) -> Person:
    person = call.caller.person
    if person is None:
        raise Refusal(problems.PERSON_MISSING)
    if person.role is not Role.OFFICER or person.body is None:
        raise Refusal(problems.USE_NEEDS_OFFICER)
    return person


def _owned(application: PreApplication, officer: Person, call: Call) -> bool:
    return (application.application, application.subject) == (call.caller.application.code, officer.subject)
