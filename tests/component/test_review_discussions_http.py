"""Ballots at a meeting, through review's HTTP API: opened, seen, revised once, and counted (REV-5)."""

from typing import Any

from tests.component.test_review_http import BALLOT, CASE, FIRST, District, district, done, issuer, refused
from tests.unit.review.builders import NOW

__all__ = ["district", "issuer"]
PATH = f"/cases/{CASE}"


async def meeting(district: District, present: list[int], **item: Any) -> str:
    """Hold a meeting whose agenda has the case; return its path."""
    body = {"district": "7", "starts_at": NOW.isoformat(), "place": "سالن", "agenda": [item or {"case": CASE}]}
    called = await done(district.secretary.post("/meetings", body), 201)
    await done(district.secretary.post(f"/meetings/{called['id']}/attendance", {"seats": present}))
    return f"/meetings/{called['id']}"


async def test_ballots_are_opened_for_who_is_present_revised_once_and_counted(district: District) -> None:
    await district.with_case()
    for seat in (1, 2, 3):
        await district.cast(seat, vote="reject", amount=None)
    held = await meeting(district, [1, 2, 5])
    opening = f"{held}/cases/{CASE}/open-ballots"
    await refused(district.secretary.post(opening), 409, "no_quorum_yet")
    await district.cast(5, vote="reject", amount=None)
    for other in (district.members[1], district.elsewhere, district.city_office):
        await refused(other.post(opening), 403, "forbidden")
    await refused(district.secretary.post(f"{held}/cases/none/open-ballots"), 404, "not_found")
    elsewhere = await meeting(district, [1], title="گزارش")
    await refused(district.secretary.post(f"{elsewhere}/cases/{CASE}/open-ballots"), 409, "not_on_the_agenda")
    await refused(district.members[1].get(f"{PATH}/ballots"), 409, "ballots_not_opened")
    first = await done(district.secretary.post(opening, key="once"))
    assert await done(district.secretary.post(opening, key="once")) == first == {"id": CASE, "status": "open"}

    seen = (await done(district.members[1].get(f"{PATH}/ballots")))["items"]
    assert [(b["seat"], b["vote"], b["revised_from"]) for b in seen] == [(n, "reject", None) for n in (1, 2, 3, 5)]
    await refused(district.members[3].get(f"{PATH}/ballots"), 409, "ballots_not_opened")  # absent
    for other in (district.secretary, district.auditor, district.elsewhere):
        await refused(other.get(f"{PATH}/ballots"), 403, "forbidden")
    view = await done(district.secretary.get(PATH))
    assert (view["ballots_opened_at"] is not None, view["version"], view["result"]) == (True, None, None)

    mine = f"{PATH}/seats/2/ballot"
    await done(district.members[2].put(mine, BALLOT, {"If-Match": '"ballot-2-1"'}))
    await refused(
        district.members[2].put(mine, BALLOT | {"comment": "باز"}, {"If-Match": '"ballot-2-2"'}), 409, "revised_already"
    )
    after = {b["seat"]: b for b in (await done(district.members[1].get(f"{PATH}/ballots")))["items"]}
    assert (after[2]["vote"], after[2]["revised_from"]["vote"]) == ("approve", "reject")

    for seat in (4, 6):
        await district.declare(seat)
        answer = await district.members[seat].put(f"{PATH}/seats/{seat}/ballot", BALLOT, FIRST)
        assert answer.json()["status"] == "open"
    end = f"{held}/cases/{CASE}/end-discussion"
    await refused(district.members[1].post(end), 403, "forbidden")
    assert (await done(district.secretary.post(end)))["status"] == "closed"
    assert (await done(district.secretary.get(PATH)))["result"]["tally"]["approve"] == 3
    types = [event["type"] for event in district.stores.events]
    assert types.count("case.ballots_opened.v1") == types.count("case.ballot_revised.v1") == 1
    (revision,) = [event for event in district.stores.events if event["type"] == "case.ballot_revised.v1"]
    assert "person-" not in str(revision)
