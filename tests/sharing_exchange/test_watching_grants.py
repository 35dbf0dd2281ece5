"""Grants of exchanges: what they ended ends here, with everything below it, at the same moment."""

from typing import Any

import msgspec
import pytest

from gateway.core import problems
from gateway.core.outcome import Outcome
from gateway.core.sharing.decisions import Asked, Denial, Permit, decide
from gateway.core.sharing.exchange import ExchangeStatus, Standing
from gateway.core.sharing.grants import access_of, issue
from gateway.core.sharing.spending import Basis, Drawn, Revoked
from gateway.core.sharing.terms import Quota
from gateway.core.text import Language
from gateway.services.sharing.exchanges.forward_pace import DAILY, KIND_UPSTREAM, LONGEST, upstream_task
from gateway.store.sharing.purse import SqlPurse
from tests.sharing.making import ITEM, PERSON, START, a_resource
from tests.sharing_exchange.branch import Branch
from tests.sharing_exchange.refusals import refused
from tests.sharing_service.offices import ASKER, GIVER, NOBODY, STRANGER


async def granted(branch: Branch, key: str = "k-1", **said: Any) -> Any:
    """A request that the exchange has approved."""
    request = await branch.queued(key=key)
    await branch.worker().once()
    number = (await branch.forwarding(request)).number
    assert number is not None
    branch.exchange.approve(number, **said)
    await branch.run()
    return await branch.now(request)


async def looked(branch: Branch) -> None:
    """The day after."""
    branch.clock.step(DAILY)
    await branch.worker().once(KIND_UPSTREAM)


async def test_what_the_exchange_ends_ends_here_with_all_that_is_below_at_the_same_moment(branch: Branch) -> None:
    request = await granted(branch)
    above, below = await branch.grants_of(request)
    lowest = msgspec.structs.replace(issue(request, "g-low", branch.clock.now(), below), parent=below.id)
    assert await branch.desk.grants.add(lowest)
    purse = SqlPurse(branch.database, branch.clock)
    lineage = await branch.desk.grants.lineage(lowest.id)
    assert access_of(lineage) == above.upstream
    basis = Basis(below.resource, 1)
    assert not isinstance(await purse.spend(Drawn.of(lineage), 1, _nothing, basis), Revoked)
    branch.exchange.decide("N-1", Standing.ENDED)
    await looked(branch)
    for grant in (above, below, lowest):
        now = await branch.desk.grants.find(grant.id)
        assert now is not None
        assert (now.revoked_at, now.revoked_for) == (branch.clock.now(), "ended-upstream")
    assert isinstance(await purse.spend(Drawn.of(lineage), 1, _nothing, basis), Revoked)
    assert branch.told().count(("grant.revoked", "DONE")) == 3
    assert KIND_UPSTREAM not in await branch.tasks.counts()


async def test_no_use_begins_after_the_upstream_end_though_the_grant_below_is_not_marked_yet(branch: Branch) -> None:
    request = await granted(branch)
    above, below = await branch.grants_of(request)
    resource = await branch.desk.resource(below.resource)
    at = branch.clock.now()
    bodies = branch.desk.book.book().bodies
    asked = Asked(caller=ASKER.caller, item=ITEM, fields=frozenset({"name"}), parameters={"id": PERSON}, at=at)
    assert isinstance(decide([below, above], asked, resource, bodies), Permit)
    ended = msgspec.structs.replace(above, revoked_at=at)
    assert isinstance(decide([below, ended], asked, resource, bodies), Denial)
    itself = decide([above], asked, resource, bodies)
    assert isinstance(itself, Denial)
    assert "below" in itself.reason.render(Language.EN)


async def test_what_a_worker_left_half_done_is_finished(branch: Branch) -> None:
    request = await granted(branch)
    above, below = await branch.grants_of(request)
    gone = msgspec.structs.replace(above, revoked_at=branch.clock.now(), version=2)
    assert await branch.desk.grants.change(above, gone)
    await looked(branch)
    ended = await branch.desk.grants.find(below.id)
    assert ended is not None
    assert ended.revoked_at == gone.revoked_at


