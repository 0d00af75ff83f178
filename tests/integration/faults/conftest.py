"""The city under fault, and the table at the end: fault → test → outcome → seconds."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.integration.faults.city import City
from tests.integration.faults.servers import Servers

HERE: Final = Path(__file__).parent
FAULT: Final = re.compile(r"test_f(\d+)_")


@pytest.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Servers]:
    """A private broker and a private database that tests may kill."""
    servers = Servers(tmp_path_factory.mktemp("servers"))
    try:
        await servers.start()
        yield servers
    finally:
        await servers.stop()


@pytest.fixture(scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> AsyncIterator[City]:
    """The four services on these servers behind proxies, and a founded city."""
    city = City(tmp_path_factory.mktemp("city"), servers)
    await city.prepare()
    await city.start()
    try:
        await city.found()
        yield city
    finally:
        await city.heal()
        await city.stop()
        await city.forget()


@pytest.fixture
async def city(running: City) -> AsyncIterator[City]:
    """The city, whole at the start of the test and made whole after it."""
    yield running
    await running.heal()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print fault → test → outcome → seconds."""
    rows: dict[str, list[object]] = {}
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            found = FAULT.search(report.nodeid)
            if found is None or HERE.name not in report.nodeid:
                continue
            row = rows.setdefault(report.nodeid, [f"F{int(found[1])}", report.nodeid.rpartition("::")[2], outcome, 0.0])
            row[2] = outcome if row[2] == "passed" else row[2]
    for reports in terminalreporter.stats.values():
        for report in reports:
            row = rows.get(getattr(report, "nodeid", ""), [])
            if row:
                row[3] = float(str(row[3])) + report.duration
    if not rows:
        return
    terminalreporter.section("faults")
    for fault, test, outcome, seconds in sorted(rows.values(), key=lambda row: (int(str(row[0])[1:]), str(row[1]))):
        terminalreporter.write_line(f"{fault!s:<4} {outcome!s:<8} {seconds:6.1f} s  {test}")
