"""F14 on real servers: a small city is played and tampered with in the databases; ``sama verify`` names what was changed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from itertools import pairwise
from typing import Any, Final

import pytest
from pymongo import MongoClient
from pymongo.collection import Collection
from typer.testing import CliRunner

from ops.cli import app
from ops.verify.books import check_entries
from ops.verify.system import verify_system
from services.budget.domain.entries import hash_of
from services.registry.domain.district import District
from services.registry.wiring import use_cases
from shared.clock import utc_now
from shared.contracts.base import Names
from shared.contracts.durations import WorkingCalendar
from shared.contracts.envelope import Cause
from shared.messaging.broker import MessagingSettings
from shared.messaging.deadletters import DeadLetters
from shared.messaging.publisher import Publisher
from shared.storage.files import MongoFiles
from shared.storage.mongo import MongoCopies, MongoDocuments, connect
from shared.storage.ports import Outbox
from shared.web.caller import Caller, Grant
from tests.integration.live import DISTRICT, YEAR, Live
from tests.servers import Broker
from tests.waiting import until

Document = dict[str, Any]
CITY: Final = f"city/{YEAR}"
BOOK: Final = f"district:{DISTRICT}/{YEAR}"


class Rest:
    """A played city at rest: the services are stopped, their databases and the broker are there."""

    def __init__(self, client: "MongoClient[Document]", live: Live) -> None:
        self._client = client
        self.live = live
        self.broker = MessagingSettings(live.stack.rabbit_url, live.stack.rabbit_management_url)

    def of(self, service: str, collection: str) -> "Collection[Document]":
        """Return a collection."""
        return self._client[f"{self.live.prefix}_{service}"][collection]

    def entries(self, book: str) -> list[Document]:
        """Return the entries of a book in order."""
        return list(self.of("budget", "entries").find({"book": book}).sort("seq", 1))

    def write(self, entries: list[Document]) -> None:
        """Put these entries into the place of those of the same book."""
        stored = self.of("budget", "entries")
        stored.delete_many({"book": entries[0]["book"]})
        stored.insert_many(entries)

    async def findings(self) -> list[str]:
        """Return what ``sama verify`` finds; nothing is on its way any more."""
        report = await asyncio.to_thread(
            verify_system, self.live.mongo_url, self.live.prefix, broker=self.broker, on_its_way_seconds=0
        )
        assert report.skipped == []
        assert all(check.number for check in report.checks), report.checks
        return [str(finding) for finding in report.findings]

    @contextmanager
    def put_back(self) -> Iterator[None]:
        """Put back afterwards whatever a test changes."""
        names = [
            (service, name)
            for service in ("registry", "requests", "review", "budget")
            for name in self._client[f"{self.live.prefix}_{service}"].list_collection_names()
        ]
        before = {place: list(self.of(*place).find()) for place in names}
        try:
            yield
        finally:
            for place, documents in before.items():
                if list(self.of(*place).find()) != documents:
                    self.of(*place).delete_many({})
                    self.of(*place).insert_many(documents)


@pytest.fixture(scope="module")
async def rest(tmp_path_factory: pytest.TempPathFactory, broker: Broker, mongo_url: str) -> AsyncIterator[Rest]:
    """One request in progress, one reserved, heads kept; then the services stop."""
    live = Live(tmp_path_factory.mktemp("tampering"), broker, mongo_url)
    await live.prepare()
    with pytest.MonkeyPatch.context() as environment, MongoClient[Document](mongo_url, tz_aware=True) as client:
        environment.setenv("SAMA_HEADS_SECONDS", "1")
        await live.start()
        try:
            await live.found()
            organization = await live.organization()
            first = await live.reserved(organization)
            await live.sama.requests.post(f"/requests/{first.id}/accept", by=organization.applicant)
            await live.becomes(first, "in_progress")
            await live.reserved(await live.organization())
            rest = Rest(client, live)

            def heads_kept() -> bool:
                kept = {(head["book"], head["hash"]) for head in rest.of("requests", "book_heads").find()}
                return all((book, rest.entries(book)[-1]["hash"]) in kept for book in (CITY, BOOK))

            await until(heads_kept, seconds=60, what="the last heads kept by requests")
            assert (await live.verified()).findings == []
        finally:
            await live.stop()
        try:
            yield rest
        finally:
            await live.forget()


@pytest.fixture
def put_back(rest: Rest) -> Iterator[None]:
    with rest.put_back():
        yield


# ---------------------------------------------------------------- single entries


def a_changed_entry(rest: Rest) -> str:
    entry = next(e for e in rest.entries(BOOK) if e["kind"] == "commitment_made")
    rest.of("budget", "entries").update_one({"_id": entry["_id"]}, {"$inc": {"amount": 1}})
    return f"{BOOK} seq {entry['seq']} {entry['_id']}: its content was changed"


def a_changed_person(rest: Rest) -> str:
    entry = rest.entries(CITY)[1]
    rest.of("budget", "entries").update_one({"_id": entry["_id"]}, {"$set": {"private.actor": "somebody"}})
    return f"{CITY} seq 2 {entry['_id']}: its private part was changed"


def a_dropped_entry(rest: Rest) -> str:
    entries = rest.entries(BOOK)
    rest.of("budget", "entries").delete_one({"_id": entries[2]["_id"]})
    return f"{BOOK} seq 4 {entries[3]['_id']}: its place is 4, expected 3"


def a_dropped_end(rest: Rest) -> str:
    entries = rest.entries(BOOK)
    rest.of("budget", "entries").delete_one({"_id": entries[-1]["_id"]})
    return f"I2 {BOOK}: entries are missing at the end"


def two_swapped_entries(rest: Rest) -> str:
    entries = rest.entries(BOOK)
    entries[2]["seq"], entries[3]["seq"] = 4, 3
    rest.write(entries)
    return f"{BOOK} seq 3 {entries[3]['_id']}: its content was changed"


# ---------------------------------------------------------------- whole books


def rewrite(rest: Rest, change: Callable[[Document], None]) -> None:
    """Write the city's book anew from its second entry on, with correct hashes."""
    entries = rest.entries(CITY)
    change(entries[1])
    for before, entry in pairwise(entries):
        entry["prev"] = before["hash"]
        entry["hash"] = hash_of(entry)
    assert list(check_entries(deepcopy(entries))) == [], "the rewritten book is right in itself"
    rest.write(entries)


