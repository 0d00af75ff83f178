"""A small city in memory as ``sama verify`` reads it: plain documents, which a test may tamper with."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from ops.verify.archive import Archived
from ops.verify.snapshot import Snapshot, take
from shared.contracts.envelope import encode
from tests.builders import ASKED, City
from tests.fakes.bus import MemoryBus
from tests.fakes.storage import matches

Document = dict[str, Any]


class Stored:
    """The documents of a city's databases, by (service, collection) and id, and its archive."""

    def __init__(self, city: City) -> None:
        self.collections: dict[tuple[str, str], dict[str, Document]] = {}
        for service, stores in city.stores.items():
            for name, documents in stores.by_name.items():
                self.collections[service, name] = deepcopy(documents.documents)
            for name, copies in stores.copies_by_name.items():
                self.collections[service, name] = deepcopy(copies.copies)
        self.collections["budget", "entries"] = {e["_id"]: e for e in deepcopy(city.entries.stored)}
        books: dict[str, Document] = {}
        for entry in city.entries.stored:
            books[entry["book"]] = {"_id": entry["book"], "published_seq": entry["seq"], "head_seq": 0}
        self.collections["budget", "cursors"] = books
        self.archive = [encode(event) for event in city.bus.archive]

    def read(self, service: str, collection: str, where: Mapping[str, Any]) -> Iterable[Document]:
        """Read as ops/verify/snapshot.py wants it."""
        found = [d for d in self.collections.get((service, collection), {}).values() if matches(d, where)]
        return sorted(found, key=lambda e: (e["book"], e["seq"])) if collection == "entries" else found

    def of(self, service: str, collection: str) -> dict[str, Document]:
        """Return the documents of a collection by id, to tamper with."""
        return self.collections[service, collection]

    def one(self, service: str, collection: str) -> Document:
        """Return the first document of a collection."""
        return next(iter(self.of(service, collection).values()))

    def snapshot(self) -> Snapshot:
        """Take a look."""
        return take(self.read)

    def archived(self) -> Archived:
        """Read the archive."""
        archived = Archived()
        for offset, body in enumerate(self.archive):
            archived.take(offset, body)
        return archived


async def city() -> City:
    """A city in which one request is in progress, one waits, one was rejected, one withdrawn, one stands still and one is in review."""
    city = await City(MemoryBus()).found(money=2 * ASKED)
    for story in ("progress", "wait", "reject", "withdraw", "suspend", "review", "return"):
        organization = await city.organization()
        await city.bus.settle()
        request = await city.draft(organization, 2 * ASKED if story == "wait" else ASKED // 2)
        await city.submit(request)
        await city.bus.settle()
        if story == "review":
            await city.vote(request, range(1, 3))
            continue
        if story == "return":
            await city.send_back(request)
            await city.bus.settle()
            await city.correct(request, "نشست ماهانه")
            await city.submit(request)
            await city.bus.settle()
        await city.decide(request, vote="reject" if story == "reject" else "approve")
        await city.bus.settle()
        if story == "progress":
            await city.accept(request)
        elif story == "withdraw":
            await city.withdraw(request)
        elif story == "suspend":
            await city.suspend(organization)
        elif story == "return":
            await city.suspend(organization)
            await city.bus.settle()
            await city.reinstate(organization)
            await city.bus.settle()
            await city.accept(request)
        await city.bus.settle()
    assert city.bus.dead == []
    return city
