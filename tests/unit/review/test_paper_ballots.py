"""REV-5 on paper: the secretary enters a ballot, it counts once the member confirms it by a code."""

from datetime import timedelta
from typing import Final

import pytest

from services.review.domain import case_steps, paper_voting
from services.review.domain.ballot import BallotIncomplete
from services.review.domain.case import BallotCast, Case
from services.review.domain.case_steps import BallotForm, RecusedFromCase
from services.review.domain.opened_ballots import BallotRevised
from services.review.domain.paper_ballots import PaperBallotConfirmed
from services.review.inbound.views import case_view
from services.review.outbound.announce import announce_case
from shared.certification import Certification, CodeSpent, NoCode, SamePerson
from shared.storage.ports import Stored
from tests.unit.review.builders import (
    CALENDAR,
    CASE_WITHIN,
    NOW,
    SECRETARY,
    declared,
    form,
    holder,
    member,
    open_case,
    then,
    voted,
)
from tests.unit.review.test_opened_ballots import ended, opened, with_votes

CODE: Final = "digest of the code"
HOUR: Final = timedelta(hours=1)


def given(tries: int = 3) -> Certification:
    return Certification("secretary", True, CODE, NOW, NOW + HOUR, tries)


def entered(state: Case, seat: int = 2, ballot: BallotForm | None = None, by: str = "secretary") -> Case:
    events = paper_voting.enter_paper(state, seat=seat, form=ballot or form(), certification=given(), by=by, now=NOW)
    assert announce_case(then(state, events), events[0]) == []
    return then(state, events)


def confirmed(state: Case, seat: int = 2, digest: str = CODE, after: timedelta = timedelta(0)) -> Case:
    return then(
        state,
        paper_voting.confirm_paper(
            state, seat=seat, subject=holder(seat), digest=digest, now=NOW + after, calendar=CALENDAR
        ),
    )


def test_a_paper_ballot_counts_once_the_member_has_confirmed_it() -> None:
    state = entered(declared(open_case(), 2))
    assert state.seat(2).ballot is None
    assert holder(2) in state.to_cast
    events = paper_voting.confirm_paper(state, seat=2, subject=holder(2), digest=CODE, now=NOW, calendar=CALENDAR)
    assert [type(event) for event in events] == [PaperBallotConfirmed, BallotCast]
    state = then(state, events)
    ballot = state.seat(2).ballot
    assert ballot is not None
    assert (ballot.vote, ballot.edition, state.seat(2).paper) == ("approve", 1, None)
    with pytest.raises(NoCode):
        confirmed(state)


def test_the_last_confirmed_ballot_closes_the_case() -> None:
    state = with_votes((1, 3, 4, 5, 6))
    assert confirmed(entered(declared(state, 2))).status == "closed"


def test_not_confirmed_at_closing_it_is_not_counted_and_the_tally_says_so() -> None:
    state = open_case()
    for seat in (1, 3, 4, 5):
        state = voted(state, seat)
    state = entered(declared(state, 2), ballot=form("reject"))
    state = then(state, case_steps.meet_deadline(state, now=NOW + CASE_WITHIN, calendar=CALENDAR))
    assert state.result is not None
    assert (state.result.tally.cast, state.result.tally.reject, state.result.tally.unconfirmed) == (4, 0, 1)


def test_recusal_and_declaration_come_first() -> None:
    with pytest.raises(case_steps.NotDeclared):
        entered(open_case())
    with pytest.raises(RecusedFromCase):
        entered(declared(open_case(), 2, "family"))
    state = declared(entered(declared(open_case(), 2)), 2, "family")
    assert state.seat(2).paper is None
    with pytest.raises(RecusedFromCase):
        confirmed(state)
    assert then(state, case_steps.meet_deadline(state, now=NOW + CASE_WITHIN, calendar=CALENDAR)).seat(2).ballot is None


def test_only_the_member_confirms_and_never_whoever_entered_it() -> None:
    state = entered(declared(open_case(), 2))
    with pytest.raises(case_steps.NotYourSeat):
        paper_voting.confirm_paper(state, seat=2, subject="secretary", digest=CODE, now=NOW, calendar=CALENDAR)
    with pytest.raises(SamePerson):  # a secretary who sits in the seat
        entered(declared(open_case(), 2), by=holder(2))


def test_a_wrong_code_uses_up_a_try_and_none_is_taken_after_its_time() -> None:
    state = entered(declared(open_case(), 2))
    for _ in range(3):
        state = confirmed(state, digest="another")
        assert state.seat(2).ballot is None
    with pytest.raises(CodeSpent):
        confirmed(state)
    with pytest.raises(CodeSpent):
        confirmed(entered(declared(open_case(), 2)), after=HOUR)
    assert confirmed(entered(state)).seat(2).ballot is not None  # entered again, with another code


def test_whatever_the_member_does_last_counts() -> None:
    state = voted(entered(declared(open_case(), 2)), 2, form("reject"))
    with pytest.raises(NoCode):
        confirmed(state)
    state = confirmed(entered(state))
    ballot = state.seat(2).ballot
    assert ballot is not None
    assert (ballot.vote, ballot.edition) == ("approve", 2)


def test_opened_ballots_are_revised_once_on_paper_too() -> None:
    state = entered(opened())
    (_, cast) = paper_voting.confirm_paper(state, seat=2, subject=holder(2), digest=CODE, now=NOW, calendar=CALENDAR)
    assert isinstance(cast, BallotRevised)
    state = confirmed(state)
    assert state.seat(2).revised_from is not None
    with pytest.raises(case_steps.RevisedAlready):
        confirmed(entered(state))
    with pytest.raises(case_steps.DiscussionOver):
        confirmed(entered(ended(opened())))


def test_entering_is_refused_for_nothing_that_is_sealed() -> None:
    """Whether the seat has cast, how often, and whether an opened ballot was revised makes no difference to the secretary."""
    for state in (
        declared(open_case(), 2),
        voted(open_case(), 2),
        opened(),
        ended(opened()),
        confirmed(entered(opened())),
    ):
        entered(state)
    with pytest.raises(BallotIncomplete):
        entered(declared(open_case(), 2), ballot=form(scores={"need": 99, "plan": 25, "cost": 20}))


def test_it_is_entered_and_confirmed_only_while_the_case_is_open() -> None:
    state = entered(declared(open_case(), 2))
    late = NOW + CASE_WITHIN
    with pytest.raises(case_steps.DeadlinePassed):
        paper_voting.enter_paper(state, seat=2, form=form(), certification=given(), by="secretary", now=late)
    with pytest.raises(case_steps.DeadlinePassed):
        confirmed(state, after=CASE_WITHIN)
    for _ in range(case_steps.EDITIONS - 1):
        state = entered(state)
    with pytest.raises(case_steps.TooManyEditions):
        entered(state)


def test_a_case_looks_the_same_with_a_paper_ballot_and_without() -> None:
    before, after = declared(open_case(), 2), entered(declared(open_case(), 2))
    for reader in (SECRETARY, member(1), member(2)):
        views = [case_view(Stored(state.id, 1, state, 1), reader).model_dump_json() for state in (before, after)]
        assert views[0] == views[1]
