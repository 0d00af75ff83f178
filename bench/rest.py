"""How big is the whole local stack at rest, and how soon is it ready? Measured on ``sama up`` itself, as a person types it.

Size: the sum of PSS (each process's own memory and its share of what several have in common, from the kernel) over ``sama up`` and all
its descendants – the four services, RabbitMQ with all its helpers, the database – a quiet while after all are ready.
"""

import asyncio
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.processor import family
from ops.local.places import ROOT

QUIET_SECONDS = 10.0  # start-up garbage is collected, first checks are done
READY_SECONDS = 120.0  # the target is 30; past this something is broken
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Rest:
    """seconds: from typing ``sama up`` to ready; sizes: MiB of PSS by kind of process."""

    seconds: float
    sizes: Mapping[str, float]

    @property
    def mib(self) -> float:
        """The sum."""
        return sum(self.sizes.values())


async def measure(folder: Path) -> Rest:
    """Start ``sama up`` in an empty folder, wait for its word that all is ready, weigh it, and stop it as Ctrl-C does."""
    command = [sys.executable, "-m", "ops.cli", "up", "--folder", str(folder)]
    began = time.perf_counter()
    up = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(READY_SECONDS):
            await _until_ready(up)
        seconds = time.perf_counter() - began
        await asyncio.sleep(QUIET_SECONDS)
        return Rest(seconds, weigh(up.pid))
    finally:
        if up.returncode is None:
            up.send_signal(signal.SIGINT)
        await up.communicate()


async def _until_ready(up: asyncio.subprocess.Process) -> None:
    assert up.stdout is not None
    told = []
    async for line in up.stdout:
        told.append(line.decode())
        if told[-1].startswith("Ready, "):
            return
    raise RuntimeError("sama up ended before it was ready:\n" + "".join(told))


def weigh(root: int) -> dict[str, float]:
    """Return MiB of PSS by kind, of a process and all its descendants."""
    sizes: dict[str, float] = {}
    for pid in family([root]):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue  # it ended meanwhile
        kilobytes = next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
        kind = _kind(command)
        sizes[kind] = sizes.get(kind, 0.0) + kilobytes * 1024 / MIB
    return dict(sorted(sizes.items()))


def _kind(command: str) -> str:
    if "uvicorn services." in command:
        return command.partition("uvicorn services.")[2].partition(".")[0]
    if "ops.cli" in command:
        return "sama up"
    return "database" if "secantus" in command or "mongod" in command else "RabbitMQ"
