"""REV-5 at meetings: ballots opened by the secretary, seen by who is present and has cast, revised once, both kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from services.review.domain import case_steps, discussion, stalled_case
from services.review.domain.case import Case
from services.review.domain.discussion import BallotsNotOpened, MeetingNotHeld, NoQuorumYet, NotOnTheAgenda
from services.review.domain.meeting import AgendaItem, Attendee, Meeting
from services.review.domain.stalled_case import NamedSubstitute
from services.review.outbound.announce import announce_case
from shared.storage.codec import to_document
from tests.unit.review.builders import (
    CALENDAR,
    CASE_WITHIN,
    DISTRICT,
    GROUP,
    NOW,
    declared,
    form,
    holder,
    open_case,
    standing,
    then,
    voted,
)
from tests.unit.review.test_events_by_state import ID
from tests.unit.review.test_stalled_case import whole_group

PRESENT: Final = (1, 2, 5, 6)
HELD: Final = Meeting(
    "m-1",
    GROUP,
    DISTRICT,
    NOW,
    "سالن",
    (AgendaItem("نشست", ID),),
    status="held",
    present=tuple(Attendee(seat, "expert", seat == 1, None) for seat in PRESENT),
)


def with_votes(seats: Sequence[int] = (1, 2, 3, 5)) -> Case:
    state = open_case()
    for seat in seats:
        state = voted(state, seat, form("reject"))
    return state


def opened(state: Case | None = None, meeting: Meeting = HELD) -> Case:
    state = state or with_votes()
    return then(state, discussion.open_ballots(state, meeting, now=NOW))


def revised(state: Case, seat: int, replaces: int = 1) -> Case:
    return voted(state, seat, form("approve", replaces=replaces))


def ended(state: Case) -> Case:
    return then(state, discussion.end_discussion(state, "m-1", now=NOW, calendar=CALENDAR))


def shown(state: Case, seat: int) -> list[int]:
    return [s.seat for s in discussion.ballots_shown_to(state, holder(seat), NOW)]


def test_ballots_are_opened_at_a_held_meeting_that_has_the_case_once_a_quorum_has_cast() -> None:
    for state, meeting, why in (
        (with_votes(), replace(HELD, status="called"), MeetingNotHeld),
        (with_votes(), replace(HELD, status="adopted"), MeetingNotHeld),
        (with_votes(), replace(HELD, agenda=(AgendaItem("گزارش"),)), NotOnTheAgenda),
        (with_votes(), replace(HELD, working_group="wg-8"), NotOnTheAgenda),
        (with_votes((1, 2, 3)), HELD, NoQuorumYet),
        (with_votes((1, 2, 3, 4)), HELD, NoQuorumYet),  # no neighbourhood member
        (with_votes((1, 2, 3, 4, 5, 6)), HELD, case_steps.CaseNotOpen),  # closed by the last ballot
    ):
        with pytest.raises(why):
            discussion.open_ballots(state, meeting, now=NOW)
    with pytest.raises(case_steps.DeadlinePassed):
        discussion.open_ballots(with_votes(), HELD, now=NOW + CASE_WITHIN)
    state = opened()
    assert state.opened_ballots is not None
    assert state.opened_ballots.present == tuple(holder(seat) for seat in PRESENT)
    assert discussion.open_ballots(state, replace(HELD, id="m-2"), now=NOW) == []


def test_who_is_present_and_has_cast_sees_them_and_nobody_else() -> None:
    before = with_votes()
    assert [shown(before, seat) for seat in range(1, 7)] == [[]] * 6
    state = opened(before)
    assert shown(state, 1) == [1, 2, 3, 5]
    assert shown(state, 3) == []  # absent
    assert shown(state, 6) == []  # present, and has not cast
    assert shown(voted(state, 6), 6) == [1, 2, 3, 5, 6]
    assert shown(declared(state, 2, "family"), 2) == []  # found a conflict
    assert shown(declared(state, 2, "family"), 1) == [1, 3, 5]


def test_an_opened_ballot_is_revised_once_and_both_are_kept() -> None:
    state = revised(opened(), 2)
    seat = state.seat(2)
    assert seat.ballot is not None
    assert seat.revised_from is not None
    assert (seat.ballot.vote, seat.ballot.edition, seat.revised_from.vote) == ("approve", 2, "reject")
    with pytest.raises(case_steps.RevisedAlready):
        voted(state, 2, form("abstain", replaces=2))
    assert case_steps.cast(
        state, seat=2, subject=holder(2), form=form("approve", replaces=1), now=NOW, calendar=CALENDAR
    ) == []  # fmt: skip
    assert revised(state, 3).seat(3).ballot != state.seat(3).ballot  # also who was absent


def test_before_the_opening_a_ballot_is_replaced_as_often_as_before() -> None:
    state = voted(voted(with_votes(), 2, form("abstain", replaces=1)), 2, form("reject", replaces=2))
    assert state.seat(2).revised_from is None
    assert revised(opened(state), 2, replaces=3).seat(2).revised_from == state.seat(2).ballot


def test_the_last_ballot_closes_only_after_the_discussion_and_the_revised_ones_count() -> None:
    state = opened()
    for seat in (4, 6):
        state = voted(state, seat, form("reject"))
    assert state.status == "open"
    for seat in (1, 2, 3, 5):
        state = revised(state, seat)
    state = ended(state)
    assert (state.status, state.result.outcome if state.result else None) == ("closed", "approved")
    assert state.result is not None
    assert (state.result.tally.approve, state.result.tally.reject) == (4, 2)


def test_after_the_discussion_opened_ballots_stay_and_the_rest_may_still_cast() -> None:
    state = ended(opened())
    with pytest.raises(case_steps.DiscussionOver):
        revised(state, 2)
    assert discussion.end_discussion(state, "m-1", now=NOW, calendar=CALENDAR) == []
    state = voted(voted(state, 4), 6)
    assert state.status == "closed"
    for other in (with_votes(), state):
        with pytest.raises(BallotsNotOpened):
            discussion.end_discussion(other, "m-2", now=NOW, calendar=CALENDAR)


def test_at_the_deadline_a_discussed_case_closes_too() -> None:
    state = revised(opened(), 2)
    after = then(state, case_steps.meet_deadline(state, now=NOW + CASE_WITHIN, calendar=CALENDAR))
    assert after.status == "closed"
    assert shown(after, 1) == []  # then the result is what is seen


def test_another_group_begins_sealed() -> None:
    state = opened()
    for seat in (1, 2, 3, 4):
        state = declared(state, seat, "family")
    assert state.status == "stalled"
    named = [NamedSubstitute(seat, "expert", f"new-{seat}") for seat in (2, 3)]
    state = then(
        state,
        stalled_case.name_substitutes(
            state, named, group=whole_group(), standing=standing(), now=NOW, calendar=CALENDAR
        ),
    )
    assert state.opened_ballots is not None  # the same group has seen them
    state = declared(declared(state, 5, "family"), 6, "family")
    assert state.status == "excepted"
    group = replace(whole_group(), id="wg-8", district="8")
    seats = tuple(replace(s, term=replace(s.term, subject=f"other-{s.seat}")) for s in group.seats if s.term)
    moved = stalled_case.move_to_group(
        state, group=replace(group, seats=seats), standing=standing(), now=NOW, calendar=CALENDAR
    )
    assert then(state, moved).opened_ballots is None


def test_opening_and_revising_are_told_without_a_seat_a_person_or_a_vote() -> None:
    before = with_votes()
    (opening,) = discussion.open_ballots(before, HELD, now=NOW)
    state = then(before, [opening])
    (revision,) = case_steps.cast(
        state, seat=2, subject=holder(2), form=form("approve", replaces=1), now=NOW, calendar=CALENDAR
    )
    told = [*announce_case(state, opening), *announce_case(then(state, [revision]), revision)]
    assert [type(data).event_type for data in told] == ["case.ballots_opened.v1", "case.ballot_revised.v1"]
    said = str([to_document(data.model_dump(mode="json")) for data in told])
    assert "person-" not in said
    assert not {"seat", "vote", "amount", "present"} & {field for data in told for field in type(data).model_fields}


def test_a_pause_forbids_opening_and_ending() -> None:
    paused = case_steps.apply_standing(with_votes(), standing(2, allowed=False), now=NOW)
    with pytest.raises(case_steps.CaseIsPaused):
        discussion.open_ballots(then(with_votes(), paused), HELD, now=NOW + timedelta(minutes=1))
    state = opened()
    state = then(state, case_steps.apply_standing(state, standing(2, allowed=False), now=NOW))
    with pytest.raises(case_steps.CaseIsPaused):
        ended(state)
