"""Rows, pages, cases and files of manifests that are spelt here, against scripted answers instead of a system."""

import base64
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.kit.asking import Asking
from adapters.kit.auth.style import compile_auth
from adapters.kit.closing import Door
from adapters.kit.exchange import Exchange
from adapters.kit.health import HealthRecorder
from adapters.kit.http import HostAllowList, HttpReply, HttpRequest
from adapters.kit.manifest.model import Manifest
from adapters.kit.mapping import Keys
from adapters.kit.opening import OpenSystem, _bind, _offering
from adapters.kit.wire import RestWire
from gateway.core.call import Call
from gateway.core.caller import Application, Caller
from gateway.core.case import CaseState
from gateway.core.clock import Deadline
from gateway.core.errors import SystemFailure
from gateway.core.licence import KEY_FIELDS, Holder, LicenceKey, LicenceQuery
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer
from gateway.core.system import Assignment, DeployedSystem
from gateway.core.system_notice import NoNotices
from gateway.store.deployment import SystemSettings
from tests.kit.small_systems import registry_of
from tests.sandbox.callers import SteppedClock

Script = Callable[[HttpRequest], HttpReply]
SETTINGS = {"url": "http://10.0.0.1:8080/base", "files": "10.0.0.2:9000", "origin": "https://files.example"}
HOSTS = ("10.0.0.1:8080", "10.0.0.2:9000", "files.example")


class ScriptedTransport:
    """Answers by script from allowed hosts, and remembers what it was asked."""

    def __init__(self, script: Script) -> None:
        self.asked: list[HttpRequest] = []
        self._script = script
        self._allowed = HostAllowList(HOSTS)

    async def send(self, request: HttpRequest, *, limit: int, deadline: Deadline) -> HttpReply:
        assert limit
        assert deadline.at
        self._allowed.verify(request.url)
        self.asked.append(request)
        return self._script(request)

    async def aclose(self) -> None:
        """Nothing is open."""


class Stage:
    """A system of one manifest with its transport."""

    def __init__(
        self, operation: dict[str, Any], script: Script, clock: SteppedClock, others: Any = None, **sections: Any
    ) -> None:
        self.clock = clock
        self.transport = ScriptedTransport(script)
        self.manifest = Manifest.model_validate(
            tuples(
                {
                    "manifest": 1,
                    "system": {
                        "code": "sample",
                        "title": {"zh": "示例", "en": "Sample"},
                        "level": "province",
                        "regions": ["420000"],
                        "owner": {"name": "示例局", "creditCode": "11100000000013338W", "contact": "desk"},
                    },
                    "offers": {"holderTypes": ["111"], "licenceTypes": ["*"]},
                    "protocol": {
                        "rest": {"format": sections.pop("format", "json")},
                        "endpoint": {"setting": "sample/url"},
                    },
                    "limits": {"rows": 50},
                    "success": {"at": "code", "in": ["0"], "message": "text"},
                    "outcomes": {"3": "NOT_FOUND", "7": "DENIED", "8": "EXPIRED"},
                    "codes": {
                        "stand": {"1": "VALID"},
                        "step": {"2": "ACCEPTED", "4": "CLOSED"},
                        "person": {"是": "111", "Y": "111", "1": "111", "true": "111", "0": "001", "false": "001"},
                    },
                    **sections,
                    "operations": {
                        "it": {"http": {"method": "POST", "path": "/it"}, "safe": True, **operation},
                        **(others or {}),
                    },
                }
            )
        )
        secrets = SystemSettings("sample", SETTINGS)
        deployed = DeployedSystem(
            folder=Path("sample"),
            hosts=HOSTS,
            assignment=Assignment(
                ports=frozenset({"LicenceSource", "CaseSystem"}), regions=("420100",), types=("*",), issuers=("*",)
            ),
            secrets=secrets,
        )
        exchange = Exchange(self.manifest, RestWire(self.manifest, secrets), self.transport, clock)
        auth = compile_auth(self.manifest, None, bytes)
        health = HealthRecorder("sample", clock)
        asking = Asking(self.manifest, exchange, auth, secrets, health, clock)
        bound = _bind(self.manifest, Keys(None, secrets))
        door = Door("sample", NoNotices(), clock)
        self.system = _offering(OpenSystem(deployed, health, door, self.manifest), self.manifest, asking, bound)

    def call(self) -> Call:
        return Call(request_id="r", caller=Caller(Application("a", "a")), deadline=Deadline.after(60, self.clock))

    async def list(self, limit: int = 200) -> Answer:
        assert self.system.source is not None
        return await self.system.source.list(
            LicenceQuery(holder=Holder("111", "N"), limit=limit), KEY_FIELDS, self.call()
        )

    async def file(self) -> Any:
        assert self.system.source is not None
        key = LicenceKey(identifier="a.b", number="1")
        return await self.system.source.file(key, self.call())

    async def status(self, number: str = "C1") -> Any:
        assert self.system.cases is not None
        return await self.system.cases.status(number, self.call())


def tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: tuples(inner) for key, inner in value.items()}
    return tuple(map(tuples, value)) if isinstance(value, list) else value


def reply(body: Any, content_type: str = "application/json", status: int = 200) -> HttpReply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpReply(status=status, headers={"content-type": content_type}, body=content)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def stage(clock: SteppedClock) -> Callable[..., Stage]:
    def build(operation: dict[str, Any], script: Script | Any, **sections: Any) -> Stage:
        answer = script if callable(script) else lambda _: reply(script)
        return Stage(operation, answer, clock, **sections)

    return build


Build = Callable[..., Stage]

# ---- rows that are none

ROWS = {
    "serves": "LicenceSource.list",
    "request": {"id": "holder.number"},
    "response": {
        "each": "rows[]",
        "row": {"at": "rc", "in": ["0", "00"], "message": "rt", "outcomes": {"9": "UNAVAILABLE", "5": "OK"}},
        "number": "no",
        "state": {"code": "st", "table": "stand"},
    },
}


def rows(*codes: Any) -> dict[str, Any]:
    return {"code": 0, "rows": [{"rc": code, "no": str(at), "st": "1", "rt": "text"} for at, code in enumerate(codes)]}


@pytest.mark.parametrize(
    ("codes", "numbers", "notice"),
    [
        (["0", 0, "00"], ["0", "1", "2"], None),
        (["0", "3"], ["0"], None),
        (["0", "7", 9, "7"], ["0"], "the system refused 3 rows (code 7, code 9)"),
        (["0", "5"], ["0", "1"], None),
        (["0", "x"], ["0"], "the system refused 1 rows (a code that the manifest does not map)"),
        (["0", None], ["0"], "the system refused 1 rows (a code that the manifest does not map)"),
    ],
)
async def test_rows_that_are_none_are_left_out_and_told(
    stage: Build, codes: list[Any], numbers: list[str], notice: str | None
) -> None:
    answer = await stage(ROWS, rows(*codes)).list()
    assert answer.outcome is Outcome.OK
    assert [row.number for row in answer.rows] == numbers
    assert (answer.notice, answer.dropped) == (
        notice,
        len([code for code in codes if code not in {"0", 0, "00", "3", "5"}]),
    )


@pytest.mark.parametrize(
    ("codes", "outcome", "fault", "code"),
    [
        (["3", "3"], Outcome.NOT_FOUND, None, None),
        (["7", "7"], Outcome.DENIED, Fault.OURS, "7"),
        (["3", "9"], Outcome.UNAVAILABLE, Fault.THEIRS, "9"),
        (["7", "9"], Outcome.UPSTREAM_FAULT, Fault.THEIRS, "7"),
        (["x"], Outcome.UPSTREAM_FAULT, Fault.THEIRS, "x"),
    ],
)
async def test_if_no_row_is_one_their_outcome_is_the_answers(
    stage: Build, codes: list[Any], outcome: Outcome, fault: Fault | None, code: str | None
) -> None:
    answer = await stage(ROWS, rows(*codes)).list()
    assert (answer.outcome, answer.fault) == (outcome, fault)
    assert answer.rows == ()
    if code is not None:
        assert (answer.code, answer.message) == (code, "text")


