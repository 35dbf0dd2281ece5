"""The one command of this checkout: makes its own environment and runs everything in it.

Needs Python 3.11 and nothing else. What it does lives in ``tools/``; this file only has to be readable by an
older Python, so that it can say in plain words that it is too old.
"""

import sys
from pathlib import Path

OLDEST = (3, 11)


def main() -> int:
    """Check the interpreter, then hand over. Returns the exit code."""
    if sys.version_info < OLDEST:
        sys.stderr.write(
            "Python 3.11 or newer is needed; this is {}.{} ({}).\n"
            "Remedy: install python3.11 and start again with `python3.11 run.py`.\n"
            "需要 Python 3.11 或更高版本。\n".format(sys.version_info[0], sys.version_info[1], sys.executable)
        )
        return 2
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from tools.commands import run  # noqa: PLC0415 - must stay below the version check: an old Python cannot parse it

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
