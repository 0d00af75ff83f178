"""Opening the ballots of a case at a meeting whose agenda has it, and ending the discussion about them (REV-5)."""

from collections.abc import Sequence
from datetime import datetime

from services.review.domain.ballot import CaseSeat
from services.review.domain.case import Case, CaseEvent, evolve
from services.review.domain.case_steps import close_if_complete, require_open
from services.review.domain.meeting import Meeting
from services.review.domain.opened_ballots import BallotsOpened, DiscussionEnded, OpenedBallots
from services.review.domain.result import has_quorum
from shared.contracts.durations import WorkingCalendar
from shared.contracts.refusals import Refusal


class MeetingNotHeld(Refusal):
    """Ballots are opened while a meeting is held: its attendance is noted, its minutes are not adopted."""

    code = "meeting_not_held"


class NotOnTheAgenda(Refusal):
    """The case is not on the meeting's agenda, or comes before another working group by now."""

    code = "not_on_the_agenda"


class NoQuorumYet(Refusal):
    """Too few have cast for the ballots to be opened."""

    code = "no_quorum_yet"


class BallotsNotOpened(Refusal):
    """The ballots of the case were not opened at this meeting."""

    code = "ballots_not_opened"


def open_ballots(state: Case, meeting: Meeting, *, now: datetime) -> Sequence[CaseEvent]:
    """Open the ballots for the members present, once (REV-5). Later meetings change nothing.

    Raises MeetingNotHeld, NotOnTheAgenda, CaseNotOpen, CaseIsPaused, DeadlinePassed, NoQuorumYet.
    """
    if meeting.status != "held":
        raise MeetingNotHeld(status=meeting.status)
    if all(item.case != state.id for item in meeting.agenda):
        raise NotOnTheAgenda()
    if state.opened is not None and state.opened.working_group != meeting.working_group:
        raise NotOnTheAgenda()
    if state.opened_ballots is not None:
        return []
    require_open(state, now)
    if not has_quorum(state.seats, state.terms.rules.quorum, deadline_moved=state.deadline_moves > 0):
        raise NoQuorumYet()
    came = {attendee.seat for attendee in meeting.present}
    present = tuple(seat.holder for seat in state.seats if seat.seat in came and not (seat.recused or seat.over(now)))
    return [BallotsOpened(OpenedBallots(meeting.id, present, now), now)]


def end_discussion(state: Case, meeting: str, *, now: datetime, calendar: WorkingCalendar) -> Sequence[CaseEvent]:
    """End the discussion: ballots stay as they are, and the case closes if all of the base have cast (REV-5, REV-7).

    Raises BallotsNotOpened, CaseNotOpen, CaseIsPaused, DeadlinePassed.
    """
    opened = state.opened_ballots
    if opened is None or opened.meeting != meeting:
        raise BallotsNotOpened()
    if opened.over:
        return []
    require_open(state, now)
    ended = DiscussionEnded(now)
    return [ended, *close_if_complete(evolve(state, ended), now, calendar)]


def ballots_shown_to(state: Case, subject: str, now: datetime) -> tuple[CaseSeat, ...]:
    """Return the seats whose ballots this person sees now; until closing nobody else sees any (REV-5).

    Who was present sees them once the own ballot is cast, so that no first ballot is filled in after the others'.
    """
    opened, mine = state.opened_ballots, state.seat_held_by(subject)
    if opened is None or subject not in opened.present or mine is None or mine.ballot is None:
        return ()
    if not state.voting or state.shut_out(subject) or mine.over(now):
        return ()
    return tuple(seat for seat in state.seats if seat.ballot is not None)
