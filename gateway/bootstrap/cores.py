"""How many processors this process may use."""

import os


def cores() -> int:
    """At least 1; fewer than the machine has where it was given only some of them."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
