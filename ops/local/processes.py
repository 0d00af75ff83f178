"""Child processes of the local stack: started in their own process group, logged to a file, and gone when this process is gone."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ops.local.problems import StackProblem

TIED = str(Path(__file__).with_name("tied.py"))
POLL_SECONDS = 0.1  # of an exit or a readiness probe; far below anything a person waits for
LOG_TAIL = 15  # lines shown when a process fails: a traceback's last frames and its message


@dataclass
class Child:
    """One process: what it runs, where it logs and how it is stopped.

    name: shown to people, e.g. ``budget``; command and env: as for exec; log: file that stdout and stderr are appended to;
    cwd: its working folder; stop_seconds: after SIGTERM it gets this long before SIGKILL; parent_death: signal sent when this process dies.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    cwd: Path
    stop_seconds: float = 15
    parent_death: signal.Signals = signal.SIGKILL
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    def start(self) -> None:
        """Start the process. Call it on the thread that lives longest: the kernel ties the child to that thread."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        tie = [sys.executable, "-I", "-S", TIED, str(os.getpid()), str(int(self.parent_death))]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - commands are built by this package, never from input
                [*tie, *self.command],
                env=dict(self.env),
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal reaches only us, and we stop the children in order
            )
        _ALIVE.add(self)

    @property
    def pid(self) -> int | None:
        """Process id, or None before the first start."""
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        """Whether the process runs now."""
        return self._process is not None and self._process.poll() is None

    @property
    def ending(self) -> str:
        """How the process ended, in words."""
        code = self._process.poll() if self._process else None
        if code is None:
            return "still runs" if self._process else "was not started"
        return f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def kill(self) -> None:
        """End the process and its whole group at once (SIGKILL)."""
        if self._process is not None:
            _signal_group(self._process.pid, signal.SIGKILL)
            self._process.wait()
        _ALIVE.discard(self)

    async def stop(self) -> None:
        """Ask the process to end (SIGTERM), wait, and end it by force if it does not."""
        if self._process is not None and self.running:
            self._process.terminate()
            deadline = time.monotonic() + self.stop_seconds
            while self.running and time.monotonic() < deadline:  # noqa: ASYNC110 - no watcher thread per child
                await asyncio.sleep(POLL_SECONDS)
        self.kill()  # also what it left in its group

    def tail(self) -> str:
        """Return the last lines of the log."""
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(f"    {line}" for line in lines[-LOG_TAIL:])

    def __hash__(self) -> int:
        return id(self)


_ALIVE: set[Child] = set()


def kill_all() -> None:
    """End every child at once: the second Ctrl-C of an impatient person."""
    for child in list(_ALIVE):
        child.kill()


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return  # all of it is gone


async def until_ready(child: Child, probe: Callable[[], Awaitable[bool]], seconds: float) -> None:
    """Wait until the probe says yes. Raises StackProblem with the end of the log if the child dies or the time is over."""
    deadline = time.monotonic() + seconds
    while not await probe():
        if not child.running:
            raise StackProblem(
                f"{child.name} {child.ending} before it was ready. The end of {child.log}:\n{child.tail()}",
                "If the reason is not clear from these lines, look at the whole file.",
            )
        if time.monotonic() > deadline:
            raise StackProblem(
                f"{child.name} was not ready after {seconds:.0f} seconds. The end of {child.log}:\n{child.tail()}",
                "If the machine is only slow or busy, start again; else look at the whole file.",
            )
        await asyncio.sleep(POLL_SECONDS)
