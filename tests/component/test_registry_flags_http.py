"""Flags through registry's API (REG-3): who sets and resolves which, and who sees them."""

import pytest

from shared.web.caller import Grant
from tests.component.registry_town import Town
from tests.component.test_registry_http import ASSOCIATION, MOSQUE_GROUP, YES, done, refused

OBSERVED = {"level": "observation", "reason": "گزارش مالی نرسیده است."}
ESCALATED = {"level": "escalated", "reason": "گزارش مالی دو سال نرسیده است."}
RED = {"level": "red", "reason": "هزینه‌کرد خارج از موضوع."}
REASON = {"reason": "گزارش رسید."}


async def test_a_registrar_flags_and_raises_and_the_history_stays(town: Town) -> None:
    id = await town.approved(ASSOCIATION)
    path = f"/organizations/{id}/flags"
    await done(town.registrar.post(path, OBSERVED))
    await done(town.registrar.post(f"{path}/1/raise", {"level": "risk", "reason": "باز هم نرسید."}))
    await refused(town.registrar.post(f"{path}/1/raise", OBSERVED), 409, "flag_level_not_higher")
    await done(town.registrar.post(f"{path}/1/resolve", REASON))
    (flag,) = (await done(town.auditor.get(path)))["items"]
    assert [step["level"] for step in flag["steps"]] == ["observation", "risk"]
    assert (flag["status"], flag["resolution"]["reason"]) == ("resolved", "گزارش رسید.")
    assert [town.told(f"organization.{type}.v1", id)[0]["level"] for type in ("flag_raised", "flag_level_raised")] == [
        "observation",
        "risk",
    ]
    assert town.told("organization.flag_resolved.v1", id)[0]["flag"] == 1
    await refused(town.registrar.post(f"{path}/1/resolve", REASON), 409, "flag_is_resolved")
    await refused(town.registrar.post(f"{path}/2/resolve", REASON), 404, "no_such_flag")


async def test_red_is_the_city_offices_and_suspends_in_the_same_write(town: Town) -> None:
    id = await town.approved(ASSOCIATION)
    path = f"/organizations/{id}"
    before = town.document(id)["version"]
    await refused(town.registrar.post(f"{path}/flags", RED), 403, "forbidden")
    receipt = await done(town.city_office.post(f"{path}/flags", RED))
    assert (receipt["status"], receipt["version"]) == ("suspended", before + 1)
    assert (await town.seen(id))["suspension"]["reason"] == RED["reason"]
    assert town.announced(id)[-3:] == [
        "organization.flag_raised.v1",
        "organization.suspended.v1",
        "organization.standing_changed.v1",
    ]
    await refused(town.registrar.post(f"{path}/reinstate", REASON), 409, "blocked_by_flag")
    await refused(town.registrar.post(f"{path}/flags/1/resolve", REASON), 403, "forbidden")
    await done(town.city_office.post(f"{path}/flags/1/resolve", REASON))
    await done(town.registrar.post(f"{path}/reinstate", REASON))


async def test_an_escalated_flag_holds_the_approval_until_the_city_office_resolves_it(town: Town) -> None:
    id = await town.submitted(ASSOCIATION)
    path = f"/organizations/{id}"
    await done(town.registrar.post(f"{path}/checklist", {"answers": YES}))
    await done(town.registrar.post(f"{path}/flags", ESCALATED))
    problem = await refused(town.registrar.post(f"{path}/approve"), 409, "blocked_by_flag")
    assert "هشدارهای باز" in problem["title"]
    await refused(town.registrar.post(f"{path}/flags/1/resolve", REASON), 403, "forbidden")
    await done(town.office_7.post(f"{path}/flags/1/resolve", REASON))
    await done(town.registrar.post(f"{path}/approve"))


async def test_flags_are_the_offices_own_and_its_people_do_not_see_them(town: Town) -> None:
    id = await town.approved(ASSOCIATION)
    path = f"/organizations/{id}"
    await done(town.registrar.post(f"{path}/flags", OBSERVED))
    for person in (town.applicant, town.stranger):
        await refused(person.get(f"{path}/flags"), 403, "own_organization" if person is town.applicant else "forbidden")
    assert "flag" not in str(await town.seen(id))
    theirs = (await done(town.applicant.get(f"{path}/history")))["items"]
    ours = (await done(town.registrar.get(f"{path}/history")))["items"]
    assert "flag_raised" not in {entry["what"] for entry in theirs}
    assert "flag_raised" in {entry["what"] for entry in ours}


@pytest.mark.parametrize(
    ("who", "filters", "found"),
    [
        ("registrar", {}, ["one"]),
        ("registrar", {"level": "red"}, []),
        ("city_office", {}, ["one", "two"]),
        ("city_office", {"level": "red"}, ["two"]),
        ("hq", {"district": "8"}, ["two"]),
    ],
)
async def test_flagged_organisations_are_listed_by_level_in_ones_districts(
    town: Town, who: str, filters: dict[str, str], found: list[str]
) -> None:
    ids = {"one": await town.approved(ASSOCIATION), "two": await town.submitted({**MOSQUE_GROUP, "districts": ["8"]})}
    await town.approved(MOSQUE_GROUP)
    await done(town.registrar.post(f"/organizations/{ids['one']}/flags", OBSERVED))
    await done(town.city_office.post(f"/organizations/{ids['two']}/flags", RED))
    page = await done(getattr(town, who).get("/flagged-organizations", **filters))
    assert {item["organization"] for item in page["items"]} == {ids[name] for name in found}
    assert page["total"] == len(found)


async def test_the_list_of_the_flagged_is_for_staff_in_their_districts(town: Town) -> None:
    await refused(town.applicant.get("/flagged-organizations"), 403, "forbidden")
    await refused(town.registrar.get("/flagged-organizations", district="8"), 403, "forbidden")
    own = town.person("applicant-1", Grant("registrar", "7"))
    id = await town.approved(ASSOCIATION)
    await done(town.registrar.post(f"/organizations/{id}/flags", OBSERVED))
    assert (await done(own.get("/flagged-organizations")))["items"] == []
