"""The port through which use cases reach the edition of the rules that is in force."""

from typing import Protocol

from gateway.core.policy.evaluator import Policy
from gateway.core.policy.rules import RuleBook


class PolicyProvider(Protocol):
    """Gives the rules of this moment; a new edition takes effect between two operations."""

    def policy(self) -> Policy:
        """The policy by the present edition."""
        ...

    def book(self) -> RuleBook:
        """The present edition itself."""
        ...