# ---- pages


def paged(by: str, numbers: Sequence[int], size: int, *, total: bool = False) -> tuple[dict[str, Any], Script]:
    """An operation and a system that holds these numbers and gives at most ``size`` of them at a time."""
    paging: dict[str, Any] = {"by": by, "size": size, **({"next": "next"} if by == "token" else {})}
    reference = {"page": "page.number", "offset": "page.offset", "token": "page.token"}[by]
    operation = {
        "serves": "LicenceSource.list",
        "request": {"id": "holder.number", "which": reference, "size": "page.size"},
        "paging": paging,
        "response": {"each": "rows[]", "number": "no", **({"more": "total"} if total else {})},
    }

    def script(request: HttpRequest) -> HttpReply:
        asked = json.loads(request.body)
        which = asked.get("which")
        starts: dict[str, Callable[[], int]] = {
            "page": lambda: (which - 1) * size,
            "offset": lambda: which,
            "token": lambda: int(which or 0),
        }
        start = starts[by]()
        given = [{"no": str(number)} for number in numbers[start : start + size]]
        body: dict[str, Any] = {"code": "0", "rows": given, "total": len(numbers)}
        if start + size < len(numbers):
            body["next"] = str(start + size)
        return reply(body)

    return operation, script


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["page", "offset", "token"]), st.integers(0, 40), st.integers(3, 9), st.booleans())
async def test_all_pages_together_are_the_whole(stage: Build, by: str, count: int, size: int, total: bool) -> None:
    system = stage(*paged(by, range(count), size, total=total))
    answer = await system.list()
    assert [row.number for row in answer.rows] == [str(number) for number in range(count)]
    assert (answer.outcome, answer.truncated, answer.notice) == (
        Outcome.OK if count else Outcome.NOT_FOUND,
        False,
        None,
    )
    assert len(system.transport.asked) <= count // size + 1


@pytest.mark.parametrize(
    ("paging", "asked"),
    [
        ({"by": "page"}, [(1, 0), (2, 2)]),
        ({"by": "page", "first": 0}, [(0, 0), (1, 2)]),
        ({"by": "offset", "first": 1}, [(1, 1), (2, 3)]),
    ],
)
async def test_pages_are_counted_from_where_the_system_begins(
    stage: Build, paging: dict[str, Any], asked: list[tuple[int, int]]
) -> None:
    pages = [{"code": 0, "rows": [{"no": "1"}, {"no": "2"}]}, {"code": 0, "rows": [{"no": "3"}]}]
    operation = {
        "serves": "LicenceSource.list",
        "request": {"id": "holder.number", "n": "page.number", "o": "page.offset"},
        "paging": {"size": 2, **paging},
        "response": {"each": "rows[]", "number": "no"},
    }
    system = stage(operation, lambda _: reply(pages.pop(0)))
    assert len((await system.list()).rows) == 3
    sent = [json.loads(request.body) for request in system.transport.asked]
    assert [(one["n"], one["o"]) for one in sent] == asked


async def test_reading_ends_with_the_rows_that_are_wanted(stage: Build) -> None:
    system = stage(*paged("page", range(40), 5))
    answer = await system.list(limit=12)
    assert (len(answer.rows), answer.truncated, len(system.transport.asked)) == (15, True, 3)


async def test_reading_ends_with_the_systems_own_limit(stage: Build) -> None:
    system = stage(*paged("offset", range(400), 20, total=True))
    answer = await system.list()
    assert (len(answer.rows), answer.truncated, len(system.transport.asked)) == (60, True, 3)


async def test_nobody_asks_for_pages_without_end(stage: Build) -> None:
    system = stage(*paged("token", range(30), 1))
    answer = await system.list()
    assert (len(answer.rows), answer.truncated, answer.notice) == (20, True, "not read beyond 20 pages")


