"""What tests of sharing are made of: bodies, a resource about a person, terms, people of every party."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.core.errors import Refusal
from gateway.core.problems import Problem
from gateway.core.sharing.calendar import WorkingCalendar
from gateway.core.sharing.calendar_file import read_calendar
from gateway.core.sharing.parties import GATEWAY, Acted, Actor, Party
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.resources import (
    Authority,
    InformationItem,
    Masking,
    Resource,
    Sensitivity,
    Service,
    SharingType,
    Upstream,
)
from gateway.core.sharing.scope import Scope
from gateway.core.sharing.steps import Attachment, Purpose
from gateway.core.sharing.terms import Access, Quota, Terms

START = datetime(2026, 3, 2, 4, tzinfo=UTC)
"""A Monday in China, about noon."""

DAY = timedelta(days=1)
REQUESTER = "11100000000013338W"
PROVIDER = "11110000000021135M"
HUB = "113700000045046442"
OFFICE = "11330105002500287C"
ITEM = "11420000-0001"
CODE = "307001/00012"
PERSON = "11010519491231002X"

DRAFTER = Actor("drafter", frozenset({REQUESTER}))
COLLEAGUE = Actor("colleague", frozenset({REQUESTER}))
APPROVER = Actor("approver", frozenset({OFFICE}))
CHECKER = Actor("checker", frozenset({HUB}))
OWNER = Actor("owner", frozenset({PROVIDER}))
EVERYONE = (DRAFTER, COLLEAGUE, APPROVER, CHECKER, OWNER, GATEWAY)

ITEMS = (
    InformationItem(name="id", title="公民身份号码", masking=Masking.CITIZEN_ID, sensitivity=Sensitivity.PERSONAL),
    InformationItem(name="name", title="姓名", masking=Masking.NAME, sensitivity=Sensitivity.PERSONAL),
    InformationItem(name="phone", title="电话", masking=Masking.PHONE, sensitivity=Sensitivity.PERSONAL),
    InformationItem(name="region", title="行政区划"),
    InformationItem(name="state", title="状态"),
    InformationItem(name="on", title="日期"),
    InformationItem(name="income", title="收入", sensitivity=Sensitivity.SENSITIVE),
)
FIELDS = frozenset(item.name for item in ITEMS)


def a_resource(**changes: Any) -> Resource:
    made = Resource(
        code=CODE,
        provider=PROVIDER,
        title="婚姻登记信息",
        items=ITEMS,
        sharing=SharingType.CONDITIONAL,
        condition="用于办理事项",
        keys=("id",),
        parameters=frozenset({"region", "state"}),
        service=Service("civil", "marriage"),
    )
    return msgspec.structs.replace(made, **changes)


def upstream_resource(**changes: Any) -> Resource:
    return a_resource(authority=Authority.UPSTREAM, upstream=Upstream("exchange", "R-7"), **changes)


def some_terms(**changes: Any) -> Terms:
    made = Terms(
        fields={"name": Access.SHOW, "phone": Access.MASK, "state": Access.SHOW},
        items=frozenset({ITEM}),
        applications=frozenset({"portal"}),
        bodies=frozenset({REQUESTER}),
        quota=Quota(100, 1_000),
        scope=Scope(),
        valid_from=START,
        valid_until=START + 365 * DAY,
    )
    return msgspec.structs.replace(made, **changes)


def a_draft(**changes: Any) -> ShareRequest:
    made = ShareRequest(
        id="q-1",
        resource=CODE,
        resource_version=1,
        sharing=SharingType.CONDITIONAL,
        decided_by=Authority.LOCAL,
        region="420106",
        requester=REQUESTER,
        authority=HUB,
        provider=PROVIDER,
        drafted_by="drafter",
        drafted_at=START,
        wanted=some_terms(),
        purpose=Purpose("核验婚姻状况", "婚姻登记条例"),
        expires_at=START + 30 * DAY,
    )
    return msgspec.structs.replace(made, **changes)


def submitted(**changes: Any) -> ShareRequest:
    return a_draft(**changes).submit(a_resource(), FIELDS, by=DRAFTER, at=START)


def with_provider(**changes: Any) -> ShareRequest:
    return submitted(**changes).take_up(by=CHECKER, at=START + DAY).pass_on(by=CHECKER, at=START + DAY)


def a_file(name: str = "依据.pdf") -> Attachment:
    by = Acted("somebody", Party.REQUESTER)
    return Attachment(upload="u-1", name=name, bytes=10, sha256="0" * 64, added_by=by, at=START)


def refused(problem: Problem, attempt: Any, *arguments: Any, **named: Any) -> Refusal:
    """That the attempt is refused with this problem; the refusal, for more."""
    with pytest.raises(Refusal) as caught:
        attempt(*arguments, **named)
    assert caught.value.problem is problem
    return caught.value


def the_calendar() -> WorkingCalendar:
    """The calendar of 2026 as the State Council's general office announced it on 4 November 2025."""
    file = read_calendar((Path(__file__).parent / "calendar_2026.toml").read_text("utf-8")).value
    assert file is not None
    return file.over(())
