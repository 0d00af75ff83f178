"""The panel that decides an appeal (REQ-13): another district's working group, without whoever sat in the appealed case.

Its case is a case like any other – declarations, sealed ballots, quorum, substitutes, signature – of the same revision. Nobody chooses
the panel: it is the first group after the case's own, in the order of the districts, that can decide.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from services.review.domain.appealed import Appealed
from services.review.domain.ballot import CaseSeat
from services.review.domain.opening import seated
from services.review.domain.result import Result
from services.review.domain.working_group import WorkingGroup
from shared.contracts.ids import derive_id

Verdict = Literal["confirmed", "overturned"]


def panel_id(case: str) -> str:
    """Return the one id of the panel's case about a case: a decision is appealed once."""
    return derive_id("panel", case)


def seats_of(group: WorkingGroup, appealed: Appealed, now: datetime) -> tuple[CaseSeat, ...]:
    """Return who of the group can sit in the panel."""
    return tuple(seat for seat in seated(group, now) if seat.holder not in appealed.sat)


def panel(groups: Sequence[WorkingGroup], appealed: Appealed, district: str, now: datetime) -> WorkingGroup | None:
    """Return the panel: the first other group after the case's district, around the city, with enough seats; None: there is none now."""
    order = sorted((g for g in groups if g.id != appealed.working_group), key=lambda g: _place(g.district))
    around = [*(g for g in order if _place(g.district) > _place(district)), *order]
    return next((g for g in around if len(seats_of(g, appealed, now)) >= g.least), None)


def _place(district: str) -> tuple[bool, int, str]:
    """Districts with a number come in its order, then the others by name."""
    return (not district.isdigit(), int(district) if district.isdigit() else 0, district)


def verdict(appealed: Appealed, result: Result) -> tuple[Verdict, int]:
    """Return what the panel's result makes of the decision, and the amount that is awarded now.

    An appeal never costs anything: less than was awarded, or a rejection, confirms the decision.
    """
    better = result.outcome == "approved" and (appealed.outcome == "rejected" or result.amount > appealed.amount)
    return ("overturned", result.amount) if better else ("confirmed", appealed.amount)
