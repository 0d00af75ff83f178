"""One example consumer as a process, and the reader's credentials that it gets."""

import asyncio
import json
import os
import re
import secrets
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit, urlunsplit

import httpx

from shared.messaging.broker import MessagingSettings
from shared.messaging.topology import PUBLIC
from tests.e2e.consumers.runtimes import Consumer

READER: Final = {"configure": "", "write": "", "read": f"^{re.escape(PUBLIC)}$"}
SILENCE_SECONDS: Final = 5  # how soon the Python example finds that its stream was deleted


class Running:
    """A consumer with its file. ``start`` and ``kill`` may follow each other."""

    def __init__(self, consumer: Consumer, url: str, folder: Path) -> None:
        self.name = consumer.name
        self.file = folder / f"{consumer.name}.kept"
        self._command = consumer.command
        self._environment = {
            "PATH": os.environ.get("PATH", ""),
            "PUBLIC_EVENTS_URL": url,
            "AWARDS_FILE": str(self.file),
            "AWARDS_SILENCE_SECONDS": str(SILENCE_SECONDS),
        }
        self._log = folder / f"{consumer.name}.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Begin to follow."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, "follow", env=self._environment, stdout=log, stderr=log
            )

    async def kill(self) -> None:
        """Kill it without a warning."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        self._process = None

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.returncode is None

    @property
    def said(self) -> str:
        """What it wrote."""
        return self._log.read_text()

    @property
    def kept_next(self) -> int:
        """The offset that its file says it goes on at."""
        assert self.alive, self.said
        if not self.file.exists():
            return 0
        if self.name == "node":
            return int(json.loads(self.file.read_text())["next"])
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as kept:
            try:
                found = kept.execute("SELECT max(next) FROM place").fetchone()[0]
            except sqlite3.OperationalError:  # it makes its tables in this moment
                return 0
            return found or 0

    async def table(self) -> dict[str, dict[str, Any]]:
        """Return the awards that it knows, by request, as it prints them."""
        process = await asyncio.create_subprocess_exec(
            *self._command,
            "table",
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        printed, trouble = await process.communicate()
        assert process.returncode == 0, trouble.decode()
        return {row["request"]: {**row, "amount": int(row["amount"])} for row in json.loads(printed)}


@asynccontextmanager
async def reader(messaging: MessagingSettings) -> AsyncIterator[str]:
    """Make a user who may read ``sama.public`` and nothing else; yield the address with its credentials."""
    name, password = f"reader-{secrets.token_hex(4)}", secrets.token_hex(16)
    vhost = quote(messaging.vhost, safe="")
    async with _management(messaging) as http:
        (await http.put(f"users/{name}", json={"password": password, "tags": ""})).raise_for_status()
        (await http.put(f"permissions/{vhost}/{name}", json=READER)).raise_for_status()
        try:
            parts = urlsplit(messaging.url)
            yield urlunsplit(parts._replace(netloc=f"{name}:{password}@{parts.netloc.rpartition('@')[2]}"))
        finally:
            await http.delete(f"users/{name}")


async def offsets_asked(messaging: MessagingSettings) -> Mapping[str, int | str]:
    """Return where each consumer of the stream began to read, by its tag."""
    async with _management(messaging) as http:
        found = (await http.get(f"consumers/{quote(messaging.vhost, safe='')}")).raise_for_status().json()
    return {
        each["consumer_tag"]: each["arguments"]["x-stream-offset"] for each in found if each["queue"]["name"] == PUBLIC
    }


async def delete_stream(messaging: MessagingSettings) -> None:
    """Lose the stream with all that is in it."""
    async with _management(messaging) as http:
        (await http.delete(f"queues/{quote(messaging.vhost, safe='')}/{PUBLIC}")).raise_for_status()


def _management(messaging: MessagingSettings) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"{messaging.management_url}/api/", timeout=20, trust_env=False)
