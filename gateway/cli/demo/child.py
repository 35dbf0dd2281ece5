"""`yiwang` as a process of the demo: it ends when the demo does, whichever way that ended.

The demo holds the other end of this process's standard input and never writes to it. The kernel closes it with the
demo, also after SIGKILL, on every system alike.
"""

import os
import signal
import threading
import time

from gateway.cli.main import main

_STANDARD_INPUT = 0
_GRACE_SECONDS = 10.0


def _end_with_the_demo() -> None:
    while os.read(_STANDARD_INPUT, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_SECONDS)
    os._exit(1)  # it was asked and did not end: a port must not stay taken


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_demo, daemon=True).start()
    main()