async def test_a_system_that_ignores_paging_is_noticed(stage: Build) -> None:
    operation, _ = paged("page", [], 2)
    system = stage(operation, {"code": "0", "rows": [{"no": "1"}, {"no": "2"}]})
    answer = await system.list()
    assert ([row.number for row in answer.rows], answer.truncated) == (["1", "2"], True)
    assert "ignore paging" in (answer.notice or "")
    assert len(system.transport.asked) == 2


@pytest.mark.parametrize(
    ("ending", "truncated", "notice"),
    [
        ({"code": "3"}, False, None),
        ({"code": "7"}, True, "page 2 was refused"),
        (SystemFailure(Outcome.TIMED_OUT, Fault.THEIRS, "no answer"), True, "page 2 failed: no answer"),
    ],
)
async def test_what_breaks_off_leaves_what_was_read(
    stage: Build, ending: Any, truncated: bool, notice: str | None
) -> None:
    operation, whole = paged("page", range(10), 5)

    def script(request: HttpRequest) -> HttpReply:
        if json.loads(request.body)["which"] == 1:
            return whole(request)
        if isinstance(ending, SystemFailure):
            raise ending
        return reply(ending)

    answer = await stage(operation, script).list()
    assert (answer.outcome, len(answer.rows)) == (Outcome.OK, 5)
    assert (answer.truncated, answer.notice) == (truncated, notice)


async def test_a_first_page_that_fails_is_a_failure(stage: Build) -> None:
    operation, _ = paged("page", [], 5)
    assert (await stage(operation, {"code": "7"}).list()).outcome is Outcome.DENIED
    assert (await stage(operation, b"<html>").list()).outcome is Outcome.UPSTREAM_FAULT


async def test_all_pages_share_one_deadline(stage: Build, clock: SteppedClock) -> None:
    operation, whole = paged("page", range(20), 5)
    seen: list[float] = []
    system = stage(operation, whole)
    send = system.transport.send

    async def slow(request: HttpRequest, *, limit: int, deadline: Deadline) -> HttpReply:
        seen.append(deadline.at)
        clock.step(1)
        return await send(request, limit=limit, deadline=deadline)

    system.transport.send = slow  # type: ignore[method-assign] # to see every request
    await system.list()
    assert len(seen) > 1
    assert len(set(seen)) == 1


async def test_no_call_lasts_longer_than_the_systems_own_limit(stage: Build, clock: SteppedClock) -> None:
    operation = {"serves": "LicenceSource.list", "response": {"each": "rows[]", "number": "no"}}
    system = stage(operation, {"code": "0", "rows": []}, limits={"deadline": "2s"})
    seen: list[float] = []
    send = system.transport.send

    async def noting(request: HttpRequest, *, limit: int, deadline: Deadline) -> HttpReply:
        seen.append(deadline.remaining(clock))
        return await send(request, limit=limit, deadline=deadline)

    system.transport.send = noting  # type: ignore[method-assign] # to see the request's deadline
    await system.list()
    assert seen == [pytest.approx(2)]


# ---- cases

CASE = {
    "serves": "CaseSystem.status",
    "http": {"method": "POST", "path": "/CaseStatus.aspx", "body": "form"},
    "request": {"PROJID": "case.number"},
    "response": {
        "each": "case",
        "case": {
            "number": "PROJID",
            "item": "ITEM",
            "state": {"code": "STATUS", "table": "step"},
            "applicantType": {"code": "PERSON", "table": "person"},
            "applicantNumber": "IDCARD",
            "body": "Hander_Deptid",
            "region": {"value": "420100"},
            "openedAt": {"date": "TIME", "as": ["yyyy/MM/dd HH:mm", "yyyy/MM/dd"]},
            "closedAt": {"date": "END", "as": "yyyy/MM/dd"},
        },
    },
}


def case(**changes: str) -> bytes:
    fields = {
        "PROJID": "C1",
        "ITEM": "I1",
        "STATUS": "2",
        "PERSON": "是",
        "IDCARD": "N",
        "TIME": "2026/03/01",
        "END": "",
    }
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in {**fields, **changes}.items())
    text = f'<?xml version="1.0" encoding="UTF-8"?><reply><code>0</code><case>{inner}</case></reply>'
    return text.encode("gb18030")


