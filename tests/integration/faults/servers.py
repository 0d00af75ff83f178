"""A private broker and a private database whose processes a test may kill and start again on the same data and ports."""

import signal
from collections.abc import Sequence
from pathlib import Path

from ops.local.mongo import MongoServer
from ops.local.places import PACKAGES
from ops.local.ports import choose
from ops.local.processes import Child
from ops.local.rabbit import PORTS, RabbitNode, find_installation
from tests.integration.faults.cluster import QUICK_FIGURES, Cluster
from tests.servers import Broker


class Servers:
    """Both servers. ``start`` first; ``stop`` leaves no process."""

    def __init__(self, folder: Path, rabbit: Cluster | None = None) -> None:
        """rabbit: instead of a broker of one node."""
        ports = choose([*PORTS, "mongo"], {}, {})
        self.rabbit: RabbitNode | Cluster = rabbit or RabbitNode(
            find_installation(PACKAGES), folder / "rabbit", folder / "rabbit.log", ports
        )
        self.mongo = MongoServer(folder / "mongo", folder / "mongo.log", ports["mongo"])
        (folder / "rabbit").mkdir(parents=True, exist_ok=True)
        (folder / "rabbit" / "advanced.config").write_text(QUICK_FIGURES)

    async def start(self) -> None:
        """Start both and wait until they are ready."""
        for server in (self.rabbit, self.mongo):
            server.start()
        for ready in (self.rabbit.ready, self.mongo.ready):
            await ready()

    async def stop(self) -> None:
        """Stop both."""
        await self.mongo.stop()
        await self.rabbit.stop()

    @property
    def broker(self) -> Broker:
        """The broker's addresses."""
        return Broker(
            self.rabbit.url, self.rabbit.management_url, f"a private node of {self.rabbit.installation.scripts}"
        )

    async def start_again(self, server: RabbitNode | Cluster | MongoServer) -> None:
        """Start a server whose processes ended, on its data, and wait until it is ready."""
        server.start()
        await server.ready()


def kill(children: Sequence[Child]) -> None:
    """End the processes as ``kill -9`` does."""
    for child in children:
        child.kill()
        assert child.ending == f"ended by {signal.SIGKILL.name}", child.ending