def a_rewritten_book(rest: Rest) -> str:
    rewrite(rest, lambda entry: entry["facts"].update(approval_number="9/1405/999"))
    kept = min(h["sequence"] for h in rest.of("requests", "book_heads").find({"book": CITY}) if h["sequence"] > 1)
    return f"I2 {CITY} seq {kept}: the book was rewritten at or before this entry: requests keeps the head"


def a_book_rewritten_with_the_witness(rest: Rest) -> str:
    """Whoever can write both databases has still the archive against them."""
    rewrite(rest, lambda entry: entry["facts"].update(approval_number="9/1405/999"))
    hashes = {entry["seq"]: entry["hash"] for entry in rest.entries(CITY)}
    heads = rest.of("requests", "book_heads")
    for head in heads.find({"book": CITY}):
        heads.update_one({"_id": head["_id"]}, {"$set": {"hash": hashes[head["sequence"]]}})
    return "the book was rewritten at or before this entry: the archive keeps the head"


# ---------------------------------------------------------------- aggregates, copies, outboxes


def a_changed_state(rest: Rest) -> str:
    case = rest.of("review", "cases").find_one_and_update({}, {"$set": {"deadline_moves": 7}})
    assert case is not None
    return f"case/{case['_id']}: its state is not the fold of its history in: deadline_moves"


def a_dropped_history_entry(rest: Rest) -> str:
    requests = rest.of("requests", "requests")
    request = requests.find_one()
    assert request is not None
    requests.update_one({"_id": request["_id"]}, {"$set": {"history": request["history"][:2] + request["history"][3:]}})
    return f"request/{request['_id']}: its history has a gap or a repeat at entry 3"


def a_history_cut_at_its_end(rest: Rest) -> str:
    """Numbers without a gap; state and archive know better."""
    organizations = rest.of("registry", "organizations")
    organization = organizations.find_one()
    assert organization is not None
    organizations.update_one({"_id": organization["_id"]}, {"$pop": {"history": 1}})
    return f"organization/{organization['_id']}: its state is not the fold of its history in: "


def a_changed_copy(rest: Rest) -> str:
    standings = rest.of("budget", "standings")
    copy = standings.find_one()
    assert copy is not None
    standings.update_one({"_id": copy["_id"]}, {"$set": {"may_be_committed": False}})
    return f"budget standings/{copy['_id']}: the copy differs from its source in: may_be_committed"


