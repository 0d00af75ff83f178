"""What all orders of persons share: the key that belongs to caller and Idempotency-Key, and the answer made of the stored entry."""

from typing import Any, Final

from services.budget.domain.book import Book
from services.budget.domain.commands import Command as BookCommand
from services.budget.domain.entries import Entry
from services.budget.domain.refusals import BookNotFound, EntryConflict
from services.budget.outbound.store import Entries
from services.budget.outbound.writer import Journal, Receipt
from shared.contracts.envelope import Cause
from shared.contracts.ids import derive_id
from shared.storage.ports import Command, IdempotencyKeyReused, Stored

KEYED: Final = (
    "open:{}",
    "appropriate:{}",
    "allot:{}:out",
    "withdraw:{}:out",
    "close:{}",
    "rank:{}",
    "prepare:{}",
    "approve:{}",
    "pay:{}",
    "fail:{}",
    "giveup:{}",
    "refund:{}",
    "order:{}",
    "ineligible:{}",
    "documented:{}",
    "writeoff:{}",
)
"""Business keys of the entries that orders make."""


class Orders:
    """The way from an order to its entry."""

    def __init__(self, journal: Journal, entries: Entries) -> None:
        self._journal = journal
        self._entries = entries

    async def key(self, command: Command) -> str:
        """Return the id that belongs to caller and Idempotency-Key. Raises IdempotencyKeyReused if another call used it."""
        key = derive_id("budget", command.subject, command.key)
        for entry in await self._entries.find([form.format(key) for form in KEYED]):
            if entry["digest"] != command.digest:
                raise IdempotencyKeyReused
        return key

    async def submit(self, order: BookCommand, cause: Cause) -> Receipt:
        """Have the order written. Raises its refusal, or IdempotencyKeyReused."""
        try:
            return await self._journal.submit(order, cause)
        except EntryConflict as conflict:  # the same key at the same moment with another body
            raise IdempotencyKeyReused from conflict

    async def book(self, id: str) -> Book:
        """Return the book. Raises BookNotFound."""
        found = await self._journal.book(id)
        if found is None:
            raise BookNotFound(book=id)
        return found


def required(entry: Entry | None) -> Entry:
    """Return the entry that an order always makes."""
    if entry is None:
        raise RuntimeError("an order of a person always makes an entry")
    return entry


def answer(entry: Entry | None, repeated: bool, body: dict[str, Any]) -> Stored[None]:
    """The answer is made of the entry, which never changes: a repeat gets the first one."""
    seq = required(entry)["seq"]
    return Stored(
        id=body["id"], version=seq, state=None, sequence=seq, answer={**body, "version": seq}, replayed=repeated
    )
