"""The one way entries are written: per book one writer that batches what waits (DESIGN.md, "Money: a journal that cannot fork").

A batch: look up the commands' business keys; those stored already answer from their entries. The rest are decided one after another from
the book's tail and inserted in order at seq + 1…, so one insert is check, balance, entry and hash link at once. If a key or place is taken,
or the reply is lost, the tail is dropped, everything is looked up again and the rest is decided on the new tail.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import Final

from services.budget.domain.book import Book, BrokenBook, Nothing, may_make_due, next_entry, owed
from services.budget.domain.commands import Command
from services.budget.domain.entries import Draft, Entry, digest_of
from services.budget.domain.refusals import EntryConflict
from services.budget.outbound.store import Entries, LostRace
from shared import telemetry, tracing
from shared.clock import Clock, Ids, new_id
from shared.contracts.envelope import Cause, instant
from shared.contracts.refusals import Refusal
from shared.storage.ports import TooBusy, Unavailable

log = logging.getLogger("sama.journal")

BATCH: Final = 64  # commands; tried: 64 bring most of the gain, more only make each waiter wait longer
MOST_ENTRIES: Final = 256  # of one insert, when one release serves many waiters: some 300 kB
PAGE: Final = 1000  # entries read at once when a book is loaded
RACES: Final = 100  # each lost race means that another writer got on; so many in a row mean something else
LOST_REPLIES: Final = (
    4  # look-ups before the caller hears that the database is away: about two seconds with the driver's own
)
PAUSE_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of a command: its entry (None: there was nothing to do), and whether it was there before."""

    entry: Entry | None
    repeated: bool = False


@dataclass(slots=True)
class _Item:
    command: Command
    cause: Cause
    done: asyncio.Future[Receipt]

    def answer(self, outcome: Receipt | Exception) -> None:
        if self.done.done():
            return  # the caller went away
        if isinstance(outcome, Receipt):
            self.done.set_result(outcome)
        else:
            self.done.set_exception(outcome)


@dataclass(slots=True)
class _Line:
    """One book's queue and tail. A stale tail is brought up to date before it is used: at first, and after every error."""

    id: str
    tail: Book
    stale: bool = True
    pending: deque[_Item] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None


@dataclass(slots=True)
class _Plan:
    """What a batch wants to insert, and what each of its commands will be answered if that works."""

    book: Book
    entries: list[Entry] = field(default_factory=list)
    answers: list[tuple[_Item, Receipt | Exception]] = field(default_factory=list)
    left: list[_Item] = field(default_factory=list)


