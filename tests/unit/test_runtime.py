"""The life of a service (messaging rule 3): database and indexes first, then the broker, then what uses both; the reverse at the end."""

from collections.abc import Sequence
from typing import Any

import pytest
from fastapi import FastAPI

from shared.messaging.bus import BrokerAway
from shared.runtime import Runtime
from shared.settings import ServiceSettings
from shared.storage.ports import Unavailable
from tests.waiting import until

STEPS: list[str] = []


class Recorded:
    """A part that only says when it starts, drains and stops."""

    def __init__(self, name: str, failures: Sequence[Exception] = ()) -> None:
        self.name = name
        self.failures = list(failures)
        self.connected = True

    async def start(self) -> None:
        if self.failures:
            raise self.failures.pop(0)
        STEPS.append(f"{self.name} starts")

    async def drain(self) -> None:
        STEPS.append(f"{self.name} drains")

    async def stop(self) -> None:
        STEPS.append(f"{self.name} stops")


class Client(dict[str, Any]):
    """A database client that opens nothing."""

    def __missing__(self, name: str) -> str:
        return name

    def close(self) -> None:
        STEPS.append("database closes")


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Runtime:
    STEPS.clear()
    failing = [Unavailable("starting up")]

    async def ensure_indexes(_database: object, _indexes: object) -> None:
        if failing:
            raise failing.pop()
        STEPS.append("indexes made")

    bus = Recorded("bus", [BrokerAway("not there yet")])
    monkeypatch.setattr("shared.runtime.connect", lambda *_: Client())
    monkeypatch.setattr("shared.runtime.ensure_indexes", ensure_indexes)
    monkeypatch.setattr("shared.runtime.Bus", lambda *_, **__: bus)
    monkeypatch.setattr("shared.runtime.OutboxRelay", lambda *_, **__: Recorded("relay"))
    monkeypatch.setattr("shared.runtime.TRY_AGAIN_SECONDS", 0.01)
    runtime = Runtime(ServiceSettings(service="test"), indexes=())

    async def prepare() -> None:
        STEPS.append("prepared")

    async def tick() -> int:
        if "timer ticks" not in STEPS:
            STEPS.append("timer ticks")
        return 0

    runtime.before_bus(prepare)
    runtime.part(Recorded("part"))
    runtime.timer("tick", tick)
    return runtime


async def test_parts_start_in_order_and_stop_in_reverse(runtime: Runtime) -> None:
    async with runtime.lifespan(FastAPI()):
        await until(lambda: "timer ticks" in STEPS)
    assert STEPS == [
        "indexes made",
        "prepared",
        "indexes made",  # the broker was not there yet: all again, all of it idempotent
        "prepared",
        "bus starts",
        "relay starts",
        "part starts",
        "timer ticks",
        "bus drains",
        "part stops",
        "relay stops",
        "bus stops",
        "database closes",
    ]


async def test_a_service_whose_dependencies_are_away_starts_and_says_why_it_is_not_ready(runtime: Runtime) -> None:
    assert await runtime.problems() == ["starting"]
    assert runtime.broker_away()
    async with runtime.lifespan(FastAPI()):
        await until(lambda: "timer ticks" in STEPS)
        assert not runtime.broker_away()


async def test_a_figure_that_cannot_be_looked_at_hides_no_other(runtime: Runtime) -> None:
    looked: list[str] = []

    async def broken() -> None:
        looked.append("broken")
        raise ValueError("a book does not add up")

    async def queues() -> None:
        looked.append("queues")

    runtime.look(broken)
    runtime.look(queues)
    async with runtime.lifespan(FastAPI()):
        await until(lambda: looked == ["broken", "queues"])


async def test_a_dear_figure_is_looked_at_seldom(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "settings", runtime.settings.model_copy(update={"topology_check_seconds": 0.001}))
    looked: list[str] = []

    async def dear() -> None:
        looked.append("dear")

    async def cheap() -> None:
        looked.append("cheap")

    runtime.look(dear, seconds=300)
    runtime.look(cheap)
    async with runtime.lifespan(FastAPI()):
        await until(lambda: looked.count("cheap") >= 3)
    assert looked.count("dear") == 1
