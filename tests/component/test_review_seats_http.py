"""Who sits in a case, through review's HTTP API: substitutes, absences, members who leave."""

from datetime import timedelta

from shared.web.caller import Grant
from tests.component.test_review_http import CASE, District, district, done, issuer, refused

__all__ = ["district", "issuer"]
GROUP = "/working-groups/wg-7"
UNTIL = {"until": "2028-03-20T00:00:00Z"}


async def test_a_substitute_is_public_by_name_and_steps_in_for_an_absent_member(district: District) -> None:
    await district.with_case()
    body = {"holder": "person-9", "name": "جانشین ۲", **UNTIL}
    await refused(district.secretary.post(f"{GROUP}/seats/2/substitute", body), 403, "forbidden")
    await refused(
        district.city_office.post(f"{GROUP}/seats/2/substitute", body | {"holder": "person-3"}),
        409,
        "holds_another_seat",
    )
    await done(district.city_office.post(f"{GROUP}/seats/2/substitute", body))
    await refused(
        district.city_office.post(f"{GROUP}/seats/2/substitute", body | {"holder": "x"}), 409, "substitute_taken"
    )
    public = (await done(district.nobody.get(GROUP)))["seats"][1]["substitute"]
    assert (public["name"], public["holder"]) == ("جانشین ۲", None)
    assert (await done(district.city_office.get(GROUP)))["seats"][1]["substitute"]["holder"] == "person-9"

    path = f"/cases/{CASE}/seats/2/absence"
    await refused(district.secretary.post(path, {"reason": "مأموریت"}), 403, "forbidden")
    await refused(
        district.city_office.post(f"/cases/{CASE}/seats/3/absence", {"reason": "مأموریت"}), 409, "no_substitute"
    )
    first = await done(district.city_office.post(path, {"reason": "مأموریت"}, key="once"))
    assert await done(district.city_office.post(path, {"reason": "مأموریت"}, key="once")) == first
    await refused(
        district.members[2].post(f"/cases/{CASE}/seats/2/declaration", {"conflict": "none"}), 403, "not_your_seat"
    )
    await district.declare(3)
    await refused(
        district.city_office.post(f"/cases/{CASE}/seats/3/absence", {"reason": "مأموریت"}), 409, "has_declared"
    )
    assert "person-9" not in str([event["data"] for event in district.stores.events])


async def test_who_left_votes_no_more_and_the_ended_substitute_is_gone(district: District) -> None:
    await district.with_case()
    await district.declare(4)
    await done(district.city_office.post(f"{GROUP}/seats/4/empty", {"reason": "استعفا"}))
    await refused(
        district.members[4].post(f"/cases/{CASE}/seats/4/declaration", {"conflict": "family"}), 403, "no_longer_member"
    )
    await refused(
        district.city_office.post(f"{GROUP}/seats/4/substitute/end", {"reason": "استعفا"}), 409, "no_substitute"
    )
    await done(district.city_office.post(f"{GROUP}/seats/4/substitute", {"holder": "person-9", **UNTIL}))
    await done(district.city_office.post(f"{GROUP}/seats/4/substitute/end", {"reason": "استعفا"}))
    assert (await done(district.nobody.get(GROUP)))["seats"][3]["substitute"] is None


async def test_a_case_without_a_quorum_waits_for_substitutes_and_then_for_headquarters(district: District) -> None:
    await district.with_case()
    await district.cast(1)
    district.now += timedelta(days=20)
    await district.uses.sweep()
    await district.cast(6)
    district.now += timedelta(days=20)
    await district.uses.sweep()
    view = await done(district.city_office.get(f"/cases/{CASE}"))
    assert (view["status"], view["stalled_because"]) == ("stalled", "no_quorum")
    assert [seat["came"] for seat in view["seats"]] == [True, False, False, False, False, True]

    path, named = f"/cases/{CASE}/substitutes", {"seat": 2, "kind": "expert", "holder": "person-9"}
    await refused(district.secretary.post(path, {"seats": [named]}), 403, "forbidden")
    body = await refused(
        district.city_office.post(path, {"seats": [named | {"kind": "deputy"}]}), 422, "invalid_fields"
    )
    assert body["errors"][0]["pointer"] == "/seats/0/kind"
    assert await done(district.city_office.post(path, {"seats": [named]})) == {"id": CASE, "status": "open"}
    view = await done(district.city_office.get(f"/cases/{CASE}"))
    assert [seat["came"] for seat in view["seats"]] == [None] * 6  # sealed again (REV-5)
    stand_in = district.person("person-9", Grant("member", "7"))
    await done(stand_in.post(f"/cases/{CASE}/seats/2/declaration", {"conflict": "none"}))

    district.now += timedelta(days=20)
    await district.uses.sweep()
    view = await done(district.hq.get(f"/cases/{CASE}"))
    assert (view["status"], view["excepted_because"]) == ("excepted", "no_quorum")
    await refused(district.city_office.post(f"/cases/{CASE}/new-term"), 403, "forbidden")
    group = {"working_group": "wg-8"}
    await refused(district.hq.post(f"/cases/{CASE}/working-group", group), 422, "invalid_fields")
    body = {"district": "8", "rule_set": {"id": "mashhad", "version": 1}}
    await done(district.city_office.post("/working-groups", body), 201)
    await refused(district.hq.post(f"/cases/{CASE}/working-group", group), 409, "base_still_too_small")
    for seat in (1, 2, 5):
        term = {"holder": f"other-{seat}", "from": "2026-03-21T00:00:00Z", **UNTIL}
        await done(district.city_office.post(f"/working-groups/wg-8/seats/{seat}", term))
    await done(district.hq.post(f"/cases/{CASE}/working-group", group))
    other = district.person("other-2", Grant("member", "8"))
    assert (await done(other.get("/cases", mine="true")))["total"] == 1
    await done(other.post(f"/cases/{CASE}/seats/2/declaration", {"conflict": "none"}))
    assert (await done(other.get(f"/cases/{CASE}")))["file"]["lessens"] == "متن درونی پرونده"
    await refused(district.hq.post(f"/cases/{CASE}/new-term"), 409, "case_not_excepted")


async def test_attendance_is_answered_again_when_a_seat_was_emptied_since(district: District) -> None:
    await district.with_group()
    body = {"district": "7", "starts_at": district.now.isoformat(), "place": "سالن", "agenda": [{"title": "گزارش"}]}
    id = (await done(district.secretary.post("/meetings", body), 201))["id"]
    path = f"/meetings/{id}/attendance"
    first = await done(district.secretary.post(path, {"seats": [1, 4]}, key="once"))
    await done(district.city_office.post(f"{GROUP}/seats/4/empty", {"reason": "استعفا"}))
    assert await done(district.secretary.post(path, {"seats": [1, 4]}, key="once")) == first
    await refused(district.secretary.post(path, {"seats": [1, 4]}), 422, "invalid_fields")
