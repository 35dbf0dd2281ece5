"""Whether a seal may be used, as the register says it at this moment."""

from gateway.core import problems
from gateway.core.caller import Caller
from gateway.core.clock import Clock, china_date
from gateway.core.errors import Refusal
from gateway.core.policy.evaluator import Denial
from gateway.core.policy.provider import PolicyProvider
from gateway.core.seals.permission import Permission, SealQuestion, may_use
from gateway.core.seals.register import RegisteredSeal, SealRegister


class SealRights:
    """Asks the register afresh each time: a seal that was frozen a moment ago is not used."""

    def __init__(self, register: SealRegister, policy: PolicyProvider, clock: Clock) -> None:
        self.register = register
        self._policy = policy
        self._clock = clock

    async def find(self, seal_id: str) -> RegisteredSeal:
        """The seal.

        Raises:
            Refusal: NOT_FOUND.
        """
        seal = await self.register.find(seal_id)
        if seal is None:
            raise Refusal(problems.SEAL_UNKNOWN, "input.seal")
        return seal

    def permit(
        self, seal: RegisteredSeal, caller: Caller, item: str, media_type: str, pages: int | None = None
    ) -> Permission:
        """The caller may use it now for such a document of the item.

        Raises:
            Refusal: FORBIDDEN, with what is missing.
        """
        question = SealQuestion(caller=caller, item=item, media_type=media_type, at=self._clock.now(), pages=pages)
        answer = may_use(seal, question, self._policy.book().bodies)
        if isinstance(answer, Denial):
            raise Refusal(problems.SEALING_FORBIDDEN, "input.seal", reason=answer.reason)
        return answer

    def bodies_of(self, caller: Caller) -> frozenset[str]:
        """The body that the person works for, and those that it stands for."""
        body = caller.person.body if caller.person is not None else None
        if body is None:
            return frozenset()
        return frozenset(self._policy.book().bodies.all_of(body, china_date(self._clock.now())))

    def serves_owner(self, seal: RegisteredSeal, caller: Caller) -> bool:
        """Whether the person works for the body that owns the seal now, or one that stands for it."""
        body = caller.person.body if caller.person is not None else None
        return seal.is_owned(body, self._clock.now(), self._policy.book().bodies)