async def test_what_had_ended_before_keeps_its_own_end(branch: Branch) -> None:
    request = await granted(branch)
    _, below = await branch.grants_of(request)
    ended = await branch.revoke(below.id, "purpose-ended", 1, GIVER)
    branch.exchange.decide("N-1", Standing.ENDED)
    await looked(branch)
    assert await branch.desk.grants.find(below.id) == ended


async def test_what_it_gives_less_of_is_less_here(branch: Branch) -> None:
    request = await granted(branch)
    branch.exchange.approve("N-1", fields=frozenset({"name"}), per_day=2, access="another")
    await looked(branch)
    above, _ = await branch.grants_of(request)
    assert (above.terms.opened, above.terms.quota, above.version) == (frozenset({"name"}), Quota(2, 100), 2)
    assert above.upstream is not None
    assert above.upstream.access == "another"
    branch.exchange.approve("N-1", per_day=99, access="another")
    await looked(branch)
    assert (await branch.grants_of(request))[0] == above
    branch.exchange.approve("N-1", fields=frozenset({"income"}))
    await looked(branch)
    assert (await branch.grants_of(request))[0] == above


@pytest.mark.parametrize(
    "answer",
    [
        "broken",
        ExchangeStatus(standing=Standing.UNANSWERED, outcome=Outcome.TIMED_OUT),
        ExchangeStatus(standing=Standing.UNKNOWN, outcome=Outcome.NOT_FOUND),
        ExchangeStatus(standing=Standing.ENDED, outcome=Outcome.OK, key="another"),
        ExchangeStatus(standing=Standing.ENDED, outcome=Outcome.OK, in_all=-1),
    ],
    ids=["defect", "silence", "unknown", "other", "odd"],
)
async def test_an_answer_that_says_nothing_of_it_ends_nothing(branch: Branch, answer: Any) -> None:
    request = await granted(branch)
    branch.exchange.answers = [answer]
    await looked(branch)
    assert (await branch.grants_of(request))[0].version == 1
    branch.exchanges.open.clear()
    branch.clock.step(LONGEST)
    await branch.worker().once(KIND_UPSTREAM)
    assert (await branch.grants_of(request))[0].version == 1


async def test_a_grant_that_is_over_or_changed_meanwhile_is_looked_at_no_more_or_again(
    branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await granted(branch)
    with monkeypatch.context() as patched:

        async def change(*_: object) -> bool:
            return False

        patched.setattr(type(branch.desk.grants), "change", change)
        for standing in (Standing.ENDED, Standing.APPROVED):
            branch.exchange.decide("N-1", standing, per_day=1)
            await looked(branch)
            assert (await branch.tasks.counts())[KIND_UPSTREAM].oldest_due_at == branch.clock.now()
    above, _ = await branch.grants_of(request)
    branch.clock.step(above.terms.valid_until - branch.clock.now())
    await branch.worker().once(KIND_UPSTREAM)
    assert KIND_UPSTREAM not in await branch.tasks.counts()
    await branch.database.transact(branch.tasks.adding([upstream_task("nothing", START)]))
    await looked(branch)
    assert KIND_UPSTREAM not in await branch.tasks.counts()


async def test_it_is_asked_at_once_on_demand(branch: Branch) -> None:
    request = await granted(branch)
    _, below = await branch.grants_of(request)
    branch.exchange.decide("N-1", Standing.ENDED)
    assert await branch.worker().once(KIND_UPSTREAM) == 0
    assert await branch.check(below.id, ASKER) == below
    assert await branch.worker().once(KIND_UPSTREAM) == 1
    ended = await branch.desk.grants.find(below.id)
    assert ended is not None
    assert ended.revoked_at == branch.clock.now()
    await refused(problems.GRANT_UNKNOWN, branch.check("none", ASKER))
    await refused(problems.GRANT_UNKNOWN, branch.check(below.id, STRANGER))
    await refused(problems.PERSON_MISSING, branch.check(below.id, NOBODY))
    local = (await _local(branch)).grant
    await refused(problems.GRANT_NOT_UPSTREAM, branch.check(local.id, GIVER))
    assert not await branch.check.wake(())


async def _local(branch: Branch) -> Any:
    await branch.stock(a_resource(code="307001/00013"))
    return await branch.approved(key="local", resource="307001/00013")


async def _nothing(_: Any) -> None:
    """Nothing else belongs to it."""
