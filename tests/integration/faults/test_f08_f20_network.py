"""F8 and F20: connections are reset, half-open and slow; the database's answer is lost after it stored; a remembered tail is too new."""

from typing import Any, Final

import pytest

from ops.play import people
from ops.verify.books import check_entries
from tests.integration.faults.checks import check
from tests.integration.faults.quiet import databases, quiet
from tests.integration.faults.workload import Workload
from tests.integration.live import ASKED, YEAR, Live
from tests.integration.proxy import Mode, Proxy
from tests.waiting import until

UNDER_WAY: Final = 20
DEADLINE_SECONDS: Final = 9.0  # the calls' five seconds, and a busy machine
LOST: Final = 10


def _proxy(live: Live, server: str) -> Proxy:
    return live.rabbit if server == "broker" else live.mongo


@pytest.mark.fault("F8")
@pytest.mark.parametrize(
    ("server", "mode"),
    [
        ("database", "silent"),
        pytest.param("database", "gone", marks=pytest.mark.slow_fault),
        pytest.param("database", "slow", marks=pytest.mark.slow_fault),
        pytest.param("broker", "silent", marks=pytest.mark.slow_fault),
        pytest.param("broker", "slow", marks=pytest.mark.slow_fault),
        ("broker", "gone"),
    ],
)
async def test_no_call_hangs_on_a_bad_connection_and_all_is_done_when_it_is_good_again(
    live: Live, work: Workload, server: str, mode: Mode
) -> None:
    work.begin(3)
    calls = len(work.log) + UNDER_WAY
    await until(lambda: len(work.log) >= calls, seconds=90, what="the workload being under way")
    proxy = _proxy(live, server)
    await proxy.become(mode)
    try:
        for _ in range(2):
            for command in live.writes(work.organization):
                await work.once(work.post(command.service, command.path, command.body, command.by))
        if mode == "silent":  # readiness says which of them is silent, in time
            health = await live.health("budget")
            assert health.status_code == 503
            assert server in " ".join(health.json()["problems"])
    finally:
        await proxy.become("there")
    await work.finish()
    assert work.slowest() < DEADLINE_SECONDS
    await check(live, work)


@pytest.mark.fault("F20")
async def test_what_the_database_stored_without_being_able_to_say_so_is_not_refused_and_not_done_twice(
    live: Live, work: Workload
) -> None:
    for _ in range(LOST):
        before = live.mongo.lost
        await live.mongo.become("deaf")
        commands = live.writes(work.organization)
        sent = [work.post(c.service, c.path, c.body, c.by) for c in commands]
        for command in sent:
            await work.once(command)
        await until(lambda seen=before: live.mongo.lost > seen, seconds=10, what="an answer getting lost")  # type: ignore[misc]
        await live.mongo.become("there")
        for command in sent:
            done = await work.do(command)
            assert done.outcome == "ok", f"refused although it was done or could be: {done}"
    await check(live, work)


@pytest.mark.fault("F20")
async def test_a_running_budget_service_whose_database_is_restored_leaves_no_gap_in_its_book(
    live: Live, work: Workload
) -> None:
    """The entries of the last minutes are gone under the service, which still remembers the tail that it wrote."""
    await work.decided(0)
    await check(live, work)
    book = f"city/{YEAR}"
    with databases(live) as client:
        entries = client[f"{live.prefix}_budget"]["entries"]
        backup = list(entries.find({"book": book}).sort("seq", 1))
    money = {**live.city.appropriation, "fiscal_year": YEAR, "currency": "IRR", "amount": ASKED}
    for _ in range(3):
        assert (await work.do(work.post("budget", "/appropriations", money, people.CITY_OFFICE))).outcome == "ok"
    await quiet(live)
    with databases(live) as client:
        database = client[f"{live.prefix}_budget"]
        database["entries"].delete_many({"book": book, "seq": {"$gt": len(backup)}})
        database["cursors"].update_one({"_id": book}, {"$set": {"published_seq": len(backup)}})
    again = work.post("budget", "/appropriations", money, people.CITY_OFFICE)
    assert (await work.do(again)).outcome == "ok"
    await quiet(live)
    with databases(live) as client:
        stored: list[dict[str, Any]] = list(
            client[f"{live.prefix}_budget"]["entries"].find({"book": book}).sort("seq", 1)
        )
    assert [entry["seq"] for entry in stored] == list(range(1, len(backup) + 2)), "a gap, or nothing written"
    assert (await live.verified()).findings == []


@pytest.mark.fault("F20")
async def test_a_reservation_by_event_after_a_restore_leaves_no_gap_in_the_districts_book(
    live: Live, work: Workload
) -> None:
    """The way of events reads no book before it writes: the remembered tail itself must be found out. Last, because money is lost here."""
    book = f"district:d1/{YEAR}"
    await work.decided(0)
    await check(live, work)

    def stored() -> list[dict[str, Any]]:
        with databases(live) as client:
            return list(client[f"{live.prefix}_budget"]["entries"].find({"book": book}).sort("seq", 1))

    backup = stored()
    await work.decided(2)
    await until(lambda: len(stored()) > len(backup), seconds=60, what="the entry that the restore will lose")
    await quiet(live)
    with databases(live) as client:
        database = client[f"{live.prefix}_budget"]
        database["entries"].delete_many({"book": book, "seq": {"$gt": len(backup)}})
        database["cursors"].update_one({"_id": book}, {"$set": {"published_seq": len(backup)}})
    await work.decided(4)
    await until(lambda: len(stored()) > len(backup), seconds=60, what="an entry after the restore")
    await quiet(live)
    after = stored()
    assert [entry["seq"] for entry in after] == list(range(1, len(after) + 1)), "a gap"
    assert not list(check_entries(after))
