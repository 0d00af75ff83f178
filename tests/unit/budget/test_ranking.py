"""Ranked calls: approvals wait for the ranking, then come on the list by score × topic weight, submission and id (BUD-5)."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.budget.domain.book import due, next_entry
from services.budget.domain.closing_commands import CloseYear
from services.budget.domain.commands import Pause
from services.budget.domain.ranking_commands import RankProgramme
from services.budget.domain.refusals import AlreadyRanked, RankingDue
from services.budget.usecases import UseCases
from shared.contracts.requests import CallDecided
from tests.fakes.journal import MemoryEntries
from tests.fakes.storage import MemoryCopies
from tests.unit.budget.build import (
    BOOK,
    START,
    Clock,
    all_entries,
    decided,
    enveloped,
    given,
    journal,
    kept,
    money,
    opening,
    release,
    reserve,
    verified,
)
from tests.unit.budget.test_properties import forged, found

NEXT = "district:7/1406"
RANK = RankProgramme(BOOK, "r", "d-rank", "p")


async def a_call(**rivals: dict[str, Any]) -> MemoryEntries:
    """100 available; approvals of a ranked call as review announces them, in this order."""
    store = MemoryEntries()
    await given(journal(store), opening(), money(100))
    uses = UseCases(
        journal=journal(store),
        entries=store,
        standings=MemoryCopies("standings"),
        stops=MemoryCopies("payment_stops"),
        calls=MemoryCopies("decided_calls"),
        clock=Clock(),
    )
    for request, said in rivals.items():
        data = decided(request, 40, waiting_rule="ranked", **said)
        await uses.following.on_case_decided(data, enveloped(data))
    return store


async def test_a_call_is_ranked_by_score_times_weight_then_submission_then_id() -> None:
    early, late = START - timedelta(days=2), START - timedelta(days=1)
    store = await a_call(
        fair={"mean_score_hundredths": 7000, "topic_weight": 1, "submitted_at": early},
        later={"mean_score_hundredths": 6000, "topic_weight": 2, "submitted_at": late},
        zwin={"mean_score_hundredths": 4000, "topic_weight": 3, "submitted_at": early},
        twin={"mean_score_hundredths": 4000, "topic_weight": 3, "submitted_at": early},
    )
    before = await kept(journal(store))
    assert (before.balances["available"], list(before.waiting), due(before)) == (100, [], None)
    await given(journal(store), RANK)
    book = await kept(journal(store))
    reserved = [s.request for s in sorted(book.subjects.values(), key=lambda s: s.since) if s.state == "reserved"]
    assert (sorted(reserved), list(book.waiting)) == (["twin", "zwin"], ["later", "fair"])
    entry = next(e for e in store.stored if e["kind"] == "programme_ranked")
    assert entry["facts"]["order"] == ["twin", "zwin", "later", "fair"]
    await verified(store)


async def test_a_call_is_ranked_once() -> None:
    """What is approved later, by an appeal, follows the book's own rule."""
    store = await a_call(a={})
    await given(journal(store), RANK)
    book = await kept(journal(store))
    assert isinstance(next_entry(book, replace(RANK, key="again")), AlreadyRanked)
    data = decided("b", 40, waiting_rule="ranked")
    uses = UseCases(
        journal=journal(store),
        entries=store,
        standings=MemoryCopies("standings"),
        stops=MemoryCopies("payment_stops"),
        calls=MemoryCopies("decided_calls"),
        clock=Clock(),
    )
    await uses.following.on_case_decided(data, enveloped(data))
    assert (await kept(journal(store))).subjects["b"].state == "reserved"
    await verified(store)


