"""What use cases need of storage, without a database: the ports that Mongo and the tests' fakes both fill."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from shared.contracts.base import EventData
from shared.contracts.refusals import Refusal

S = TypeVar("S")
E = TypeVar("E")

Document = dict[str, Any]
Where = Mapping[str, Any]
"""Equality per field (of an array: one of its items); the only operators are ``{"$in": [...]}``, ``{"$all": [...]}`` (of an array),
``{"$lt": x}``, ``{"$lte": x}``, ``{"$gt": x}`` and ``{"$gte": x}``."""


class Unavailable(Exception):
    """The database did not answer, or its answer was lost: the outcome is unknown. Transient; repeat the whole operation."""


class StaleVersion(Refusal):
    """The document changed since the version named by If-Match."""

    code = "stale_version"
    kind = "stale"


class TooBusy(Refusal):
    """The same document lost too many races in a row; nothing was changed."""

    code = "too_busy"
    kind = "conflict"


class IdempotencyKeyReused(Refusal):
    """The Idempotency-Key was used with another body."""

    code = "idempotency_key_reused"
    kind = "unprocessable"


class TooManyChanges(Refusal):
    """The record's history is as large as it may get by people's changes; events and deadlines still take their course."""

    code = "too_many_changes"
    kind = "conflict"


class DuplicateValue(Refusal):
    """Another living object holds this value, which must be unique; ``params["field"]`` names the field. Nothing was changed."""

    code = "duplicate_value"
    kind = "conflict"


@dataclass(frozen=True, slots=True)
class Command:
    """One call by a person: kept in history so that a repeat returns the first answer.

    key: the Idempotency-Key; subject: the caller's ``sub``; digest: SHA-256 (hex) of method, path and body.
    """

    key: str
    subject: str
    digest: str


@dataclass(frozen=True)
class Stored(Generic[S]):
    """An aggregate as stored. ``sequence`` is the number of its last announced event, ``version`` counts writes."""

    id: str
    version: int
    state: S
    sequence: int
    answer: Document | None = None
    """The answer of the command just executed, or the first answer if it was a repeat."""
    replayed: bool = False


@dataclass(frozen=True)
class AggregateKind(Generic[S, E]):
    """How one noun is kept: pure functions from the service's domain and outbound modules.

    noun: singular, e.g. ``organization``; events have the subject ``organization/<id>``.
    collection: e.g. ``organizations``.
    state: frozen dataclass of the state; events: the dataclasses of domain events (their class names go into history).
    evolve: (state or None, event) → new state; the state is the fold of the history.
    announce: (state after the event, event) → contract events, in order; may be empty.
    due_at: when the sweep has to look at this state again, or None.
    """

    noun: str
    collection: str
    state: type[S]
    events: tuple[type[Any], ...]
    evolve: Callable[[S | None, E], S]
    announce: Callable[[S, E], Sequence[EventData]]
    due_at: Callable[[S], datetime | None] = lambda _state: None


@dataclass(frozen=True)
class Page(Generic[S]):
    """One page of a list: items in order, the cursor of the next page or None, and the total of the filter."""

    items: Sequence[S]
    next: str | None
    total: int


@dataclass(frozen=True, slots=True)
class Group:
    """How many documents have the same values, and the earliest time among them. values: in the order asked for."""

    values: tuple[Any, ...]
    count: int
    earliest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outbox:
    """What an aggregate has not announced yet, whole and from its head."""

    collection: str
    id: str
    version: int
    events: Sequence[Document] = field(default_factory=tuple)


class Documents(Protocol):
    """One collection of aggregates' documents. Every method raises Unavailable when the database is away."""

    collection: str

    def outbox(self, id: str, version: int, events: Sequence[Document]) -> Outbox:
        """Name an outbox of this collection."""

    async def load(self, id: str) -> Document | None:
        """Return the document without the data of its history, or None."""

    async def history(self, id: str) -> Sequence[Document]:
        """Return the history entries whole, oldest first."""

    async def floor(self, id: str) -> int:
        """Return the sequence after which a new document of this id has to begin: 0, unless a restore lost an earlier one."""

    async def insert(self, document: Document) -> bool:
        """Insert a new document; False if the id is taken."""

    async def update(
        self,
        id: str,
        version: int,
        *,
        fields: Document,
        history: Sequence[Document],
        outbox: Sequence[Document],
        now: datetime,
    ) -> bool:
        """One update filtered by id and version: set fields, push history and outbox, ``$min`` unsent_since, version + 1.

        False if the version was not met.
        """

    async def sent(self, outboxes: Sequence[Outbox]) -> None:
        """Take what was confirmed by the broker out of the outboxes, in bulk."""

    async def unsent(self, before: datetime, limit: int) -> Sequence[Outbox]:
        """Return outboxes that have waited since ``before`` or longer."""

    async def oldest_unsent(self) -> datetime | None:
        """Return since when the oldest unsent event waits, or None."""

    async def due(self, now: datetime, limit: int) -> Sequence[str]:
        """Return ids whose ``due_at`` has come."""

    async def find(
        self, where: Where, *, order: Sequence[tuple[str, int]], limit: int, after: Sequence[Any] | None = None
    ) -> Sequence[Document]:
        """Return documents (as ``load`` does) in ``order`` (fields with 1 or −1, ending in ``_id``), after the given order values."""

    async def count(self, where: Where) -> int:
        """Count documents."""

    async def groups(self, where: Where, by: Sequence[str], *, earliest: str | None = None) -> Sequence[Group]:
        """Count the documents by the values of these fields (None: it has none), and find the earliest time of a field in each.

        As cheap as reading an index when one index holds all fields that are named.
        """

    def ids(self, where: Where) -> AsyncIterator[str]:
        """Iterate over the ids of all documents that match."""


class Relay(Protocol):
    """Carries outboxes to the broker after the save; never blocks and never fails the caller."""

    def announce(self, outbox: Outbox) -> None:
        """Publish the whole outbox soon, then have it marked."""


class Copies(Protocol):
    """Copies of others' state. A document is ``{_id, sequence, …}`` and is replaced only by a newer sequence."""

    async def apply(self, id: str, sequence: int, fields: Document) -> bool:
        """Store the copy if it is newer than what is here; True if it was."""

    async def get(self, id: str) -> Document | None:
        """Return the copy or None."""

    async def find(
        self, where: Where, *, order: Sequence[tuple[str, int]] = (("_id", 1),), limit: int = 1000
    ) -> Sequence[Document]:
        """Return the copies that match."""

    async def count(self, where: Where) -> int:
        """Count the copies that match."""


class Files(Protocol):
    """Contents of files under ids of ours. Every method raises Unavailable when the database is away."""

    async def put(self, id: str, content: bytes) -> None:
        """Keep a content under a new id. Cut off, it may leave parts that nobody finds; never half a file."""

    async def remove(self, id: str) -> None:
        """Remove a content that nothing names; none is fine."""

    async def open(self, id: str) -> AsyncIterator[bytes]:
        """Return the content in parts. Raises NotFound."""


class Stores(Protocol):
    """Where wiring gets stores from: the runtime's database, or memory in tests."""

    def documents(self, collection: str) -> Documents:
        """Return the store of a collection of aggregates."""

    def copies(self, collection: str) -> Copies:
        """Return the store of copies of others' state."""

    def files(self, bucket: str) -> Files:
        """Return the store of files' contents."""

    def announce(self, outbox: Outbox) -> None:
        """Relay."""
