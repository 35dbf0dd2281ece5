"""How much is tried of what tests make up: enough for every day, or thoroughly (``run.py soak tests``)."""

import os
from typing import Final, TypeVar

from hypothesis import HealthCheck, settings

T = TypeVar("T")

VARIABLE: Final = "TEST_PROFILE"
"""The variable that is ``thorough`` where it may take long."""

DAILY: Final = "daily"
PROFILE: Final = "thorough"
THOROUGH: Final = os.environ.get(VARIABLE) == PROFILE


def tried(daily: T, thorough: T) -> T:
    """What a test tries: a number of examples or steps, or the cases of a parametrisation."""
    return thorough if THOROUGH else daily


def load() -> None:
    """Make hypothesis do as much as the profile says; no machine is too slow for it."""
    settings.register_profile(DAILY, max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile(PROFILE, settings.get_profile(DAILY), max_examples=400)
    settings.load_profile(PROFILE if THOROUGH else DAILY)
