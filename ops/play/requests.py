"""A request's way as its organisation goes it, and waiting for what the other services say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.client import ApiProblem, Sama, TooLate
from ops.play.organizations import Organization
from ops.play.waiting import Patience

ON_THE_WAY = frozenset({"unknown", "draft", "submitted"})
"""Statuses in a refused submission that only mean that the approval has not arrived yet."""


@dataclass(frozen=True, slots=True)
class Request:
    """A drafted request."""

    id: str
    organization: Organization
    district: str


class Waits:
    """One patience per kind of wait, shared by a whole run, so that each learns how long its kind takes."""

    def __init__(self, seconds: float = 180.0) -> None:
        self.standing = Patience(min(seconds, 60.0))
        self.case = Patience(seconds)
        self.decision = Patience(seconds)
        self.commitment = Patience(seconds)
        self.other = Patience(seconds)


async def draft(sama: Sama, organization: Organization, content: Mapping[str, Any]) -> Request:
    """Begin a draft; anyone of the organisation may, whatever its standing (REQ-5)."""
    body = {**content, "organization": organization.id}
    answer = await sama.requests.post("/requests", body, by=organization.applicant)
    return Request(answer["id"], organization, content["district"])


async def submit(sama: Sama, request: Request) -> None:
    """Submit the draft; where the city asks for it, a second representative certifies it first (REQ-5)."""
    path = f"/requests/{request.id}/submit"
    try:
        await sama.requests.post(path, by=request.organization.applicant)
    except ApiProblem as problem:
        if problem.code != "certification_needed":
            raise
        await certify(sama, request)
        await sama.requests.post(path, by=request.organization.applicant)


async def certify(sama: Sama, request: Request) -> None:
    """Have another representative be told the code, and whoever submits enter it."""
    path, organization = f"/requests/{request.id}", request.organization
    told = await sama.requests.post(f"{path}/certification-code", by=organization.second)
    await sama.requests.post(f"{path}/certify", {"code": told["code"]}, by=organization.applicant)


async def submit_when_known(sama: Sama, request: Request, waits: Waits) -> None:
    """Submit; an approval or a priority list of a moment ago reaches the requests service a moment later.

    Raises ApiProblem if it is refused for another reason, or still refused at the deadline.
    """
    last: ApiProblem | None = None

    async def look() -> bool | None:
        nonlocal last
        try:
            await submit(sama, request)
        except ApiProblem as problem:
            if not _on_the_way(problem):
                raise
            last = problem
            return None
        return True

    try:
        await waits.standing.until(look, f"the standing of {request.organization.name} reaching the requests service")
    except TooLate as late:
        raise (last or late) from late


def _on_the_way(problem: ApiProblem) -> bool:
    if problem.code == "standing_forbids":
        return problem.params.get("organization_status") in ON_THE_WAY
    return bool(problem.errors) and all(error.get("code") == "topic_not_in_force" for error in problem.errors)


async def read(sama: Sama, request: Request) -> Any:
    """Return the request as its organisation sees it."""
    return (await sama.requests.get(f"/requests/{request.id}", by=request.organization.applicant)).body


async def until_status(sama: Sama, request: Request, statuses: Sequence[str], patience: Patience) -> Any:
    """Wait until the request has one of the statuses, and return it."""

    async def look() -> Any:
        seen = await read(sama, request)
        return seen if seen["status"] in statuses else None

    return await patience.until(look, f"request {request.id} becoming {' or '.join(statuses)}")


async def case_of(sama: Sama, request: Request, waits: Waits) -> str:
    """Wait until the request's case is open, and return the case's id."""
    seen = await until_status(sama, request, ("in_review",), waits.case)
    return str(seen["case"]["id"])


async def accept(sama: Sama, request: Request) -> None:
    """Accept the award (REQ-9)."""
    await sama.requests.post(f"/requests/{request.id}/accept", by=request.organization.applicant)


async def withdraw(sama: Sama, request: Request, reason: str) -> None:
    """Withdraw it."""
    path = f"/requests/{request.id}/withdraw"
    await sama.requests.post(path, {"reason": reason}, by=request.organization.applicant)