async def test_a_case_is_read_from_xml_whatever_its_charset(stage: Build) -> None:
    system = stage(CASE, lambda _: reply(case(), "text/plain"), format="xml")
    answer = await system.status()
    assert answer.outcome is Outcome.OK
    assert msgspec.structs.asdict(answer.case) == {
        "number": "C1",
        "state": CaseState.ACCEPTED,
        "item": "I1",
        "applicant_type": "111",
        "applicant_number": "N",
        "body": None,
        "region": "420100",
        "opened_at": datetime(2026, 2, 28, 16, tzinfo=UTC),
        "closed_at": None,
    }
    (asked,) = system.transport.asked
    assert parse_qs(asked.body.decode()) == {"PROJID": ["C1"]}
    assert "xml" in asked.headers["accept"]


@pytest.mark.parametrize(
    ("changes", "outcome", "state"),
    [
        ({"STATUS": "4"}, Outcome.OK, CaseState.CLOSED),
        ({"STATUS": "77"}, Outcome.OK, CaseState.UNKNOWN),
        ({"PROJID": " c1 "}, Outcome.OK, CaseState.ACCEPTED),
        ({"PROJID": "C2"}, Outcome.UPSTREAM_FAULT, None),
        ({"PROJID": ""}, Outcome.UPSTREAM_FAULT, None),
    ],
)
async def test_only_the_case_that_was_asked_for_is_an_answer(
    stage: Build, changes: dict[str, str], outcome: Outcome, state: CaseState | None
) -> None:
    answer = await stage(CASE, lambda _: reply(case(**changes)), format="xml").status()
    assert answer.outcome is outcome
    assert (answer.case.state if answer.case else None) is state
    assert (answer.notice is None) is (outcome is Outcome.OK and state is not CaseState.UNKNOWN)


@pytest.mark.parametrize(("states", "outcome"), [("22", Outcome.OK), ("24", Outcome.UPSTREAM_FAULT)])
async def test_a_case_that_is_told_twice_is_told_alike(stage: Build, states: str, outcome: Outcome) -> None:
    operation = {**CASE, "response": {**CASE["response"], "each": "cases[]"}}  # type: ignore[dict-item] # CASE mixes values
    body = {"code": 0, "cases": [{"PROJID": "C1", "STATUS": int(state)} for state in states]}
    assert (await stage(operation, body).status()).outcome is outcome


@pytest.mark.parametrize(
    ("body", "outcome", "fault"),
    [
        ({"code": 3}, Outcome.NOT_FOUND, None),
        ({"code": 0}, Outcome.NOT_FOUND, None),
        ({"code": 7}, Outcome.DENIED, Fault.OURS),
        ({"code": 99}, Outcome.UPSTREAM_FAULT, Fault.THEIRS),
        ({"code": 0, "case": [1, {"PROJID": "C1"}, "x"]}, Outcome.OK, None),
        ({"code": 0, "case": [[], {}]}, Outcome.UPSTREAM_FAULT, Fault.THEIRS),
        ({"code": 0, "case": [[1]]}, Outcome.UPSTREAM_FAULT, Fault.THEIRS),
    ],
)
async def test_what_is_no_case_is_told_by_its_outcome(
    stage: Build, body: Any, outcome: Outcome, fault: Fault | None
) -> None:
    answer = await stage(CASE, body).status()
    assert (answer.outcome, answer.fault) == (outcome, fault)
    assert (answer.case is None) is (outcome is not Outcome.OK)


@pytest.mark.parametrize("yes", ["是", "Y", 1, True, "1"])
async def test_truth_has_many_spellings(stage: Build, yes: Any) -> None:
    body = {"code": "0", "case": {"PROJID": "C1", "STATUS": 2, "PERSON": yes}}
    assert (await stage(CASE, body).status()).case.applicant_type == "111"


