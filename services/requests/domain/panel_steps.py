"""What a request does with its panel's decision (REQ-13): the appealed decision stands or is overturned, and the terms begin anew."""

from collections.abc import Sequence
from datetime import datetime

from services.requests.domain.appeals import AppealEvent, PanelDecided, before_panel
from services.requests.domain.award import RevisedPlanAsked
from services.requests.domain.request import AwardOffered, Event, SupportRequest, fold
from services.requests.domain.request_steps import with_consequences
from services.requests.domain.statuses import AWARDED
from shared.contracts.durations import WorkingCalendar


def note_panel(
    state: SupportRequest, decided: PanelDecided, *, calendar: WorkingCalendar, now: datetime
) -> Sequence[Event]:
    """Keep what the panel decided and what follows. A repeat, or a decision about an appeal that ended meanwhile, does nothing."""
    if not before_panel(state.appeal):
        return []
    events = anew(state, [decided], calendar=calendar, now=now)
    return with_consequences(state, events, calendar=calendar, now=now)


def anew(
    state: SupportRequest, events: Sequence[AppealEvent], *, calendar: WorkingCalendar, now: datetime
) -> Sequence[Event]:
    """Let the terms that stood still for an admitted appeal begin again after these events, whole."""
    if not events or not before_panel(state.appeal):
        return events
    after = fold(state, events)
    frozen, more = after.current.frozen, list[Event](events)
    if after.status in AWARDED and after.needs_revised_plan:
        more.append(RevisedPlanAsked(now, calendar.due(now, frozen.revise_within)))
    if after.status == "reserved":
        more.append(AwardOffered(now, calendar.due(now, frozen.accept_within)))
    return more
