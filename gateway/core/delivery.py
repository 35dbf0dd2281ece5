"""How often something may be sent to a system that did not answer."""

from enum import StrEnum


class Delivery(StrEnum):
    """What may be done when a system did not answer.

    IDEMPOTENT: ask again with the same key, it does it once. QUERY_FIRST: it can be asked what became of a key. ONCE:
    it can neither; an unanswered request is in doubt until the system's own list or a person says what happened.
    """

    IDEMPOTENT = "IDEMPOTENT"
    QUERY_FIRST = "QUERY_FIRST"
    ONCE = "ONCE"
