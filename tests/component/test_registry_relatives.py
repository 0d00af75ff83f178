"""Organisations that share a representative, over HTTP (REG-5): an observation for the office, in the way of nothing."""

from tests.component.test_registry_http import ASSOCIATION, MOSQUE_GROUP, City, city, done, issuer, refused

__all__ = ["city", "issuer"]


async def test_a_shared_representative_is_an_observation_for_the_office_alone(city: City) -> None:
    """REG-5."""
    first = await city.approved(ASSOCIATION)
    another = {**ASSOCIATION["representatives"][0], "national_code": "1583250689"}
    people = [another, ASSOCIATION["representatives"][1]]
    draft = await city.registered({**MOSQUE_GROUP, "representatives": people, "districts": ["7", "8"]})
    path = f"/organizations/{first}/shared-representatives"
    assert (await done(city.registrar.get(path)))["items"] == []  # a draft is nobody's relative
    await done(city.applicant.post(f"/organizations/{draft}/submit"))
    (seen,) = (await done(city.registrar.get(path)))["items"]
    told = (seen["organization"], seen["status"], seen["representatives"])
    assert told == (draft, "submitted", ["/representatives/1"])
    assert "0076229645" not in str(seen)
    (back,) = (await done(city.registrar_8.get(f"/organizations/{draft}/shared-representatives")))["items"]
    assert (back["organization"], back["representatives"]) == (first, ["/representatives/1"])
    await refused(city.applicant.get(path), 403, "own_organization")
    await refused(city.stranger.get(path), 403, "forbidden")
