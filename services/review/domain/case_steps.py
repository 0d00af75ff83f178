"""What may be done with a case, and when: each step returns its events or raises a named refusal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from services.review.domain.appealed import Appealed, AppealReceived
from services.review.domain.ballot import Ballot, CaseSeat, Conflict, Declaration, Vote, fill_in
from services.review.domain.case import (
    BallotCast,
    Case,
    CaseClosed,
    CaseEvent,
    CaseExcepted,
    CaseOpened,
    CasePaused,
    CaseResumed,
    CaseStalled,
    CaseWithdrawn,
    ChangesRequested,
    ConflictDeclared,
    DeadlineMoved,
    Decision,
    DecisionIssued,
    Draft,
    StallReason,
    SubmissionReceived,
    SummaryDrafted,
    evolve,
)
from services.review.domain.case_seats import SubstituteSteppedIn
from services.review.domain.opened_ballots import BallotRevised
from services.review.domain.opening import KnownStanding, Opening
from services.review.domain.result import base_of, cast_of, count, has_quorum, most_given, signer
from services.review.domain.working_group import Term
from shared.contracts.durations import WorkingCalendar
from shared.contracts.refusals import Refusal
from shared.contracts.requests import Submission
from shared.contracts.review import FieldReason

EDITIONS: Final = (
    20  # of one seat's ballot: six seats at their largest are 10 MB of history, and a document ends at 16 MB
)
UNSIGNED_REASON: Final = "این تصمیم بر پایهٔ آرای اعضای کارگروه صادر شده و شرح دلایل آن در مهلت مقرر امضا نشده است."
"""What stands as the reason when the term for signing passed without a draft (REV-10)."""


class CaseNotOpen(Refusal):
    """The case takes no declarations and ballots any more, or not yet."""

    code = "case_not_open"


class CaseIsPaused(Refusal):
    """The case stands still: the organisation may not be decided about now."""

    code = "case_is_paused"


class DeadlinePassed(Refusal):
    """The deadline has passed; the case is being closed, or its deadline moved."""

    code = "deadline_passed"


class NotYourSeat(Refusal):
    """The seat is held by somebody else."""

    code = "not_your_seat"
    kind = "forbidden"


class NoLongerMember(Refusal):
    """The member's term is over; a ballot cast before stays as it is (REV-1)."""

    code = "no_longer_member"
    kind = "forbidden"


class NotDeclared(Refusal):
    """The member has not declared yet (REV-3)."""

    code = "not_declared"


class RecusedFromCase(Refusal):
    """The member declared a conflict and is out of the case for good (REV-3)."""

    code = "recused_from_case"
    kind = "forbidden"


class BallotChanged(Refusal):
    """The seat's ballot is not the one that If-Match or If-None-Match names."""

    code = "ballot_changed"
    kind = "stale"


class TooManyEditions(Refusal):
    """The own ballot was replaced as often as one document can keep."""

    code = "too_many_editions"


class RevisedAlready(Refusal):
    """An opened ballot is revised once (REV-5)."""

    code = "revised_already"


class DiscussionOver(Refusal):
    """The meeting is done with the case; opened ballots stay as they are (REV-5)."""

    code = "discussion_over"


class ReviewHasBegun(Refusal):
    """A ballot was cast, so the request can't be sent back any more."""

    code = "review_has_begun"


class PanelJudgesAsSubmitted(Refusal):
    """A panel decides about the revision that was decided; nothing is sent back for changes."""

    code = "panel_judges_as_submitted"


class CaseNotClosed(Refusal):
    """The result is not fixed yet, or the decision is issued already."""

    code = "case_not_closed"


class NoDraft(Refusal):
    """There is no drafted reason to sign."""

    code = "no_draft"


class DraftChanged(Refusal):
    """The draft is not the one that was read."""

    code = "draft_changed"


class NotTheSigner(Refusal):
    """Somebody else signs: the chair or, recused or absent, the senior expert of the base (REV-10)."""

    code = "not_the_signer"
    kind = "forbidden"


@dataclass(frozen=True, slots=True)
class BallotForm:
    """A ballot as a member fills it in. replaces: edition of the own ballot that it replaces; None: it is the first."""

    scores: Mapping[str, int]
    comments: Mapping[str, str]
    comment: str
    vote: Vote
    amount: int | None
    replaces: int | None


