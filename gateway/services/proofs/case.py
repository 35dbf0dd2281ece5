"""STATUTORY: an officer, and a case that the system which handles it calls open, or a pre-application of his own."""

import asyncio

from gateway.core import problems
from gateway.core.application import PreApplication
from gateway.core.call import Call
from gateway.core.caller import Person
from gateway.core.case import BEING_HANDLED, CaseStatus
from gateway.core.clock import Clock, china_date
from gateway.core.errors import Refusal
from gateway.core.identifiers import region
from gateway.core.outcome import Fault, Outcome
from gateway.core.policy.provider import PolicyProvider
from gateway.core.ports import CaseAnswer, CaseDirectory, CaseSystem, ReportDefect
from gateway.core.proof import Proof
from gateway.core.records import PreApplicationStore
from gateway.core.text import Text

_SHARE = 0.8
"""Share of the remaining time in which a case must be proven: its refusal has to be told too."""
_NOBODY = Text("没有接入可核验办件的系统", "no system is connected that knows cases")
_NO_ANSWER = Text("办件系统未给出可用的应答", "the system that handles it gave no usable answer")
_UNKNOWN = Text("没有这个办件", "there is no such case")
_NOT_OPEN = Text("办件已办结、已挂起或状态不明", "it is closed, suspended or of unknown state")
_OTHER_ITEM = Text("办件属于其他事项", "it is of another item")
_OTHER_REGION = Text("办件在其他地区办理", "it is handled in another region")
_OTHER_BODY = Text("办件由其他机构办理", "it is handled by another body")


class ProveCase:
    """Proves that an officer is handling an open case of an item."""

    def __init__(self, cases: CaseDirectory, policy: PolicyProvider, clock: Clock, report_defect: ReportDefect) -> None:
        self._report_defect = report_defect
        self._cases = cases
        self._policy = policy
        self._clock = clock

    async def prove(self, number: str, item: str, officer: Person, call: Call, field: str) -> Proof:
        """The case is open, of the item, in the officer's region and at his body.

        Raises:
            Refusal: FORBIDDEN: no system knows it, it proves nothing, or nobody could be asked.
        """
        case = await self._find(number, officer, call, field)
        # first whose case it is: of another's, nobody learns how far it is or what it is about
        if case.region is None or officer.region is None or not _handled_in(case.region, officer.region):
            raise Refusal(problems.CASE_UNPROVEN, field, reason=_OTHER_REGION)
        today = china_date(self._clock.now())
        bodies = self._policy.book().bodies
        if case.body is not None and not (officer.body and bodies.same(case.body, officer.body, today)):
            raise Refusal(problems.CASE_UNPROVEN, field, reason=_OTHER_BODY)
        if case.item != item:
            raise Refusal(problems.CASE_UNPROVEN, field, reason=_OTHER_ITEM)
        if case.state not in BEING_HANDLED:
            raise Refusal(problems.CASE_UNPROVEN, field, reason=_NOT_OPEN)
        return Proof(item=item, case=number)

    async def _find(self, number: str, officer: Person, call: Call, field: str) -> CaseStatus:
        """The first system that knows the case speaks; that none was reachable is told apart from that none knows."""
        systems = self._cases.case_systems(officer.region)
        if not systems:
            raise Refusal(problems.CASE_UNREACHABLE, field, reason=_NOBODY)
        until = call.until(call.deadline.within(call.deadline.remaining(self._clock) * _SHARE, self._clock))
        answers = await asyncio.gather(*(self._ask(system, number, until) for system in systems))
        known = next((answer.case for answer in answers if answer.outcome is Outcome.OK and answer.case), None)
        if known is not None:
            return known
        raise _unknown(answers, field)

    async def _ask(self, system: CaseSystem, number: str, call: Call) -> CaseAnswer:
        """One system's answer; one that hangs or breaks hides no other's."""
        try:
            async with asyncio.timeout(call.deadline.remaining(self._clock)):
                return await system.status(number, call)
        except TimeoutError:
            return CaseAnswer(outcome=Outcome.TIMED_OUT, fault=Fault.THEIRS)
        except Exception as error:  # noqa: BLE001 - the boundary at which one broken adapter must not spoil others
            self._report_defect(system.system, error)
            return CaseAnswer(outcome=Outcome.GATEWAY_ERROR, fault=Fault.OURS)


def _unknown(answers: list[CaseAnswer], field: str) -> Refusal:
    if all(answer.outcome is Outcome.NOT_FOUND for answer in answers):
        return Refusal(problems.CASE_UNPROVEN, field, reason=_UNKNOWN)
    return Refusal(problems.CASE_UNREACHABLE, field, reason=_NO_ANSWER)


def _handled_in(place: str, officer: str) -> bool:
    """Whether an officer of one region may handle a case of another: his own, or one below it."""
    try:
        return region.matches(officer, place)
    except ValueError:
        return False  # a code that is none matches nothing


class ProvePreApplication:
    """Proves uses under pre-application numbers: like a case once it is bound, on trust for a while before."""

    def __init__(self, applications: PreApplicationStore, cases: ProveCase, clock: Clock) -> None:
        self._applications = applications
        self._cases = cases
        self._clock = clock

    async def prove(self, number: str, item: str, officer: Person, call: Call) -> Proof:
        """The number is the officer's own, of the item, and bound or not yet overdue; one more use is counted.

        Raises:
            Refusal: FORBIDDEN otherwise.
        """
        application, proof = await self._check(number, item, officer, call, "input.statutory.application")
        if application.case is not None or await self._applications.count_use(number, self._clock.now()):
            return proof
        # bound or overdue by now: what holds for such a number
        return (await self._check(number, item, officer, call, "input.statutory.application"))[1]

    async def prove_again(self, number: str, item: str, officer: Person, call: Call) -> None:
        """What ``prove`` found still holds; by now the number may be bound, and its case closed.

        Raises:
            Refusal: FORBIDDEN otherwise.
        """
        await self._check(number, item, officer, call, "use")

    async def _check(
        self, number: str, item: str, officer: Person, call: Call, field: str
    ) -> tuple[PreApplication, Proof]:
        application = await self._applications.find(number)
        owner = (call.caller.application.code, officer.subject)
        if application is None or (application.application, application.subject) != owner or application.item != item:
            raise Refusal(problems.APPLICATION_UNKNOWN, field)
        if application.case is not None:
            return application, await self._cases.prove(application.case, item, officer, call, field)
        if application.is_overdue(self._clock.now()):
            raise Refusal(problems.APPLICATION_OVERDUE, field)
        return application, Proof(item=item, until=application.due_at)
