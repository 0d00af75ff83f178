"""Proposed changes (REG-6) and appeals (REG-7) through registry's API."""

from datetime import timedelta

from tests.component.registry_town import Town
from tests.component.test_registry_http import ASSOCIATION, MOSQUE_GROUP, SHEBA, YES, done, pointers, refused

REASON = {"reason": "گزارش نرسیده است."}
LONGER = {
    "licence": {"number": "1405/9", "issuer": "فرمانداری", "valid_from": "2026-03-21", "valid_until": "2030-03-19"}
}
GROUNDS = {"grounds": "گزارش در مهلت فرستاده شده بود."}
UPHELD = {"outcome": "upheld", "reason": "رسید گزارش پیدا شد."}


async def test_an_approved_organisation_proposes_and_the_registrar_accepts(town: Town) -> None:
    id = await town.approved(ASSOCIATION)
    path = f"/organizations/{id}"
    await refused(town.applicant.patch(path, {"purpose": "دیگر"}, 4), 409, "organization_wrong_status")
    await done(town.applicant.post(f"{path}/proposals", {"purpose": "هدف دیگر"}))
    await done(town.applicant.post(f"{path}/proposals", LONGER))
    assert (await town.seen(id))["licence"]["number"] == "1404/1"
    waiting = await done(town.registrar.get("/profile-proposals"))
    assert [item["id"] for item in waiting["items"]] == [id]
    await refused(town.applicant.post(f"{path}/proposals/2/accept"), 403, "forbidden")
    await refused(town.registrar.post(f"{path}/proposals/1/accept"), 409, "proposal_not_pending")
    await done(town.registrar.post(f"{path}/proposals/2/accept"))
    seen = await town.seen(id)
    assert (seen["licence"]["number"], seen["valid_until"]) == ("1405/9", "2030-03-19T20:30:00Z")
    assert (await done(town.registrar.get("/profile-proposals")))["total"] == 0
    items = (await done(town.applicant.get(f"{path}/proposals")))["items"]
    assert [(item["status"], item["fields"]) for item in items] == [
        ("superseded", ["/purpose"]),
        ("accepted", ["/licence/number", "/licence/valid_from", "/licence/valid_until"]),
    ]
    assert town.announced(id)[-4:] == [
        "organization.change_proposed.v1",
        "organization.change_proposed.v1",
        "organization.change_accepted.v1",
        "organization.standing_changed.v1",
    ]


async def test_a_denied_proposal_carries_its_reason_and_personal_data_stays_with_who_needs_it(town: Town) -> None:
    id = await town.approved(MOSQUE_GROUP)
    path = f"/organizations/{id}/proposals"
    body = {"account": {"sheba": SHEBA, "held_by": "two_representatives"}}
    bad = {"account": {"sheba": "IR820540102680020817909003", "held_by": "organization"}}
    problem = await refused(town.applicant.post(path, bad), 422, "invalid_fields")
    assert pointers(problem) == {("/account/sheba", "sheba_check_digits")}
    await done(town.applicant.post(path, body))
    await done(town.registrar.post(f"{path}/1/deny", REASON))
    (full,) = (await done(town.registrar.get(path)))["items"]
    (masked,) = (await done(town.hq.get(path)))["items"]
    assert (full["status"], full["reason"]) == ("denied", REASON["reason"])
    assert full["proposed"]["account"]["sheba"] == SHEBA
    assert masked["proposed"] is None
    await refused(town.stranger.get(path), 403, "forbidden")
    assert town.told("organization.change_denied.v1", id)[0]["proposal"] == 1


async def test_a_legal_id_that_another_has_is_not_accepted(town: Town) -> None:
    await town.approved(ASSOCIATION)
    other = {**ASSOCIATION, "names": {"fa": "انجمن دیگر"}, "legal_id": "14005893875", "districts": ["7"]}
    other["account"] = {"sheba": "IR062960000000100324200001", "held_by": "organization"}
    id = await town.approved(other)
    await done(town.applicant.post(f"/organizations/{id}/proposals", {"legal_id": "10380284790"}))
    await refused(town.registrar.post(f"/organizations/{id}/proposals/1/accept"), 409, "legal_id_taken")


async def test_a_refused_registration_is_appealed_and_verified_anew(town: Town) -> None:
    id = await town.submitted(ASSOCIATION)
    path = f"/organizations/{id}"
    await done(town.registrar.post(f"{path}/reject", REASON))
    await refused(town.registrar.post(f"{path}/appeals", GROUNDS), 403, "forbidden")
    await done(town.applicant.post(f"{path}/appeals", GROUNDS))
    await refused(town.applicant.post(f"{path}/appeals", GROUNDS), 409, "already_appealed")
    assert [item["id"] for item in (await done(town.city_office.get("/registration-appeals")))["items"]] == [id]
    await refused(town.registrar.post(f"{path}/appeals/1/answer", UPHELD), 403, "forbidden")
    assert (await done(town.office_7.post(f"{path}/appeals/1/answer", UPHELD)))["status"] == "submitted"
    assert (await done(town.city_office.get("/registration-appeals")))["total"] == 0
    await done(town.registrar.post(f"{path}/checklist", {"answers": YES}))
    await done(town.registrar.post(f"{path}/approve"))
    (appeal,) = (await done(town.applicant.get(f"{path}/appeals")))["items"]
    assert (appeal["against"], appeal["answer"]["outcome"]) == ("rejection", "upheld")
    assert town.told("organization.appeal_answered.v1", id)[0]["outcome"] == "upheld"


async def test_a_refusal_is_not_undone_when_another_has_the_legal_id_by_then(town: Town) -> None:
    id = await town.submitted(ASSOCIATION)
    await done(town.registrar.post(f"/organizations/{id}/reject", REASON))
    await done(town.applicant.post(f"/organizations/{id}/appeals", GROUNDS))
    await town.submitted(ASSOCIATION)
    before = dict(town.document(id))
    await refused(town.city_office.post(f"/organizations/{id}/appeals/1/answer", UPHELD), 409, "legal_id_taken")
    assert town.document(id) == before


async def test_an_appeal_against_a_suspension_comes_in_time_and_reinstates(town: Town) -> None:
    late, id = await town.approved(MOSQUE_GROUP), await town.approved(ASSOCIATION)
    for one in (late, id):
        await done(town.registrar.post(f"/organizations/{one}/suspend", REASON))
    await done(town.applicant.post(f"/organizations/{id}/appeals", GROUNDS))
    await town.pass_time(timedelta(days=16))
    await refused(town.applicant.post(f"/organizations/{late}/appeals", GROUNDS), 409, "appeal_overdue")
    assert (await done(town.city_office.post(f"/organizations/{id}/appeals/1/answer", UPHELD)))["status"] == "approved"
    assert town.announced(id)[-3:] == [
        "organization.appeal_answered.v1",
        "organization.reinstated.v1",
        "organization.standing_changed.v1",
    ]