def receive(
    state: Case | None,
    submission: Submission,
    opening: Opening | None,
    *,
    now: datetime,
    calendar: WorkingCalendar,
) -> Sequence[CaseEvent]:
    """Keep a submission and open its case if all is known (REV-2). Repeated, or barred by a withdrawal: nothing."""
    if state is not None:
        return try_open(state, opening, now=now, calendar=calendar)
    received = SubmissionReceived(submission, now)
    return [received, *try_open(evolve(None, received), opening, now=now, calendar=calendar)]


def receive_appeal(state: Case | None, *, id: str, appealed_case: Case, now: datetime) -> Sequence[CaseEvent]:
    """Begin the panel's case about a decided case (REQ-13). Repeated, or barred by the end of the appeal: nothing."""
    if state is not None:
        return []
    result = appealed_case.result
    if result is None:
        raise AssertionError(f"case {appealed_case.id} is appealed and has no result")
    seats = appealed_case.seats
    sat = {seat.holder for seat in seats} | {former.holder for seat in seats for former in seat.former}
    group = appealed_case.terms.working_group
    appealed = Appealed(appealed_case.id, group, result.outcome, result.amount, tuple(sorted(sat)))
    return [AppealReceived(id, appealed, appealed_case.file, now)]


def try_open(state: Case, opening: Opening | None, *, now: datetime, calendar: WorkingCalendar) -> Sequence[CaseEvent]:
    """Open a case that waits for what was not known; nothing if it does not wait, or must go on waiting.

    A base too small stalls at once: it was frozen at opening, and only substitutes make it larger (REV-7).
    """
    if state.status != "awaiting" or opening is None:
        return []
    rules, standing = opening.opened.rules, opening.standing
    due = calendar.due(now, rules.case_within)
    opened = CaseOpened(opening.opened, opening.seats, due, standing.sequence, now, opening.sits_in)
    after = evolve(state, opened)
    if len(base_of(after.seats)) < rules.quorum.least:
        return [opened, _missed(after, "base_too_small", now, calendar)]
    if not standing.may_be_decided:
        return [opened, CasePaused(standing.reason, standing.sequence, now)]
    return [opened]


def declare(
    state: Case,
    *,
    seat: int,
    subject: str,
    conflict: Conflict,
    note: str,
    now: datetime,
    calendar: WorkingCalendar,
    substitute: Term | None = None,
) -> Sequence[CaseEvent]:
    """Declare no conflict, or one (REV-3). A conflict found later recuses too, and strikes the ballot; there is no way back.

    With a conflict the seat's ``substitute`` steps in; None: the seat leaves the base.
    Raises NoSuchSeat, NotYourSeat, RecusedFromCase, NoLongerMember, CaseNotOpen, CaseIsPaused, DeadlinePassed.
    """
    said = state.seat(seat).declaration_of(subject)
    if said is not None and said.conflict == conflict:
        return []
    mine = own_seat(state, seat, subject)
    require_open(state, now)
    _require_member(mine, now)
    declared = ConflictDeclared(seat, Declaration(conflict, note, now), subject, now)
    if conflict != "none" and substitute is not None and not state.has_sat(substitute.subject):
        return [declared, SubstituteSteppedIn(seat, substitute.subject, substitute.until, "recused", "", now)]
    return [declared, *close_if_complete(evolve(state, declared), now, calendar)]


def cast(
    state: Case, *, seat: int, subject: str, form: BallotForm, now: datetime, calendar: WorkingCalendar
) -> Sequence[CaseEvent]:
    """Cast or replace the own ballot; the last of the base closes the case (REV-4, REV-5, REV-7). Once opened, it is revised once.

    The same ballot again changes nothing, so a call whose answer was lost can be repeated, even if it closed the case.
    Raises NoSuchSeat, NotYourSeat, RecusedFromCase, NoLongerMember, NotDeclared, CaseNotOpen, CaseIsPaused, DeadlinePassed,
    RevisedAlready, DiscussionOver, TooManyEditions, BallotIncomplete, BallotChanged.
    """
    mine = own_seat(state, seat, subject)
    if mine.ballot is not None and _same(form, mine.ballot):
        return []
    require_open(state, now)
    _require_member(mine, now)
    if mine.declaration is None:
        raise NotDeclared(seat=seat)
    require_replaceable(state, mine)
    edition = mine.ballot.edition if mine.ballot is not None else None
    ballot = filled_in(state, form, edition=(edition or 0) + 1)
    if form.replaces != edition:
        raise BallotChanged(seat=seat)
    return vote(state, mine, ballot, subject=subject, now=now, calendar=calendar)


