"""The guard of one system: how many calls at once and how fast, whether any at all, and whether once more.

It keeps a system that fails from taking the gateway with it, and the gateway from burying a system that is weak.
"""

from adapters.kit.guard.breaker import Breaker, BreakerRules
from adapters.kit.guard.bulkhead import Bulkhead
from adapters.kit.guard.guard import Ending, Guard, Turn
from adapters.kit.guard.held import Held
from adapters.kit.guard.rate import Pace
from adapters.kit.guard.retry import Retries

__all__ = ["Breaker", "BreakerRules", "Bulkhead", "Ending", "Guard", "Held", "Pace", "Retries", "Turn"]
