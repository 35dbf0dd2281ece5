"""What the machine is, for readers of figures."""

import os
import platform
import shutil
import ssl
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_SECONDS = 10


def machine() -> Mapping[str, Any]:
    """Facts that figures depend on, the load of this moment among them."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "opensslOfPython": ssl.OPENSSL_VERSION,
        "opensslCommand": openssl_version(),
        "load": load(),
    }


def load() -> float | None:
    """Processes that wanted a core during the last minute; None where the system does not say."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def openssl_version() -> str | None:
    """The openssl command's own words for its version; None without one."""
    command = shutil.which("openssl")
    if command is None:
        return None
    words = [command, "version"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603 - constants
    return done.stdout.strip() or None


def _processor(facts: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's name as the system has it."""
    try:
        lines = facts.read_text("utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
