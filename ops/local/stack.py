"""The whole local stack as one context: servers, services, their watch, and a clean end."""

import asyncio
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ops.keys import ISSUER, Issuer, local_issuer
from ops.local.given import Given, OwnVhost, drop_databases, from_environment
from ops.local.mongo import MongoServer
from ops.local.places import KEYS, PACKAGES, ROOT, SAMA
from ops.local.ports import choose
from ops.local.processes import Child
from ops.local.rabbit import PORTS as RABBIT_PORTS
from ops.local.rabbit import RabbitNode, find_installation
from ops.local.services import SERVICES, ServiceProcess, Watch, Watched, name_of, service_process
from ops.local.state import Folder, end_leftovers

MONGO_PORT = "mongo"


def _silent(_sentence: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to start.

    folder: data, logs and memory of the stack; fresh: forget earlier runs (on given servers: a virtual host and databases of its own,
    removed at the end); replicas: service → number, 1 if not named; first_port: of the services, one after another (None: free ports);
    environment: more settings for the services; each: service → more settings for that one; apps: service → what uvicorn runs;
    own_issuer: verify against the keys of .sama/keys even if SAMA_JWKS names others; issuer: its name; given: servers to use (None:
    those of the environment).
    """

    folder: Path = SAMA
    fresh: bool = False
    replicas: Mapping[str, int] = field(default_factory=dict)
    first_port: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    each: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    apps: Mapping[str, str] = field(default_factory=lambda: {name: f"services.{name}.main:app" for name in SERVICES})
    keys: Path = KEYS
    own_issuer: bool = False
    issuer: str = ISSUER
    given: Given | None = None

    def names(self) -> Iterator[tuple[str, int]]:
        """Yield each replica as (service, number from 0)."""
        for service in self.apps:
            for replica in range(self.replicas.get(service, 1)):
                yield service, replica


class Stack:
    """``async with Stack(plan) as stack``: ready when entered, nothing left when left. Raises StackProblem when it cannot start."""

    def __init__(self, plan: Plan | None = None, say: Callable[[str], None] = _silent) -> None:
        """say: receives one sentence per step or event."""
        self.plan = plan or Plan()
        self.issuer: Issuer = local_issuer(self.plan.keys, self.plan.issuer)
        self._given = self.plan.given or Given.by_environment()
        self.rabbit_url = self.rabbit_management_url = self.mongo_url = self.mongo_prefix = ""
        self.servers: tuple[str, ...] = ()
        """Which servers are used, in words."""
        self._say = say
        self._folder = Folder(self.plan.folder)
        self._ports: dict[str, int] = {}
        self._rabbit: RabbitNode | None = None
        self._mongo: MongoServer | None = None
        self._vhost: OwnVhost | None = None
        self._services: dict[tuple[str, int], ServiceProcess] = {}
        self._watch = Watch(say, self._remember)
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Stack":
        """Start everything and wait until it is ready."""
        state = self._folder.claim()
        try:
            for name in await end_leftovers(state):
                self._say(f"Ended {name}, which an earlier run had left.")
            if self.plan.fresh:
                self._folder.clear()
            self._choose_ports(state.ports)
            await self._start_servers()
            await self._start_services()
            self._watching = asyncio.create_task(self._watch.run())
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_exception: object) -> None:
        """Stop in reverse order: first the services, then the servers."""
        self._say("Stopping …")
        await self._stop()
        self._say("Stopped; no process is left.")

    def url(self, service: str, replica: int = 0) -> str:
        """Base address of a service's API."""
        return self._services[service, replica].url

    def urls(self, service: str) -> Sequence[str]:
        """Base addresses of all its replicas."""
        return [process.url for (name, _), process in self._services.items() if name == service]

    def process(self, service: str, replica: int = 0) -> ServiceProcess:
        """Return the process of a service, for who starts and stops it in its own way."""
        return self._services[service, replica]

    @property
    def services(self) -> Mapping[str, Sequence[str]]:
        """Base addresses of all services."""
        return {service: self.urls(service) for service in self.plan.apps}

    def log(self, service: str, replica: int = 0) -> Path:
        """Log file of a service."""
        return self._services[service, replica].watched.child.log

    def child(self, service: str, replica: int = 0) -> Child:
        """Process of a service."""
        return self._services[service, replica].watched.child

    async def end(self, service: str, replica: int = 0) -> None:
        """End a service with SIGTERM, as an orchestrator does, and wait for it; it stays down until ``start_again``."""
        watched = self._services[service, replica].watched
        watched.held = True
        await watched.child.stop()

    def begin_again(self, service: str, replica: int = 0) -> None:
        """Start a service that was ended or killed, without waiting for anything."""
        watched = self._services[service, replica].watched
        if not watched.child.running:
            watched.start()
            self._remember()
        watched.held = False

    def kill(self, service: str, replica: int = 0, *, hold: bool = True) -> None:
        """End a service with ``kill -9``. hold: it stays down until ``start_again``; else the watch starts it again."""
        watched = self._services[service, replica].watched
        watched.held = hold
        watched.child.kill()

    async def start_again(self, service: str, replica: int = 0) -> None:
        """Start a service that was killed and wait until it is ready. Raises StackProblem."""
        self.begin_again(service, replica)
        await self._services[service, replica].ready()

    async def until_interrupted(self) -> None:
        """Return when the task is cancelled, as ``signals.run`` does at Ctrl-C: then the stack ends as it should."""
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    # --- starting ---

    def _choose_ports(self, remembered: Mapping[str, int]) -> None:
        services = [name_of(*name) for name in self.plan.names()]
        first = self.plan.first_port
        wanted = {name: first + number for number, name in enumerate(services)} if first else {}
        servers = () if self._given.rabbit_url else RABBIT_PORTS
        mongo = () if self._given.mongo_url else (MONGO_PORT,)
        self._ports = choose([*services, *servers, *mongo], remembered, wanted)
        self._remember()

    async def _start_servers(self) -> None:
        own = f"sama_run_{secrets.token_hex(4)}"
        given_rabbit, given_mongo = self._given.rabbit_url, self._given.mongo_url
        await asyncio.gather(self._use_rabbit(given_rabbit, own), self._use_mongo(given_mongo, own))
        rabbit = "RabbitMQ given by SAMA_RABBIT_URL" if given_rabbit else "a private RabbitMQ node"
        mongo = (
            "MongoDB given by SAMA_MONGO_URL" if given_mongo else f"a private {self._mongo.kind if self._mongo else ''}"
        )
        self.servers = (rabbit, mongo)

    async def _use_rabbit(self, given: str, own: str) -> None:
        if given:
            self.rabbit_management_url = self._given.rabbit_management_url
            self.rabbit_url = given
            if self.plan.fresh:
                self._vhost = OwnVhost(own, self.rabbit_management_url)
                self.rabbit_url = await self._vhost.create(given)
            return
        self._say("Starting a private RabbitMQ …")
        self._rabbit = RabbitNode(
            find_installation(PACKAGES), self._folder.data / "rabbit", self._folder.logs / "rabbitmq.log", self._ports
        )
        self._rabbit.start()
        self._remember()
        await self._rabbit.ready()
        self.rabbit_url, self.rabbit_management_url = self._rabbit.url, self._rabbit.management_url
        self._watch_over(self._rabbit.children)

    async def _use_mongo(self, given: str, own: str) -> None:
        self.mongo_prefix = self._given.mongo_prefix
        if given:
            self.mongo_url = given
            if self.plan.fresh:
                self.mongo_prefix = own
            return
        self._say("Starting a private MongoDB-wire server …")
        self._mongo = MongoServer(self._folder.data / "mongo", self._folder.logs / "mongo.log", self._ports[MONGO_PORT])
        self._mongo.start()
        self._remember()
        await self._mongo.ready()
        self.mongo_url = self._mongo.url
        self._watch_over(self._mongo.children)

    async def _start_services(self) -> None:
        if not self.plan.apps:
            return
        self._say("Starting " + ", ".join(self.plan.apps) + " …")
        environment = self._service_environment()
        for service, replica in self.plan.names():
            process = service_process(
                service,
                replica,
                self._ports[name_of(service, replica)],
                app=self.plan.apps[service],
                environment={**environment, **self.plan.each.get(service, {})},
                logs=self._folder.logs,
            )
            self._services[service, replica] = process
            process.watched.start()
            self._watch.add(process.watched)
        self._remember()
        await asyncio.gather(*(process.ready() for process in self._services.values()))

    def _service_environment(self) -> dict[str, str]:
        mine = {
            "SAMA_MONGO_URL": self.mongo_url,
            "SAMA_MONGO_PREFIX": self.mongo_prefix,
            "SAMA_RABBIT_URL": self.rabbit_url,
            "SAMA_RABBIT_MANAGEMENT_URL": self.rabbit_management_url,
            "SAMA_RATE_PER_SECOND": os.environ.get("SAMA_RATE_PER_SECOND", "0"),  # one machine loads a whole city here
            # A receiver of one's own runs on this machine, too: http and private addresses, and no key to keep.
            "SAMA_WEBHOOK_LOCAL": os.environ.get("SAMA_WEBHOOK_LOCAL", "true"),
            "PYTHONUNBUFFERED": "1",
            "MALLOC_ARENA_MAX": "2",  # glibc's default, 8 per core, keeps memory that four small servers never use
        }
        issued = {"SAMA_JWKS": str(self.issuer.jwks), "SAMA_ISSUER": self.issuer.name}
        if not self.plan.own_issuer and (jwks := from_environment("SAMA_JWKS")):
            issued = {"SAMA_JWKS": jwks if "://" in jwks else str(Path(jwks).absolute())}
        if calendar := from_environment("SAMA_CALENDAR"):  # the services run in the checkout, not where the person is
            mine["SAMA_CALENDAR"] = str(Path(calendar).absolute())
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        return {**os.environ, **mine, **issued, "PYTHONPATH": path, **self.plan.environment}

    def _watch_over(self, children: Sequence[Child]) -> None:
        for child in children:
            self._watch.add(Watched(child))

    def _children(self) -> list[Child]:
        servers = [*(self._rabbit.children if self._rabbit else ()), *(self._mongo.children if self._mongo else ())]
        return [process.watched.child for process in self._services.values()] + servers

    def _remember(self) -> None:
        self._folder.remember(self._ports, self._children())

    # --- stopping ---

    async def _stop(self) -> None:
        try:
            if self._watching:
                self._watching.cancel()
                await asyncio.gather(self._watching, return_exceptions=True)
            await asyncio.gather(*(process.watched.child.stop() for process in self._services.values()))
            await self._leave_given()
            await asyncio.gather(*(server.stop() for server in (self._rabbit, self._mongo) if server))
            self._remember()
        finally:
            for child in self._children():
                if child.running:
                    child.kill()
            self._folder.release()

    async def _leave_given(self) -> None:
        if self._vhost:
            with suppress(OSError, Exception):
                await self._vhost.remove()
        if self._mongo is None and self.plan.fresh and self.mongo_url:
            with suppress(Exception):
                await asyncio.to_thread(drop_databases, self.mongo_url, self.mongo_prefix)
