"""The services as uvicorn processes, and the watch that starts again what dies."""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from ops.local.places import ROOT
from ops.local.ports import LOOPBACK
from ops.local.processes import POLL_SECONDS, Child, until_ready

SERVICES = ("registry", "requests", "review", "budget", "webhooks", "portal")
READY_SECONDS = 60.0  # measured about 5 on two cores
FIRST_BACK_OFF, LAST_BACK_OFF = 0.5, 30.0  # seconds before a dead process is started again, doubled each time
CALM_SECONDS = 30.0  # a process that lived this long starts with the first back-off again
GRACEFUL_SECONDS = 10  # open requests get this long at a stop; Child.stop_seconds is above it


@dataclass
class Watched:
    """A child that is started again when it dies, unless it is held."""

    child: Child
    held: bool = False
    back_off: float = FIRST_BACK_OFF
    started: float = field(default_factory=time.monotonic)

    def start(self) -> None:
        """Start the child."""
        self.child.start()
        self.started = time.monotonic()

    def next_back_off(self) -> float:
        """Return how long to wait before the next start, in seconds."""
        if time.monotonic() - self.started > CALM_SECONDS:
            self.back_off = FIRST_BACK_OFF
        wait, self.back_off = self.back_off, min(self.back_off * 2, LAST_BACK_OFF)
        return wait


class Watch:
    """Looks at all children of a stack and starts again those that died."""

    def __init__(self, say: Callable[[str], None], started: Callable[[], None]) -> None:
        """say: receives one sentence per event; started: called after each new start (the pids changed)."""
        self._say, self._started = say, started
        self._watched: list[Watched] = []
        self._waiting: dict[int, float] = {}

    def add(self, watched: Watched) -> None:
        """Look after this child from now on."""
        self._watched.append(watched)

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            for watched in self._watched:
                if not watched.held and not watched.child.running:
                    self._revive(watched)
            await asyncio.sleep(POLL_SECONDS)

    def _revive(self, watched: Watched) -> None:
        due = self._waiting.get(id(watched))
        if due is None:
            wait = watched.next_back_off()
            self._waiting[id(watched)] = time.monotonic() + wait
            self._say(
                f"{watched.child.name} {watched.child.ending}; it is started again in {wait:g} s (log: {watched.child.log})"
            )
        elif time.monotonic() >= due:
            del self._waiting[id(watched)]
            watched.start()
            self._started()


@dataclass
class ServiceProcess:
    """One replica of a service."""

    service: str
    replica: int
    port: int
    watched: Watched

    @property
    def url(self) -> str:
        """Base address of its API."""
        return f"http://{LOOPBACK}:{self.port}"

    async def ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait until /health/ready says 200. Raises StackProblem."""
        await until_ready(self.watched.child, self._answers, seconds)

    async def _answers(self) -> bool:
        try:
            async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
                return (await client.get(f"{self.url}/health/ready")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


def name_of(service: str, replica: int) -> str:
    """Return the name of a replica's port and log: ``review``, ``review-2``, …"""
    return service if replica == 0 else f"{service}-{replica + 1}"


def service_process(
    service: str, replica: int, port: int, *, app: str, environment: Mapping[str, str], logs: Path
) -> ServiceProcess:
    """Build one replica; app: what uvicorn runs, e.g. ``services.review.main:app``."""
    name = name_of(service, replica)
    child = Child(name, _command(app, port), {**environment, "SAMA_SERVICE": service}, logs / f"{name}.log", ROOT)
    return ServiceProcess(service, replica, port, Watched(child))


def _command(app: str, port: int) -> Sequence[str]:
    return [
        sys.executable, "-m", "uvicorn", app, "--host", LOOPBACK, "--port", str(port),
        "--no-access-log", "--timeout-graceful-shutdown", str(GRACEFUL_SECONDS),
    ]  # fmt: skip