class Journal:
    """All books, as this process knows them. ``written`` is told of every entry this process inserted, in order of each book."""

    def __init__(
        self,
        entries: Entries,
        clock: Clock,
        *,
        salts: Ids = new_id,
        written: Callable[[str, Sequence[Entry]], None] = lambda _book, _entries: None,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._entries = entries
        self._clock = clock
        self._salts = salts
        self._wait = wait
        self._lines: dict[str, _Line] = {}
        self.written = written

    async def submit(self, command: Command, cause: Cause) -> Receipt:
        """Have the command decided and written. Raises its Refusal, EntryConflict, TooBusy, or Unavailable (outcome unknown)."""
        line = self._line(command.book)
        cause = tracing.caused(cause, "book")
        item = _Item(command, cause, asyncio.get_running_loop().create_future())
        line.pending.append(item)
        if line.task is None:
            line.task = asyncio.create_task(self._drain(line), name=f"book:{line.id}", context=Context())
        return await item.done

    async def book(self, id: str) -> Book | None:
        """Return the book as the majority has it now, or None if it was never opened. Not to be changed."""
        line = self._line(id)
        book = await self._refreshed(line)
        if book.seq:
            return book
        if line.task is None and not line.pending:
            self._lines.pop(id, None)  # anyone may ask for any id; what does not exist is not remembered
        return None

    async def books(self) -> Sequence[Book]:
        """Return all books as the majority has them now."""
        ids = [opening["book"] for opening in await self._entries.openings()]
        return [await self._refreshed(self._line(id)) for id in ids]

    def known(self) -> Sequence[Book]:
        """Return the books as this process last saw them, without a look at the database."""
        return [line.tail for line in self._lines.values() if line.tail.seq]

    async def start(self) -> None:
        """Nothing to start: a book's writer starts with its first command."""

    async def stop(self) -> None:
        """Let what is being written end; what only waits is answered by the next delivery."""
        tasks = [line.task for line in self._lines.values() if line.task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    def _line(self, id: str) -> _Line:
        return self._lines.setdefault(id, _Line(id, Book(id)))

    async def _drain(self, line: _Line) -> None:
        try:
            while line.pending:
                batch = [line.pending.popleft() for _ in range(min(BATCH, len(line.pending)))]
                try:
                    await self._write(line, batch)
                except Exception as error:
                    line.stale = True
                    if not isinstance(error, Unavailable | TooBusy):
                        log.exception("book %s: a batch failed", line.id)
                    for item in batch:
                        item.answer(error)
        finally:
            line.task = None

    async def _write(self, line: _Line, batch: Sequence[_Item]) -> None:
        """Write a batch to its end: every item is answered, or an error is raised for those that are not."""
        items, lost = list(batch), 0
        for _ in range(RACES):
            try:
                # First the tail, then the look-up: what others write in between makes the insert fail.
                tail = (await self._refreshed(line) if line.stale else line.tail).copy()
                fresh, line.stale = line.stale, False
                items = await self._settled(line, tail, items)
                if line.stale:
                    continue
                plan = self._plan(tail, items)
                if plan.entries:
                    await self._entries.append(plan.entries)
                elif not fresh and items:
                    line.stale = True  # "no" and "nothing to do" are said only from a tail that is the majority's
                    continue
            except LostRace:
                telemetry.JOURNAL_CONFLICTS.labels(_kind_of(line.id)).inc()
                line.stale = True
                continue
            except Unavailable:
                line.stale, lost = True, lost + 1
                if lost >= LOST_REPLIES:
                    raise
                await self._wait(PAUSE_SECONDS * lost)
                continue
            self._stored(line, plan)
            items = plan.left
            if not items and owed(line.tail) is None:
                return
        raise TooBusy

    def _stored(self, line: _Line, plan: _Plan) -> None:
        if line.tail.seq < plan.book.seq:
            line.tail = plan.book
        if plan.entries:
            self.written(line.id, plan.entries)
        for item, answer in plan.answers:
            item.answer(answer)

    async def _refreshed(self, line: _Line) -> Book:
        """Return the tail, brought up to what the majority has: a read of seq > known."""
        try:
            return await self._read_on(line)
        except BrokenBook:
            if not line.tail.seq:
                raise
            log.warning("book %s is not what it was: reading it from the beginning", line.id)
            line.tail = Book(line.id)
            return await self._read_on(line)

    async def _read_on(self, line: _Line) -> Book:
        while True:
            # The known head is read again: a database restored from a backup has another one, or none (F20).
            known, head = line.tail.seq, line.tail.head
            found = await self._entries.after(line.id, max(known - 1, 0), PAGE)
            if known and (not found or found[0]["seq"] != known or found[0]["hash"] != head):
                raise BrokenBook(f"book {line.id} has lost its entry {known}")
            for entry in found:
                if entry["seq"] > line.tail.seq:  # the writer may have got on meanwhile
                    line.tail.apply(entry)
            if len(found) < PAGE:
                return line.tail

    async def _settled(self, line: _Line, tail: Book, items: Sequence[_Item]) -> list[_Item]:
        """Answer the items that are stored already and return the rest. Marks the line stale if its tail is not stored.

        The tail's own entry is looked up with the others: after a database was restored from a backup, a remembered tail would
        leave a gap (F20).
        """
        ids = [id for item in items for id in item.command.ids]
        if tail.head_id:
            ids.append(tail.head_id)
        stored = {entry["_id"]: entry for entry in await self._entries.find(ids)} if ids else {}
        if tail.head_id and stored.get(tail.head_id, {}).get("hash") != tail.head:
            line.stale = True
            return list(items)
        rest = []
        for item in items:
            answer = _answer(item.command, stored, repeated=True)
            if answer is None:
                rest.append(item)
            else:
                item.answer(answer)
        return rest

    def _plan(self, book: Book, items: Sequence[_Item]) -> _Plan:
        plan = _Plan(book)
        planned: dict[str, Entry] = {}
        self._enter_owed(plan, items[0].cause if items else _OWN_CAUSE)
        for place, item in enumerate(items):
            if len(plan.entries) >= MOST_ENTRIES:
                plan.left = list(items[place:])
                break
            answer = _answer(item.command, planned, repeated=True)
            if answer is None:
                answer = self._decide(plan, item)
            if isinstance(answer, Receipt) and answer.entry is not None:
                planned[answer.entry["_id"]] = answer.entry
            plan.answers.append((item, answer))
        return plan

    def _decide(self, plan: _Plan, item: _Item) -> Receipt | Exception:
        decision = next_entry(plan.book, item.command)
        if isinstance(decision, Refusal):
            return decision
        if isinstance(decision, Nothing):
            return Receipt(None)
        entry = self._enter(plan, decision, item.command.digest, item.cause)
        if may_make_due(entry):
            self._enter_owed(plan, item.cause)
        return Receipt(entry)

    def _enter_owed(self, plan: _Plan, cause: Cause) -> None:
        """While something is owed, it is the only legal next entry (BUD-5, BUD-9)."""
        while len(plan.entries) < MOST_ENTRIES and (draft := owed(plan.book)) is not None:
            self._enter(plan, draft, "", cause)

    def _enter(self, plan: _Plan, draft: Draft, digest: str, cause: Cause) -> Entry:
        private = {
            "actor": cause.actor,
            "causation": cause.causation_id,
            "correlation": cause.correlation_id,
            "traceparent": cause.traceparent,
            "salt": self._salts(),
            **draft.private,
        }
        entry = plan.book.seal(
            draft, at=instant(self._clock()), digest=digest, private=private, private_digest=digest_of(private)
        )
        plan.book.apply(entry)
        plan.entries.append(entry)
        return entry


def _kind_of(book: str) -> str:
    kind = book.partition(":")[0]
    return kind if kind in ("city", "district") else "other"


_OWN_CAUSE: Final = Cause("system:budget", "system:budget")


def _answer(command: Command, known: dict[str, Entry], *, repeated: bool) -> Receipt | Exception | None:
    """Return the answer that stored entries give to a command, or None if it has none."""
    found = [known[id] for id in command.ids if id in known]
    if not found:
        return None
    entry = max(found, key=lambda e: int(e["seq"]))
    if entry["digest"] != command.digest:
        return EntryConflict(entry=str(entry["_id"]))
    return Receipt(entry, repeated)
