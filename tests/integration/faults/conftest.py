"""The city under fault, and the table at the end: fault → test → outcome → seconds."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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


@asynccontextmanager
async def founded(folder: Path, servers: Servers) -> AsyncIterator[City]:
    """Run the four services on these servers behind proxies, with a founded city."""
    city = City(folder, servers)
    await city.prepare()
    await city.start()
    try:
        await city.found()
        yield city
    finally:
        await city.heal()
        await city.stop()
        await city.forget()


@pytest.fixture(scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> AsyncIterator[City]:
    """The city that most tests share."""
    async with founded(tmp_path_factory.mktemp("city"), servers) as city:
        yield city


@pytest.fixture
async def own_city(tmp_path: Path, servers: Servers) -> AsyncIterator[City]:
    """A city for a test that leaves traces which no healing takes away."""
    async with founded(tmp_path, servers) as city:
        yield city


@pytest.fixture
async def city(running: City) -> AsyncIterator[City]:
    """The city, whole at the start of the test and made whole after it."""
    yield running
    await running.heal()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print fault → test → outcome → seconds."""
    outcomes: dict[str, str] = {}
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            if HERE.name in report.nodeid and FAULT.search(report.nodeid):
                outcomes[report.nodeid] = outcome
    seconds = dict.fromkeys(outcomes, 0.0)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "nodeid", "") in seconds:
                seconds[report.nodeid] += report.duration
    if outcomes:
        terminalreporter.section("faults")
    for test, outcome in sorted(outcomes.items()):
        fault = FAULT.search(test)
        number = int(fault[1]) if fault else 0
        terminalreporter.write_line(f"F{number:<3} {outcome:<8} {seconds[test]:6.1f} s  {test.rpartition('::')[2]}")
