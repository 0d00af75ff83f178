"""Ranked calls: who is approved waits until the call is ranked, then all come on the list by rank (BUD-5)."""

from services.budget.domain.entries import Draft, Nothing
from services.budget.domain.fold import Book
from services.budget.domain.ranking_commands import RankProgramme
from services.budget.domain.refusals import AlreadyRanked
from shared.contracts.refusals import Refusal


def rank(command: RankProgramme, book: Book) -> Draft | Nothing | Refusal:
    """Rank a call, once: by mean score × topic weight, then by submission, then by id.

    Those who wait for it come after who waits already; from now on the book's own rule serves them, also who is approved later.
    """
    if command.programme in book.ranked:
        return AlreadyRanked(programme=command.programme)
    rivals = [(r, ranking) for r, ranking in book.unranked.items() if ranking.programme == command.programme]
    rivals.sort(key=lambda rival: (-rival[1].points, rival[1].submitted_at, rival[0]))
    facts = {"programme": command.programme, "order": [request for request, _ in rivals]}
    return Draft(command.ids[0], "programme_ranked", 0, (), command.programme, facts=facts)
