"""Money of a district's book that is held while an admitted appeal lasts, and what becomes of it (REQ-13, BUD-3).

An appeal that ends without an award gives it back. An award is reserved by the next entry, before anybody who waits is served: until
then nothing else can be written (``owed``), so what was held for it cannot be lost to another.
"""

from typing import Any

from services.budget.domain import earmarking
from services.budget.domain.commands import Reserve
from services.budget.domain.entries import Draft, Nothing, digest_of
from services.budget.domain.fold import Book
from services.budget.domain.hold_commands import Award, EndHold, Hold
from services.budget.domain.subject import Subject
from services.budget.domain.waiting import first_claim


def hold(command: Hold, book: Book) -> Draft | Nothing:
    """Hold what is disputed, or what there is of it. After the end of the appeal, or without available money: nothing."""
    amount = min(command.amount, book.balances["available"])
    if command.request in book.appeals_over or amount <= 0 or command.currency != book.terms.currency:
        return Nothing()
    facts = {"disputed": str(command.amount)}  # not whose it is: of a refusal that is not public
    return Draft(command.ids[0], "hold_made", amount, (("held", "available"),), command.request, facts=facts)


def end_hold(command: EndHold, book: Book) -> Draft:
    """Give back what is held, also if it is nothing: the entry says that the appeal is over, and what is awarded."""
    held = book.holds.get(command.request, 0)
    facts: dict[str, Any] = {"reason": command.reason}
    known, award = book.subjects.get(command.request), command.award
    if award is not None:
        total = _total(book, known, award, held)
        if total is not None:
            facts["award"] = {
                "organization": command.organization,
                "revision": award.revision,
                "amount": str(total),
                "currency": award.currency,
                "allowed": award.allowed,
                "standing_sequence": award.standing_sequence,
                "held": str(held),
            }
    moved = (("available", "held"),) if held else ()
    return Draft(command.ids[0], "hold_released", held, moved, command.request, facts=facts)


def turned(book: Book) -> Draft | None:
    """Return the entry that the award of an ended hold asks for, if one does."""
    if book.turning is None:
        return None
    request, facts = book.turning
    amount, known = int(facts["amount"]), book.subjects.get(request)
    if known is not None and known.state in ("waiting", "reserved"):
        return _raised(known, amount)
    reserve = Reserve(
        book=book.id,
        request=request,
        revision=facts["revision"],
        organization=facts["organization"],
        amount=amount,
        currency=facts["currency"],
        allowed=facts["allowed"],
        standing_sequence=facts["standing_sequence"],
        held=int(facts["held"]),
    )
    draft = earmarking.reserve(reserve, book)
    if not isinstance(draft, Draft):
        raise AssertionError(f"{book.id}: the award to {request} asks for no entry")
    return Draft(**{**{name: getattr(draft, name) for name in draft.__slots__}, "digest": reserve.digest})


def _total(book: Book, known: Subject | None, award: Award, held: int) -> int | None:
    """Return what the request is to have in all; None: the award asks for nothing (more), or the request was given up meanwhile.

    A reservation is raised by what was held and what nobody has a claim to, and no more: it is never given up for a larger one.
    """
    if known is None:
        return award.amount
    if known.state not in ("waiting", "reserved") or award.currency != book.terms.currency:
        return None
    total = award.amount
    if known.state == "reserved":
        free = book.balances["available"] if first_claim(book) is None else 0
        total = min(total, known.amount + held + free)
    return total if total > known.amount else None


def _raised(known: Subject, total: int) -> Draft:
    more = total - known.amount
    return Draft(
        f"raise:{known.request}",
        "reservation_raised",
        more,
        (("reserved", "available"),) if known.state == "reserved" else (),
        known.request,
        {"state": known.state, "paused": known.paused},
        {"organization": known.organization, "remains": str(total), "standing_sequence": known.standing},
        digest_of(["raise", known.request, str(total)]),
    )
