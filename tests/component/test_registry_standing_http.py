"""Standings that end, through registry's API (REG-4, REG-8): expiry, warnings, renewal, revocation, the organisation's answer."""

from datetime import timedelta

from tests.component.registry_town import Town
from tests.component.test_registry_http import ASSOCIATION, MOSQUE_GROUP, YES, done, refused

LICENCE = {"number": "1405/9", "issuer": "فرمانداری", "valid_from": "2026-03-21"}
HUNDRED_DAYS = {**ASSOCIATION, "licence": {**LICENCE, "valid_until": "2027-03-01"}}
REASON = {"reason": "گزارش نرسیده است."}


async def test_a_licence_that_ends_is_warned_of_expires_and_is_renewed(town: Town) -> None:
    id = await town.approved(HUNDRED_DAYS)
    path = f"/organizations/{id}"
    assert (await town.seen(id))["valid_until"] == "2027-03-01T20:30:00Z"
    for days in (30, 30, 30):
        await town.pass_time(timedelta(days=days))
    assert [event["days_left"] for event in town.told("organization.expiry_warned.v1", id)] == [40, 10]
    assert (await town.seen(id))["status"] == "approved"
    await town.pass_time(timedelta(days=10))
    seen = await town.seen(id)
    assert seen["status"] == "expired"
    assert {step: seen["standing"][step]["allowed"] for step in seen["standing"] if step != "status"} == {
        "may_submit": False,
        "may_be_decided": True,
        "may_be_committed": False,
        "may_be_paid": True,
    }
    assert town.announced(id)[-2:] == ["organization.expired.v1", "organization.standing_changed.v1"]

    problem = await refused(town.applicant.post(f"{path}/submit"), 422, "profile_incomplete")
    assert [error["code"] for error in problem["errors"]] == ["licence_expired"]
    longer = {"licence": {**LICENCE, "valid_until": "2029-03-19"}}
    await done(town.applicant.patch(path, longer, seen["version"]))
    await done(town.applicant.post(f"{path}/submit"))
    assert (await town.seen(id))["renewing"] is True
    await done(town.registrar.post(f"{path}/checklist", {"answers": YES}))
    await done(town.registrar.post(f"{path}/approve"))
    seen = await town.seen(id)
    assert (seen["status"], seen["valid_until"]) == ("approved", "2029-03-19T20:30:00Z")


async def test_a_registration_without_an_end_stays(town: Town) -> None:
    id = await town.approved(MOSQUE_GROUP)
    await town.pass_time(timedelta(days=3650))
    assert (await town.seen(id))["status"] == "approved"


async def test_an_expired_organisation_is_found_by_everybody_and_stays_somebodys_duplicate(town: Town) -> None:
    id = await town.approved(HUNDRED_DAYS)
    await town.pass_time(timedelta(days=101))
    assert (await done(town.stranger.get(f"/organizations/{id}")))["status"] == "expired"
    again = await town.registered(HUNDRED_DAYS)
    await refused(town.applicant.post(f"/organizations/{again}/submit"), 422, "profile_incomplete")
    longer = {"licence": {**LICENCE, "valid_until": "2029-03-19"}}
    await done(town.applicant.patch(f"/organizations/{again}", longer, 1))
    await refused(town.applicant.post(f"/organizations/{again}/submit"), 409, "legal_id_taken")


async def test_a_suspended_organisation_answers_within_ten_working_days(town: Town) -> None:
    id = await town.approved(ASSOCIATION)
    path = f"/organizations/{id}"
    await done(town.registrar.post(f"{path}/suspend", REASON))
    assert (await town.seen(id))["suspension"]["answer_by"] == "2026-12-06T08:30:00Z"  # Thursdays and Fridays off
    assert town.told("organization.suspended.v1", id)[0]["answer_by"] == "2026-12-06T08:30:00Z"
    body = {"text": "گزارش در راه است."}
    await refused(town.registrar.post(f"{path}/suspension/answer", body), 403, "forbidden")
    await done(town.applicant.post(f"{path}/suspension/answer", body))
    for person in (town.registrar, town.applicant):
        assert (await done(person.get(path)))["suspension"]["answer"]["text"] == body["text"]
    assert (await done(town.stranger.get(path)))["suspension"]["answer"] is None
    assert town.announced(id)[-1] == "organization.suspension_answered.v1"
    await refused(town.applicant.post(f"{path}/suspension/answer", body), 409, "suspension_already_answered")


async def test_an_answer_that_comes_too_late_is_refused(town: Town) -> None:
    id = await town.approved(ASSOCIATION)
    await done(town.city_office.post(f"/organizations/{id}/flags", {"level": "red", **REASON}))
    await town.pass_time(timedelta(days=15))
    answer = town.applicant.post(f"/organizations/{id}/suspension/answer", {"text": "گزارش در راه است."})
    await refused(answer, 409, "suspension_answer_overdue")


async def test_the_city_office_revokes_for_good(town: Town) -> None:
    id = await town.approved(ASSOCIATION)
    path = f"/organizations/{id}"
    await refused(town.registrar.post(f"{path}/revoke", REASON), 403, "forbidden")
    await done(town.office_7.post(f"{path}/revoke", REASON))
    seen = await done(town.stranger.get(path))
    assert (seen["status"], seen["revocation"]["reason"]) == ("revoked", REASON["reason"])
    assert seen["standing"]["may_be_paid"] == {
        "allowed": False,
        "reasons": ["organization_revoked"],
        "since": town.at(town.now),
    }
    assert town.announced(id)[-2:] == ["organization.revoked.v1", "organization.standing_changed.v1"]
    await refused(town.registrar.post(f"{path}/reinstate", REASON), 409, "organization_wrong_status")
    again = await town.registered(ASSOCIATION)
    await refused(town.applicant.post(f"/organizations/{again}/submit"), 409, "legal_id_taken")
