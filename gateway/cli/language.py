"""The language of whoever sits at the terminal."""

import os
from typing import Final

from gateway.core.text import Language

_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The first that is set decides, as POSIX has it."""


def terminal_language() -> Language:
    """Chinese where the locale says so, else English."""
    locale = next((value for name in _VARIABLES if (value := os.environ.get(name))), "")
    return Language.ZH if locale.startswith("zh") else Language.EN
