"""Storage in memory. Trusted only through tests/integration/test_storage.py, which runs the same suite against MongoDB.

A stored document is a value: a write puts a new one in its place and what is handed out is a copy. So whoever holds on to a document
sees it as it was, and whether one was written is a comparison by identity.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.contracts.refusals import NotFound
from shared.storage.indexes import Index
from shared.storage.ports import Document, DuplicateValue, Group, Outbox, Where

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "$in": lambda value, wanted: any(_equals(value, w) for w in wanted),
    "$all": lambda value, wanted: all(_equals(value, w) for w in wanted),
    "$lt": lambda value, bound: value is not None and value < bound,
    "$lte": lambda value, bound: value is not None and value <= bound,
    "$gt": lambda value, bound: value is not None and value > bound,
    "$gte": lambda value, bound: value is not None and value >= bound,
}


_NESTED = (dict, list, tuple)


def copied(value: Any) -> Any:
    """Return a copy of a document's value, as if it had been to the database: arrays come back as lists. Faster than deepcopy."""
    if isinstance(value, dict):
        return {key: copied(v) if isinstance(v, _NESTED) else v for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [copied(v) if isinstance(v, _NESTED) else v for v in value]
    return value


def _equals(value: Any, wanted: Any) -> bool:
    return value == wanted or (isinstance(value, list) and wanted in value)


def _value(document: Document, path: str) -> Any:
    value: Any = document
    for step in path.split("."):
        if isinstance(value, list):
            value = [item.get(step) for item in value if isinstance(item, dict)]
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def _operator_holds(value: Any, operator: str, operand: Any) -> bool:
    candidates = value if isinstance(value, list) and operator not in ("$in", "$all") else [value]
    return any(_OPERATORS[operator](candidate, operand) for candidate in candidates)


def matches(document: Document, where: Where) -> bool:
    """Tell whether a document matches a filter of the port's language."""
    for path, wanted in where.items():
        value = _value(document, path)
        if isinstance(wanted, dict) and any(key.startswith("$") for key in wanted):
            if not all(_operator_holds(value, operator, operand) for operator, operand in wanted.items()):
                return False
        elif not _equals(value, wanted):
            return False
    return True


class MemoryDocuments:
    """Documents (port) in a dictionary; enforces the unique indexes it is given."""

    def __init__(self, collection: str, indexes: Sequence[Index] = ()) -> None:
        self.collection = collection
        self.documents: dict[str, Document] = {}
        self.floors: dict[str, int] = {}
        self._unique = [index for index in indexes if index.collection == collection and index.unique]

    def outbox(self, id: str, version: int, events: Sequence[Document]) -> Outbox:
        return Outbox(self.collection, id, version, events)

    async def load(self, id: str) -> Document | None:
        document = self.documents.get(id)
        return None if document is None else self._header(document)

    async def history(self, id: str) -> Sequence[Document]:
        return copied(self.documents[id]["history"]) if id in self.documents else []

    async def floor(self, id: str) -> int:
        return self.floors.get(id, 0)

    async def insert(self, document: Document) -> bool:
        if document["_id"] in self.documents:
            return False
        self._check_unique(document)
        self.documents[document["_id"]] = copied(document)
        return True

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
        current = self.documents.get(id)
        if current is None or current["version"] != version:
            return False
        changed = {**current, **copied(dict(fields))}
        if changed.get("due_at", 0) is None:
            del changed["due_at"]
        changed["version"] += 1
        changed["history"] = [*current["history"], *copied(history)]
        changed["outbox"] = [*current["outbox"], *copied(outbox)]
        if outbox:
            changed["unsent_since"] = min(now, changed.get("unsent_since", now))
        self._check_unique(changed)
        self.documents[id] = changed
        return True

    async def sent(self, outboxes: Sequence[Outbox]) -> None:
        for box in outboxes:
            document = dict(self.documents[box.id])
            sent = {event["id"] for event in box.events}
            document["outbox"] = [event for event in document["outbox"] if event["id"] not in sent]
            if not document["outbox"]:
                document.pop("unsent_since", None)
            self.documents[box.id] = document

    async def unsent(self, before: datetime, limit: int) -> Sequence[Outbox]:
        waiting = [d for d in self.documents.values() if "unsent_since" in d and d["unsent_since"] <= before]
        waiting.sort(key=lambda d: d["unsent_since"])
        return [self.outbox(d["_id"], d["version"], copied(d["outbox"])) for d in waiting[:limit]]

    async def oldest_unsent(self) -> datetime | None:
        return min((d["unsent_since"] for d in self.documents.values() if "unsent_since" in d), default=None)

    async def due(self, now: datetime, limit: int) -> Sequence[str]:
        due = [d for d in self.documents.values() if "due_at" in d and d["due_at"] <= now]
        return [d["_id"] for d in sorted(due, key=lambda d: d["due_at"])[:limit]]

    async def find(
        self, where: Where, *, order: Sequence[tuple[str, int]], limit: int, after: Sequence[Any] | None = None
    ) -> Sequence[Document]:
        found = [d for d in self.documents.values() if matches(d, where)]
        for key, direction in reversed(order):
            found.sort(key=lambda d: _rank(_value(d, key)), reverse=direction < 0)
        if after is not None:
            found = [d for d in found if _comes_after(d, order, after)]
        return [self._header(d) for d in found[:limit]]

    async def count(self, where: Where) -> int:
        return sum(matches(d, where) for d in self.documents.values())

    async def groups(self, where: Where, by: Sequence[str], *, earliest: str | None = None) -> Sequence[Group]:
        groups: dict[tuple[Any, ...], list[Document]] = {}
        for document in self.documents.values():
            if matches(document, where):
                groups.setdefault(tuple(_value(document, field) for field in by), []).append(document)
        return [
            Group(
                values,
                len(found),
                None if earliest is None else min((at for d in found if (at := _value(d, earliest))), default=None),
            )
            for values, found in groups.items()
        ]

    async def ids(self, where: Where) -> AsyncIterator[str]:
        for id in [d["_id"] for d in self.documents.values() if matches(d, where)]:
            yield id

    @staticmethod
    def _header(document: Document) -> Document:
        header: Document = copied({key: value for key, value in document.items() if key != "history"})
        header["history"] = [copied({k: v for k, v in entry.items() if k != "data"}) for entry in document["history"]]
        return header

    def _check_unique(self, document: Document) -> None:
        for index in self._unique:
            if index.partial is not None and not _in_partial(document, index.partial):
                continue
            key = [_value(document, path) for path, _ in index.keys]
            for other in self.documents.values():
                if index.partial is not None and not _in_partial(other, index.partial):
                    continue
                if other["_id"] != document["_id"] and [_value(other, path) for path, _ in index.keys] == key:
                    raise DuplicateValue(field=index.keys[0][0])


def _in_partial(document: Document, partial: Mapping[str, Any]) -> bool:
    plain = {}
    for path, wanted in partial.items():
        if wanted in ({"$exists": True}, {"$type": "string"}):
            if not isinstance(_value(document, path), str):
                return False
        else:
            plain[path] = wanted
    return matches(document, plain)


def _rank(value: Any) -> tuple[int, Any]:
    """As BSON orders: null, numbers, texts, booleans, times; a cursor may bring a value of another type than the field's."""
    if value is None:
        return 0, 0
    if isinstance(value, bool):
        return 3, value
    return (1 if isinstance(value, int | float) else 2 if isinstance(value, str) else 4), value


def _comes_after(document: Document, order: Sequence[tuple[str, int]], after: Sequence[Any]) -> bool:
    for (key, direction), bound in zip(order, after, strict=True):
        value = _rank(_value(document, key))
        if value != _rank(bound):
            return value > _rank(bound) if direction > 0 else value < _rank(bound)
    return False


class MemoryCopies:
    """Copies (port) in a dictionary."""

    def __init__(self, collection: str = "copies") -> None:
        self.collection = collection
        self.copies: dict[str, Document] = {}

    async def apply(self, id: str, sequence: int, fields: Document) -> bool:
        current = self.copies.get(id)
        if current is not None and current["sequence"] >= sequence:
            return False
        self.copies[id] = {"_id": id, "sequence": sequence, **copied(fields)}
        return True

    async def get(self, id: str) -> Document | None:
        return None if id not in self.copies else dict(copied(self.copies[id]))

    async def find(
        self, where: Where, *, order: Sequence[tuple[str, int]] = (("_id", 1),), limit: int = 1000
    ) -> Sequence[Document]:
        found: list[Document] = [copied(c) for c in self.copies.values() if matches(c, where)]
        for key, direction in reversed(order):
            found.sort(key=lambda c: _rank(_value(c, key)), reverse=direction < 0)
        return found[:limit]

    async def count(self, where: Where) -> int:
        return sum(matches(c, where) for c in self.copies.values())


class MemoryFiles:
    """Files (port) in a dictionary."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    async def put(self, id: str, content: bytes) -> None:
        assert id not in self.contents, "an id of a file is used once"
        self.contents[id] = content

    async def remove(self, id: str) -> None:
        self.contents.pop(id, None)

    async def open(self, id: str) -> AsyncIterator[bytes]:
        if id not in self.contents:
            raise NotFound(noun="file", id=id)
        return _halves(self.contents[id])


async def _halves(content: bytes) -> AsyncIterator[bytes]:
    middle = len(content) // 2
    for part in (content[:middle], content[middle:]):
        if part:
            yield part


class RecordingRelay:
    """Relay (port) that keeps what it was given; ``events`` lists each announced event once, in order of arrival."""

    def __init__(self) -> None:
        self.outboxes: list[Outbox] = []

    def announce(self, outbox: Outbox) -> None:
        self.outboxes.append(outbox)

    @property
    def events(self) -> list[Document]:
        seen: dict[str, Document] = {}
        for box in self.outboxes:
            for event in box.events:
                seen.setdefault(event["id"], event)
        return list(seen.values())


class MemoryStores(RecordingRelay):
    """Stores (port) in memory, with a relay that records; ``indexes`` make the unique ones hold."""

    def __init__(self, indexes: Sequence[Index] = ()) -> None:
        super().__init__()
        self._indexes = indexes
        self.by_name: dict[str, MemoryDocuments] = {}
        self.copies_by_name: dict[str, MemoryCopies] = {}
        self.files_by_name: dict[str, MemoryFiles] = {}

    def documents(self, collection: str) -> MemoryDocuments:
        return self.by_name.setdefault(collection, MemoryDocuments(collection, self._indexes))

    def copies(self, collection: str) -> MemoryCopies:
        return self.copies_by_name.setdefault(collection, MemoryCopies(collection))

    def files(self, bucket: str) -> MemoryFiles:
        return self.files_by_name.setdefault(bucket, MemoryFiles())
