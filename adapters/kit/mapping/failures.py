"""Failures of reading a reply as a whole."""

from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome


def misshapen(path: str) -> SystemFailure:
    """Something else than the manifest says stands where a path leads."""
    return unreadable(f"the reply has another shape than the manifest says at {path}")


def unreadable(notice: str) -> SystemFailure:
    """The reply cannot be read, for the reason in ``notice``."""
    return SystemFailure(Outcome.UPSTREAM_FAULT, Fault.THEIRS, notice)
