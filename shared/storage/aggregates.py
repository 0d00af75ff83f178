"""One document per aggregate, one write per decision (DESIGN.md, "State").

``execute`` is the only way state changes: load, decide, fold, and one versioned write that carries state, history and outgoing events
together. A lost race loads and decides again.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import reduce
from typing import Any, Final, Generic

import bson

from shared import telemetry, tracing
from shared.contracts.envelope import Cause, envelop
from shared.contracts.refusals import NotFound
from shared.storage.codec import from_document, to_document
from shared.storage.cursors import decode_cursor, encode_cursor
from shared.storage.ports import (
    AggregateKind,
    Command,
    Document,
    Documents,
    E,
    IdempotencyKeyReused,
    Page,
    Relay,
    S,
    StaleVersion,
    Stored,
    TooBusy,
    TooManyChanges,
    Where,
)

ATTEMPTS: Final = 40  # six ballots, a deadline and a withdrawal at one instant, each by two replicas, and room
RETRY_SECONDS: Final = 0.01  # grows with each lost race; jitter keeps losers from meeting again
HISTORY_LIMIT: Final = (
    8 * 1024 * 1024
)  # bytes; MongoDB's documents end at 16 MiB, and what events and time bring must still fit
RESERVED_FIELDS: Final = frozenset(
    {"_id", "version", "sequence", "history", "history_bytes", "outbox", "unsent_since", "due_at", "raised"}
)


@dataclass(frozen=True)
class HistoryEntry(Generic[E]):
    """One thing that happened to an aggregate: its number, the typed event, when (UTC) and by whom."""

    n: int
    event: E
    at: datetime
    actor: str
    correlation_id: str


class Aggregates(Generic[S, E]):
    """The aggregates of one kind. All methods raise Unavailable while the database is away."""

    def __init__(self, kind: AggregateKind[S, E], documents: Documents, relay: Relay) -> None:
        taken = RESERVED_FIELDS & {field.name for field in fields(kind.state)}  # type: ignore[arg-type]
        if taken:
            raise TypeError(f"{kind.state.__name__} uses reserved field names: {sorted(taken)}")
        self.kind = kind
        self.documents = documents
        self._relay = relay
        self._event_types: Mapping[str, type[E]] = {event.__name__: event for event in kind.events}

    async def get(self, id: str) -> Stored[S] | None:
        """Return the aggregate, or None."""
        document = await self.documents.load(id)
        return None if document is None else self._stored(document)

    async def require(self, id: str) -> Stored[S]:
        """Return the aggregate. Raises NotFound."""
        stored = await self.get(id)
        if stored is None:
            raise NotFound(noun=self.kind.noun, id=id)
        return stored

    async def execute(
        self,
        id: str,
        decide: Callable[[S | None], Sequence[E]],
        *,
        cause: Cause,
        now: datetime,
        command: Command | None = None,
        expected_version: int | None = None,
        answer: Callable[[Stored[S]], Document] | None = None,
    ) -> Stored[S]:
        """Decide on the current state and save the outcome with its events; creates the aggregate if ``decide(None)`` does.

        A repeated command returns the first answer (``replayed``). No events: nothing is written.
        Raises what ``decide`` raises, StaleVersion, IdempotencyKeyReused, DuplicateValue, TooBusy, Unavailable.
        """
        for attempt in range(ATTEMPTS):
            document = await self.documents.load(id)
            if document is not None and command is not None:
                repeated = self._repeated(document, command)
                if repeated is not None:
                    return repeated
            before = None if document is None else self._stored(document)
            if expected_version is not None and (before is None or before.version != expected_version):
                raise StaleVersion(version=before.version if before else 0)
            events = decide(before.state if before else None)
            if not events:
                if before is None:
                    raise NotFound(noun=self.kind.noun, id=id)
                return before if answer is None else replace(before, answer=answer(before))
            after = await self._save(id, document, before, events, cause, now, command, answer)
            if after is not None:
                return after
            telemetry.LOST_RACES.labels(self.kind.collection).inc()
            await asyncio.sleep(random.uniform(0, RETRY_SECONDS * (attempt + 1)))  # noqa: S311 - jitter, not a secret
        raise TooBusy(noun=self.kind.noun, id=id)

    async def change(
        self,
        id: str,
        decide: Callable[[S], Sequence[E]],
        *,
        cause: Cause,
        now: datetime,
        command: Command | None = None,
        expected_version: int | None = None,
        answer: Callable[[Stored[S]], Document] | None = None,
    ) -> Stored[S]:
        """Like ``execute`` for an aggregate that must exist. Raises NotFound otherwise."""

        def decide_existing(state: S | None) -> Sequence[E]:
            if state is None:
                raise NotFound(noun=self.kind.noun, id=id)
            return decide(state)

        try:
            return await self.execute(
                id,
                decide_existing,
                cause=cause,
                now=now,
                command=command,
                expected_version=expected_version,
                answer=answer,
            )
        except StaleVersion as stale:
            if stale.params["version"]:
                raise
            raise NotFound(noun=self.kind.noun, id=id) from stale  # what is not there has no version to be stale

    async def answered(self, id: str, command: Command) -> bool:
        """Tell whether this command was done: a repeat of it changes nothing. Raises IdempotencyKeyReused."""
        document = await self.documents.load(id)
        return document is not None and self._repeated(document, command) is not None

    async def history(self, id: str) -> Sequence[HistoryEntry[E]]:
        """Return what happened, oldest first, as typed events. Empty if there is no such aggregate."""
        return [
            HistoryEntry(
                entry["n"],
                from_document(entry["data"], self._event_types[entry["type"]]),
                entry["at"],
                entry["actor"],
                entry["correlation"],
            )
            for entry in await self.documents.history(id)
        ]

    async def due(self, now: datetime, limit: int = 100) -> Sequence[str]:
        """Return the ids whose due time has come."""
        return await self.documents.due(now, limit)

    async def find(self, where: Where, *, limit: int = 1000) -> Sequence[Stored[S]]:
        """Return the aggregates that match, by id."""
        return [self._stored(d) for d in await self.documents.find(where, order=(("_id", 1),), limit=limit)]

    async def page(
        self, where: Where, *, order: Sequence[tuple[str, int]] = (("_id", 1),), cursor: str | None, limit: int
    ) -> Page[Stored[S]]:
        """Return one page in ``order`` (fields with 1 or −1; ``_id`` is added last). Raises InvalidFields for a bad cursor."""
        full_order = [*order] if order[-1][0] == "_id" else [*order, ("_id", 1)]
        after = None if cursor is None else decode_cursor(cursor, len(full_order))
        documents = await self.documents.find(where, order=full_order, limit=limit + 1, after=after)
        more = len(documents) > limit
        documents = documents[:limit]
        last = [documents[-1].get(key) for key, _ in full_order] if more else None
        return Page(
            items=[self._stored(d) for d in documents],
            next=None if last is None else encode_cursor(last),
            total=await self.documents.count(where),
        )

    def _stored(self, document: Document) -> Stored[S]:
        return Stored(
            document["_id"], document["version"], from_document(document, self.kind.state), document["sequence"]
        )

    def _repeated(self, document: Document, command: Command) -> Stored[S] | None:
        for entry in document["history"]:
            first = entry.get("command")
            if first is not None and first["key"] == command.key and first["subject"] == command.subject:
                if first["digest"] != command.digest:
                    raise IdempotencyKeyReused(key=command.key)
                return replace(self._stored(document), answer=first["answer"], replayed=True)
        return None

    async def _save(
        self,
        id: str,
        document: Document | None,
        before: Stored[S] | None,
        events: Sequence[E],
        cause: Cause,
        now: datetime,
        command: Command | None,
        answer: Callable[[Stored[S]], Document] | None,
    ) -> Stored[S] | None:
        """Write the decision; None if another writer was first."""
        floor = await self.documents.floor(id) if document is None else 0
        after, outbox = self._decided(id, before, events, cause, now, floor)
        if answer is not None:
            after = replace(after, answer=answer(after))
        history = self._history_entries(document, events, cause, now, command, after.answer)
        fields = {
            **to_document(after.state),
            "sequence": after.sequence,
            "history_bytes": _history_bytes(document, history, cause),
            "due_at": self.kind.due_at(after.state),
        }
        if document is None:
            pending = outbox
            if floor:  # docs/decisions/0019: the numbers up to here were announced before a restore
                fields["raised"] = [{"after": 0, "from": 0, "to": floor}]
            saved = await self._insert(id, fields, history, outbox, now)
        else:
            pending = [*document["outbox"], *outbox]  # what an earlier crash left goes first
            changed = {key: value for key, value in fields.items() if document.get(key) != value}
            saved = await self.documents.update(
                id, document["version"], fields=changed, history=history, outbox=outbox, now=now
            )
        if not saved:
            return None
        if pending:
            self._relay.announce(self.documents.outbox(id, after.version, pending))
        return after

    def _decided(
        self, id: str, before: Stored[S] | None, events: Sequence[E], cause: Cause, now: datetime, floor: int
    ) -> tuple[Stored[S], list[Document]]:
        """Fold the events into the state and return it with what is to be announced."""
        version, sequence = (before.version, before.sequence) if before else (0, floor)
        state = before.state if before else None
        outbox: list[Document] = []
        cause = tracing.caused(cause, self.kind.noun)
        for event in events:
            state = self.kind.evolve(state, event)
            for data in self.kind.announce(state, event):
                sequence += 1
                outbox.append(envelop(data, subject=f"{self.kind.noun}/{id}", number=sequence, at=now, cause=cause))
        assert state is not None  # noqa: S101 - events is not empty
        return Stored(id, version + 1, state, sequence), outbox

    async def _insert(
        self, id: str, fields: Document, history: list[Document], outbox: list[Document], now: datetime
    ) -> bool:
        document: Document = {"_id": id, "version": 1, **fields, "history": history, "outbox": outbox}
        if document["due_at"] is None:
            del document["due_at"]
        if outbox:
            document["unsent_since"] = now
        return await self.documents.insert(document)

    def _history_entries(
        self,
        document: Document | None,
        events: Sequence[E],
        cause: Cause,
        now: datetime,
        command: Command | None,
        answer: Document | None,
    ) -> list[Document]:
        n = len(document["history"]) if document else 0
        entries: list[Document] = []
        for event in events:
            n += 1
            entry: dict[str, Any] = {
                "n": n,
                "type": type(event).__name__,
                "at": now,
                "actor": cause.actor,
                "correlation": cause.correlation_id,
                "data": to_document(event),
            }
            if cause.causation_id is not None:
                entry["causation"] = cause.causation_id
            entries.append(entry)
        if command is not None:
            entries[-1]["command"] = {
                "key": command.key,
                "subject": command.subject,
                "digest": command.digest,
                "answer": answer,
            }
        return entries


def _history_bytes(document: Document | None, entries: Sequence[Document], cause: Cause) -> int:
    """Return how large the history is with these entries. Raises TooManyChanges for a person's change past the limit."""
    before = 0 if document is None else document.get("history_bytes", 0)
    size: int = before + sum(len(bson.encode(entry)) for entry in entries)
    by_a_person = cause.causation_id is None and not cause.actor.startswith("system:")
    if by_a_person and size > HISTORY_LIMIT:
        raise TooManyChanges(limit=HISTORY_LIMIT)
    return size


def fold(kind: AggregateKind[S, E], events: Sequence[E]) -> S | None:
    """Return the state that a history gives; what ``sama verify`` compares with the stored state."""
    state: S | None = reduce(kind.evolve, events, None)
    return state
