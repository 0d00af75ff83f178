"""How requests keeps its nouns: one document per programme, question and request, and the copies of others' state."""

from dataclasses import dataclass
from typing import Final

from services.requests.domain import place, programme, question, request, request_steps, shared_ceilings
from services.requests.outbound.announce import announce_programme, announce_question, announce_request
from shared.storage.ports import AggregateKind, Copies

PROGRAMMES: Final = AggregateKind[programme.Programme, programme.Event](
    noun="programme",
    collection="programmes",
    state=programme.Programme,
    events=programme.EVENTS,
    evolve=programme.evolve,
    announce=announce_programme,
    due_at=programme.due_at,
)

PLACES: Final = AggregateKind[place.Place, place.Event](
    noun="place",
    collection="places",
    state=place.Place,
    events=place.EVENTS,
    evolve=place.evolve,
    announce=lambda _state, _event: [],
)

CEILINGS: Final = AggregateKind[shared_ceilings.SharedCeiling, shared_ceilings.Event](
    noun="ceiling",
    collection="ceilings",
    state=shared_ceilings.SharedCeiling,
    events=shared_ceilings.EVENTS,
    evolve=shared_ceilings.evolve,
    announce=lambda _state, _event: [],
)

QUESTIONS: Final = AggregateKind[question.Question, question.Event](
    noun="question",
    collection="questions",
    state=question.Question,
    events=question.EVENTS,
    evolve=question.evolve,
    announce=announce_question,
)

REQUESTS: Final = AggregateKind[request.SupportRequest, request.Event](
    noun="request",
    collection="requests",
    state=request.SupportRequest,
    events=request.EVENTS,
    evolve=request.evolve,
    announce=announce_request,
    due_at=request_steps.due_at,
)

COPIES: Final = ("standings", "districts", "rule_sets", "priority_lists", "books", "book_heads")
"""Collections of copies; the names are those of the fields of Copied."""


@dataclass(frozen=True)
class Copied:
    """The copies of others' state, by what they are of.

    standings: id = organisation; sequence = the standing's.
    districts: id = district.
    rule_sets: id = ``<id>@<version>``; a version never changes.
    priority_lists: id = ``city`` or ``district:<id>``; sequence = the list's version, so the newest list is in force.
    books: id = book.
    book_heads: every head that was announced, kept for ever and never replaced; ids in usecases/heads.py.
    """

    standings: Copies
    districts: Copies
    rule_sets: Copies
    priority_lists: Copies
    books: Copies
    book_heads: Copies
