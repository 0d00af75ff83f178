"""What a local stack remembers in its folder: its ports, and its processes, so that a broken earlier run can be tidied up."""

import asyncio
import fcntl
import json
import os
import shutil
import signal
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from ops.local.problems import StackProblem
from ops.local.processes import POLL_SECONDS, Child

LEFTOVER_SECONDS = 15.0  # RabbitMQ, told by the kernel that its parent died, stops cleanly in about 6


@dataclass
class State:
    """The remembered state. processes: name → (pid, start time in kernel ticks: a pid alone may be somebody else's by now)."""

    ports: dict[str, int] = field(default_factory=dict)
    owner: int = 0
    processes: dict[str, tuple[int, int]] = field(default_factory=dict)


class Folder:
    """The folder of a stack (data/, logs/, state.json, lock), held by one stack at a time."""

    def __init__(self, path: Path) -> None:
        """path: e.g. ``.sama``; made at ``claim``."""
        self.path = path.absolute()
        self.data, self.logs = self.path / "data", self.path / "logs"
        self._file, self._lock = self.path / "state.json", self.path / "lock"
        self._held: IO[str] | None = None

    def claim(self) -> State:
        """Take the folder for this process and return what it remembers. Raises StackProblem when that is impossible."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for needed in (self.data, self.logs):
                needed.mkdir(exist_ok=True)
                if not os.access(needed, os.W_OK | os.X_OK):
                    raise PermissionError(13, "Permission denied", str(needed))
            probe = self._lock.open("a")
        except OSError as error:
            raise StackProblem(
                f"The folder {self.path} cannot be used: {error.strerror} ({error.filename}).{_owner_hint(self.path)}",
                f"Make it yours with `sudo chown -R $(id -un) {self.path}`, or choose another with --folder.",
            ) from error
        try:
            fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            probe.close()
            raise StackProblem(
                f"A stack already runs in {self.path} (process {self._read().owner}).",
                "Stop it with Ctrl-C where it runs, or with `kill` and its number, or choose another folder with --folder.",
            ) from error
        self._held = probe
        return self._read()

    def release(self) -> None:
        """Give the folder free."""
        if self._held:
            self._held.close()
            self._held = None

    def clear(self) -> None:
        """Remove data, logs and memory of earlier runs; nothing else that lies in the folder."""
        for folder in (self.data, self.logs):
            shutil.rmtree(folder)
            folder.mkdir()
        self._file.unlink(missing_ok=True)

    def remember(self, ports: Mapping[str, int], children: Iterable[Child]) -> None:
        """Write down ports and processes."""
        alive = {c.name: (c.pid, started) for c in children if c.pid and (started := start_time(c.pid))}
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(State(dict(ports), os.getpid(), alive)), indent=1))
        fresh.replace(self._file)

    def _read(self) -> State:
        try:
            raw = json.loads(self._file.read_text())
            return State(
                {str(k): int(v) for k, v in raw["ports"].items()},
                int(raw["owner"]),
                {str(k): (int(pid), int(started)) for k, (pid, started) in raw["processes"].items()},
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return State()  # none yet, or cut short by a crash: it only costs new ports


async def end_leftovers(state: State) -> list[str]:
    """End processes that an earlier run left, by force if they do not end themselves; return their names."""
    left = {name: pid for name, (pid, started) in state.processes.items() if start_time(pid) == started}
    deadline = time.monotonic() + LEFTOVER_SECONDS
    for pid in left.values():
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGTERM)
    while any(_is(state, name) for name in left) and time.monotonic() < deadline:  # noqa: ASYNC110 - the kernel tells no event
        await asyncio.sleep(POLL_SECONDS)
    for name, pid in left.items():
        if _is(state, name):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
    return list(left)


def _is(state: State, name: str) -> bool:
    pid, started = state.processes[name]
    return start_time(pid) == started


def start_time(pid: int) -> int | None:
    """Return when the process started, in kernel ticks, or None if it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


def _owner_hint(path: Path) -> str:
    try:
        owner = path.stat().st_uid
    except OSError:
        return ""
    return "" if owner == os.getuid() else f" It belongs to user {owner}; an earlier run with sudo does that."
