"""A question about a dated call, and the office's answer, which goes to all (REQ-2).

Who asked stays inside: it is in history, for the office's own records, and in no view and no event's data.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.requests.domain.programme import Programme
from shared.contracts.refusals import Refusal

QuestionStatus = Literal["asked", "answered"]


@dataclass(frozen=True)
class Question:
    """State of one question. text: as asked; published: the wording that goes to all with the answer, once there is one."""

    id: str
    programme: str
    status: QuestionStatus
    text: str
    asked_by: str
    asked_at: datetime
    published: str | None = None
    answer: str | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True)
class QuestionAsked:
    """Somebody asked."""

    question: str
    programme: str
    text: str
    by: str
    at: datetime


@dataclass(frozen=True)
class QuestionAnswered:
    """The office answered, or corrected its answer; ``text`` is the question as published."""

    text: str
    answer: str
    at: datetime


Event = QuestionAsked | QuestionAnswered
EVENTS = (QuestionAsked, QuestionAnswered)


class QuestionsOnlyOfCalls(Refusal):
    """A rolling programme, or one that is not open, takes no questions."""

    code = "questions_only_of_calls"


class QuestionsClosed(Refusal):
    """The time for questions ended before the deadline."""

    code = "questions_closed"


def ask(state: Question | None, *, id: str, programme: Programme, text: str, by: str, now: datetime) -> Sequence[Event]:
    """Ask, from the opening of a dated call until its questions close. A repeat does nothing.

    Raises QuestionsOnlyOfCalls, QuestionsClosed.
    """
    if state is not None:
        return []
    until = programme.terms.questions_close
    if programme.status == "draft" or until is None:
        raise QuestionsOnlyOfCalls(kind=programme.terms.kind)
    if programme.status != "open" or until <= now:
        raise QuestionsClosed(until=until.isoformat())
    return [QuestionAsked(id, programme.id, text, by, now)]


def answer(state: Question, *, text: str | None, answer: str, now: datetime) -> Sequence[Event]:
    """Answer, or correct the answer. ``text``: the question in words for all; None: as asked, or as published before."""
    published = text or state.published or state.text
    if (state.published, state.answer) == (published, answer):
        return []
    return [QuestionAnswered(published, answer, now)]


def evolve(state: Question | None, event: Event) -> Question:
    """Return the state after the event."""
    if isinstance(event, QuestionAsked):
        return Question(event.question, event.programme, "asked", event.text, event.by, event.at)
    assert state is not None  # noqa: S101 - the first event is QuestionAsked
    return replace(state, status="answered", published=event.text, answer=event.answer, answered_at=event.at)