def test_the_registry_knows_who_handles_cases_where(stage: Build) -> None:
    system = stage(CASE, {}).system
    registry = registry_of(system)
    assert [each.system for each in registry.case_systems("420106")] == ["sample"]
    assert [each.system for each in registry.case_systems(None)] == ["sample"]
    assert registry.case_systems("110000") == []
    without = msgspec.structs.replace(system.deployed.assignment, ports=frozenset({"LicenceSource"}))
    unassigned = msgspec.structs.replace(system, deployed=msgspec.structs.replace(system.deployed, assignment=without))
    assert registry_of(unassigned).case_systems(None) == []


# ---- files

PDF = b"%PDF-1.7 \x00\xff made up"


def file_of(**file: Any) -> dict[str, Any]:
    section = {"name": "name", "mediaType": "type", **file}
    return {
        "serves": "LicenceSource.file",
        "request": {"no": "licence.number"},
        "response": {"each": "files[]", "file": section},
    }


@pytest.mark.parametrize("prefix", ["", "data:application/pdf;base64,", "\n"])
async def test_a_file_comes_inline(stage: Build, prefix: str) -> None:
    content = prefix + base64.encodebytes(PDF).decode()
    body = {"code": 0, "files": {"data": content, "name": "C:\\证照\\..\\a\x00b.pdf ", "type": "text/html"}}
    answer = await stage(file_of(base64="data"), body).file()
    assert answer.outcome is Outcome.OK
    assert (answer.file.content, answer.file.name, answer.file.media_type) == (PDF, "ab.pdf", "application/pdf")
    assert "pdf" in repr(answer.file)
    assert "ab" not in repr(answer.file)


@pytest.mark.parametrize(
    ("file", "url", "fetched"),
    [
        ({}, "http://10.0.0.1:8080/f/1?t=a%20b", "http://10.0.0.1:8080/f/1?t=a%20b"),
        ({}, "/f/证 照.ofd", "http://10.0.0.1:8080/f/%E8%AF%81%20%E7%85%A7.ofd"),
        ({"rewrite": {"setting": "sample/files"}}, "http://192.168.3.4/f/1?x=1", "http://10.0.0.2:9000/f/1?x=1"),
        ({"rewrite": {"setting": "sample/origin"}}, "http://internal:81/f/1", "https://files.example/f/1"),
        ({"rewrite": {"setting": "sample/origin"}}, "file:///etc/passwd", "https://files.example/etc/passwd"),
    ],
)
async def test_a_file_is_fetched_from_where_it_is_said_to_be(
    stage: Build, file: dict[str, Any], url: str, fetched: str
) -> None:
    def script(request: HttpRequest) -> HttpReply:
        if request.method == "POST":
            return reply({"code": 0, "files": [{"link": url}]})
        return reply(b"odd bytes", "Application/X-Thing; charset=x")

    system = stage(file_of(url="link", **file), script)
    answer = await system.file()
    assert answer.outcome is Outcome.OK, answer.notice
    assert (answer.file.content, answer.file.name, answer.file.media_type) == (
        b"odd bytes",
        None,
        "application/x-thing",
    )
    assert system.transport.asked[1].url == fetched
    assert set(system.transport.asked[1].headers) == {"accept"}


@pytest.mark.parametrize("url", ["http://169.254.169.254/x", "http://other/x", "file:///etc/passwd", "//other/x"])
async def test_a_file_is_fetched_from_allowed_hosts_only(stage: Build, url: str) -> None:
    system = stage(file_of(url="link"), {"code": 0, "files": [{"link": url}]})
    answer = await system.file()
    assert (answer.outcome, answer.fault, answer.file) == (Outcome.GATEWAY_ERROR, Fault.OURS, None)
    assert len(system.transport.asked) == 1


@pytest.mark.parametrize("url", ["http://[", "http://[::1", "http://a]b/"])
async def test_an_address_that_is_none_is_their_fault(stage: Build, url: str) -> None:
    answer = await stage(file_of(url="link"), {"code": 0, "files": [{"link": url}]}).file()
    assert answer.outcome in {Outcome.UPSTREAM_FAULT, Outcome.GATEWAY_ERROR}
    assert urlsplit(SETTINGS["url"]).netloc not in (answer.notice or "")


