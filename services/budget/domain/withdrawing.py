"""Money on its way back: from a district's book to the city's, or through it to another district (BUD-3)."""

from typing import Any

from services.budget.domain.entries import Draft, Nothing
from services.budget.domain.fold import Book
from services.budget.domain.moving_commands import ReceiveWithdrawal, Withdraw
from services.budget.domain.refusals import InsufficientAvailable
from shared.contracts.refusals import Refusal


def withdraw(command: Withdraw, book: Book) -> Draft | Nothing | Refusal:
    """Take out what nobody has been promised: held, reserved, committed and paid stay."""
    available = book.balances["available"]
    if command.amount > available:
        return InsufficientAvailable(amount=command.amount, available=available, currency=book.terms.currency)
    return leaving(command.key, command.amount, command.reason, command.to)


def leaving(key: str, amount: int, reason: str, to: str | None = None) -> Draft:
    """Return the entry by which available money leaves a district's book."""
    facts: dict[str, Any] = {"withdrawal": key, "reason": reason}
    if to is not None:
        facts["to"] = to
    kind: Any = "withdrawal_out" if to is None else "transfer_out"
    return Draft(f"withdraw:{key}:out", kind, amount, (("allotted", "available"),), key, facts=facts)


def receive_withdrawal(command: ReceiveWithdrawal, book: Book) -> Draft | Nothing | Refusal:
    """Enter it in the city's book: unallotted again, or, without a stop, a share of the other district."""
    what = command.withdrawal
    facts: dict[str, Any] = {"withdrawal": what.key, "from": command.district}
    if what.to is None:
        return Draft(command.ids[0], "withdrawal_in", what.amount, (("unallotted", "allotted"),), what.key, facts=facts)
    facts["shares"] = [{"allotment": what.key, "district": what.to, "amount": what.amount}]
    return Draft(command.ids[0], "transfer_through", what.amount, (), what.key, facts=facts)
