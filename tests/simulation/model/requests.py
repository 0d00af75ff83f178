"""The requests: what ended stays ended, what is accepted is accepted once at a time, and each step names its standing (I4, I9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.simulation.model.standings import Standings

Document = Mapping[str, Any]

FINAL: Final = {
    "Withdrawn": "withdrawn",
    "Lapsed": "lapsed",
    "Declined": "declined",
    "Closed": "closed",
    "Cancelled": "cancelled",
    "EndedByAgreement": "ended_by_agreement",
}
"""What ends a request, and its status then. A rejection is final, too, but the applicant's own step may come before it is heard of."""


@dataclass
class Request:
    """What was seen of one request."""

    organization: str
    ended: str = ""
    revisions: int = 0


class Requests:
    """All requests of the system."""

    def __init__(self, standings: Standings) -> None:
        self.requests: dict[str, Request] = {}
        self._standings = standings

    def happened(self, document: Document, entries: Sequence[Document]) -> Sequence[str]:
        """Follow what was added to a request's history."""
        id = document["_id"]
        request = self.requests.setdefault(id, Request(document["organization"]))
        found: list[str] = []
        for entry in entries:
            found += [f"{what} (request {id})" for what in self._step(request, entry["type"], entry["data"])]
            if entry["type"] == "Closed" and (what := _not_settled(document)) is not None:
                found.append(f"{what} (request {id})")
        if request.ended and document["status"] != request.ended:
            found.append(f"I4: it was {request.ended} and is {document['status']} (request {id})")
        if document["reserved"] and document["committed"]:
            found.append(f"I4: {document['reserved']} reserved and {document['committed']} committed (request {id})")
        return found

    def _step(self, request: Request, kind: str, data: Document) -> Sequence[str]:
        if kind in FINAL:
            before, request.ended = request.ended, FINAL[kind]
            return [f"I4: {kind} after it was {before}"] if before else []
        if request.ended and kind not in ("CaseNoted", "BookNoted", "Reinstated", "LimitSet"):
            return [f"I4: {kind} after it was {request.ended}"]
        if kind == "Submitted":
            revision = data["revision"]
            request.revisions += 1
            found = [] if revision["number"] == request.revisions else [f"I3: revision {revision['number']} twice"]
            return [*found, *self._allowed(request, kind, revision.get("standing_sequence"), "may_submit")]
        if kind == "Accepted":
            return self._allowed(request, kind, data["acceptance"].get("standing_sequence"), "may_be_committed")
        return []

    def _allowed(self, request: Request, kind: str, sequence: int | None, step: str) -> Sequence[str]:
        if sequence is None:
            return [f"I9: {kind} records no standing"]
        if not self._standings.allows(request.organization, sequence, step):
            return [f"I9: {kind} on standing {sequence} of {request.organization}, which did not allow it"]
        return []


def _not_settled(document: Document) -> str | None:
    """REQ-12: what is closed has nothing committed beyond what is paid, and no payment under way."""
    paid, under_way = 0, dict[str, int]()
    for fact in document["book_facts"]:
        if fact["step"] in ("payment_prepared", "payment_failed"):
            under_way[fact["payment"]] = fact["amount"]
        elif fact["step"] in ("payment_made", "payment_given_up"):
            under_way.pop(fact["payment"], None)
        paid += fact["amount"] if fact["step"] == "payment_made" else 0
        paid -= fact["amount"] if fact["step"] == "payment_failed" and fact["holds"] == "paid" else 0
    if document["committed"] != paid or under_way:
        return f"I4: closed with {document['committed']} committed, {paid} paid, {under_way} under way"
    return None
