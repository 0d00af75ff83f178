"""Servers for benches alone: a private RabbitMQ node and a private MongoDB-wire server, as ``sama up`` would start them."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.places import Places
from ops.local.given import OwnVhost, drop_databases
from ops.local.mongo import MongoServer
from ops.local.places import PACKAGES
from ops.local.ports import choose
from ops.local.rabbit import PORTS, RabbitNode, find_installation


@dataclass(frozen=True, slots=True)
class Servers:
    """Two running servers. kind: what the database is; broker, database: their processes."""

    rabbit_url: str
    rabbit_management_url: str
    mongo_url: str
    kind: str
    broker: Sequence[int]
    database: Sequence[int]

    @contextmanager
    def given(self) -> Iterator[None]:
        """Have every Stack started inside use these servers, with a virtual host and databases of its own."""
        mine = {
            "SAMA_RABBIT_URL": self.rabbit_url,
            "SAMA_RABBIT_MANAGEMENT_URL": self.rabbit_management_url,
            "SAMA_MONGO_URL": self.mongo_url,
        }
        with environment(mine):
            yield

    @asynccontextmanager
    async def corner(self, name: str) -> AsyncIterator[Places]:
        """Yield a virtual host and a database prefix of this name; both are removed at the end."""
        vhost = OwnVhost(name, self.rabbit_management_url)
        rabbit_url = await vhost.create(self.rabbit_url)
        try:
            yield Places(self.mongo_url, rabbit_url, self.rabbit_management_url, name)
        finally:
            await vhost.remove()
            await asyncio.to_thread(drop_databases, self.mongo_url, name)


@asynccontextmanager
async def private_servers(folder: Path) -> AsyncIterator[Servers]:
    """Start both in the folder, yield them when they answer, and stop them. Raises StackProblem."""
    ports = choose([*PORTS, "mongo"], {}, {})
    rabbit = RabbitNode(find_installation(PACKAGES), folder / "rabbit", folder / "rabbit.log", ports)
    mongo = MongoServer(folder / "mongo", folder / "mongo.log", ports["mongo"])
    try:
        rabbit.start()
        mongo.start()
        await asyncio.gather(rabbit.ready(), mongo.ready())
        broker, database = ([child.pid for child in server.children if child.pid] for server in (rabbit, mongo))
        yield Servers(rabbit.url, rabbit.management_url, mongo.url, mongo.kind, broker, database)
    finally:
        await asyncio.gather(rabbit.stop(), mongo.stop())


@contextmanager
def without_settings() -> Iterator[None]:
    """Leave out what the person's environment says of SAMA: a bench measures the same thing everywhere."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("SAMA_")}
    for name in kept:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(kept)


@contextmanager
def environment(mine: Mapping[str, str]) -> Iterator[None]:
    """Have these variables in the environment inside."""
    before = {name: os.environ.get(name) for name in mine}
    os.environ.update(mine)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
