"""F1: a service is killed at a named point of its work, started again, and everything completes: no loss, no double effect."""

import asyncio
from typing import Final

import pytest

from ops.client import SERVICES
from tests.integration.faults.city import CRASHING, City
from tests.integration.faults.crashing import POINTS
from tests.integration.faults.quiet import check, quiet
from tests.integration.faults.workload import Workload

CONSUMERS: Final = ("requests", "review", "budget")
IN_FAST: Final = {
    ("before_save", "budget"),
    ("after_save", "requests"),
    ("after_publish", "review"),
    ("before_ack", "budget"),
    ("after_ack", "requests"),
}
TIMES: Final = {"registry": 3, "requests": 3, "review": 20, "budget": 7}  # some of the work is done, some under way
CASES: Final = [
    pytest.param(point, service, marks=[] if (point, service) in IN_FAST else [pytest.mark.slow])
    for point in POINTS
    for service in (CONSUMERS if point.endswith("_ack") else SERVICES)
]


@pytest.mark.parametrize(("point", "service"), CASES)
async def test_a_service_killed_at_any_point_of_its_work_completes_it_after_a_restart(
    city: City, point: str, service: str
) -> None:
    await city.run(service, CRASHING, {"SAMA_CRASH_AT": f"{point}:{_times(point, service)}"})
    workload = Workload(city, each=2)
    work = asyncio.create_task(_all_of(workload))
    try:
        await city.dies(service)
        await city.run(service)
        await work
    finally:
        work.cancel()
    await quiet(city)
    await check(city, workload)


def _times(point: str, service: str) -> int:
    return TIMES[service] if point.endswith("_save") else 3  # acknowledgements and rounds of publishing are fewer


async def _all_of(workload: Workload) -> None:
    await workload.prepare()
    await workload.run()
