"""What the applicant does with an award before accepting it: give a revised plan (REQ-8), or decline."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.requests.domain.appeal_steps import end_open
from services.requests.domain.appeals import before_panel
from services.requests.domain.award import Declined, PlanRevised, RevisedPlan
from services.requests.domain.request import Event, SupportRequest
from services.requests.domain.statuses import AWARDED, Status
from shared.contracts.refusals import FieldError, InvalidFields, Refusal

DECLINABLE: Final[frozenset[Status]] = AWARDED


class NothingToDecline(Refusal):
    """Only an award that was decided and not accepted can be declined."""

    code = "nothing_to_decline"


class NoPlanNeeded(Refusal):
    """A revised plan is asked for only when less than the minimum was approved, and before the acceptance (REQ-8)."""

    code = "no_plan_needed"


class RevisedPlanOverdue(Refusal):
    """The time to give a revised plan is over (REQ-8)."""

    code = "revised_plan_overdue"


def revise_plan(state: SupportRequest, plan: RevisedPlan, *, now: datetime) -> Sequence[Event]:
    """Give the revised plan, or another one until the award is accepted. The same again does nothing.

    Raises NoPlanNeeded, RevisedPlanOverdue, InvalidFields (the lines do not add up to the approved amount).
    """
    if state.status not in AWARDED or not state.below_minimum:
        raise NoPlanNeeded(status=state.status)
    still = state.paused or before_panel(state.appeal)
    if state.needs_revised_plan and state.revise_until is not None and state.revise_until <= now and not still:
        raise RevisedPlanOverdue(until=state.revise_until.isoformat())
    approved, total = state.approved or 0, sum(line.amount for line in plan.budget_lines)
    if total != approved:
        params: dict[str, str | int] = {
            "sum": total, "approved": approved, "currency": state.current.frozen.currency,
        }  # fmt: skip
        raise InvalidFields(errors=[FieldError("/budget_lines", "lines_do_not_add_up_to_approved", params)])
    return [] if plan == state.revised_plan else [PlanRevised(plan, now)]


def decline(state: SupportRequest, *, reason: str, now: datetime) -> Sequence[Event]:
    """Decline the award; its place or its money is released. Declining again does nothing. Raises NothingToDecline."""
    if state.status == "declined":
        return []
    if state.status not in DECLINABLE:
        raise NothingToDecline(status=state.status)
    return [Declined(reason, now), *end_open(state, "award_declined", now=now)]