def filled_in(state: Case, form: BallotForm, *, edition: int) -> Ballot:
    """Return the form as a ballot of this case. Raises BallotIncomplete."""
    file = state.file
    return fill_in(
        criteria=file.criteria,
        scores=form.scores,
        comments=form.comments,
        comment=form.comment,
        vote=form.vote,
        amount=form.amount,
        most=most_given(file.amount_asked, file.ceiling),
        comment_below_percent=state.terms.rules.comment_below_percent,
        edition=edition,
    )


def vote(
    state: Case, seat: CaseSeat, ballot: Ballot, *, subject: str, now: datetime, calendar: WorkingCalendar
) -> Sequence[CaseEvent]:
    """Put a ballot in place of the seat's last one; it may close the case. Raises what require_replaceable raises."""
    revises = require_replaceable(state, seat)
    kind = BallotRevised if revises else BallotCast
    voted = kind(seat.seat, ballot, subject, now)
    return [voted, *close_if_complete(evolve(state, voted), now, calendar)]


def require_replaceable(state: Case, seat: CaseSeat) -> bool:
    """Tell whether the seat's next ballot revises an opened one (REV-5). Raises RevisedAlready, DiscussionOver, TooManyEditions."""
    opened = state.opened_ballots
    if opened is not None and seat.ballot is not None:
        if opened.over:
            raise DiscussionOver()
        if seat.revised_from is not None:
            raise RevisedAlready(seat=seat.seat)
        return True
    if seat.ballot is not None and seat.ballot.edition >= EDITIONS:
        raise TooManyEditions(editions=EDITIONS)
    return False


def meet_deadline(state: Case, *, now: datetime, calendar: WorkingCalendar) -> Sequence[CaseEvent]:
    """At the deadline: close with quorum, else move it as often as the rules say, else stall, then an exception (REV-7)."""
    if state.status != "open" or state.deadline is None or now < state.deadline:
        return []
    rules = state.terms.rules
    if has_quorum(state.seats, rules.quorum, deadline_moved=state.deadline_moves > 0):
        return [_closed(state, now, calendar)]
    if state.deadline_moves < rules.deadline_moves:
        # from now, not from the deadline: an outage must not eat the members' second term
        return [DeadlineMoved(calendar.due(now, rules.deadline_moves_by), now)]
    return [_missed(state, "no_quorum", now, calendar)]


def apply_standing(state: Case, standing: KnownStanding, *, now: datetime) -> Sequence[CaseEvent]:
    """Pause or resume by the newest standing; the running term grows by the pause (REG-4, I9)."""
    if standing.sequence <= state.standing_sequence:
        return []
    if state.status in ("open", "closed") and not standing.may_be_decided:
        return [CasePaused(standing.reason, standing.sequence, now)]
    if state.status == "paused" and standing.may_be_decided and state.pause is not None:
        pause = now - state.pause.since
        deadline, sign_by = state.deadline, state.sign_by
        if deadline is None:
            raise AssertionError(f"case {state.id} was paused without a deadline")
        if state.pause.during == "open":
            deadline += pause
        elif sign_by is not None:
            sign_by += pause
        return [CaseResumed(deadline, sign_by, standing.sequence, now)]
    return []


def request_changes(state: Case, fields: Sequence[FieldReason], *, now: datetime) -> Sequence[CaseEvent]:
    """Send the request back before any ballot; ends the case. Raises CaseNotOpen, CaseIsPaused, DeadlinePassed, ReviewHasBegun.

    Raises PanelJudgesAsSubmitted for a panel's case (REQ-13).
    """
    if state.appealed is not None:
        raise PanelJudgesAsSubmitted()
    require_open(state, now)
    if any(seat.ballot is not None for seat in state.seats):
        raise ReviewHasBegun()
    return [ChangesRequested(tuple(fields), now)]


def withdraw(
    state: Case | None,
    *,
    id: str,
    request: str,
    revision: int,
    organization: str,
    district: str,
    because: Literal["request_withdrawn", "request_lapsed", "appeal_ended"],
    now: datetime,
) -> Sequence[CaseEvent]:
    """End the case without a decision; before the submission: bar it. After a decision, or repeated: nothing."""
    if state is not None and state.status in ("decided", "changes_requested", "withdrawn"):
        return []
    return [CaseWithdrawn(id, request, revision, organization, district, because, now)]


def draft_summary(state: Case, *, reason: str, subject: str, now: datetime) -> Sequence[CaseEvent]:
    """Draft the reason, again if need be, until it is signed (REV-10). Raises CaseNotClosed, CaseIsPaused."""
    _require_closed(state)
    if state.draft is not None and state.draft.reason == reason:
        return []
    edition = 1 if state.draft is None else state.draft.edition + 1
    return [SummaryDrafted(Draft(reason, edition, now), subject, now)]


