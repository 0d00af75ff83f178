"""The archive, ordered by what its events are about."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from shared.contracts import budget, review
from shared.contracts.budget import BookClosed, BookHeadPublished, BookOpened
from shared.contracts.registry import DistrictDefined, StandingChanged
from shared.contracts.requests import (
    CallDecided,
    PaymentsAllowed,
    PaymentsStopped,
    RequestSubmitted,
    RequestSubmittedV2,
)
from shared.contracts.review import CaseDecided, CaseDecidedV2, PrioritiesAdopted, RuleSetAdopted

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """One archived event, as far as it is compared."""

    id: str
    number: int
    type: str
    time: str
    actor: str
    digest: str


@dataclass
class Archived:
    """Events by (service, subject), by number; and what followers are asked for.

    forked: ids that the archive has with different content: numbers were used again after a restore.
    """

    subjects: dict[tuple[str, str], dict[int, Known]] = field(default_factory=dict)
    forked: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    copies: dict[str, dict[str, int]] = field(default_factory=dict)
    """Copy collection → id → newest sequence that the archive gives it."""
    submitted: list[tuple[str, int]] = field(default_factory=list)
    """(request, revision)."""
    approved: list[tuple[str, str]] = field(default_factory=list)
    """(request, book)."""
    of_cases: list[tuple[str, str, int]] = field(default_factory=list)
    """(request, case, number)."""
    of_books: list[tuple[str, int]] = field(default_factory=list)
    """(request, seq)."""
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Book → (seq, hash) of the newest published head."""

    def head(self, service: str, subject: str) -> int:
        """Return the highest number announced."""
        return max(self.subjects.get((service, subject), {0: None}))


def digest_of(event: Event) -> str:
    """Return a digest of what must be the same whenever an event is announced."""
    kept = [event["type"], event["time"], event["data"]]
    return hashlib.sha256(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)).hexdigest()


def read(events: Iterable[Event]) -> Archived:
    """Order the archive's events."""
    found = Archived()
    for event in events:
        _take(found, event)
    return found


def _take(found: Archived, event: Event) -> None:
    place = (event["source"].removeprefix("/sama/"), event["subject"])
    known = Known(event["id"], int(event["sequence"]), event["type"], event["time"], event["actor"], digest_of(event))
    before = found.subjects.setdefault(place, {}).setdefault(known.number, known)
    if before.digest != known.digest and known.id not in found.forked.setdefault(place, []):
        found.forked[place].append(known.id)
    data = event["data"]
    _follow(found, event["type"], data, known.number)
    if place[0] == "review" and known.type.startswith("case.") and "request" in data:
        if known.type in OF_CASES:
            found.of_cases.append((data["request"], data["case"], known.number))
        if known.type == CaseDecided.event_type and data["outcome"] == "approved":
            found.approved.append((data["request"], data["book"]))
    elif place[0] == "budget" and "request" in data and known.type not in UNKEPT:
        found.of_books.append((data["request"], known.number))


OF_CASES: Final = frozenset(
    model.event_type
    for model in (
        review.CaseOpened, review.CaseDeadlineMoved, review.CasePaused, review.CaseResumed,
        review.CaseStalled, review.CaseContinued, review.CaseExcepted, review.CaseChangesRequested, review.CaseClosed, CaseDecided,
        CaseDecidedV2,
    )
)  # fmt: skip
"""What a request follows of its cases (services/requests/inbound/events.py)."""


UNKEPT: Final = frozenset(
    model.event_type
    for model in (
        budget.HoldMade,
        budget.PaymentPrepared,
        budget.PaymentApproved,
        budget.PaymentGivenUp,
        budget.AwardCarriedOut,
        budget.IneligibleFound,
        budget.IneligibleDocumented,
        budget.IneligibleWrittenOff,
    )
)
"""What of a request's money is not paid yet: the request keeps none of it."""


def _follow(found: Archived, type: str, data: Mapping[str, Any], number: int) -> None:
    if type == StandingChanged.event_type:
        _newest(found, "standings", data["organization"], number)
    elif type in (PaymentsStopped.event_type, PaymentsAllowed.event_type):
        _newest(found, "payment_stops", data["request"], number)
    elif type == CallDecided.event_type:
        _newest(found, "decided_calls", f"{data['programme']}/{data['district']}", number)
    elif type == DistrictDefined.event_type:
        _newest(found, "districts", data["district"], number)
    elif type == RuleSetAdopted.event_type:
        _newest(found, "rule_sets", f"{data['rule_set']['id']}@{data['rule_set']['version']}", number)
    elif type == PrioritiesAdopted.event_type:
        owner = "city" if data.get("district") is None else f"district:{data['district']}"
        _newest(found, "priority_lists", owner, data["version"])
    elif type in (BookOpened.event_type, BookClosed.event_type):
        _newest(found, "books", data["book"], data["seq"])
    elif type in (RequestSubmitted.event_type, RequestSubmittedV2.event_type):
        found.submitted.append((data["request"], data["revision"]))
    elif type == BookHeadPublished.event_type and data["seq"] >= found.heads.get(data["book"], (0, ""))[0]:
        found.heads[data["book"]] = (data["seq"], data["hash"])


def _newest(found: Archived, copies: str, id: str, sequence: int) -> None:
    kept = found.copies.setdefault(copies, {})
    kept[id] = max(sequence, kept.get(id, 0))
