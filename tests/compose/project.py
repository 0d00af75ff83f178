"""One run of docker-compose.yml: a project of its own with fresh secrets and a free port, and what an operator or a fault does to it."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

import orjson

from ops.images.engine import Engine
from ops.images.env_file import filled
from ops.images.recipes import recipes, settings
from ops.keys import Issuer, local_issuer
from ops.local.places import ROOT
from ops.local.ports import choose
from ops.local.services import SERVICES

UP_SECONDS: Final = 240.0  # without building; measured 40 on two idle cores
BUILD_SECONDS: Final = 540.0
COMMAND_SECONDS: Final = 120.0
LOOK_SECONDS: Final = 0.3
SERVERS: Final = ("rabbitmq", "mongo")
EVERYTHING: Final = (*SERVERS, *SERVICES, "caddy")
"""Everything that lasts."""


class Project:
    """A compose project. ``build``, then ``up``; ``down`` removes containers, networks and data."""

    def __init__(
        self, name: str, compose: Path, engine: Engine, folder: Path, changes: Mapping[str, str] | None = None
    ) -> None:
        """compose: the program, of either version; folder: for settings and keys; changes: settings that differ."""
        self.name = name
        self.engine = engine
        self.program = compose
        self._folder = folder
        self.port = choose([name], {}, {})[name]
        self.issuer: Issuer = local_issuer(folder / "keys")
        own = {"SAMA_PORT": str(self.port), "SAMA_JWKS_FILE": str(folder / "keys/jwks.json")}
        self.settings = _settings({**settings(recipes()), **own, **(changes or {})})
        self._write()

    def compose(self, *arguments: str, seconds: float = COMMAND_SECONDS) -> str:
        """Run a command of compose and return what it printed. Raises AssertionError with its words."""
        done = self.attempt(*arguments, seconds=seconds)
        assert done.returncode == 0, f"{arguments}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
        return done.stdout

    def attempt(self, *arguments: str, seconds: float = COMMAND_SECONDS) -> "subprocess.CompletedProcess[str]":
        """Run a command of compose that may fail."""
        command = [
            str(self.program),
            "--project-name",
            self.name,
            "--env-file",
            str(self._folder / ".env"),
            *arguments,
        ]
        return subprocess.run(
            command, cwd=ROOT, env=self.engine.environment, capture_output=True, text=True, check=False, timeout=seconds
        )

    # ------------------------------------------------------------ life

    def build(self) -> None:
        """Build the services' images."""
        self.compose("build", seconds=BUILD_SECONDS)

    def up(self) -> None:
        """Start everything and wait until all of it is healthy."""
        self.compose("up", "-d", "--no-build", seconds=UP_SECONDS)
        self.until_healthy()

    def down(self) -> None:
        """Remove everything but the images."""
        self.compose("--profile", "operator", "down", "--volumes", "--remove-orphans", "--timeout", "20")

    def scale(self, service: str, number: int) -> None:
        """Have so many containers of a service and wait until they are healthy."""
        self.compose("up", "-d", "--no-build", "--no-recreate", "--scale", f"{service}={number}", seconds=UP_SECONDS)
        self.until_healthy()
        assert len(self.containers(service)) == number

    @contextmanager
    def changed(self, changes: Mapping[str, str], service: str) -> Iterator[None]:
        """Have one service run with other settings while the block lasts."""
        before = dict(self.settings)
        try:
            self._run_with({**before, **changes}, service)
            yield
        finally:
            self._run_with(before, service)

    def _run_with(self, settings: Mapping[str, str], service: str) -> None:
        self.settings = dict(settings)
        self._write()
        self.compose("up", "-d", "--no-build", "--no-deps", service, seconds=UP_SECONDS)
        self.until_healthy([service])

    def restart_all(self) -> None:
        """Restart every container, as after an upgrade of the machine, and wait until all is healthy."""
        self.compose("restart", "--timeout", "60", *EVERYTHING, seconds=UP_SECONDS)
        self.until_healthy()

    def until_healthy(self, services: Sequence[str] = EVERYTHING, seconds: float = UP_SECONDS) -> None:
        """Wait until every container of these services says that it is healthy ; docker is asked."""
        deadline = time.monotonic() + seconds
        while True:
            states = {service: self._health(service) for service in services}
            if all(found and set(found) == {"running healthy"} for found in states.values()):
                return
            assert time.monotonic() < deadline, f"not healthy after {seconds} s: {states}\n{self.logs()}"
            time.sleep(LOOK_SECONDS)

    def logs(self, *services: str, lines: int = 15) -> str:
        """Return the ends of the logs."""
        return self.attempt("logs", "--no-color", f"--tail={lines}", *services).stdout

    # ------------------------------------------------------------ containers

    def containers(self, service: str) -> list[str]:
        """Return the ids of a service's running containers, in the order of their numbers."""
        label = f"label=com.docker.compose.project={self.name}"
        found = self.engine.docker(
            "ps", "--quiet", "--filter", label, "--filter", f"label=com.docker.compose.service={service}"
        ).split()
        return sorted(
            found, key=lambda id: self.inspect(id, '{{index .Config.Labels "com.docker.compose.container-number"}}')
        )

    def inspect(self, container: str, what: str) -> str:
        """Return a part of what docker knows about a container."""
        return self.engine.docker("inspect", "--format", what, container)

    def address(self, service: str, network: str = "back") -> str:
        """Return the IP address of a service's first container, which this machine reaches over the bridge."""
        networks = orjson.loads(self.inspect(self.containers(service)[0], "{{json .NetworkSettings.Networks}}"))
        return str(networks[f"{self.name}_{network}"]["IPAddress"])

    def kill(self, container: str) -> None:
        """Kill the process from outside, as a crash does: the restart policy then brings it back, unlike after ``docker kill``."""
        os.kill(int(self.inspect(container, "{{.State.Pid}}")), signal.SIGKILL)

    def until_started_again(self, container: str, before: int) -> None:
        """Wait until the engine's restart policy has started the container once more than ``before``."""
        deadline = time.monotonic() + COMMAND_SECONDS
        while self.restarts(container) == before:
            assert time.monotonic() < deadline, f"{container} is not started again by its policy"
            time.sleep(LOOK_SECONDS)

    def restarts(self, container: str) -> int:
        """Return how often the engine has started it again."""
        return int(self.inspect(container, "{{.RestartCount}}"))

    def _health(self, service: str) -> list[str]:
        ids = self.containers(service)
        return [self.inspect(id, "{{.State.Status}} {{.State.Health.Status}}") for id in ids]

    def _write(self) -> None:
        (self._folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in self.settings.items()))

    # ------------------------------------------------------------ addresses

    @property
    def origin(self) -> str:
        """Where Caddy listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def mongo_url(self) -> str:
        """The database past everything, with an administrator's rights."""
        return f"mongodb://admin:{self.settings['SAMA_MONGO_ADMIN_PASSWORD']}@{self.address('mongo')}:27017/?authSource=admin&{self.settings['SAMA_MONGO_OPTIONS']}"

    @property
    def rabbit_url(self) -> str:
        """The broker, likewise."""
        return f"amqp://admin:{self.settings['SAMA_RABBIT_ADMIN_PASSWORD']}@{self.address('rabbitmq')}:5672/"

    @property
    def rabbit_management_url(self) -> str:
        """The broker's management API, likewise."""
        return f"http://admin:{quote(self.settings['SAMA_RABBIT_ADMIN_PASSWORD'])}@{self.address('rabbitmq')}:15672"

    @property
    def secrets(self) -> list[str]:
        """Every secret of this project."""
        return [value for name, value in self.settings.items() if name.endswith(("_PASSWORD", "_KEY"))]


def _settings(changes: Mapping[str, str]) -> dict[str, str]:
    lines = (
        line.partition("=")
        for line in filled((ROOT / ".env.example").read_text()).splitlines()
        if line and line[0] != "#"
    )
    return {**{name: value for name, _, value in lines}, **changes}
