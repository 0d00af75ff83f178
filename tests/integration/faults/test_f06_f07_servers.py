"""F6 and F7: the broker and the database die, restart and stay away while the services are at work."""

import asyncio
from time import monotonic
from typing import Final

import pytest

from tests.integration.faults.checks import check
from tests.integration.faults.own import Servers
from tests.integration.faults.workload import Workload
from tests.integration.live import Live
from tests.waiting import until

UNDER_WAY: Final = 20  # calls logged: the workload is in the middle of its requests
AWAY_SECONDS: Final = 30.0  # what the fault asks for, not a wait for anything
DEADLINE_SECONDS: Final = 9.0  # the calls' five seconds, and a busy machine


async def _under_way(work: Workload, requests: int = 4) -> None:
    work.begin(requests)
    calls = len(work.log) + UNDER_WAY
    await until(lambda: len(work.log) >= calls, seconds=90, what="the workload being under way")


@pytest.mark.fault("F6")
async def test_after_a_kill_of_the_broker_every_confirmed_message_is_there(
    live: Live, servers: Servers, work: Workload
) -> None:
    await _under_way(work)
    servers.kill_broker()
    await servers.start_broker()
    await work.finish()
    await check(live, work)


@pytest.mark.fault("F6")
@pytest.mark.slow_fault
async def test_after_a_clean_restart_of_the_broker_consumers_are_back(
    live: Live, servers: Servers, work: Workload
) -> None:
    await _under_way(work)
    await servers.rabbit.stop()
    await servers.start_broker()
    await work.finish()
    await check(live, work)


@pytest.mark.fault("F6")
@pytest.mark.slow_fault
async def test_while_the_broker_is_away_for_half_a_minute_writes_are_refused_and_outboxes_drain_afterwards(
    live: Live, servers: Servers, work: Workload
) -> None:
    await _under_way(work)
    servers.kill_broker()
    await asyncio.sleep(AWAY_SECONDS)
    await servers.start_broker()
    await work.finish()
    assert work.counts["fail"], "nobody noticed that the broker was away"
    assert work.slowest() < DEADLINE_SECONDS
    await check(live, work)


@pytest.mark.fault("F7")
async def test_after_a_kill_of_the_database_no_acknowledged_write_is_lost(
    live: Live, servers: Servers, work: Workload
) -> None:
    await _under_way(work)
    servers.kill_database()
    await servers.start_database()
    await work.finish()
    assert work.slowest() < DEADLINE_SECONDS
    await check(live, work)


@pytest.mark.fault("F7")
@pytest.mark.slow_fault
async def test_while_the_database_is_away_for_half_a_minute_every_call_is_answered_in_time(
    live: Live, servers: Servers, work: Workload
) -> None:
    await _under_way(work)
    servers.kill_database()
    begun = monotonic()
    while monotonic() - begun < AWAY_SECONDS:
        for command in live.writes(work.organization):
            said = await work.once(work.post(command.service, command.path, command.body, command.by))
            assert said.status == 503, said
    await servers.start_database()
    await work.finish()
    assert work.slowest() < DEADLINE_SECONDS
    await check(live, work)
