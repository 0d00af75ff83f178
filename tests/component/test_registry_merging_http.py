"""Merging a likely duplicate through registry's API (REG-5)."""

from contextlib import suppress
from typing import Any

from tests.component.registry_town import Town
from tests.component.test_registry_http import MOSQUE_GROUP, done, refused

MORE = {**MOSQUE_GROUP, "contact": {"telephone": "051-31111111"}, "purpose": "هدف دیگر"}


def merger(survivor: str, *parts: str) -> dict[str, Any]:
    return {"survivor": survivor, "parts": parts, "reason": "همان گروه است."}


async def test_a_likely_duplicate_is_merged_field_by_field_and_both_records_stay(town: Town) -> None:
    survivor, id = await town.approved(MOSQUE_GROUP), await town.submitted(MORE)
    await refused(town.registrar.post(f"/organizations/{id}/approve"), 409, "checklist_not_passed")
    body = merger(survivor, "contact")
    await done(town.registrar.post(f"/organizations/{id}/merge", body, key="m"))
    await done(town.registrar.post(f"/organizations/{id}/merge", body, key="m"))
    seen, other = await town.seen(survivor), await town.seen(id)
    assert seen["contact"]["telephone"] == "051-31111111"
    assert seen["purpose"] == MOSQUE_GROUP["purpose"]
    assert (seen["absorbed"], other["merged_into"], other["status"]) == ([id], survivor, "rejected")
    assert other["standing"]["may_submit"]["allowed"] is False
    assert town.announced(id)[-2:] == ["organization.merged.v1", "organization.standing_changed.v1"]
    assert town.told("organization.merged.v1", id)[0]["survivor"] == survivor
    assert town.told("organization.absorbed.v1", survivor)[0]["merged"] == id
    assert len(town.told("organization.absorbed.v1", survivor)) == 1
    assert await town.uses.sweep() == 0


async def test_what_a_crash_left_between_the_two_records_is_completed_by_the_timer(town: Town) -> None:
    survivor, id = await town.approved(MOSQUE_GROUP), await town.submitted(MORE)

    async def crash(*_: Any) -> None:
        raise RuntimeError("gone")

    complete, town.uses.merging.complete = town.uses.merging.complete, crash  # type: ignore[assignment,method-assign]
    with suppress(RuntimeError):
        await town.registrar.post(f"/organizations/{id}/merge", merger(survivor, "purpose"))
    town.uses.merging.complete = complete  # type: ignore[method-assign]
    assert (await town.seen(survivor))["absorbed"] == []
    assert await town.uses.sweep() == 1
    assert (await town.seen(survivor))["purpose"] == "هدف دیگر"
    assert await town.uses.sweep() == 0


async def test_only_the_registrar_of_both_merges_and_never_who_had_a_standing(town: Town) -> None:
    survivor, id = await town.approved(MOSQUE_GROUP), await town.submitted(MORE)
    for person, code in (
        (town.applicant, "forbidden"),
        (town.city_office, "forbidden"),
        (town.registrar_8, "forbidden"),
    ):
        await refused(person.post(f"/organizations/{id}/merge", merger(survivor)), 403, code)
    await refused(town.registrar.post(f"/organizations/{id}/merge", merger("nobody")), 422, "invalid_fields")
    await refused(town.registrar.post(f"/organizations/{survivor}/merge", merger(id)), 409, "merged_had_standing")
    far = await town.submitted({**MOSQUE_GROUP, "districts": ["8"], "names": {"fa": "گروه دور"}})
    await refused(town.registrar.post(f"/organizations/{id}/merge", merger(far)), 403, "forbidden")
    await refused(town.city_registrar.post(f"/organizations/{id}/merge", merger(far)), 409, "not_a_likely_duplicate")
