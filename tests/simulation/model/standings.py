"""What each organisation was allowed to do at each standing (REG-4), by the number under which registry announced it."""

from collections.abc import Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]


class Standings:
    """organisation → number → permission → allowed."""

    def __init__(self) -> None:
        self.allowed: dict[str, dict[int, dict[str, bool]]] = {}
        self.newest: dict[str, int] = {}
        self._copies: dict[tuple[str, str], int] = {}

    def organization(self, document: Document) -> None:
        """Learn the standings that a written organisation announces; what is not about its standing announces none."""
        known = self.allowed.setdefault(document["_id"], {})
        told = {
            int(event["sequence"]): event["data"]["standing"]
            for event in document["outbox"]
            if event["type"] == "organization.standing_changed.v1"
        }
        if not told and not known:  # founded before the run: its outbox is empty, and its last event was the standing
            told = {document["sequence"]: document["standing"]}
        for number, standing in told.items():
            known[number] = {name: part["allowed"] for name, part in standing.items() if name.startswith("may_")}
        self.newest[document["_id"]] = max(known)

    def allows(self, organization: str, sequence: int, step: str) -> bool:
        """Tell whether that standing existed and allowed the step."""
        return self.allowed.get(organization, {}).get(sequence, {}).get(step, False)

    def copied(self, service: str, organization: str, sequence: int) -> Sequence[str]:
        """A copy is of a standing that was announced, and never goes back."""
        before = self._copies.get((service, organization), 0)
        self._copies[service, organization] = sequence
        if sequence <= before:
            return [f"I5: {service}'s copy of {organization} went from {before} back to {sequence}"]
        if sequence not in self.allowed.get(organization, {}):
            return [f"I5: {service} has a standing {sequence} of {organization} that never was"]
        return []
