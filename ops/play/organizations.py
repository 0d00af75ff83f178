"""An organisation's way to its standing: registration, verification by checklist, decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ops.client import ApiProblem, Person, Sama
from ops.play import people

ANSWERS: Final[Mapping[str, Any]] = {
    "identity_matches": {"answer": "yes"},
    "licence_valid": {"answer": "yes"},
    "purpose_social": {"answer": "yes"},
    "representatives_identified": {"answer": "yes"},
    "account_ok": {"answer": "yes"},
}
WITHOUT_LICENCE: Final = {"answer": "not_applicable", "comment": "این نوع تشکل مجوز جداگانه ندارد."}
WITHOUT_ACCOUNT: Final = {"answer": "not_applicable", "comment": "شماره حساب هنگام پرداخت ثبت می‌شود."}


@dataclass(frozen=True, slots=True)
class Organization:
    """A registered organisation and who acts for it. ``district``: its first, whose registrar verifies it."""

    id: str
    name: str
    kind: str
    district: str
    owner: Person

    @property
    def applicant(self) -> Person:
        """The person who registered it, acting for it."""
        return people.applicant(self.owner.subject, self.id)

    @property
    def second(self) -> Person:
        """Another of its representatives, who certifies what the first submits."""
        return people.applicant(f"{self.owner.subject}-second", self.id)

    @property
    def registrar(self) -> Person:
        """Who verifies it."""
        return people.registrar(self.district)


async def register(sama: Sama, profile: Mapping[str, Any], owner: str) -> Organization:
    """Open the draft of a registration."""
    person = people.newcomer(owner)
    answer = await sama.registry.post("/organizations", dict(profile), by=person)
    return Organization(answer["id"], profile["names"]["fa"], profile["kind"], profile["districts"][0], person)


async def submit(sama: Sama, organization: Organization) -> None:
    """Ask for verification."""
    await sama.registry.post(f"/organizations/{organization.id}/submit", by=organization.owner)


async def verify(sama: Sama, organization: Organization, profile: Mapping[str, Any]) -> None:
    """Answer the checklist: everything is in order, or does not apply to what the profile lacks."""
    answers = {
        **ANSWERS,
        **({} if profile.get("licence") else {"licence_valid": WITHOUT_LICENCE}),
        **({} if profile.get("account") else {"account_ok": WITHOUT_ACCOUNT}),
    }
    await sama.registry.post(
        f"/organizations/{organization.id}/checklist", {"answers": answers}, by=organization.registrar
    )


async def approve(sama: Sama, organization: Organization, *, different_because: str | None = None) -> None:
    """Approve. different_because: the registrar's word on likely duplicates, if any are found (REG-5)."""
    path = f"/organizations/{organization.id}"
    try:
        await sama.registry.post(f"{path}/approve", by=organization.registrar)
    except ApiProblem as problem:
        if problem.code != "duplicates_unresolved" or different_because is None:
            raise
        found = await sama.registry.get(f"{path}/duplicates", by=organization.registrar)
        for other in found["items"]:
            if other["unresolved"]:
                verdict = {"organization": other["organization"], "verdict": "different", "reason": different_because}
                await sama.registry.post(f"{path}/duplicates", verdict, by=organization.registrar)
        await sama.registry.post(f"{path}/approve", by=organization.registrar)


async def decide(sama: Sama, organization: Organization, verb: str, reason: str) -> None:
    """Reject, suspend or reinstate, with the reason."""
    path = f"/organizations/{organization.id}/{verb}"
    await sama.registry.post(path, {"reason": reason}, by=organization.registrar)


async def found(
    sama: Sama, profile: Mapping[str, Any], owner: str, *, different_because: str | None = None
) -> Organization:
    """Take an organisation from nothing to approved: four calls."""
    organization = await register(sama, profile, owner)
    await submit(sama, organization)
    await verify(sama, organization, profile)
    await approve(sama, organization, different_because=different_because)
    return organization
