"""Find the open use under which a sensitive field is asked."""

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.ports import UseStore
from gateway.core.use import Use


async def require_use(use_id: str, call: Call, uses: UseStore, clock: Clock) -> Use:
    """The caller's own open use of this id.

    Raises:
        Refusal: FORBIDDEN, in the same words whether the use is unknown, expired or somebody else's, so that
            nobody learns which ids exist; UNAUTHENTICATED without a person.
    """
    person = call.caller.person
    if person is None:
        raise Refusal(problems.PERSON_MISSING)
    use = await uses.find(use_id)
    if (
        use is None
        or use.expires_at <= clock.now()
        or use.owner_application != call.caller.application.code
        or use.owner_subject != person.subject
    ):
        raise Refusal(problems.USE_UNKNOWN, "use")
    return use
