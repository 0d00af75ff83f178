"""An award that is not what was asked for: a revised plan when it is below the minimum (REQ-8), or the applicant declines it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.requests.domain.proposal import Line
from shared.contracts.durations import Duration

REVISE_WITHIN: Final = Duration(working_days=10)  # REQ-8; a rule set may say otherwise


@dataclass(frozen=True)
class RevisedPlan:
    """How it is done with less: lines that add up to the approved amount, and what can then be reached."""

    budget_lines: tuple[Line, ...]
    people_reached: int
    indicator: str
    explanation: str


@dataclass(frozen=True)
class RevisedPlanAsked:
    """The approved amount is below the minimum: a revised plan is due by ``until``, or the award lapses."""

    at: datetime
    until: datetime


@dataclass(frozen=True)
class PlanRevised:
    """The applicant gave a revised plan."""

    plan: RevisedPlan
    at: datetime


@dataclass(frozen=True)
class Declined:
    """The applicant declined the award; its money is released."""

    reason: str
    at: datetime


AwardEvent = RevisedPlanAsked | PlanRevised | Declined
AWARD_EVENTS: Final = (RevisedPlanAsked, PlanRevised, Declined)
