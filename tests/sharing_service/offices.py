"""Data sharing over a real database, put together as bootstrap does it; people of every party; a clock that is set."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from gateway.core.audit.references import References
from gateway.core.bodies import Bodies
from gateway.core.call import Call
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.clock import Deadline
from gateway.core.issuers import Trust
from gateway.core.policy.evaluator import Policy
from gateway.core.policy.rules import RuleBook
from gateway.core.rate import Rate
from gateway.core.records import Also, Transaction
from gateway.core.sharing.deadlines import DeadlineRules
from gateway.core.sharing.offices import Competence, Member, Offices
from gateway.core.sharing.resources import ItemRelation, Resource
from gateway.core.sharing.rules import NATIONAL, ShareRules, complete
from gateway.core.sharing.steps import Purpose
from gateway.core.sharing.terms import Access, Quota
from gateway.services.auditing import Auditing
from gateway.services.sharing.decide_request import DecideRequest, Decision, DecisionRequest
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.find_requests import FindRequests
from gateway.services.sharing.list_grants import ListGrants
from gateway.services.sharing.request_share import NewRequest, RequestShare, TermsRequest
from gateway.services.sharing.revoke_grant import RevokeGrant
from gateway.services.sharing.share_log import ShareLog
from gateway.services.sharing.supervise import Supervise
from gateway.store.database import Database
from gateway.store.sharing.disputes import SqlDisputes
from gateway.store.sharing.grants import SqlGrants
from gateway.store.sharing.relations import SqlItemRelations
from gateway.store.sharing.requests import SqlShareRequests
from gateway.store.sharing.resources import SqlResources
from gateway.store.tasks import SqlTasks
from tests.services.trail import MemoryTrail
from tests.sharing.making import CODE, DAY, HUB, ITEM, OFFICE, PROVIDER, REQUESTER, START, a_resource, the_calendar
from tests.store.keys import a_cipher

FIELDS = frozenset({"name", "phone", "state"})
AUTHORITY = HUB


class Clock:
    """Stands still until it is told to step."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - START).total_seconds()

    def step(self, passes: timedelta) -> None:
        self.at += passes


class Book:
    """A PolicyProvider that knows no successions."""

    def policy(self) -> Policy:
        return Policy(self.book())

    def book(self) -> RuleBook:
        return RuleBook(items=(), rules=(), bodies=Bodies(()))


def person(subject: str, body: str | None, role: Role = Role.OFFICER) -> Person:
    return Person(subject=subject, role=role, name="测试", account=subject, body=body, post="clerk", region="420106")


def call(who: Person | None) -> Call:
    return Call(request_id="r", caller=Caller(Application("portal", "门户"), who), deadline=Deadline(at=1e9))


ASKER = call(person("asker", REQUESTER))
ASKER_2 = call(person("asker-2", REQUESTER))
APPROVER = call(person("approver", OFFICE))
CHECKER = call(person("checker", AUTHORITY))
GIVER = call(person("giver", PROVIDER))
STRANGER = call(person("stranger", "91110000600037341L"))
HUB_OFFICE = call(person("hub-1", None, Role.HUB))
AUDITOR = call(person("auditor", None, Role.AUDITOR))
CITIZEN = call(person("citizen", None, Role.CITIZEN))
NOBODY = call(None)


def some_terms(**changes: Any) -> TermsRequest:
    made = TermsRequest(
        fields=(("name", Access.SHOW), ("phone", Access.MASK)),
        items=(ITEM,),
        applications=("portal",),
        valid_until=START + 300 * DAY,
        quota=Quota(10, 100),
    )
    return msgspec.structs.replace(made, **changes)


def asking(**changes: Any) -> NewRequest:
    made = NewRequest(key="k-1", resource=CODE, terms=some_terms(), purpose=Purpose("核验婚姻状况", "婚姻登记条例"))
    return msgspec.structs.replace(made, **changes)


class Bureau:
    """The use cases over one database."""

    def __init__(
        self,
        database: Database,
        *,
        own_office: str | None = None,
        authority: bool = True,
        clock: Clock | None = None,
        applications: Sequence[str] = (),
    ) -> None:
        cipher = a_cipher()
        self.clock, self.trail, self.database = clock or Clock(), MemoryTrail(), database
        references = References(cipher)
        competences = [Competence("420000", AUTHORITY)] if authority else []
        members = [Member(PROVIDER, "420106"), Member(REQUESTER, "420106", own_office)]
        self.desk = ShareDesk(
            requests=SqlShareRequests(database, cipher, self.clock),
            grants=SqlGrants(database, cipher),
            resources=SqlResources(database, self.clock),
            relations=SqlItemRelations(database),
            disputes=SqlDisputes(database, cipher),
            tasks=SqlTasks(database, self.clock),
            rules=ShareRules(DeadlineRules(1, complete(NATIONAL), the_calendar()), Offices(competences, members)),
            book=Book(),
            register=Trust(issuers=(), rates=dict.fromkeys(applications, Rate(1, 1))),
            clock=self.clock,
            audit=Auditing(self.trail, references, self.clock),
            log=ShareLog(self.trail, references),
        )
        self.request = RequestShare(self.desk)
        self.decide = DecideRequest(self.desk)
        self.find = FindRequests(self.desk)
        self.grants = ListGrants(self.desk)
        self.revoke = RevokeGrant(self.desk, self.grants)
        self.supervise = Supervise(self.desk)

    async def stock(self, resource: Resource | None = None) -> None:
        """Put a resource into the catalogue, of which the item needs some fields."""
        kept = resource or a_resource()
        await self.desk.resources.put([kept])
        await self.desk.relations.put([ItemRelation(item=ITEM, resource=kept.code, fields=FIELDS)])

    async def step(self, who: Call, request_id: str, decision: Decision, **more: Any) -> Any:
        """A decision on whatever version is there."""
        found = await self.desk.requests.find(request_id)
        assert found is not None
        asked = DecisionRequest(id=request_id, expected_version=found.version, decision=decision, **more)
        return await self.decide(asked, who)

    async def approved(self, **changes: Any) -> Any:
        """A request that came through, with its grant."""
        asked = await self.request(asking(**changes), ASKER)
        await self.step(CHECKER, asked.request.id, Decision.TAKE_UP)
        await self.step(CHECKER, asked.request.id, Decision.PASS)
        return await self.step(GIVER, asked.request.id, Decision.APPROVE)

    def told(self) -> list[tuple[str, str]]:
        """Kind and ending of every event, those of the gateway itself included."""
        mine = [event for event in self.trail.held if event.application == "yiwang"]
        return [(event.kind, event.ending.value) for event in (*self.trail.events, *mine)]


class Nothing:
    """A transaction of nothing."""


async def run(also: Also) -> None:
    transaction: Transaction = Nothing()
    await also(transaction)
