"""What a book's next entry may be (BUD-2 to BUD-8).

``next_entry`` is the whole decision: from the book's tail and a command it returns the draft of the one entry to insert, or an outcome
without entry. What is ``owed`` comes first: a waiter who is due is served, a closed book empties itself; the writer asks for it.

A new kind of entry: its name in ``entries.Kind``, its command with a line in ``_DECISIONS``, its event in ``outbound/announce.py``, and
its rule in ``ops/verify``. The fold (``fold.py``) follows postings and ``subject_after`` of any kind.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from services.budget.domain import (
    allotting,
    closing,
    earmarking,
    holding,
    ineligible,
    limits,
    payment_orders,
    payments,
    ranking,
    withdrawing,
)
from services.budget.domain.closing_commands import CloseYear, PassCarried, ReceiveCarried
from services.budget.domain.commands import (
    Allot,
    Appropriate,
    Command,
    Commit,
    LimitCommitment,
    OpenBook,
    Pause,
    ReceiveAllotment,
    Release,
    Reserve,
    Resume,
    ReturnCommitment,
    Walk,
)
from services.budget.domain.entries import Draft, Nothing
from services.budget.domain.fold import Book, BrokenBook
from services.budget.domain.hold_commands import EndHold, Hold
from services.budget.domain.ineligible_commands import AcceptDocuments, FindIneligible, WriteOff
from services.budget.domain.moving_commands import ReceiveWithdrawal, Withdraw
from services.budget.domain.payment_commands import OrderPayments, PaymentCommand
from services.budget.domain.ranking_commands import RankProgramme
from services.budget.domain.refusals import BookExists, BookNotFound, NotThisBook
from services.budget.domain.subject import Subject, SubjectState
from services.budget.domain.terms import CITY_PARTS, DISTRICT_PARTS, Opening
from services.budget.domain.waiting import due, first_claim, may_make_due, serve
from shared.contracts.refusals import Refusal

__all__ = [
    "CITY_PARTS",
    "DISTRICT_PARTS",
    "Book",
    "BrokenBook",
    "Nothing",
    "Opening",
    "Subject",
    "SubjectState",
    "due",
    "first_claim",
    "may_make_due",
    "next_entry",
    "owed",
    "serve",
]

_OF_CITY: Final[tuple[type, ...]] = (Appropriate, Allot, ReceiveWithdrawal, PassCarried)
"""Commands for the city's book; all others are for a district's."""

_DECISIONS: Final[Mapping[type, Callable[[Any, Book], Draft | Nothing | Refusal]]] = {
    Appropriate: allotting.appropriate,
    Allot: allotting.allot,
    ReceiveAllotment: allotting.receive_allotment,
    Withdraw: withdrawing.withdraw,
    ReceiveWithdrawal: withdrawing.receive_withdrawal,
    FindIneligible: ineligible.find,
    AcceptDocuments: ineligible.accept_documents,
    WriteOff: ineligible.write_off,
    RankProgramme: ranking.rank,
    OrderPayments: payment_orders.order,
    CloseYear: closing.close_year,
    PassCarried: closing.pass_carried,
    ReceiveCarried: closing.receive_carried,
    Reserve: earmarking.reserve,
    Commit: earmarking.commit,
    Release: earmarking.release,
    LimitCommitment: limits.limit,
    Hold: holding.hold,
    EndHold: holding.end_hold,
    Pause: earmarking.pause,
    Resume: earmarking.resume,
    ReturnCommitment: earmarking.return_commitment,
}


def next_entry(book: Book, command: Command) -> Draft | Nothing | Refusal:
    """Decide: the draft of the one next entry, nothing to do, or a refusal (returned, not raised: one of many in a batch)."""
    if isinstance(command, OpenBook):
        return _open(book, command)
    if book.opening is None:
        return BookNotFound(book=book.id)
    if isinstance(command, Walk):
        return Nothing()
    if book.next_book is not None and (answer := closing.of_closed(book, command)) is not None:
        return answer
    if isinstance(command, _OF_CITY) != (book.opening.district is None) and not isinstance(command, CloseYear):
        return NotThisBook(book=book.id)
    if isinstance(command, PaymentCommand):
        return payments.decide(command, book)
    return _DECISIONS[type(command)](command, book)


def owed(book: Book) -> Draft | None:
    """Return the only legal next entry, if there is one: an award after an appeal is reserved (REQ-13), who waits and is due is
    served (BUD-5), a closed book empties itself (BUD-9)."""
    if book.turning is not None:
        return holding.turned(book)
    if book.next_book is not None:
        return closing.next_out(book)
    if book.opening is None or (request := due(book)) is None:
        return None
    return serve(book, request)


def _open(book: Book, command: OpenBook) -> Draft | Refusal:
    if book.opening is not None:
        return BookExists(book=book.id)
    facts: dict[str, Any] = {"fiscal_year": command.fiscal_year, "currency": command.currency}
    if command.district is not None:
        facts |= {
            "district": command.district,
            "waiting_rule": command.waiting_rule,
            "max_skips": command.max_skips,
        }
        if command.third_approval_above is not None:
            facts["third_approval_above"] = str(command.third_approval_above)  # text: an amount, as in a download
    return Draft(command.ids[0], "opening", 0, facts=facts)
