"""What an organisation asks for (REQ-4), and the checks it must pass before it is submitted."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from services.requests.domain.programme import Terms
from shared.contracts.refusals import FieldError, Params
from shared.contracts.requests import RequestKind
from shared.contracts.support import Service, SupportForm

REQUIRED: Final = (
    "district",
    "kind",
    "topic",
    "title",
    "lessens",
    "indicator",
    "people_reached",
    "starts_on",
    "ends_on",
)
ONLY_MONEY: Final = ("budget_lines", "amount_asked", "minimum")
"""What money needs beside the rest, and no other form of support has (REQ-4)."""

FIXED_ONCE_SUBMITTED: Final = frozenset({"programme", "district", "support"})
"""They name the book and the working group, and whether there is a book at all; another of them is another request."""

TOGETHER: Final = (frozenset({"budget_lines", "amount_asked", "minimum"}), frozenset({"starts_on", "ends_on"}))
"""Fields that cannot be corrected alone, because a rule ties them: naming one reopens its group (REQ-6)."""


@dataclass(frozen=True)
class Line:
    """One line of the request's budget, in the programme's currency."""

    title: str
    amount: int


@dataclass(frozen=True)
class Proposal:
    """One request's content. A draft may be incomplete: what is not filled in yet is None or empty."""

    programme: str
    district: str | None = None
    neighbourhood: str | None = None
    kind: RequestKind | None = None
    topic: str | None = None
    title: str | None = None
    lessens: str | None = None
    indicator: str | None = None
    people_reached: int | None = None
    starts_on: datetime | None = None
    ends_on: datetime | None = None
    budget_lines: tuple[Line, ...] = ()
    amount_asked: int | None = None
    minimum: int | None = None
    own_contribution: int = 0
    support: SupportForm = "money"
    services: tuple[Service, ...] = ()


def changed_fields(before: Proposal, after: Proposal) -> frozenset[str]:
    """Return the names of the fields that differ."""
    return frozenset(f.name for f in fields(Proposal) if getattr(before, f.name) != getattr(after, f.name))


def reopened_fields(pointers: Sequence[str]) -> frozenset[str]:
    """Return the fields that JSON pointers reopen, with those tied to them; never programme or district (REQ-6)."""
    named = {pointer.lstrip("/").split("/", 1)[0] for pointer in pointers}
    for group in TOGETHER:
        if named & group:
            named |= group
    return (frozenset(named) & {f.name for f in fields(Proposal)}) - FIXED_ONCE_SUBMITTED


def check(proposal: Proposal, terms: Terms, *, topics_in_force: Set[str], now: datetime) -> list[FieldError]:
    """Return every reason why the proposal cannot be submitted under these terms; empty if it can (REQ-4)."""
    required = (*REQUIRED, *ONLY_MONEY) if proposal.support == "money" else REQUIRED
    errors = [FieldError(f"/{name}", "required") for name in required if getattr(proposal, name) in (None, (), "")]
    if proposal.district is not None and proposal.district not in terms.districts:
        errors.append(FieldError("/district", "district_not_in_programme", {"district": proposal.district}))
    allowed = frozenset(terms.topics) or topics_in_force
    if proposal.topic is not None and proposal.topic not in allowed:
        errors.append(FieldError("/topic", "topic_not_in_force", {"topic": proposal.topic}))
    errors += _check_support(proposal, terms)
    if proposal.support == "money":
        errors += _check_money(proposal, terms)
    return errors + _check_dates(proposal, now)


def _check_support(proposal: Proposal, terms: Terms) -> list[FieldError]:
    errors = []
    if proposal.support not in terms.support:
        errors.append(FieldError("/support", "support_not_in_programme"))
    if proposal.support == "service" and not proposal.services:
        errors.append(FieldError("/services", "required"))
    if proposal.support != "service" and proposal.services:
        errors.append(FieldError("/services", "only_for_a_service"))
    if proposal.support != "money":
        given = [name for name in ONLY_MONEY if getattr(proposal, name) not in (None, ())]
        errors += [FieldError(f"/{name}", "only_for_money") for name in given]
    return errors


def _check_money(proposal: Proposal, terms: Terms) -> list[FieldError]:
    asked, minimum, currency = proposal.amount_asked, proposal.minimum, terms.currency
    if asked is None:
        return []
    errors = []
    total = sum(line.amount for line in proposal.budget_lines)
    if proposal.budget_lines and total != asked:
        errors.append(
            FieldError("/budget_lines", "lines_do_not_add_up", {"sum": total, "asked": asked, "currency": currency})
        )
    if asked > terms.most_asked:
        errors.append(
            FieldError(
                "/amount_asked", "above_ceiling", {"asked": asked, "ceiling": terms.most_asked, "currency": currency}
            )
        )
    if asked < terms.least_asked:
        bounds: Params = {"asked": asked, "least": terms.least_asked, "currency": currency}
        errors.append(FieldError("/amount_asked", "below_least", bounds))
    if minimum is not None and terms.ceiling < minimum <= asked:
        # Nothing above the ceiling is ever given, so it could not be done.
        errors.append(FieldError("/minimum", "minimum_above_ceiling", {"ceiling": terms.ceiling, "currency": currency}))
    if minimum is not None and minimum > asked:
        errors.append(
            FieldError("/minimum", "minimum_above_asked", {"minimum": minimum, "asked": asked, "currency": currency})
        )
    return errors


def _check_dates(proposal: Proposal, now: datetime) -> list[FieldError]:
    starts, ends = proposal.starts_on, proposal.ends_on
    if ends is None:
        return []
    if starts is not None and ends < starts:
        return [FieldError("/ends_on", "ends_before_start")]
    return [FieldError("/ends_on", "planned_date_passed")] if ends <= now else []
