"""Obstacles to participation (مانع مشارکت): reported, assigned to an office, answered within a term, published (REV-16)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.review.domain.opening import KnownStanding
from services.review.domain.published_text import holds_personal_number
from shared.contracts.participation import ObstacleStatus, OfficeRole
from shared.contracts.refusals import FieldError, InvalidFields, Refusal


class NoStanding(Refusal):
    """The organisation has no standing now, so it reports nothing."""

    code = "no_standing"
    kind = "forbidden"


class ObstacleAnsweredAlready(Refusal):
    """An answer is published and stays."""

    code = "obstacle_answered_already"


class ObstacleNotAssigned(Refusal):
    """No office has it yet."""

    code = "obstacle_not_assigned"


class NotAssignedToYou(Refusal):
    """Another person or role is to answer."""

    code = "not_assigned_to_you"
    kind = "forbidden"


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reported: somebody acting for an organisation, whose standing is noted by its sequence (I9), or sitting on a council."""

    subject: str
    organization: str | None = None
    standing_sequence: int | None = None
    council: str | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which office has it, by name, and who answers: one person (the ``sub`` of the tokens) or whoever has a role there."""

    office: str
    person: str | None
    role: OfficeRole | None


@dataclass(frozen=True, slots=True)
class PublishedAnswer:
    """What everybody reads. ``question``: edited for the public where it named somebody."""

    question: str
    answer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Obstacle:
    """An obstacle. ``answer_by``: end of its term; ``overdue``: it passed without an answer, which stays noted."""

    id: str
    district: str
    question: str
    reporter: Reporter
    reported_at: datetime
    answer_by: datetime
    status: ObstacleStatus = "reported"
    assignment: Assignment | None = None
    published: PublishedAnswer | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class ObstacleReported:
    """Somebody with standing, or of a council, told of it."""

    id: str
    district: str
    question: str
    reporter: Reporter
    answer_by: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ObstacleAssigned:
    """An office has it, for the first time or instead of another. The term goes on."""

    assignment: Assignment
    at: datetime


@dataclass(frozen=True, slots=True)
class ObstacleOverdue:
    """The term passed without an answer (REQ-14)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ObstacleAnswered:
    """The answer is published."""

    published: PublishedAnswer
    at: datetime


ObstacleEvent = ObstacleReported | ObstacleAssigned | ObstacleOverdue | ObstacleAnswered


def require_standing(standing: KnownStanding | None) -> KnownStanding:
    """Return the standing by which an organisation may report. Raises NoStanding."""
    if standing is None or not standing.may_be_decided:
        raise NoStanding(reason="unknown" if standing is None else standing.reason)
    return standing


def report(
    state: Obstacle | None,
    *,
    id: str,
    district: str,
    question: str,
    reporter: Reporter,
    answer_by: datetime,
    now: datetime,
) -> Sequence[ObstacleEvent]:
    """Report an obstacle, once."""
    return [] if state is not None else [ObstacleReported(id, district, question, reporter, answer_by, now)]


def assign(state: Obstacle, assignment: Assignment, *, now: datetime) -> Sequence[ObstacleEvent]:
    """Give it to an office; its term does not begin anew. Raises ObstacleAnsweredAlready, InvalidFields."""
    if (assignment.person is None) == (assignment.role is None):
        raise InvalidFields(errors=[FieldError("/person", "person_or_role")])
    if state.published is not None:
        raise ObstacleAnsweredAlready
    return [] if state.assignment == assignment else [ObstacleAssigned(assignment, now)]


def answer(state: Obstacle, *, question: str | None, answer: str, now: datetime) -> Sequence[ObstacleEvent]:
    """Answer for everybody to read; ``question`` replaces the one that was typed. A term that passed meanwhile is noted first.

    Raises ObstacleAnsweredAlready, ObstacleNotAssigned, InvalidFields (a person's number in a text).
    """
    if state.published is not None:
        raise ObstacleAnsweredAlready
    if state.assignment is None:
        raise ObstacleNotAssigned
    published = PublishedAnswer(question or state.question, answer, now)
    texts = {"/question": published.question, "/answer": published.answer}
    errors = [FieldError(pointer, "personal_number") for pointer, text in texts.items() if holds_personal_number(text)]
    if errors:
        raise InvalidFields(errors=errors)
    return [*note_breach(state, now), ObstacleAnswered(published, now)]


def note_breach(state: Obstacle, now: datetime) -> Sequence[ObstacleEvent]:
    """Note once that the term passed without an answer."""
    if state.published is not None or state.overdue or now < state.answer_by:
        return []
    return [ObstacleOverdue(now)]


def next_due(state: Obstacle) -> datetime | None:
    """Return when the term ends, for the sweep; None once it is answered or noted."""
    return None if state.published is not None or state.overdue else state.answer_by


def evolve(state: Obstacle | None, event: ObstacleEvent) -> Obstacle:
    """Apply one event."""
    if isinstance(event, ObstacleReported):
        return Obstacle(event.id, event.district, event.question, event.reporter, event.at, event.answer_by)
    if state is None:
        raise AssertionError("an obstacle begins with being reported")
    if isinstance(event, ObstacleAssigned):
        return replace(state, status="assigned", assignment=event.assignment)
    if isinstance(event, ObstacleOverdue):
        return replace(state, overdue=True)
    return replace(state, status="answered", published=event.published)
