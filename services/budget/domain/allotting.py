"""Money on its way to the districts: appropriated, allotted, received (BUD-3, BUD-4)."""

from services.budget.domain.commands import Allot, Appropriate, ReceiveAllotment
from services.budget.domain.entries import Draft, Nothing
from services.budget.domain.fold import Book
from services.budget.domain.refusals import AmountTooLarge, InsufficientUnallotted
from shared.contracts.money import MAX_AMOUNT
from shared.contracts.refusals import Refusal


def appropriate(command: Appropriate, book: Book) -> Draft | Nothing | Refusal:
    """Enter the council's money: never more than 64 bits can count."""
    if book.balances["appropriated"] + command.amount > MAX_AMOUNT:
        return AmountTooLarge(limit=MAX_AMOUNT)
    facts = {
        "approval_number": command.approval_number,
        "approved_on": command.approved_on,
        "budget_code": command.budget_code,
    }
    return Draft(command.ids[0], "appropriation", command.amount, (("unallotted", "appropriated"),), facts=facts)


def allot(command: Allot, book: Book) -> Draft | Nothing | Refusal:
    """Send money to districts: all shares or none."""
    total = sum(share.amount for share in command.shares)
    unallotted = book.balances["unallotted"]
    if total > unallotted:
        return InsufficientUnallotted(amount=total, unallotted=unallotted, currency=book.terms.currency)
    shares = [{"allotment": s.allotment, "district": s.district, "amount": s.amount} for s in command.shares]
    facts = {"shares": shares, "remainder": command.remainder}
    return Draft(command.ids[0], "allotment_out", total, (("allotted", "unallotted"),), command.key, facts=facts)


def receive_allotment(command: ReceiveAllotment, book: Book) -> Draft | Nothing | Refusal:
    """Enter in the district's book what has left the city's."""
    facts = {} if command.origin is None else {"from": command.origin}
    return Draft(
        command.ids[0], "allotment_in", command.amount, (("available", "allotted"),), command.allotment, facts=facts
    )
