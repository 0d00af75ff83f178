"""Money that a district gives back: to the city, or through the city to another district (BUD-3)."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from services.budget.domain.moving_commands import Withdraw, Withdrawal
from services.budget.outbound.store import Entries
from services.budget.outbound.writer import Journal
from services.budget.usecases.between_books import return_withdrawn
from services.budget.usecases.books import same_currency, still_open
from services.budget.usecases.orders import Orders, answer, required
from shared.contracts.envelope import Cause
from shared.contracts.ids import city_book, district_book
from shared.storage.ports import Command, Stored, Unavailable
from shared.web.caller import Caller


@dataclass(frozen=True, slots=True)
class WithdrawalOrder:
    """Available money to be taken out of a district's book. ``to``: the district that gets it; None: the city."""

    fiscal_year: str
    district: str
    amount: int
    reason: str
    to: str | None = None
    currency: str | None = None
    """What the caller takes the books' currency to be; None: not said."""


class WithdrawalUseCases:
    """Commands need the role city_office."""

    def __init__(self, journal: Journal, entries: Entries) -> None:
        self._journal = journal
        self._orders = Orders(journal, entries)

    async def withdraw(self, order: WithdrawalOrder, *, caller: Caller, command: Command, cause: Cause) -> Stored[None]:
        """Take available money out of a district's book; it is unallotted again, or allotted to the other district.

        Raises Forbidden, BookNotFound (city's or a district's), CurrencyDiffers, BookClosed, InsufficientAvailable,
        IdempotencyKeyReused.
        """
        caller.require_whole_city("city_office")
        key = await self._orders.key(command)
        year = order.fiscal_year
        city = await self._orders.book(city_book(year))
        same_currency(city, order.currency)
        for district in (order.district, *(() if order.to is None else (order.to,))):
            same_currency(await self._orders.book(district_book(district, year)), city.terms.currency)
        if order.to is not None:  # what got on its way all the same comes back
            still_open(await self._orders.book(district_book(order.to, year)))
        receipt = await self._orders.submit(
            Withdraw(district_book(order.district, year), key, command.digest, order.amount, order.reason, order.to),
            cause,
        )
        entry = required(receipt.entry)
        with suppress(Unavailable):  # the money has left the district's book; then the sweep brings it on
            left = Withdrawal(key, entry["amount"], entry["facts"].get("to"))
            await return_withdrawn(self._journal, year, [(order.district, left)], cause)
        body: dict[str, Any] = {"id": key, "status": "made", "amount": entry["amount"], "currency": city.terms.currency}
        return answer(entry, receipt.repeated, body)
