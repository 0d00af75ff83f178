"""A history implies the events that were announced, also after a restore made numbers jump."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from services.registry.domain.district import Defined, District
from services.registry.outbound.store import DISTRICTS
from shared.contracts.base import Names
from shared.contracts.envelope import Cause
from shared.storage.aggregates import Aggregates
from shared.storage.implied import Unfaithful, implied
from tests.fakes.storage import MemoryStores

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def defined(name: str) -> Defined:
    """A district's event."""
    return Defined(District("d1", Names(fa=name), order=1, valid_from=NOW))


def _decided(events: list[Defined], _state: District | None) -> list[Defined]:
    return events


async def _defined(stores: MemoryStores, *names: str) -> Any:
    districts = Aggregates(DISTRICTS, stores.documents("districts"), stores)
    for name in names:
        events = [defined(name)]
        await districts.execute("d1", partial(_decided, events), cause=Cause("p1", "c1", "e0"), now=NOW)
    return stores.by_name["districts"].documents["d1"]


async def test_the_events_of_a_history_are_those_that_were_announced() -> None:
    stores = MemoryStores()
    document = await _defined(stores, "یک", "دو")
    assert implied(DISTRICTS, document) == stores.events


async def test_a_new_document_of_a_lost_id_continues_after_the_numbers_others_have_seen() -> None:
    stores = MemoryStores()
    stores.documents("districts").floors["d1"] = 7
    document = await _defined(stores, "یک")
    assert [int(event["sequence"]) for event in stores.events] == [8]
    assert implied(DISTRICTS, document) == stores.events


async def test_numbers_that_a_repair_jumped_over_are_jumped_over_again() -> None:
    stores = MemoryStores()
    document = await _defined(stores, "یک")
    document |= {"sequence": 5, "raised": [{"after": 1, "from": 1, "to": 5}]}
    document = await _defined(stores, "دو")
    assert [int(event["sequence"]) for event in implied(DISTRICTS, document)] == [1, 6]
    assert implied(DISTRICTS, document) == stores.events


async def test_a_history_that_implies_another_number_of_events_implies_none() -> None:
    document = await _defined(MemoryStores(), "یک")
    with pytest.raises(Unfaithful, match="district/d1: 2 were announced"):
        implied(DISTRICTS, {**document, "sequence": 2})
