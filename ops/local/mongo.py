"""A private MongoDB-wire server as a plain process: ``mongod`` if it is on the PATH, else SecantusDB from the virtual environment."""

import asyncio
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.local.ports import LOOPBACK
from ops.local.problems import StackProblem
from ops.local.processes import Child, until_ready

READY_SECONDS = 60.0
CACHE = "256M"  # of the 1.2 GiB that the whole stack may take
# SecantusDB keeps a registry of retryable writes and searches it at each one (75 instead of 1,300 writes a second), and a mongod of its own
# has no replica set to retry on. Each connection is a thread of SecantusDB, hence the small pool.
URL_OPTIONS = "retryWrites=false&maxPoolSize=8"


def find_secantus() -> str | None:
    """Return the path of SecantusDB's server, or None."""
    beside = Path(sys.executable).with_name("secantusd-py")
    return str(beside) if beside.exists() else shutil.which("secantusd-py")


@dataclass
class MongoServer:
    """The server: its data folder, log and loopback port."""

    folder: Path
    log: Path
    port: int
    options: Sequence[str] = ()
    """More of its command line, e.g. for TLS; both programs have their own."""
    kind: str = field(default="", init=False)
    _server: Child | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """Connection string."""
        return f"mongodb://{LOOPBACK}:{self.port}/?{URL_OPTIONS}"

    @property
    def children(self) -> Sequence[Child]:
        """The process."""
        return [self._server] if self._server else []

    def start(self) -> None:
        """Start the server. Raises StackProblem when neither program is there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        mongod, secantus = shutil.which("mongod"), find_secantus()
        # Data files belong to the program that made them, so a folder keeps its kind.
        if (self.folder / "secantusd.toml").exists() or not mongod:
            command = self._secantus(secantus)
        else:
            self.kind = "mongod"
            command = [
                mongod,
                "--dbpath",
                str(self.folder),
                "--port",
                str(self.port),
                "--bind_ip",
                LOOPBACK,
                "--nounixsocket",
            ]
            command += ["--wiredTigerCacheSizeGB", "0.25", *self.options]
        self._server = Child(self.kind, command, dict(os.environ), self.log, self.folder)
        self._server.start()

    def _secantus(self, program: str | None) -> list[str]:
        if not program:
            raise StackProblem(
                "There is neither mongod nor SecantusDB on this machine, and SAMA_MONGO_URL names no server.",
                "Type `make setup`, or set SAMA_MONGO_URL.",
            )
        self.kind = "SecantusDB"
        config = self.folder / "secantusd.toml"  # its own, so that no file of the user's changes it
        config.touch()
        return [
            program, "--config", str(config), "--host", LOOPBACK, "--port", str(self.port),
            "--storage-path", str(self.folder), "--cache-size", CACHE, "--log-level", "WARNING", *self.options,
        ]  # fmt: skip

    async def ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait until the server answers a ping. Raises StackProblem."""
        assert self._server is not None, "start() comes first"  # noqa: S101
        await until_ready(self._server, self._answers, seconds)

    async def stop(self) -> None:
        """Stop the server cleanly."""
        for child in self.children:
            await child.stop()

    async def _answers(self) -> bool:
        return await asyncio.to_thread(_ping, self.url)


def _ping(url: str) -> bool:
    from pymongo import MongoClient  # here, so that `sama token` does not wait for it
    from pymongo.errors import PyMongoError

    client: MongoClient[dict[str, Any]] = MongoClient(url, serverSelectionTimeoutMS=1000)
    try:
        client.admin.command("ping")
    except PyMongoError:
        return False
    finally:
        client.close()
    return True
