"""The check of ``sama.public``: a true stream passes, and what misses, differs or should not be there is named."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import orjson
import pytest
import pytest_asyncio

from ops.verify.public import Shown, check_public
from shared.contracts.public.forms import public_form
from tests.unit.verify.world import Stored, city

Event = dict[str, Any]


@pytest_asyncio.fixture(scope="module")
async def true() -> Stored:
    return Stored(await city())


def stream(true: Stored) -> list[Event]:
    """What the city told outsiders."""
    return [deepcopy(form) for event in true.snapshot().told.values() if (form := public_form(event)) is not None]


def found(true: Stored, events: list[Event], *, waiting: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
    shown = Shown()
    for offset, event in enumerate(events):
        shown.take(offset, orjson.dumps(event))
    snapshot = true.snapshot()
    return [str(f) for f in (*shown.findings, *check_public(shown, snapshot.told, waiting or snapshot.waiting, set()))]


def test_a_true_stream_passes_also_with_repeats(true: Stored) -> None:
    events = stream(true)
    assert len({event["type"] for event in events}) > 8
    assert found(true, [*events, *events]) == []


def missing(events: list[Event]) -> None:
    events[:] = [
        event for event in events if event["type"] != "case.decided.v1" or event["data"]["outcome"] != "rejected"
    ]


def changed(events: list[Event]) -> None:
    next(event for event in events if event["type"] == "commitment.made.v1")["data"]["amount"] += 1


def twice_differently(events: list[Event]) -> None:
    events.append({**events[0], "time": "2020-01-01T00:00:00.000Z"})


def told_of_nothing(events: list[Event]) -> None:
    events.append({**events[0], "id": "forged", "subject": "district/forged"})


def of_no_public_type(events: list[Event]) -> None:
    events.append({**events[0], "id": "leak", "type": "request.submitted.v1"})


def with_more_than_its_form(events: list[Event]) -> None:
    next(event for event in events if event["type"] == "case.decided.v1")["actor"] = "person-1"


def a_head_nobody_knows(events: list[Event]) -> None:
    head = {"book": "city/1405", "seq": 1, "hash": "0" * 64, "at": "2026-11-22T08:30:00.000Z"}
    told = {"id": "head", "type": "book.head_published.v1", "subject": "head/city/1405", "data": head}
    events.append({**events[0], **told})


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (missing, "sama.public does not have it"),
        (changed, "commitment.made.v1 in sama.public is not the public form"),
        (twice_differently, "twice with different content"),
        (told_of_nothing, "is the public form of nothing"),
        (of_no_public_type, "it is no public event of ours"),
        (with_more_than_its_form, "case.decided.v1 in sama.public is not the public form"),
        (a_head_nobody_knows, "the archive knows no such head"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_wrong_with_the_stream_is_named(
    true: Stored, tamper: Callable[[list[Event]], None], named: str
) -> None:
    events = stream(true)
    tamper(events)
    assert [finding for finding in found(true, events) if named in finding] != []


def test_what_still_waits_to_be_announced_is_not_missing(true: Stored) -> None:
    events = stream(true)
    last = events.pop()
    told = true.snapshot().told
    (id,) = [id for id, event in told.items() if (public_form(event) or {}).get("id") == last["id"]]
    assert found(true, events) != []
    assert found(true, events, waiting={id}) == []
