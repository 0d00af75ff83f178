"""F11: many approvals for a book's last money at once, through two writers on the real database, with a release and an allotment racing."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Final
from uuid import uuid4

import pytest

from services.budget.domain.commands import Command
from services.budget.outbound.indexes import INDEXES
from services.budget.outbound.journal import MongoEntries, ensure_validator
from services.budget.outbound.store import Entries
from shared.storage.mongo import connect, ensure_indexes
from tests.integration.faults.servers import Servers
from tests.unit.budget.build import CAUSE, given, journal, money, opening, release, reserve, verified

SEED: Final = 11
EACH: Final = 90
AT_FIRST: Final = 1_000
EARLY: Final = 500
MORE: Final = 300


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
