"""Servers that the tests of faults own, so that they may kill them: a private RabbitMQ node and a private MongoDB-wire server."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Final

from ops.local.mongo import MongoServer
from ops.local.places import PACKAGES
from ops.local.ports import choose
from ops.local.processes import Child
from ops.local.rabbit import PORTS, RabbitNode, find_installation
from tests.servers import Broker

STATISTICS_MS: Final = 500  # the management's figures are this old at most; quiet is seen by them


class Servers:
    """Both servers. Their addresses and data stay the same over any number of deaths."""

    def __init__(self, folder: Path) -> None:
        self.rabbit = RabbitNode(
            find_installation(PACKAGES), folder / "rabbit", folder / "rabbit.log", choose(PORTS, {}, {})
        )
        self.mongo = MongoServer(folder / "mongo", folder / "mongo.log", choose(["mongo"], {}, {})["mongo"])
        settings = folder / "rabbit" / "conf.d"
        settings.mkdir(parents=True)
        (settings / "faults.conf").write_text(f"collect_statistics_interval = {STATISTICS_MS}\n")

    @property
    def broker(self) -> Broker:
        """The broker's addresses."""
        return Broker(self.rabbit.url, self.rabbit.management_url, "a private node of the faults' own")

    async def start(self) -> None:
        """Start both."""
        self.rabbit.start()
        self.mongo.start()
        await asyncio.gather(self.rabbit.ready(), self.mongo.ready())

    async def stop(self) -> None:
        """Stop both."""
        await asyncio.gather(self.rabbit.stop(), self.mongo.stop())

    def kill_broker(self) -> None:
        """``kill -9`` of the node (and its port mapper, which belongs to it)."""
        for child in self.rabbit.children:
            child.kill()

    async def start_broker(self) -> None:
        """Start the node again with its data."""
        self.rabbit.start()
        await self.rabbit.ready()

    def kill_database(self) -> None:
        """``kill -9`` of the database."""
        for child in self.mongo.children:
            child.kill()

    async def start_database(self) -> None:
        """Start the database again with its data."""
        self.mongo.start()
        await self.mongo.ready()


def stop_scheduling(child: Child) -> None:
    """SIGSTOP: the process is there and does nothing."""
    assert child.pid is not None
    os.kill(child.pid, signal.SIGSTOP)


def go_on(child: Child) -> None:
    """SIGCONT."""
    assert child.pid is not None
    os.kill(child.pid, signal.SIGCONT)
