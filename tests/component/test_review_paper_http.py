"""Paper ballots through review's HTTP API: entered by the secretary, confirmed by the member (REV-5)."""

from tests.component.test_review_http import BALLOT, CASE, District, district, done, issuer, refused

__all__ = ["district", "issuer"]
PATH = f"/cases/{CASE}/seats/2/paper-ballot"


async def test_a_paper_ballot_is_entered_handed_over_by_a_code_and_confirmed(district: District) -> None:
    await district.with_case()
    await refused(district.secretary.post(PATH, BALLOT), 409, "not_declared")
    await district.declare(2)
    for other in (district.members[1], district.members[2], district.elsewhere, district.city_office):
        await refused(other.post(PATH, BALLOT), 403, "forbidden")
    first = await done(district.secretary.post(PATH, BALLOT, key="once"))
    assert await done(district.secretary.post(PATH, BALLOT, key="once")) == first
    code = first["code"]
    wrong = "00000000" if code != "00000000" else "00000001"

    await refused(district.secretary.post(f"{PATH}/confirm", {"code": code}), 403, "forbidden")
    await refused(district.members[3].post(f"{PATH}/confirm", {"code": code}), 403, "not_your_seat")
    for _ in range(2):  # a repeat uses up no other try
        body = await refused(
            district.members[2].post(f"{PATH}/confirm", {"code": wrong}, key="mistyped"),
            409,
            "certification_code_wrong",
        )
        assert body["params"] == {"tries_left": 4}
    assert (await done(district.members[2].get("/cases", mine="true")))["total"] == 1
    confirmed = await done(district.members[2].post(f"{PATH}/confirm", {"code": code}, key="typed"))
    assert confirmed == {"id": CASE, "status": "open"}
    assert await done(district.members[2].post(f"{PATH}/confirm", {"code": code}, key="typed")) == confirmed
    await refused(district.members[2].post(f"{PATH}/confirm", {"code": code}), 409, "no_certification_code")
    assert (await done(district.members[2].get(f"/cases/{CASE}/seats/2/ballot")))["vote"] == "approve"

    await district.declare(3)
    await done(district.secretary.post(f"/cases/{CASE}/seats/3/paper-ballot", BALLOT))
    for seat in (1, 4, 5, 6):
        await district.cast(seat)
    district.now = district.now.replace(year=district.now.year + 1)
    await district.uses.sweep()
    view = await done(district.secretary.get(f"/cases/{CASE}"))
    assert (view["result"]["tally"]["cast"], view["result"]["tally"]["unconfirmed"]) == (5, 1)
    assert "person-2" not in str([event["data"] for event in district.stores.events])


async def test_without_a_key_there_are_no_paper_ballots(district: District) -> None:
    await district.with_case()
    await district.declare(2)
    district.uses.paper_ballots._certifying = type(district.uses.paper_ballots._certifying)()
    await refused(district.secretary.post(PATH, BALLOT), 409, "paper_ballots_not_used")
    await refused(district.members[2].post(f"{PATH}/confirm", {"code": "04938271"}), 409, "paper_ballots_not_used")
