"""What ``sama verify`` says of a running system, and every book as anyone can download and verify it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ops.client import Sama
from ops.play.books import Downloaded, download_and_verify
from ops.verify.system import verify_system
from shared.messaging.broker import MessagingSettings


class Servers(Protocol):
    """Where a running system's databases and broker are, with an administrator's rights."""

    mongo_url: str
    mongo_prefix: str
    rabbit_url: str
    rabbit_management_url: str


@dataclass(frozen=True, slots=True)
class Verified:
    """Books verified from their downloads and again in the database, with every violation in a sentence."""

    downloaded: Downloaded
    cases: int
    entries: int
    violations: Sequence[str]

    @property
    def books(self) -> int:
        """How many books."""
        return len(self.downloaded.reports)


async def verify_all(sama: Sama, servers: Servers, fiscal_year: str) -> Verified:
    """Verify the downloads (I1–I3, I8), and the databases with the archive (I1–I6, I8, I9)."""
    downloaded = await download_and_verify(sama, fiscal_year)
    broker = MessagingSettings(servers.rabbit_url, servers.rabbit_management_url)
    report = await asyncio.to_thread(verify_system, servers.mongo_url, servers.mongo_prefix, broker=broker)
    heads = [
        f"I2 {book}: the downloaded book ends with another hash than the stored one"
        for book, read in downloaded.reports.items()
        if report.heads.get(book) != read.head
    ]
    stored = [str(finding) for finding in report.findings]
    return Verified(downloaded, report.cases, report.entries, [*downloaded.violations, *stored, *heads])
