"""Who sits in a case, through review's HTTP API: substitutes, absences, members who leave."""

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
