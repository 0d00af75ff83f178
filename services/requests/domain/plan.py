"""The plan in force: what was submitted, with a revised plan (REQ-8) and the amendments that both sides accepted (REQ-10)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from services.requests.domain.agreements import Change, Instalment
from services.requests.domain.award import RevisedPlan
from services.requests.domain.proposal import Line, Proposal


@dataclass(frozen=True)
class Plan:
    """What is to be done. instalments: none were agreed if empty; amounts in the award's currency."""

    starts_on: datetime | None
    ends_on: datetime | None
    people_reached: int | None
    indicator: str | None
    budget_lines: tuple[Line, ...]
    instalments: tuple[Instalment, ...] = ()


def plan_of(proposal: Proposal, revised: RevisedPlan | None, changes: Iterable[Change]) -> Plan:
    """Put the newest of each part together."""
    plan = Plan(
        proposal.starts_on, proposal.ends_on, proposal.people_reached, proposal.indicator, proposal.budget_lines
    )
    if revised is not None:
        plan = replace(
            plan,
            people_reached=revised.people_reached,
            indicator=revised.indicator,
            budget_lines=revised.budget_lines,
        )
    for change in changes:
        named = {name: value for name, value in vars(change).items() if value is not None}
        plan = replace(plan, **named)
    return plan
