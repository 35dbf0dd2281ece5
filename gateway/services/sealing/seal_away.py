"""Have a platform seal one document, once.

What is going to be sent is written down before it leaves; what comes back is written down before it is judged. Whoever
goes on after a crash finds one of the two: an attempt of which nobody knows what came, or a result to be verified.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from gateway.core import problems
from gateway.core.audit.seal_kinds import SEAL_USED
from gateway.core.call import Call
from gateway.core.clock import Deadline
from gateway.core.defects import trace
from gateway.core.delivery import Delivery
from gateway.core.errors import KeyUnusable, Refusal, SignatureWrong
from gateway.core.outcome import Fault, Outcome
from gateway.core.seals.attempt import Attempt
from gateway.core.seals.platform import Mode, SealOrder, SealPlatform, SealPlatforms, SealReply, SealStatus
from gateway.core.seals.register import RegisteredSeal
from gateway.core.seals.sealing import Sealing, SealingState, Settler, WrongStep
from gateway.core.seals.workshop import Stamp
from gateway.core.tasks import Claim, Rest
from gateway.core.trouble import Trouble
from gateway.services.sealing.finish import Finish
from gateway.services.sealing.ledger import Move
from gateway.services.sealing.preparing import Preparing
from gateway.services.sealing.reconcile_days import Days
from gateway.services.sealing.tools import Job, Tools, trouble_of

_log = structlog.get_logger("sealing")


class _NotSigned(Exception):
    """The platform has not signed: the document is not made."""


class SealAway:
    """Seals documents by platforms.

    Args:
        tools: what documents are sealed with.
        platforms: those that are open.
        days: has the platform's log compared with ours when the day is over.
        callbacks: what stands before the ticket in the address that platforms tell; None if they cannot reach us.
    """

    def __init__(self, tools: Tools, platforms: SealPlatforms, days: Days, callbacks: str | None) -> None:
        self._tools = tools
        self._ledger = tools.ledger
        self._clock = tools.clock
        self._prepare = Preparing(tools)
        self._finish = Finish(tools)
        self._platforms = platforms
        self._days = days
        self._callbacks = callbacks

    async def __call__(self, claim: Claim, sealing: Sealing, seal: RegisteredSeal) -> None:
        """Take it as far as it goes now.

        Raises:
            LeaseLost: somebody else goes on with it.
        """
        async with self._tools.documents.folder.room() as room:
            job = Job(
                claim=claim, sealing=sealing, seal=seal, room=room, began=self._clock.now().replace(microsecond=0)
            )
            if sealing.state is SealingState.VERIFYING:
                await self._finish.verify_stored(job)
            elif sealing.signature is not None:
                await self._assemble(job)
            else:
                await self._proceed(job)

    # ---- what to do

    async def _proceed(self, job: Job) -> None:
        sealing = job.sealing
        is_open = [attempt for attempt in sealing.attempts if attempt.is_open]
        if sealing.state is SealingState.IN_DOUBT:
            await self._ask(job)
        elif not is_open:
            await self._send(job)
        elif is_open[-1].told is SealStatus.PENDING:
            await self._ask(job)
        elif _repeatable(sealing):
            await self._send(job)
        else:
            await self._ask_or_doubt(job)

    async def _ask_or_doubt(self, job: Job) -> None:
        if any(one.is_open and one.delivery is Delivery.ONCE for one in job.sealing.attempts):
            await self._finish.doubt(job)
        else:
            await self._ask(job, sends=False)

    # ---- sending

    async def _send(self, job: Job) -> None:
        """Ask for the seal: for the first time, again what never left, or again what a platform takes for the same."""
        seal = await self._finish.pinned(job)
        route = seal.route
        platform = self._platforms.seal_platform(route.platform) if route.platform is not None else None
        if platform is None:
            await self._finish.put_off(job)
            return
        try:
            job = await self._prepared(job, platform, seal)
        except Refusal as refusal:
            await self._refused_here(job, refusal)
            return
        try:
            if seal.route.mode == Mode.DOCUMENT:
                await self._send_document(job, platform, seal)
            else:
                await self._send_digest(job, platform, seal)
        except WrongStep:  # the seal, its route or the platform is another by now, so that it would not be the same
            await self._ask_or_doubt(job)

    async def _prepared(self, job: Job, platform: SealPlatform, seal: RegisteredSeal) -> Job:
        """The job with its document, and the right to the seal as it is at this moment."""
        if seal.route.mode not in platform.modes:
            raise Refusal(problems.SEALING_PLATFORM_REFUSED, system=platform.system)
        (found,) = await self._prepare([job])
        if isinstance(found, Refusal):
            raise found
        return found

    async def _send_document(self, job: Job, platform: SealPlatform, seal: RegisteredSeal) -> None:
        job = await self._intend(job, platform, seal, job.sealing.input.sha256)
        order = self._order(job, seal, document=job.source)
        reply = await self._call(job, lambda call: platform.seal(order, job.room, call))
        await self._hear(job, reply)

    async def _send_digest(self, job: Job, platform: SealPlatform, seal: RegisteredSeal) -> None:
        said: list[tuple[Job, SealReply]] = []

        async def sign(digest: bytes) -> bytes:
            now = await self._intend(job, platform, seal, digest.hex())
            order = self._order(now, seal, digest=digest)
            reply = await self._call(now, lambda call: platform.seal(order, job.room, call))
            if reply.status is not SealStatus.DONE or reply.signature is None:
                said.append((now, reply))
                raise _NotSigned
            said.append((await self._signed(now, reply), reply))
            return reply.signature

        try:
            await self._make(job, seal, sign)
        except _NotSigned:
            await self._hear(*said[0])
        except Refusal as refusal:
            await self._refused_here(said[0][0] if said else job, refusal)
        except KeyUnusable as error:
            await self._unmade(said[0][0] if said else job, error)
        else:
            await self._finish.keep(said[0][0], job.target, None)

    async def _unmade(self, job: Job, error: KeyUnusable) -> None:
        """The platform's signature is another one's, or what else the document needs is not to be had now."""
        if isinstance(error, SignatureWrong):
            await self._finish.withhold(job)
        else:
            _log.error("seal.key.unusable", reason=str(error))
            await self._finish.put_off_key(job, error)

    async def _make(self, job: Job, seal: RegisteredSeal, sign: Callable[[bytes], Awaitable[bytes]]) -> None:
        stamp = Stamp(seal=seal.structure, certificates=seal.certificates, at=_stamped_at(job), sign=sign)
        await self._tools.workshop.seal(job.source, job.target, stamp, job.sealing.place)

    async def _intend(self, job: Job, platform: SealPlatform, seal: RegisteredSeal, digest: str) -> Job:
        """The job of which it is written down what is going to be sent."""
        now, sealing = self._clock.now(), job.sealing
        attempt = Attempt(
            number=sealing.next_number,
            at=now,
            fence=job.claim.fence,
            digest=digest,
            platform=platform.system,
            seal=seal.route.number,
            mode=Mode.DOCUMENT if seal.route.mode == Mode.DOCUMENT else Mode.DIGEST,
            delivery=platform.delivery,
        )
        after = sealing.intend(
            attempt,
            pages=job.pages,
            seal_version=seal.version,
            stamped_at=_stamped_at(job),
        )
        line = self._tools.log.event(SEAL_USED, after)
        return await self._finish.held(job, after, line=line, also=(self._days.of(platform.system, now),))

    def _order(
        self, job: Job, seal: RegisteredSeal, document: Path | None = None, digest: bytes | None = None
    ) -> SealOrder:
        sealing = job.sealing
        person = sealing.caller.person
        return SealOrder(
            key=sealing.order_key,
            seal=seal.route.number or "",
            mode=Mode.DIGEST if document is None else Mode.DOCUMENT,
            digest=digest,
            document=document,
            media_type=job.media_type if document is not None else None,
            place=sealing.place if document is not None else None,
            item=sealing.use.item,
            case=sealing.use.case,
            operator=person.account if person is not None else None,
            callback=None if self._callbacks is None else self._callbacks + sealing.callback,
        )

    async def _call(self, job: Job, ask: Callable[[Call], Awaitable[SealReply]]) -> SealReply:
        """What the platform says; asked only while the task is surely ours."""
        self._ledger.tasks.check(job.claim)
        call = Call(
            request_id=job.sealing.request_id,
            caller=job.sealing.caller,
            deadline=Deadline.after(self._tools.pace.attempt_seconds, self._clock),
        )
        try:
            return await ask(call)
        except Exception as error:  # noqa: BLE001 - a broken adapter may have sent it: that is what must not be lost
            _log.error("seal.defect", trace=trace(error))
            return SealReply(status=SealStatus.UNANSWERED, outcome=Outcome.GATEWAY_ERROR, fault=Fault.OURS)

    # ---- what the platform says to a request

    async def _hear(self, job: Job, reply: SealReply) -> None:
        if reply.status is SealStatus.DONE and await self._finish.has_document(reply):
            await self._finish.keep(job, reply.document or job.target, reply.number)
            return
        now = self._clock.now()
        status = reply.status if reply.status in _SAID else SealStatus.UNANSWERED
        sealing = job.sealing.hear(status, now, reply.number, reply.code)
        is_unclear = status is SealStatus.UNANSWERED and reply.outcome in _UNCLEAR
        heard = msgspec.structs.replace(job, sealing=sealing.mistake() if is_unclear else sealing)
        if status is SealStatus.REFUSED:
            await self._refused_there(job, heard)
        elif status is SealStatus.NOT_SENT and reply.outcome is Outcome.INVALID and not heard.sealing.is_exposed:
            await self._finish.refused(job, heard.sealing)
        elif status is SealStatus.UNANSWERED and self._is_hopeless(heard.sealing):
            await self._finish.doubt(job, heard.sealing)
        else:
            await self._finish.put_off(job, heard.sealing, reply.retry_after)

    def _is_hopeless(self, sealing: Sealing) -> bool:
        """Whether another try would tell no more."""
        return _cannot_ask(sealing) or sealing.unclear >= self._tools.pace.most_unclear

    async def _refused_there(self, job: Job, heard: Job) -> None:
        """It was refused; if it may have been done before that, the platform is asked what it did."""
        if heard.sealing.is_exposed:
            await self._ask_or_doubt(await self._finish.held(job, heard.sealing))
        else:
            await self._finish.refused(job, heard.sealing)

    async def _refused_here(self, job: Job, refusal: Refusal) -> None:
        """The seal must not be used any more, or the document cannot be sealed."""
        if job.sealing.is_exposed:
            await self._ask_or_doubt(job)
        else:
            await self._finish.end(job, job.sealing, Trouble.of(refusal))

    # ---- asking what became of it

    async def _ask(self, job: Job, *, sends: bool = True) -> None:
        """Ask the platform; if it cannot be asked, send what it takes for the same again, where that may be."""
        sealing = job.sealing
        last = sealing.attempts[-1]
        platform = self._platforms.seal_platform(last.platform) if last.platform is not None else None
        if platform is None:
            await self._finish.put_off(job)
            return
        order = SealOrder(
            key=sealing.order_key,
            seal=last.seal or "",
            mode=last.mode or Mode.DOCUMENT,
            item=sealing.use.item,
            case=sealing.use.case,
        )
        reply = await self._call(job, lambda call: platform.query(order, sealing.number, job.room, call))
        if reply.outcome is not Outcome.NOT_ASKED or sealing.state is SealingState.IN_DOUBT:
            await self._hear_query(job, reply)
        elif not sends:
            await self._finish.doubt(job)
        elif _repeatable(sealing):
            await self._send(job)
        else:
            await self._finish.put_off(job)

    async def _hear_query(self, job: Job, reply: SealReply) -> None:
        now, sealing = self._clock.now(), job.sealing
        if reply.status is SealStatus.DONE and reply.signature is not None:
            await self._assemble(await self._signed(job, reply))
        elif reply.status is SealStatus.DONE and await self._finish.has_document(reply):
            await self._finish.keep(job, reply.document or job.target, reply.number)
        elif sealing.state is SealingState.IN_DOUBT:
            await self._still_in_doubt(job, reply)
        elif reply.status is SealStatus.REFUSED:
            denied = sealing.deny(now, reply.code)
            await self._finish.refused(job, denied)
        elif reply.status is SealStatus.PENDING:
            pending = sealing.hear(SealStatus.PENDING, now, reply.number, reply.code)
            await self._finish.put_off(job, pending, reply.retry_after)
        elif reply.status is SealStatus.UNKNOWN_KEY:
            await self._unknown(job)
        else:
            await self._finish.put_off(job, sealing, reply.retry_after)

    async def _still_in_doubt(self, job: Job, reply: SealReply) -> None:
        """It waits for somebody; a number that a person told and that is not this sealing's is not kept."""
        is_other = reply.status is SealStatus.UNKNOWN_KEY or reply.outcome is Outcome.UPSTREAM_FAULT
        if job.sealing.settled_by is not Settler.PERSON or not is_other:
            await self._ledger.leave([job.claim], Rest.PARKED)
            return
        unlearned = job.sealing.unlearn_number(trouble_of(problems.SEALING_NUMBER_OTHER), self._clock.now())
        await self._ledger.write_one(Move(job.claim, Rest.PARKED, job.sealing, unlearned))

    async def _unknown(self, job: Job) -> None:
        """The platform does not know the key: believed in time, and never if it had taken the request before."""
        now, apart = self._clock.now(), self._tools.pace.apart
        if job.sealing.was_accepted:
            await self._finish.doubt(job)
            return
        missed = job.sealing.miss(now, apart)
        again = max([missed.attempts[-1].at, *missed.heard_unknown]) + apart if missed.is_exposed else now
        await self._ledger.write_one(Move(job.claim, max(again, now), job.sealing, missed))

    # ---- results

    async def _signed(self, job: Job, reply: SealReply) -> Job:
        assert reply.signature is not None, "whoever signs gives a signature"
        return await self._finish.held(job, job.sealing.sign(reply.signature, self._clock.now(), reply.number))

    async def _assemble(self, job: Job) -> None:
        """Make the document again with the signature that is there: the same document, stamp and time."""
        signature = job.sealing.signature
        assert signature is not None, "there is a signature"

        async def sign(_: bytes) -> bytes:
            return signature

        try:
            if not job.media_type:
                media_type = await self._tools.documents.fetch(job.sealing, job.source)
                job = msgspec.structs.replace(job, media_type=media_type)
            await self._make(job, await self._finish.pinned(job), sign)
        except Refusal as refusal:
            await self._finish.end(job, job.sealing, Trouble.of(refusal))
        except KeyUnusable as error:
            await self._unmade(job, error)
        else:
            await self._finish.keep(job, job.target, None)


_UNCLEAR = frozenset({Outcome.OK, Outcome.UPSTREAM_FAULT})
_SAID = frozenset({SealStatus.PENDING, SealStatus.REFUSED, SealStatus.NOT_SENT})


def _stamped_at(job: Job) -> datetime:
    """Another time makes another request: what may have been sent keeps its own."""
    stamped_at = job.sealing.stamped_at
    is_bound = job.sealing.is_exposed or job.sealing.signature is not None
    return stamped_at if is_bound and stamped_at is not None else job.began


def _cannot_ask(sealing: Sealing) -> bool:
    return any(one.is_open and one.delivery is Delivery.ONCE for one in sealing.attempts)


def _repeatable(sealing: Sealing) -> bool:
    return all(one.delivery is Delivery.IDEMPOTENT for one in sealing.attempts if one.is_open)