async def test_who_waits_for_a_ranking_holds_up_nobody_and_can_leave_or_stand_still() -> None:
    store = await a_call(a={}, b={}, c={})
    await given(journal(store), reserve("rolling", 90), release("a"), Pause(BOOK, "b", 9))
    assert (await kept(journal(store))).subjects["rolling"].state == "reserved"
    await given(journal(store), RANK, money(70, "more"))
    book = await kept(journal(store))
    assert {r: s.state for r, s in book.subjects.items()} == {
        "a": "released", "b": "waiting", "c": "reserved", "rolling": "reserved",
    }  # fmt: skip
    await verified(store)


async def test_no_year_is_closed_while_a_call_waits_for_its_ranking() -> None:
    book = await kept(journal(await a_call(a={})))
    assert isinstance(next_entry(book, CloseYear(BOOK, "c", "d", "district:7/1406")), RankingDue)


async def test_a_forged_order_is_found() -> None:
    """Also when the whole book was hashed anew."""
    store = await a_call(a={"topic_weight": 1}, b={"topic_weight": 2})
    await given(journal(store), RANK)
    entries = list(await all_entries(store))
    place = next(entry["seq"] for entry in entries if entry["kind"] == "programme_ranked")
    for order in (["a", "b"], ["b"], ["b", "a", "c"]):
        forgery = forged(entries, place, facts={"programme": "p", "order": order})
        assert found(forgery) == (place, "waiting")


def services(*stores: MemoryEntries, calls: MemoryCopies) -> list[UseCases]:
    """Replicas over one database of copies."""
    return [
        UseCases(
            journal=journal(store),
            entries=store,
            standings=MemoryCopies("standings"),
            stops=MemoryCopies("payment_stops"),
            calls=calls,
            clock=Clock(),
        )
        for store in stores
    ]


def last_case_over(*approved: str) -> CallDecided:
    return CallDecided(programme="p", version=1, fiscal_year="1405", district="7", book=BOOK, approved=list(approved))


@pytest.mark.parametrize("order", list(permutations(("a", "b", "call"))))
async def test_a_decided_call_ranks_itself_once_whatever_is_heard_first(order: tuple[str, ...]) -> None:
    """Also if every event comes twice, to two replicas at once."""
    store = MemoryEntries()
    await given(journal(store), opening(), money(50))
    replicas = services(store, store, calls=MemoryCopies("decided_calls"))
    scores = {"a": 100, "b": 9000}
    for heard in order:
        if heard == "call":
            told: Any = last_case_over("a", "b")
            await asyncio.gather(*(uses.ranking.on_call_decided(told, enveloped(told)) for uses in replicas))
        else:
            told = decided(heard, 40, waiting_rule="ranked", mean_score_hundredths=scores[heard])
            await asyncio.gather(*(uses.following.on_case_decided(told, enveloped(told)) for uses in replicas))
    (entry,) = [e for e in store.stored if e["kind"] == "programme_ranked"]
    assert entry["facts"]["order"] == ["b", "a"]
    assert (await kept(journal(store))).subjects["b"].state == "reserved"
    await verified(store)


async def test_a_call_that_the_office_ranked_is_not_ranked_again() -> None:
    store = await a_call(a={})
    await given(journal(store), RANK)
    (uses,) = services(store, calls=MemoryCopies("decided_calls"))
    told = last_case_over("a")
    await uses.ranking.on_call_decided(told, enveloped(told))
    assert len([e for e in store.stored if e["kind"] == "programme_ranked"]) == 1


async def test_a_call_whose_year_was_closed_meanwhile_is_ranked_in_the_next_book() -> None:
    store = MemoryEntries()
    await given(journal(store), opening(), opening(NEXT), CloseYear(BOOK, "c", "d", NEXT))
    (uses,) = services(store, calls=MemoryCopies("decided_calls"))
    told = last_case_over("a")
    await uses.ranking.on_call_decided(told, enveloped(told))
    approval = decided("a", 40, waiting_rule="ranked")
    await uses.following.on_case_decided(approval, enveloped(approval))
    (entry,) = [e for e in store.stored if e["kind"] == "programme_ranked"]
    assert (entry["book"], entry["facts"]["order"]) == (NEXT, ["a"])
