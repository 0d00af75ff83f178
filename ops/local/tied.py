"""Run a command that ends when its parent ends: ``python tied.py PARENT SIGNAL COMMAND…``.

Run as a file, with the standard library alone, so that it costs milliseconds. The kernel sends SIGNAL to the command when PARENT is gone,
also after a ``kill -9`` of the parent, so nothing of a stack stays behind. On systems without ``prctl`` the command runs untied.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Tie this process to its parent and become the command."""
    parent, signal, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal)
        if os.getppid() != parent:  # it was gone before we could ask
            sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 - the command comes from this package


if __name__ == "__main__":
    main()
