"""Every library of the sandbox asked at the same time, and each fault in turn in each of them."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from adapters.kit.registry import Registry, registry
from adapters.sandbox.faults import Fault as SandboxFault
from adapters.sandbox.faults import FaultKind
from adapters.sandbox.running import Sandbox
from adapters.sandbox.world.generate import World
from adapters.sandbox.world.libraries import RECIPES
from certs.national import SmCrypto
from gateway.core.call import Call
from gateway.core.clock import Deadline
from gateway.core.licence import KEY_FIELDS, ROW_FIELDS, Holder, LicenceQuery
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer
from gateway.core.system import DeployedSystem
from tests.sandbox.callers import SteppedClock

LIBRARIES = tuple(RECIPES)
Ending = tuple[Outcome, Fault | None]
THEIR_FAULT: Ending = (Outcome.UPSTREAM_FAULT, Fault.THEIRS)
OUR_STANDING: Ending = (Outcome.DENIED, Fault.OURS)
ANSWERED: Ending = (Outcome.OK, None)
SIGNED = "district-licences"

ENDINGS: dict[FaultKind, Ending] = {
    FaultKind.ERROR: THEIR_FAULT,
    FaultKind.RESET: (Outcome.UNAVAILABLE, Fault.NETWORK),
    FaultKind.HTML: THEIR_FAULT,
    FaultKind.TRUNCATE: THEIR_FAULT,
    FaultKind.FLOOD: THEIR_FAULT,
    FaultKind.HANG: (Outcome.TIMED_OUT, Fault.THEIRS),
    FaultKind.LATENCY: (Outcome.TIMED_OUT, Fault.THEIRS),
    FaultKind.CHARSET: ANSWERED,
    FaultKind.EXPIRED: OUR_STANDING,
}
EXCEPTIONS: dict[tuple[str, FaultKind], Ending] = {
    # sessions and short-lived secrets are fetched again, and the caller notices nothing
    ("city-licences", FaultKind.EXPIRED): ANSWERED,
    (SIGNED, FaultKind.EXPIRED): ANSWERED,
    # what is re-coded on the way is no longer what was signed
    (SIGNED, FaultKind.CHARSET): THEIR_FAULT,
    (SIGNED, FaultKind.UNSIGNED): THEIR_FAULT,
    (SIGNED, FaultKind.RESIGNED): THEIR_FAULT,
}
CASES = [(system, kind) for system in LIBRARIES for kind in ENDINGS] + [
    (SIGNED, FaultKind.UNSIGNED),
    (SIGNED, FaultKind.RESIGNED),
]


@pytest.fixture
async def systems(deploy: Callable[[str], DeployedSystem], clock: SteppedClock) -> AsyncIterator[Registry]:
    async with registry([deploy(code) for code in LIBRARIES], clock, SmCrypto()) as opened:
        yield opened


async def ask_all(
    systems: Registry, world: World, call: Call, wanted: frozenset[str], hurried: Call | None = None, late: str = ""
) -> dict[str, Answer]:
    """The answers to one call; from ``late`` that to ``hurried``, if there is one."""
    holder = world.holder
    query = LicenceQuery(holder=Holder(holder.type, holder.number, holder.name))
    sources = systems.licence_sources(None)
    answers = await asyncio.gather(
        *(one.source.list(query, wanted, hurried if hurried and one.source.system == late else call) for one in sources)
    )
    return {assigned.source.system: answer for assigned, answer in zip(sources, answers, strict=True)}


async def test_the_holder_is_answered_from_every_library(systems: Registry, world: World, call: Call) -> None:
    answers = await ask_all(systems, world, call, frozenset(ROW_FIELDS))
    assert {system: (answer.outcome, answer.fault) for system, answer in answers.items()} == dict.fromkeys(
        LIBRARIES, ANSWERED
    ), {system: answer.notice for system, answer in answers.items()}
    for system, answer in answers.items():
        records = world.libraries[system].held_by(world.holder.number)
        assert {row.number for row in answer.rows} == {
            record.licence.number if "number" not in record.dirty else None for record in records
        }


@pytest.mark.parametrize(("system", "kind"), CASES, ids=str)
async def test_a_fault_names_the_culprit_and_spoils_no_other_answer(
    systems: Registry, sandbox: Sandbox, world: World, call: Call, clock: SteppedClock, system: str, kind: FaultKind
) -> None:
    await ask_all(systems, world, call, KEY_FIELDS)
    sandbox.faults.set(system, SandboxFault(kind=kind, ms=60_000))
    hurried = call.until(Deadline.after(0.3, clock)) if kind in {FaultKind.HANG, FaultKind.LATENCY} else None
    answers = await ask_all(systems, world, call, KEY_FIELDS, hurried, system)
    got = {code: (answer.outcome, answer.fault) for code, answer in answers.items()}
    expected = dict.fromkeys(LIBRARIES, ANSWERED) | {system: EXCEPTIONS.get((system, kind), ENDINGS.get(kind))}
    assert got == expected, {code: answer.notice for code, answer in answers.items()}
    for answer in answers.values():
        for canary in (world.holder.number, world.holder.name):
            assert canary not in f"{answer.notice}"
