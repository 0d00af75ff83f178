"""The close of a year: one entry decides, and from then on the only legal entries empty the book into the next one (BUD-9)."""

from typing import Any, Final, cast

from services.budget.domain.closing_commands import CloseYear, PassCarried, ReceiveCarried
from services.budget.domain.commands import (
    Command,
    Commit,
    LimitCommitment,
    Pause,
    ReceiveAllotment,
    Release,
    Reserve,
    Resume,
    ReturnCommitment,
)
from services.budget.domain.entries import Draft, Nothing, digest_of
from services.budget.domain.fold import Book
from services.budget.domain.hold_commands import EndHold, Hold
from services.budget.domain.moving_commands import ReceiveWithdrawal
from services.budget.domain.refusals import BookClosed, FindingsOpen, NotReadyToClose, RankingDue
from services.budget.domain.subject import Subject
from services.budget.domain.withdrawing import leaving
from shared.contracts.ids import derive_id
from shared.contracts.refusals import Refusal

_ARRIVES: Final = (ReceiveAllotment, ReceiveWithdrawal, PassCarried, ReceiveCarried)
"""What has left another book has to come in; from a closed one it goes on at once."""

_STANDS: Final = (Pause, Resume, ReturnCommitment)
_MONEY_OF: Final = {"waiting": None, "reserved": "reserved", "committed": "committed"}
"""What goes on, and in which part its money is."""


def close_year(command: CloseYear, book: Book) -> Draft | Nothing | Refusal:
    """Close: nothing may be pending at the bank or held for an appeal."""
    pending, held = book.balances.get("pending", 0), book.balances.get("held", 0)
    if pending or held:
        return NotReadyToClose(book=book.id, pending=pending, held=held, currency=book.terms.currency)
    amount = sum(finding.open for finding in book.findings.values())
    if amount:
        return FindingsOpen(book=book.id, amount=amount, currency=book.terms.currency)
    for ranking in book.unranked.values():
        return RankingDue(book=book.id, programme=ranking.programme)
    return Draft(command.ids[0], "year_closed", 0, facts={"next_book": command.next_book})


def of_closed(book: Book, command: Command) -> Nothing | Refusal | None:
    """Return the answer of a closed book; None: it may come in still.

    What is asked of a request that ended here asks for nothing any more. All else about requests is for the next book.
    """
    if isinstance(command, _ARRIVES):
        return None
    if isinstance(command, _STANDS):
        return Nothing()
    if isinstance(command, Reserve | Commit | Release | LimitCommitment | Hold | EndHold):
        known = book.subjects.get(command.request)
        if known is not None and known.state != "carried":
            return Nothing()
    return BookClosed(book=book.id, next_book=book.next_book or "")


def next_out(book: Book) -> Draft | None:
    """Return what has to leave the closed book next: the waiting in their order, the others, then what is available."""
    for request in book.waiting:
        return _out(book, book.subjects[request])
    for subject in book.subjects.values():
        if subject.state in _MONEY_OF:
            return _out(book, subject)
    available = book.balances.get("available", 0)
    if not available:
        return None
    key = derive_id("close", book.id, str(book.seq))
    draft = leaving(key, available, "year_closed")
    return Draft(**{**_fields(draft), "digest": digest_of(["close", book.id, book.seq])})


def _fields(draft: Draft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in draft.__slots__}


def _out(book: Book, subject: Subject) -> Draft:
    part, amount = _MONEY_OF[subject.state], subject.unpaid
    paid = [p.instalment for p in book.payments.values() if p.request == subject.request and p.state == "paid"]
    facts = {
        "organization": subject.organization,
        "state": subject.state,
        "paused": subject.paused,
        "standing_sequence": subject.standing,
        "since": subject.since,
        "approval": subject.digest,
        "skips": book.waiting.get(subject.request, 0),
        "instalments": sorted({*subject.taken, *paid}),
        "paid_before": str(subject.paid_before + subject.paid),  # text: an amount, as in a download
        "next_book": book.next_book,
    }
    return Draft(
        f"carry:{subject.request}:out:{book.id}",
        "carried_out",
        amount,
        (("allotted", part),) if part is not None and amount else (),
        subject.request,
        {"state": "carried", "paused": False},
        facts,
        digest_of(["carry", book.id, subject.request]),
    )


def pass_carried(command: PassCarried, book: Book) -> Draft | Nothing | Refusal:
    """Take it over in the city's next book, so that it can come back there when it is not used."""
    facts = {"from_book": command.from_book}
    moved = (("allotted", "appropriated"),)
    return Draft(command.ids[0], "carried_through", command.amount, moved, command.request, facts=facts)


def receive_carried(command: ReceiveCarried, book: Book) -> Draft | Nothing | Refusal:
    """Enter what a request brings from the year before."""
    what = command.carried
    part = _MONEY_OF[what.state]
    facts = {
        "organization": what.organization,
        "state": what.state,
        "standing_sequence": what.standing,
        "since": what.since,
        "approval": what.approval,
        "skips": what.skips,
        "instalments": list(what.instalments),
        "paid_before": str(what.paid_before),
        "from_book": command.from_book,
    }
    return Draft(
        command.ids[0],
        "carried_in",
        what.amount,
        ((part, "allotted"),) if part is not None and what.amount else (),
        what.request,
        cast(dict[str, str | bool], {"state": what.state, "paused": what.paused}),
        facts,
    )
