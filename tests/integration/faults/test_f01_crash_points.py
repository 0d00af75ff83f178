"""F1: a service dies at every point between deciding and acknowledging; a restart completes what was begun."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from ops.client import SERVICES
from tests.integration.faults.checks import check
from tests.integration.faults.conftest import poor_city
from tests.integration.faults.own import Servers
from tests.integration.faults.workload import Workload
from tests.integration.live import Live
from tests.waiting import until

APP: Final = "tests.integration.faults.crashing:app"
OUTGOING: Final = ("before_save", "after_save", "after_publish")
INCOMING: Final = ("before_ack", "after_ack")
CONSUMERS: Final = ("requests", "review", "budget")  # registry listens to nobody
FAST: Final = {
    ("before_save", "requests"),
    ("after_save", "budget"),
    ("after_save", "registry"),
    ("after_publish", "review"),
    ("before_ack", "budget"),
    ("after_ack", "review"),
}
PLACES: Final = [
    *((point, service) for point in OUTGOING for service in SERVICES),
    *((point, service) for point in INCOMING for service in CONSUMERS),
]


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which a point is armed."""
    return tmp_path_factory.mktemp("points")


@pytest.fixture(scope="module")
async def live(servers: Servers, tmp_path_factory: pytest.TempPathFactory, points: Path) -> AsyncIterator[Live]:
    """The services, built so that they can die at a point."""
    async with poor_city(
        servers,
        tmp_path_factory.mktemp("live"),
        apps=dict.fromkeys(SERVICES, APP),
        environment={"SAMA_CRASH_FOLDER": str(points)},
    ) as live:
        yield live


@pytest.mark.fault("F1")
@pytest.mark.parametrize(
    ("point", "service"),
    [
        pytest.param(*place, id="-".join(place), marks=[] if place in FAST else [pytest.mark.slow_fault])
        for place in PLACES
    ],
)
async def test_a_service_that_dies_at_this_point_loses_nothing_and_does_nothing_twice(
    live: Live, points: Path, point: str, service: str
) -> None:
    work = await Workload.of(live)
    armed = points / service
    armed.write_text(point)
    work.begin(3)
    if service == "registry":  # nobody calls it in a request's life
        work.organization = await live.organization()
    await work.finish()
    await until(lambda: not armed.exists(), seconds=30, what=f"{service} reaching {point}")
    await check(live, work)
