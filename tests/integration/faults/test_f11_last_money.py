"""F11: what races for a book's money, through two writers on the real database: approvals, cuts, the year's close, payments."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Final
from uuid import uuid4

import pytest

from services.budget.domain.closing_commands import CloseYear
from services.budget.domain.commands import Allot, Command, Share
from services.budget.outbound.indexes import INDEXES
from services.budget.outbound.journal import MongoEntries, ensure_validator
from services.budget.outbound.store import Entries
from services.budget.usecases import UseCases
from shared.contracts.refusals import Refusal
from shared.storage.mongo import connect, ensure_indexes
from tests.fakes.storage import MemoryCopies
from tests.integration.faults.servers import Servers
from tests.unit.budget.build import (
    BOOK,
    CAUSE,
    CITY,
    Clock,
    appropriation,
    approve,
    commit,
    failed,
    give_up,
    given,
    journal,
    kept,
    money,
    opening,
    paid,
    prepare,
    release,
    reserve,
    verified,
    withdraw,
)

SEED: Final = 11
EACH: Final = 90
AT_FIRST: Final = 1_000
EARLY: Final = 500
MORE: Final = 300
NEXT: Final = "district:7/1406"
NEXT_CITY: Final = "city/1406"


@pytest.fixture
async def entries(servers: Servers) -> AsyncIterator[Entries]:
    """A journal of its own on the real database."""
    client = connect(servers.mongo.url)
    database = client[f"sama_f11_{uuid4().hex[:12]}"]
    try:
        await ensure_indexes(database, INDEXES)
        await ensure_validator(database)
        yield MongoEntries(database)
    finally:
        await client.drop_database(database.name)
        client.close()


@pytest.mark.parametrize("approvals", [2, 20, 200])
async def test_the_last_money_goes_to_as_many_as_it_is_enough_for(entries: Entries, approvals: int) -> None:
    """Whoever wins, the sum is the same: all the money that there is goes out in equal parts, and the rest waits."""
    rng = random.Random(SEED + approvals)
    writers = [journal(entries), journal(entries)]
    await given(writers[0], opening(), money(AT_FIRST), reserve("early", EARLY))
    commands: list[Command] = [reserve(f"r{n}", EACH) for n in range(approvals)]
    commands += [release("early"), money(MORE, "later")]
    commands += [rng.choice(commands) for _ in range(10)]  # some come twice, here or there
    rng.shuffle(commands)
    await asyncio.gather(*(rng.choice(writers).submit(command, CAUSE) for command in commands))
    report = await verified(entries)
    served = min(approvals, (AT_FIRST + MORE) // EACH)
    assert report.balances["reserved"] == served * EACH
    assert report.balances["available"] == AT_FIRST + MORE - served * EACH
    assert len(report.waiting) == approvals - served
    assert len(report.requests) == approvals + 1, "each once, and the one released"


@pytest.mark.parametrize("seed", range(3))
async def test_cuts_and_the_years_close_race_approvals_and_every_unit_is_somewhere(entries: Entries, seed: int) -> None:
    """Whoever wins, what is left in the closed year and what goes on in the next are the appropriation, once."""
    rng = random.Random(SEED + seed)
    writers = [journal(entries), journal(entries)]
    year: list[Command] = [opening(CITY), opening(NEXT_CITY), appropriation(2_000), opening(), opening(NEXT)]
    shares: list[Command] = [
        Allot(CITY, key, f"d-{key}", (Share(key, "7", amount),), 0) for key, amount in (("a", 1_000), ("later", 300))
    ]
    await given(writers[0], *year, *shares, money(AT_FIRST), reserve("early", EARLY))
    commands: list[Command] = [reserve(f"r{n}", EACH) for n in range(20)]
    commands += [withdraw(60, f"cut-{n}") for n in range(5)]
    commands += [release("early"), money(MORE, "later"), CloseYear(BOOK, "close", "d", NEXT)]
    commands += [rng.choice(commands) for _ in range(10)]
    rng.shuffle(commands)
    outcomes = await asyncio.gather(
        *(rng.choice(writers).submit(command, CAUSE) for command in commands), return_exceptions=True
    )
    assert [o for o in outcomes if isinstance(o, BaseException) and not isinstance(o, Refusal)] == []
    uses = UseCases(
        journal=journal(entries),
        entries=entries,
        standings=MemoryCopies("standings"),
        stops=MemoryCopies("payment_stops"),
        calls=MemoryCopies("decided_calls"),
        clock=Clock(),
    )
    while await uses.sweep():  # each sweep brings on what a crash could have left
        pass
    book, following, city, next_city = [await kept(writers[0], id) for id in (BOOK, NEXT, CITY, NEXT_CITY)]
    assert book.next_book == NEXT
    assert {part: amount for part, amount in book.balances.items() if amount} == {}
    assert city.balances["unallotted"] + next_city.balances["allotted"] == 2_000
    assert following.balances["reserved"] + following.balances["available"] == next_city.balances["allotted"]
    assert set(following.subjects) >= set(following.waiting)
    for id in (BOOK, NEXT, CITY, NEXT_CITY):
        await verified(entries, id)


async def test_a_hundred_payments_of_one_commitment_are_exact(entries: Entries) -> None:
    """Payments, both approvals, results and a cancellation at one instant, each through both writers."""
    writers = [journal(entries), journal(entries)]
    await given(writers[0], opening(third_above=7), money(AT_FIRST), reserve("r", AT_FIRST), commit("r", AT_FIRST))
    first: list[Command] = [
        prepare(f"p{n}", "r", 7 + n % 9, instalment=n + 1, by=f"officer-{n % 3}") for n in range(100)
    ]
    await asyncio.gather(
        *(writers[(n + w) % 2].submit(command, CAUSE) for w in (0, 1) for n, command in enumerate(first)),
        return_exceptions=True,
    )
    book = await kept(writers[0])
    assert book.balances["pending"] + book.balances["committed"] == AT_FIRST
    assert book.balances["pending"] == sum(payment.gross for payment in book.payments.values())
    assert 0 < len(book.payments) < 100, "the money is not enough for all"
    rest: list[Command] = [
        command
        for id in book.payments
        for command in (approve(id), approve(id, "treasurer-2"), paid(id), failed(id), give_up(id))
    ]
    rest.insert(len(rest) // 3, release("r", "cancelled"))
    await asyncio.gather(*(writers[n % 2].submit(c, CAUSE) for n, c in enumerate(rest)), return_exceptions=True)
    book = await kept(journal(entries))
    assert book.balances["pending"] == book.subjects["r"].pending
    assert book.balances["paid"] == book.subjects["r"].paid
    assert sum(book.balances[part] for part in ("available", "committed", "pending", "paid")) == AT_FIRST
    await verified(entries)
