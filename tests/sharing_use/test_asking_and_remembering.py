"""What happens around the asking: broken adapters, memory, receipts that wait together."""

import asyncio
from typing import Any

import msgspec
import pytest

from adapters.sandbox.faults import FaultKind
from gateway.core import problems
from gateway.core.audit.events import Ending
from gateway.core.audit.reading import AuditChoice
from gateway.core.caller import Role
from gateway.core.errors import Refusal, StoreUnavailable
from gateway.core.outcome import Fault, Outcome
from gateway.core.sharing.resources import Sensitivity
from gateway.core.sharing.terms import Access, Quota
from gateway.services.sharing import share_memory
from gateway.services.sharing.decide_use import SharedRequest
from gateway.services.sharing.receipt_press import ReceiptPress
from gateway.services.sharing.share_memory import ShareMemory
from gateway.store.audit.reading import AuditEntries
from tests.sandbox.callers import SteppedClock
from tests.sharing_use.site import ITEMS, OFFICER, PERSON, SYSTEM, Site, a_grant, a_resource, some_terms
from tests.sharing_use.test_verifying_receipts import Groups, Places, given


async def test_an_adapter_that_breaks_is_our_fault_and_gives_nothing(site: Site) -> None:
    class Broken:
        system = SYSTEM

        async def query(self, *_: object) -> Any:
            raise RuntimeError("secret")

    await site.grants.add(a_grant())
    site.systems._shares[SYSTEM] = Broken()
    (source,) = (await site.ask()).sources
    assert (source.outcome, source.fault) == (Outcome.GATEWAY_ERROR, Fault.OURS)
    assert "secret" not in (source.notice or "")
    assert [system for system, _ in site.defects] == [SYSTEM]


async def test_a_clerk_does_not_read_the_systems_own_words(site: Site) -> None:
    await site.grants.add(a_grant())
    site.fault(FaultKind.EXPIRED)
    clerk = msgspec.structs.replace(OFFICER, role=Role.CLERK)
    (told,), (untold,) = (await site.ask()).sources, (await site.ask(call=site.call(clerk))).sources
    assert (told.message, untold.message) == ("应用未授权", None)


async def test_a_grant_is_read_again_after_a_moment(site: Site, clock: SteppedClock) -> None:
    memory = ShareMemory(site.grants, site.resources, clock)
    assert not await memory.lineage("g-1")
    await site.grants.add(a_grant())
    (before,) = await memory.lineage("g-1")
    after = msgspec.structs.replace(before, terms=some_terms(quota=Quota(1, 1)), version=2)
    assert await site.grants.change(before, after)
    assert list(await memory.lineage("g-1")) == [before]
    clock.step(share_memory.SECONDS)
    assert list(await memory.lineage("g-1")) == [after]
    assert await memory.resource(PERSON) is await memory.resource(PERSON)
    assert await memory.resource("elsewhere") is None


async def test_memory_is_bounded(site: Site, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share_memory, "MOST", 1)
    memory = ShareMemory(site.grants, site.resources, clock)
    for name in ("g-1", "g-2"):
        await site.grants.add(a_grant(name))
        assert await memory.lineage(name)
    assert len(memory._lineages._kept) == 1


async def test_a_grant_that_changed_is_refused_once_and_then_read_again(site: Site) -> None:
    await site.grants.add(a_grant())
    await site.ask()
    (before,) = await site.grants.lineage("g-1")
    await site.grants.change(before, msgspec.structs.replace(before, version=2))
    with pytest.raises(Refusal) as caught:
        await site.ask()
    assert caught.value.problem is problems.SHARED_GRANT_CHANGED
    assert (await site.ask()).records


async def test_a_quota_that_has_something_left_is_asked_for_again(site: Site) -> None:
    """Two records do not fit into one that is left; one does."""
    staff = msgspec.structs.replace(some_terms(), quota=Quota(1, None))
    await site.grants.add(a_grant(terms=staff))
    spend = site.purse.spend

    async def two(drawn: Any, _count: int, *rest: Any) -> Any:
        return await spend(drawn, 2, *rest)

    site.purse.spend = two  # type: ignore[method-assign,assignment] # an answer of two records
    with pytest.raises(Refusal) as caught:
        await site.ask()
    assert caught.value.problem is problems.QUOTA_EXHAUSTED
    site.purse.spend = spend  # type: ignore[method-assign] # as it was
    assert (await site.ask()).records


async def test_a_resource_about_nobody_has_no_subject(site: Site) -> None:
    await site.grants.add(a_grant())
    items = tuple(msgspec.structs.replace(item, sensitivity=Sensitivity.OPEN) for item in ITEMS)
    await site.resources.put([a_resource(keys=(), parameters=frozenset({"idNumber"}), items=items, version=2)])
    found = await site.ask()
    assert found.receipt is not None
    assert (len(found.records), found.receipt["receipt"]["subject"]) == (1, None)


async def test_a_subject_by_another_key_is_a_reference_too(site: Site) -> None:
    await site.grants.add(a_grant(terms=some_terms(fields={"state": Access.SHOW})))
    plain = tuple(msgspec.structs.replace(item, masking=ITEMS[3].masking) for item in ITEMS)
    await site.resources.put([a_resource(items=plain, version=2)])
    found = await site.ask()
    assert found.receipt is not None
    subject = found.receipt["receipt"]["subject"]
    assert len(subject) == 32
    assert subject != site.references.of_record("shared subject", site.person)


async def test_an_attempt_that_is_refused_is_in_the_audit(site: Site) -> None:
    with pytest.raises(Refusal):
        await site.ask()
    (event,) = await AuditEntries(site.db).find(AuditChoice(kinds=("records.shared",)), 10, None)
    assert (event.ending, event.problem) == (Ending.REFUSED, problems.GRANT_UNKNOWN.number)


async def test_whoever_leaves_does_not_hear_that_a_receipt_could_not_be_kept() -> None:
    class Away(Groups):
        async def keep(self, *_: object) -> None:
            raise StoreUnavailable("away")

    press = ReceiptPress(Away(), Places(), None, SteppedClock())
    waiting = [asyncio.create_task(press.give(given(number))) for number in range(2)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    left, told = await asyncio.gather(*waiting, return_exceptions=True)
    assert (type(left), type(told)) == (asyncio.CancelledError, StoreUnavailable)


async def test_questions_and_answers_show_nobody(site: Site) -> None:
    await site.grants.add(a_grant())
    found = await site.ask()
    request = SharedRequest(use="u", grant="g", parameters={"idNumber": site.person})
    assert (repr(found), repr(request)) == ("SharedRecords(1 records)", "SharedRequest(...)")


async def test_receipts_that_are_asked_for_together_are_one_group() -> None:
    groups = Groups()
    press = ReceiptPress(groups, Places(), None, SteppedClock())
    waiting = [asyncio.create_task(press.give(given(number))) for number in range(3)]
    await asyncio.sleep(0)
    waiting[2].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert len(groups.kept) == 3  # whoever has left has his receipt all the same