@pytest.mark.parametrize(
    ("given", "notice"),
    [
        (reply(b"<html><body>gone</body></html>", "text/html"), "HTML"),
        (reply(b"", "application/pdf"), "no file"),
        (reply(b"x", status=404), "404"),
    ],
)
async def test_what_is_fetched_must_be_a_file(stage: Build, given: HttpReply, notice: str) -> None:
    def script(request: HttpRequest) -> HttpReply:
        return given if request.method == "GET" else reply({"code": 0, "files": [{"link": "/f"}]})

    answer = await stage(file_of(url="link"), script).file()
    assert (answer.outcome, answer.fault, answer.file) == (Outcome.UPSTREAM_FAULT, Fault.THEIRS, None)
    assert notice in answer.notice


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"code": 3}, Outcome.NOT_FOUND),
        ({"code": 0, "files": []}, Outcome.NOT_FOUND),
        ({"code": 0, "files": [{"data": ""}]}, Outcome.UPSTREAM_FAULT),
        ({"code": 0, "files": [{"data": "%%%"}]}, Outcome.UPSTREAM_FAULT),
        ({"code": 0, "files": [{"data": "证照"}]}, Outcome.UPSTREAM_FAULT),
        ({"code": 0, "files": [{"data": {"a": 1}}]}, Outcome.UPSTREAM_FAULT),
        ({"code": 0, "files": [[1]]}, Outcome.UPSTREAM_FAULT),
        ({"code": 8}, Outcome.EXPIRED),
    ],
)
async def test_an_answer_without_a_file_gives_none(stage: Build, body: Any, outcome: Outcome) -> None:
    answer = await stage(file_of(base64="data"), body).file()
    assert (answer.outcome, answer.file) == (outcome, None)


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        ([{"no": "1", "use": "U1"}], Outcome.OK),
        ([{"no": "2", "use": "U2"}, {"no": "1", "use": "U1"}], Outcome.OK),
        ([{"use": "U1"}], Outcome.OK),
        ([{"no": "2", "use": "U2"}], Outcome.UPSTREAM_FAULT),
        ([{"no": "1", "use": "U1"}, {"use": "U2"}], Outcome.UPSTREAM_FAULT),
        ([{"id": "A.B", "no": "2", "use": "U1"}, {"id": "A.C", "no": "1", "use": "U2"}], Outcome.OK),
        ([], Outcome.NOT_FOUND),
    ],
)
async def test_a_file_is_had_for_a_use_code(stage: Build, found: list[Any], outcome: Outcome) -> None:
    operation = {
        "serves": "LicenceSource.file",
        "request": {"no": "licence.number"},
        "response": {
            "each": "rows[]",
            "number": "no",
            "identifier": "id",
            "detail": {"operation": "archive", "with": {"code": "use"}, "gives": ["file"]},
        },
    }
    archive = {
        "http": {"method": "GET", "path": "/archive"},
        "request": {"auth_code": "row.code"},
        "response": {"each": "data", "file": {"base64": "file_data", "name": "file_name"}},
    }

    def script(request: HttpRequest) -> HttpReply:
        if request.method == "POST":
            return reply({"code": 0, "rows": found})
        assert request.url.endswith("/archive?auth_code=U1")
        return reply({"code": 0, "data": {"file_data": base64.b64encode(PDF).decode(), "file_name": "a.pdf"}})

    answer = await stage(operation, script, others={"archive": archive}).file()
    assert answer.outcome is outcome
    assert (answer.file.content if answer.file else None) == (PDF if outcome is Outcome.OK else None)


async def test_a_system_that_has_no_files_is_not_asked(stage: Build) -> None:
    assert (await stage(ROWS, {}).file()).outcome is Outcome.NOT_ASKED
    assert stage(ROWS, {}).system.cases is None
