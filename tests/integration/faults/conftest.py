"""What every test of a fault has: servers of its own, a small city whose money does not suffice, and the table at the end."""

from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from ops.play import founding
from tests.integration.faults.own import Servers
from tests.integration.faults.workload import Workload
from tests.integration.live import ASKED, CITY, Live

DISTRICTS: Final = ("d1", "d2")
AFFORDED: Final = 3  # requests of full size that a district can pay when a module begins
POOR_CITY: Final = replace(
    CITY,
    appropriation={**CITY.appropriation, "amount": len(DISTRICTS) * AFFORDED * ASKED},
    districts=[founding.District(id, {"fa": f"منطقه {n}"}, n) for n, id in enumerate(DISTRICTS, 1)],
)
OUTCOMES: Final = pytest.StashKey[dict[str, tuple[str, str, float]]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder names its fault: what has no name would be missing in the table."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            assert item.get_closest_marker("fault"), f"{item.nodeid} does not name its fault"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep the outcome and the time of each test, with those of its setup."""
    report = yield
    marker = item.get_closest_marker("fault")
    if marker is not None:
        table = item.config.stash.setdefault(OUTCOMES, {})
        _, outcome, seconds = table.get(item.nodeid, ("", "passed", 0.0))
        worse = outcome if report.outcome == "passed" else report.outcome
        table[item.nodeid] = (marker.args[0], worse, seconds + report.duration)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print fault → test → outcome → seconds."""
    rows = sorted(
        (int(fault.lstrip("F")) if fault.lstrip("F").isdigit() else 99, fault, node, outcome, seconds)
        for node, (fault, outcome, seconds) in config.stash.get(OUTCOMES, {}).items()
    )
    if rows:
        terminalreporter.section("faults")
    for _, fault, node, outcome, seconds in rows:
        terminalreporter.write_line(f"{fault:9} {outcome:7} {seconds:6.1f} s  {node.rpartition('/')[2]}")


@pytest.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Servers]:
    """Servers that may be killed."""
    servers = Servers(tmp_path_factory.mktemp("servers"))
    try:
        await servers.start()
        yield servers
    finally:
        await servers.stop()


@asynccontextmanager
async def poor_city(servers: Servers, folder: Path, **more: Any) -> AsyncIterator[Live]:
    """Run the services with a founded city; more: replicas, apps, environment."""
    live = Live(folder, servers.broker, servers.mongo.url, city=POOR_CITY, **more)
    await live.prepare()
    try:
        await live.start()
        try:
            await live.found()
            yield live
        finally:
            await live.stop()
    finally:
        await live.forget()


@pytest.fixture(scope="module")
async def live(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    """One process of each service."""
    async with poor_city(servers, tmp_path_factory.mktemp("live")) as live:
        yield live


@pytest.fixture
async def work(live: Live) -> AsyncIterator[Workload]:
    """A workload over the module's services."""
    workload = await Workload.of(live)
    yield workload
    await workload.stop()
