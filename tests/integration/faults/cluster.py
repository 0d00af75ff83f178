"""A RabbitMQ cluster of three private nodes on this machine, behind one address as a load balancer gives it."""

import asyncio
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from ops.local.places import PACKAGES
from ops.local.ports import choose
from ops.local.processes import Child
from ops.local.rabbit import PORTS, Installation, RabbitNode, find_installation, port_mapper
from tests.integration.proxy import Balancer

# Figures of queues at most half a second old (usually five), so that waiting for quiet costs a second and not ten.
QUICK_FIGURES: Final = "[{rabbit, [{quorum_tick_interval, 500}, {collect_statistics_interval, 500}]}]."
NAMES: Final = ("sama1@localhost", "sama2@localhost", "sama3@localhost")
FORMATION: Final = (
    "cluster_formation.peer_discovery_backend = classic_config",
    *(f"cluster_formation.classic_config.nodes.{number} = {name}" for number, name in enumerate(NAMES, 1)),
    "cluster_partition_handling = pause_minority",  # who is alone serves nobody, so nothing is decided twice
)
READY_SECONDS: Final = 180.0  # 18 on quiet cores


class Cluster:
    """The three nodes; ``url`` and ``management_url`` lead to the first of them that answers."""

    def __init__(self, folder: Path) -> None:
        self.installation: Installation = find_installation(PACKAGES)
        self._folder = folder
        mapper = choose(["rabbit_epmd"], {}, {})
        own = [name for name in PORTS if name != "rabbit_epmd"]
        ports = choose([f"{name}{number}" for name in own for number in range(len(NAMES))], mapper, {})
        self._mapper_port = mapper["rabbit_epmd"]
        self._mapper: Child | None = None
        self.nodes: Sequence[RabbitNode] = [
            self._node(number, {name: ports[f"{name}{number}"] for name in own} | mapper)
            for number in range(len(NAMES))
        ]
        self._balancers = [Balancer([n.ports[port] for n in self.nodes]) for port in ("rabbit", "rabbit_management")]

    def _node(self, number: int, ports: dict[str, int]) -> RabbitNode:
        folder = self._folder / f"node{number + 1}"
        log = self._folder / f"node{number + 1}.log"
        return RabbitNode(self.installation, folder, log, ports, name=NAMES[number], mapped=True, more=FORMATION)

    async def prepare(self) -> None:
        """Give the nodes what they share, and open the addresses. Before ``start``."""
        cookie, password = secrets.token_hex(20), secrets.token_hex(20)
        for node in self.nodes:
            (node.folder / "home").mkdir(parents=True)
            (node.folder / "advanced.config").write_text(QUICK_FIGURES)
            for path, secret in (
                (node.folder / "home" / ".erlang.cookie", cookie),
                (node.folder / "password", password),
            ):
                path.write_text(secret)
                path.chmod(0o400)
        for balancer in self._balancers:
            await balancer.start()

    def start(self) -> None:
        """Start the port mapper and all nodes."""
        env = self.installation.environment(os.environ) | {"ERL_EPMD_PORT": str(self._mapper_port)}
        self._mapper = port_mapper(env, self._folder / "epmd.log", self._folder)
        self._mapper.start()
        for node in self.nodes:
            node.start()

    async def ready(self) -> None:
        """Wait until all three answer and each sees all."""
        await asyncio.gather(*(node.ready(READY_SECONDS) for node in self.nodes))

    async def stop(self) -> None:
        """Stop the nodes and close the addresses."""
        await asyncio.gather(*(node.stop() for node in self.nodes))
        if self._mapper is not None:
            await self._mapper.stop()
        for balancer in self._balancers:
            await balancer.stop()

    async def prefer(self, name: str) -> None:
        """Have all services connect to this node."""
        await self._balancers[0].prefer(self.nodes[NAMES.index(name)].ports["rabbit"])

    @property
    def url(self) -> str:
        """AMQP address of the cluster."""
        return _at(self.nodes[0].url, self._balancers[0].address)

    @property
    def management_url(self) -> str:
        """Address of the cluster's management API."""
        return _at(self.nodes[0].management_url, self._balancers[1].address)

    @property
    def children(self) -> Sequence[Child]:
        """All processes."""
        mapper = [self._mapper] if self._mapper else []
        return [*(child for node in self.nodes for child in node.children), *mapper]


def _at(url: str, address: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@{address}"))