def sign(
    state: Case, *, subject: str, edition: int | None, standing: KnownStanding, now: datetime
) -> Sequence[CaseEvent]:
    """Sign the drafted reason; the decision issues (REV-10). ``edition``: the draft that was read, None: whichever.

    Raises CaseNotClosed, CaseIsPaused, NotTheSigner, NoDraft, DraftChanged.
    """
    _require_closed(state)
    who = signer(state.seats)
    if who is None or who.holder != subject:
        raise NotTheSigner()
    if state.draft is None:
        raise NoDraft()
    if edition is not None and edition != state.draft.edition:
        raise DraftChanged(edition=state.draft.edition)
    if not standing.may_be_decided:
        raise CaseIsPaused()
    return [DecisionIssued(Decision(state.draft.reason, True, who.kind, now, standing.sequence), now)]


def issue_unsigned(state: Case, *, standing: KnownStanding, now: datetime) -> Sequence[CaseEvent]:
    """When the term for signing has passed, issue noting that it is unsigned (REV-10); a bad standing pauses instead."""
    if state.status != "closed" or state.sign_by is None or now < state.sign_by:
        return []
    if not standing.may_be_decided:
        return apply_standing(state, standing, now=now)
    reason = UNSIGNED_REASON if state.draft is None else state.draft.reason
    return [DecisionIssued(Decision(reason, False, None, now, standing.sequence), now)]


def _same(form: BallotForm, ballot: Ballot) -> bool:
    """Tell whether the form says what the ballot says already."""
    scores = {score.criterion: score.score for score in ballot.scores}
    comments = {score.criterion: score.comment for score in ballot.scores if score.comment is not None}
    said = (scores, comments, ballot.comment, ballot.vote, ballot.amount)
    return said == (dict(form.scores), dict(form.comments), form.comment, form.vote, form.amount)


def own_seat(state: Case, number: int, subject: str) -> CaseSeat:
    """Return the seat that the person holds. Raises NoSuchSeat, RecusedFromCase, NotYourSeat."""
    seat = state.seat(number)
    if state.shut_out(subject) and seat.declaration_of(subject) is not None:
        raise RecusedFromCase(seat=number)
    if seat.holder != subject:
        raise NotYourSeat(seat=number)
    return seat


def _require_member(seat: CaseSeat, now: datetime) -> None:
    if seat.over(now):
        raise NoLongerMember(seat=seat.seat)


def require_open(state: Case, now: datetime) -> None:
    """Raise CaseIsPaused, CaseNotOpen or DeadlinePassed unless members may declare and vote now."""
    if state.status == "paused":
        raise CaseIsPaused()
    if state.status != "open" or state.deadline is None:
        raise CaseNotOpen(status=state.status)
    if now >= state.deadline:
        raise DeadlinePassed()


def _require_closed(state: Case) -> None:
    if state.status == "paused":
        raise CaseIsPaused()
    if state.status != "closed":
        raise CaseNotClosed(status=state.status)


def close_if_complete(state: Case, now: datetime, calendar: WorkingCalendar) -> Sequence[CaseEvent]:
    """Stall a base that became too small, or except it for headquarters; close when all of the base have cast (REV-7).

    While opened ballots are discussed, the last one closes nothing: others may still revise theirs (REV-5).
    """
    base = base_of(state.seats)
    if len(base) < state.terms.rules.quorum.least:
        return [_missed(state, "base_too_small", now, calendar)]
    discussed = state.opened_ballots is not None and not state.opened_ballots.over
    if len(cast_of(state.seats)) == len(base) and not discussed:
        return [_closed(state, now, calendar)]
    return []


def _missed(state: Case, reason: StallReason, now: datetime, calendar: WorkingCalendar) -> CaseEvent:
    """The city office helps once, by substitutes; what is missed then is an exception for headquarters (REV-7)."""
    if state.substituted:
        return CaseExcepted(reason, now)
    return CaseStalled(reason, now, calendar.due(now, state.terms.rules.substitutes_within))


def _closed(state: Case, now: datetime, calendar: WorkingCalendar) -> CaseClosed:
    file = state.file
    result = count(
        state.seats,
        file.criteria,
        asked=file.amount_asked,
        ceiling=file.ceiling,
        closed_at=now,
        standing_sequence=state.standing_sequence,
    )
    return CaseClosed(result, calendar.due(now, state.terms.rules.sign_within), now)