def a_dropped_head(rest: Rest) -> str:
    last = rest.entries(BOOK)[-1]
    rest.of("requests", "book_heads").delete_one({"_id": f"{BOOK}@{last['seq']:020}"})
    return f"{BOOK} seq {last['seq']}: its head was announced, and requests does not keep it"


@pytest.mark.usefixtures("put_back")
@pytest.mark.parametrize(
    "tamper",
    [
        a_changed_entry,
        a_changed_person,
        a_dropped_entry,
        a_dropped_end,
        two_swapped_entries,
        a_rewritten_book,
        a_book_rewritten_with_the_witness,
        a_changed_state,
        a_dropped_history_entry,
        a_history_cut_at_its_end,
        a_changed_copy,
        a_dropped_head,
    ],
)
async def test_what_was_changed_in_a_database_is_named(rest: Rest, tamper: Callable[[Rest], str]) -> None:
    named = await asyncio.to_thread(tamper, rest)
    found = await rest.findings()
    assert [finding for finding in found if named in finding], found


class NoRelay:
    """Stores of registry whose outboxes wait for ever."""

    def __init__(self, rest: Rest) -> None:
        self._database = connect(rest.live.mongo_url)[f"{rest.live.prefix}_registry"]

    def documents(self, collection: str) -> MongoDocuments:
        return MongoDocuments(self._database, collection)

    def copies(self, collection: str) -> MongoCopies:
        return MongoCopies(self._database, collection)

    def files(self, bucket: str) -> MongoFiles:
        return MongoFiles(self._database, bucket)

    def announce(self, outbox: Outbox) -> None:
        """Leave it."""

    def close(self) -> None:
        self._database.client.close()


@pytest.mark.usefixtures("put_back")
async def test_an_outbox_that_is_left_and_one_that_was_dropped_are_named(rest: Rest) -> None:
    office = Caller("city-office", (Grant("city_office"),))
    stores = NoRelay(rest)
    try:
        await use_cases(stores, utc_now, WorkingCalendar()).districts.define(
            District("new", Names(fa="نو"), 9, utc_now()), caller=office, cause=Cause("x", "x"), expected_version=None
        )
    finally:
        stores.close()
    left = await rest.findings()
    assert any("district/new: event 1 is not announced" in finding for finding in left), left
    rest.of("registry", "districts").update_one(
        {"_id": "new"}, {"$set": {"outbox": []}, "$unset": {"unsent_since": ""}}
    )
    dropped = await rest.findings()
    assert "I5 district/new event 1: district.defined.v1 was announced and is not in the archive" in dropped
    assert "I5 requests districts/new: there is no copy; the source is at 1" in dropped


async def test_a_message_put_aside_is_a_violation_of_its_own_class_and_stays_where_it_is(rest: Rest) -> None:
    publisher = Publisher(rest.broker, "test")
    await publisher.start()
    try:
        await publisher.put("review.registry.dead", b"x", message_id="poison")
    finally:
        await publisher.stop()
    for _ in range(2):
        (finding,) = await rest.findings()
        assert finding.startswith("dead letter review.registry.dead: 1 put aside")
    async with DeadLetters.open(rest.broker) as letters:
        assert await letters.discard("review.registry", ["poison"]) == 1
    assert await rest.findings() == []


async def test_the_command_says_what_it_looked_at_and_what_it_could_not(
    rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMA_MONGO_URL", rest.live.mongo_url)
    monkeypatch.setenv("SAMA_MONGO_PREFIX", rest.live.prefix)
    monkeypatch.setenv("SAMA_RABBIT_URL", rest.broker.url)
    monkeypatch.setenv("SAMA_RABBIT_MANAGEMENT_URL", rest.broker.management_url)

    async def run(*arguments: str) -> tuple[int, str]:
        answer = await asyncio.to_thread(CliRunner().invoke, app, ["verify", *arguments])
        return answer.exit_code, answer.output

    code, said = await run("--archive")
    assert (code, "nothing is wrong" in said, "Not checked" in said) == (0, True, False), said
    monkeypatch.delenv("SAMA_RABBIT_URL")
    code, said = await run()
    assert (code, "Not checked: events in the archive, public events, queues of dead letters" in said) == (0, True), (
        said
    )
    assert (await run("--archive"))[0] == 2
    with rest.put_back():
        await asyncio.to_thread(a_changed_copy, rest)
        code, said = await run("--json", "--wait", "0")
        assert (code, '"violations": 1' in said) == (1, True), said
