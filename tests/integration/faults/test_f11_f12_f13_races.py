"""F11, F12 and F13: approvals for the last money, ballots at one instant, keys at once. (Payments and year close are not built yet.)"""

import asyncio
from collections import Counter
from typing import Any, Final

import pytest

from ops.play import cases, people
from ops.verify.money import subject_states
from tests.integration.faults.checks import check
from tests.integration.faults.quiet import databases, quiet
from tests.integration.faults.workload import Command, Workload
from tests.integration.live import ASKED, YEAR, Live

MANY: Final = 8
MOST: Final = (
    60  # the whole stack on two cores needs minutes for 200 lives; the journal alone is raced with more in test_journal
)


async def _book(live: Live, district: str) -> dict[str, Any]:
    return dict((await live.sama.budget.get(f"/books/district:{district}/{YEAR}")).body)


async def _race_for_the_last_money(live: Live, work: Workload, number: int) -> None:
    """Sign approvals at once; a release and an allotment race them. Everybody is served or waits, and no Rial is spent twice."""
    ready = await asyncio.gather(*(work.submitted(n) for n in range(number)))
    releases = await work.decided(0)
    status = await work.status(releases, frozenset({"reserved", "waiting"}))
    await asyncio.gather(*(work.vote(case, district) for _, case, district in ready))
    more = {"fiscal_year": YEAR, "currency": "IRR", "amount": ASKED}
    funds = {**live.city.appropriation, **more}
    assert (await work.do(work.post("budget", "/appropriations", funds, people.CITY_OFFICE))).outcome == "ok"
    allot = work.post("budget", "/allotments", {**more, "district": "d1"}, people.CITY_OFFICE)
    body = {"reason": "برنامه تغییر کرد."}
    withdraw = work.post("requests", f"/requests/{releases}/withdraw", body, work.organization.applicant)
    assert status in ("reserved", "waiting")
    await asyncio.gather(
        *(work.close(case, district) for _, case, district in ready), work.twice(allot), work.twice(withdraw)
    )
    states = Counter([await work.status(id, frozenset({"reserved", "waiting"})) for id, _, _ in ready])
    await check(live, work)
    settled = Counter([(await work.read(id))["status"] for id, _, _ in ready])
    assert settled.total() == number
    assert settled["reserved"] + settled["waiting"] == number, (states, settled)
    for district in live.city.districts:
        available = int((await _book(live, district.id))["balance"]["available"])
        waits = any(s == "waiting" and n[2] == district.id for n, s in await _statuses(work, ready))
        assert available >= 0
        assert not (waits and available >= ASKED), f"{district.id}: somebody waits beside the money for it"


async def _statuses(work: Workload, ready: Any) -> list[tuple[tuple[str, str, str], str]]:
    return [(one, (await work.read(one[0]))["status"]) for one in ready]


@pytest.mark.fault("F11")
async def test_approvals_for_the_last_money_race_a_release_and_an_allotment(live: Live, work: Workload) -> None:
    await _race_for_the_last_money(live, work, MANY)


@pytest.mark.fault("F11")
@pytest.mark.slow_fault
async def test_many_approvals_for_the_last_money_race_a_release_and_an_allotment(live: Live, work: Workload) -> None:
    await _race_for_the_last_money(live, work, MOST)


@pytest.mark.fault("F12")
async def test_six_ballots_at_one_instant_each_sent_twice_make_one_decision(live: Live, work: Workload) -> None:
    id, case, district = await work.submitted(0)
    form = cases.ballot(cases.Criteria(live.city.weights), "approve", amount=ASKED)
    for seat in people.SEATS:
        by = people.seat_holder(district, seat)
        declaration = {"conflict": "none", "note": ""}
        await work.do(work.post("review", f"/cases/{case}/seats/{seat}/declaration", declaration, by))
    ballots = [
        Command("PUT", "review", f"/cases/{case}/seats/{seat}/ballot", form, people.seat_holder(district, seat), cases.FIRST)
        for seat in people.SEATS
    ]  # fmt: skip
    said = await asyncio.gather(*(work.do(ballot) for ballot in ballots * 2))
    assert {one.outcome for one in said} == {"ok"}, [one.text for one in said if one.outcome != "ok"]
    await work.close(case, district)
    await work.status(id, frozenset({"reserved", "waiting"}))
    await check(live, work)
    kinds = await _steps(live, case)
    assert kinds["BallotCast"] == len(people.SEATS), kinds
    assert kinds["DecisionIssued"] == 1, kinds


@pytest.mark.fault("F12")
async def test_the_last_ballot_the_close_and_a_withdrawal_at_one_instant_end_one_way(
    live: Live, work: Workload
) -> None:
    races = await asyncio.gather(*(work.submitted(n) for n in range(3)))
    await asyncio.gather(*(work.vote(case, district) for _, case, district in races))

    async def race(id: str, case: str, district: str) -> None:
        reason = work.post(
            "review", f"/cases/{case}/summary", {"reason": "با اولویت هم‌خوان است."}, people.secretary(district)
        )
        sign = work.post("review", f"/cases/{case}/summary/sign", None, people.chair(district))
        body = {"reason": "برنامه تغییر کرد."}
        withdraw = work.post("requests", f"/requests/{id}/withdraw", body, work.organization.applicant)
        await work.do(reason)
        await asyncio.gather(work.do(sign), work.do(withdraw))

    await asyncio.gather(*(race(*one) for one in races))
    await quiet(live)
    await check(live, work)
    for id, case, _ in races:
        assert (await work.read(id))["status"] == "withdrawn"
        kinds = await _steps(live, case)
        assert kinds["DecisionIssued"] <= 1, kinds
    with databases(live) as client:
        books: dict[str, list[dict[str, Any]]] = {}
        for entry in client[f"{live.prefix}_budget"]["entries"].find().sort([("book", 1), ("seq", 1)]):
            books.setdefault(entry["book"], []).append(entry)
    states = subject_states(books)
    for id, _, _ in races:  # what a decision reserved in between is released again
        assert not {"waiting", "reserved"} & {state for _, state in states.get(id, ())}, states[id]


@pytest.mark.fault("F13")
async def test_the_same_key_at_once_has_one_effect_and_with_another_body_is_refused(live: Live, work: Workload) -> None:
    applicant = work.organization.applicant
    content = {**live.content(), "organization": work.organization.id}
    command = work.post("requests", "/requests", content, applicant)
    said = await asyncio.gather(*(work.do(command) for _ in range(12)))
    assert {(one.status, one.text) for one in said} == {(201, said[0].text)}
    other = Command("POST", "requests", "/requests", {**content, "title": "عنوان دیگر"}, applicant, command.headers)
    refused = await asyncio.gather(*(work.once(other) for _ in range(3)))
    assert {one.status for one in refused} == {422}
    assert all("idempotency_key_reused" in one.text for one in refused)
    await check(live, work)


async def _steps(live: Live, case: str) -> Counter[str]:
    with databases(live) as client:
        document = client[f"{live.prefix}_review"]["cases"].find_one({"_id": case})
    assert document is not None
    return Counter(entry["type"] for entry in document["history"])
