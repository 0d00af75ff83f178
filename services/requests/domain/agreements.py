"""What applicant and city agree on after the acceptance: an amendment of the plan (REQ-10), or an end of the award.

One side proposes, the other accepts or denies; a newer proposal of either side takes the place of an open one. All are kept.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from services.requests.domain.proposal import Line

Side = Literal["organization", "city"]
Subject = Literal["amendment", "ending"]
AgreementStatus = Literal["open", "accepted", "denied", "superseded"]


@dataclass(frozen=True)
class Instalment:
    """One part of what is paid, in the award's currency, and when it is planned."""

    amount: int
    due_on: datetime


@dataclass(frozen=True)
class Change:
    """What an amendment changes; None: stays. The lines add up to all that the award then comes to, the instalments too."""

    starts_on: datetime | None = None
    ends_on: datetime | None = None
    people_reached: int | None = None
    indicator: str | None = None
    budget_lines: tuple[Line, ...] | None = None
    instalments: tuple[Instalment, ...] | None = None


@dataclass(frozen=True)
class Agreement:
    """One proposal and its answer. amount: of an ending, all that the award comes to, paid or not, in its currency."""

    number: int
    by: Side
    subject: Subject
    text: str
    proposed_at: datetime
    change: Change | None = None
    amount: int | None = None
    status: AgreementStatus = "open"
    answered_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class AgreementProposed:
    """One side proposed; a proposal that was open is superseded."""

    agreement: Agreement


@dataclass(frozen=True)
class AgreementAccepted:
    """The other side accepted."""

    number: int
    at: datetime


@dataclass(frozen=True)
class AgreementDenied:
    """The other side denied."""

    number: int
    reason: str
    at: datetime


@dataclass(frozen=True)
class EndedByAgreement:
    """Both agreed to end it: ``amount``, paid or not, stays payable. allows_payments: a late report had stopped them."""

    amount: int
    reason: str
    at: datetime
    allows_payments: bool = False


AgreementEvent = AgreementProposed | AgreementAccepted | AgreementDenied | EndedByAgreement
AGREEMENT_EVENTS: Final = (AgreementProposed, AgreementAccepted, AgreementDenied, EndedByAgreement)


def agreements_after(before: tuple[Agreement, ...], event: AgreementEvent) -> tuple[Agreement, ...]:
    """Return all agreements after an event."""
    match event:
        case AgreementProposed(agreement):
            older = (
                replace(a, status="superseded", answered_at=agreement.proposed_at) if a.status == "open" else a
                for a in before
            )
            return (*older, agreement)
        case AgreementAccepted(number, at):
            return tuple(replace(a, status="accepted", answered_at=at) if a.number == number else a for a in before)
        case AgreementDenied(number, reason, at):
            return tuple(
                replace(a, status="denied", answered_at=at, reason=reason) if a.number == number else a for a in before
            )
        case EndedByAgreement():
            return before


def open_agreement(agreements: tuple[Agreement, ...]) -> Agreement | None:
    """Return the proposal that waits for its answer."""
    return agreements[-1] if agreements and agreements[-1].status == "open" else None
