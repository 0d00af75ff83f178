"""The timeline of a request: each event of its history as clients read it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, Field

from services.requests.domain import (
    agreements,
    appeals,
    award,
    cancellation,
    clocks,
    closing,
    reports,
    request,
)
from services.requests.inbound.agreements_http import agreement_view
from shared.certification import Certified
from shared.storage.aggregates import HistoryEntry


class HistoryItem(BaseModel):
    """One thing that happened."""

    n: int
    what: str = Field(examples=["submitted", "case.opened", "reservation.made"])
    at: datetime = Field(description="When it was kept here.")
    by: str | None = Field(
        description="Who did it, for steps of the applicant; null for what offices and clocks did, whose persons stay inside."
    )
    details: dict[str, Any]


class History(BaseModel):
    """The timeline of a request, oldest first."""

    items: list[HistoryItem]


def history_item(entry: HistoryEntry[request.Event]) -> dict[str, Any]:
    """Return one entry of the history as HistoryItem."""
    event = entry.event
    own = isinstance(event, _OWN_STEPS)
    return {
        "n": entry.n,
        "what": _what(event),
        "at": entry.at,
        "by": entry.actor if own else None,
        "details": _DETAILS.get(type(event), lambda _event: {})(event),
    }


_OWN_STEPS: Final = (
    request.Drafted, request.Edited, Certified, request.Submitted, request.Accepted, request.Withdrawn,
    award.PlanRevised, award.Declined, reports.ReportFiled, appeals.AppealLodged,
    cancellation.HearingAnswered,
)  # fmt: skip


def _what(event: request.Event) -> str:
    if isinstance(event, request.CaseNoted):
        return f"case.{event.fact.step}"
    if isinstance(event, request.BookNoted):
        return event.fact.step.replace("_", ".", 1)
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()


_DETAILS: Final[Mapping[type[Any], Callable[[Any], dict[str, Any]]]] = {
    request.Submitted: lambda e: {
        "revision": e.revision.number,
        "programme": e.revision.frozen.programme,
        "standing_sequence": e.revision.standing_sequence,
    },
    request.CaseNoted: lambda e: {
        "revision": e.fact.revision,
        "case": e.fact.case,
        "happened_at": e.fact.at,
        **_given({"deadline": e.fact.deadline, "outcome": e.fact.outcome, "amount_approved": e.fact.amount}),
        **_given({"reason": e.fact.reason or None}),
        **({"fields": [f.model_dump() for f in e.fact.fields]} if e.fact.fields else {}),
    },
    request.BookNoted: lambda e: {
        "seq": e.fact.seq,
        "amount": e.fact.amount,
        "happened_at": e.fact.at,
        **_given({"holds": e.fact.holds, "reason": e.fact.reason or None, "remains": e.fact.remains}),
    },
    request.AwardOffered: lambda e: {"accept_until": e.until},
    request.Accepted: lambda e: {"amount": e.acceptance.amount, "standing_sequence": e.acceptance.standing_sequence},
    request.Suspended: lambda e: {
        "since": e.suspension.since,
        "until": e.suspension.until,
        "standing_sequence": e.suspension.standing_sequence,
    },
    request.Reinstated: lambda e: {
        "standing_sequence": e.standing_sequence,
        **_given({"accept_until": e.accept_until}),
    },
    request.Withdrawn: lambda e: {"reason": e.reason},
    request.Lapsed: lambda e: {"reason": e.reason},
    award.Declined: lambda e: {"reason": e.reason},
    award.RevisedPlanAsked: lambda e: {"revise_until": e.until},
    award.PlanRevised: lambda e: asdict(e.plan),
    appeals.AppealLodged: lambda e: {"ground": e.appeal.ground, "answer_until": e.appeal.answer_until},
    appeals.AppealAdmitted: lambda e: {"reason": e.reason},
    appeals.AppealRefused: lambda e: {"reason": e.reason},
    appeals.AppealEnded: lambda e: {"because": e.because},
    appeals.PanelDecided: lambda e: {"case": e.case, "verdict": e.verdict, "amount": e.amount, "reason": e.reason},
    closing.LimitSet: lambda e: {"amount": e.limit.amount, "reason": e.limit.reason},
    clocks.ClockBreached: lambda e: {"clock": e.clock, "since": e.since, "due": e.due},
    cancellation.CancellationNotified: lambda e: {"grounds": e.hearing.grounds, "until": e.hearing.until},
    cancellation.NoticeDropped: lambda e: {"reason": e.reason},
    cancellation.Cancelled: lambda e: {"reason": e.reason, "proven_costs": e.proven_costs},
    agreements.AgreementProposed: lambda e: agreement_view(e.agreement),
    agreements.AgreementAccepted: lambda e: {"number": e.number},
    agreements.AgreementDenied: lambda e: {"number": e.number, "reason": e.reason},
    agreements.EndedByAgreement: lambda e: {"reason": e.reason, "amount": e.amount},
    reports.ReportAsked: lambda e: {"instalment": e.instalment, "until": e.until},
    reports.ReportFiled: lambda e: {"instalment": e.instalment, "amount_spent": e.outcome.amount},
    reports.ReportSentBack: lambda e: {"instalment": e.instalment, "reason": e.reason, "until": e.until},
    reports.ReportAccepted: lambda e: {"instalment": e.instalment},
    reports.ReportOverdue: lambda e: {"instalment": e.instalment},
}


def _given(details: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in details.items() if value is not None}
