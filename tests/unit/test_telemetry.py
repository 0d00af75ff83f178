"""The figures: each is a question, named as Prometheus wants it, explained to operators, and exported by every service."""

import re
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from fastapi import APIRouter
from httpx import ASGITransport, AsyncClient
from prometheus_client import REGISTRY, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics import MetricWrapperBase
from pymongo.errors import AutoReconnect, DuplicateKeyError, OperationFailure

from services.budget.outbound import figures as budget_figures
from services.registry.domain.district import Defined, District
from services.registry.outbound import figures as registry_figures
from services.registry.outbound.store import DISTRICTS
from services.requests.outbound import figures as requests_figures
from services.review.outbound import figures as review_figures
from services.webhooks import figures as webhooks_figures
from shared import telemetry
from shared.contracts.base import Names
from shared.contracts.envelope import Cause
from shared.runtime import Runtime, service_app
from shared.settings import ServiceSettings
from shared.storage.aggregates import Aggregates
from shared.storage.mongo import translated
from shared.storage.ports import DuplicateValue, Unavailable
from shared.telemetry import Age, Ages, Values
from shared.timers import Timer
from tests.fakes.storage import MemoryStores
from tests.waiting import until

OPERATIONS: Final = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
ROW: Final = re.compile(r"^\| `(sama_[a-z_]+)` \| (.+) \| (.+) \|$", re.MULTILINE)
BASE_UNITS: Final = ("_seconds", "_total", "_info")
COUNTS_OF_THINGS: Final = (
    "_ready",
    "_unacked",
    "_consumers",
    "_waiting",
    "_subscriptions",
    "_wanted",
    "_organizations",
    "_requests",
    "_cases",
    "_money",
)
OF_ONE_SERVICE: Final = (registry_figures, requests_figures, review_figures, budget_figures, webhooks_figures)
ALL: Final = (telemetry, *OF_ONE_SERVICE)


def figures(module: ModuleType) -> list[MetricWrapperBase]:
    return [value for value in vars(module).values() if isinstance(value, MetricWrapperBase)]


def name_of(figure: MetricWrapperBase) -> str:
    (family,) = figure.describe()
    return f"{family.name}_total" if isinstance(figure, Counter) else str(family.name)


def names_of(module: ModuleType) -> set[str]:
    """Return the names as they are exported."""
    return {name_of(figure) for figure in figures(module)}


def exported_names(text: str) -> set[str]:
    """Return the names in a page of figures."""
    return set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))


@pytest.mark.parametrize("figure", [figure for module in ALL for figure in figures(module)], ids=name_of)
def test_a_figure_answers_a_question_and_is_named_as_prometheus_wants_it(figure: MetricWrapperBase) -> None:
    (family,) = figure.describe()
    assert family.documentation.endswith("?")
    name = name_of(figure)
    assert re.fullmatch(r"sama_[a-z]+(_[a-z]+)*", name)
    if isinstance(figure, Histogram):
        assert name.endswith("_seconds")
    elif isinstance(figure, Gauge):
        assert not name.endswith("_total")
        assert name.endswith((*BASE_UNITS, *COUNTS_OF_THINGS))


@pytest.mark.parametrize("figure", [figure for module in ALL for figure in figures(module)], ids=name_of)
def test_no_label_of_a_figure_is_an_id_but_of_a_district(figure: MetricWrapperBase) -> None:
    known = {
        "book", "code", "collection", "consumer", "currency", "district", "error", "event", "fiscal_year", "kind", "method",
        "outcome", "part", "python", "queue", "route", "service", "status", "timer", "version",
    }  # fmt: skip
    assert set(figure._labelnames) <= known


def test_the_operators_table_is_that_of_the_exported_figures() -> None:
    rows = ROW.findall(OPERATIONS.read_text("utf-8"))
    assert sorted(name for name, _, _ in rows) == sorted(name for module in ALL for name in names_of(module))


async def test_every_service_exports_every_figure_and_what_it_is() -> None:
    runtime = Runtime(ServiceSettings(service="registry"), indexes=())
    app = service_app(runtime, summary="", router=APIRouter(), texts={})
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        text = (await client.get("/metrics")).text
    assert names_of(telemetry) <= exported_names(text)
    assert 'sama_build_info{python="' in text


async def test_calls_are_counted_by_route_and_never_by_path() -> None:
    runtime = Runtime(ServiceSettings(service="registry"), indexes=())
    router = APIRouter()

    @router.get("/things/{thing}")
    async def read(thing: str) -> str:
        return thing

    app = service_app(runtime, summary="", router=router, texts={})
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        await client.get("/things/of-somebody-1")
        await client.get("/nowhere/of-somebody-2")
        await client.request("BREW", "/things/of-somebody-3")
        text = (await client.get("/metrics")).text
    assert 'sama_http_seconds_count{method="GET",route="/things/{thing}",status="2xx"}' in text
    assert 'sama_http_seconds_count{method="GET",route="none",status="4xx"}' in text
    assert 'method="other"' in text
    assert "of-somebody" not in text
    assert 'sama_refusals_total{code="not_found",service="registry"}' in text


def _value(gauge: Gauge) -> float:
    (family,) = gauge.collect()
    return family.samples[0].value


def test_an_age_goes_on_while_nobody_looks() -> None:
    gauge = Gauge("sama_test_age_seconds", "?", registry=None)
    now = 1_000.0
    age = Age(gauge, lambda: now)
    assert _value(gauge) == 0
    age.look(datetime.fromtimestamp(990, UTC))
    now = 1_500.0
    assert _value(gauge) == 510
    age.look(None)
    assert _value(gauge) == 0


def _values(gauge: Gauge) -> dict[tuple[str, ...], float]:
    (family,) = gauge.collect()
    return {tuple(sample.labels.values()): sample.value for sample in family.samples}


def test_what_is_no_longer_there_becomes_0() -> None:
    gauge = Gauge("sama_test_cases", "?", ("district", "status"), registry=None)
    values = Values(gauge)
    values.look({("7", "open"): 2, ("8", "open"): 1})
    values.look({("8", "open"): 3})
    assert _values(gauge) == {("7", "open"): 0, ("8", "open"): 3}


def test_ages_by_labels_go_on_and_end() -> None:
    gauge = Gauge("sama_test_ages_seconds", "?", ("district",), registry=None)
    now = 1_000.0
    ages = Ages(gauge, lambda: now)
    ages.look({("7",): datetime.fromtimestamp(990, UTC), ("8",): datetime.fromtimestamp(980, UTC), ("9",): None})
    now = 1_010.0
    ages.look({("8",): datetime.fromtimestamp(980, UTC)})
    assert _values(gauge) == {("7",): 0, ("8",): 30, ("9",): 0}


class Kept:
    """What a figure has counted since."""

    def __init__(self, name: str, **labels: str) -> None:
        self._name, self._labels = name, labels
        self._before = self._now()

    def _now(self) -> float:
        return REGISTRY.get_sample_value(self._name, self._labels) or 0.0

    @property
    def more(self) -> float:
        return self._now() - self._before


async def test_a_timer_counts_what_went_well_and_what_failed() -> None:
    runs, failures = Kept("sama_timer_runs_total", timer="t"), Kept("sama_timer_failures_total", timer="t")
    looks = 0

    async def work() -> int:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise ValueError("broken")
        return 0

    timer = Timer("t", work, 0.001)
    timer.start()
    await until(lambda: runs.more >= 1)
    await timer.stop()
    assert failures.more == 1


def test_errors_of_the_database_are_counted_by_what_they_mean() -> None:
    away, refused = (Kept("sama_database_errors_total", kind=kind) for kind in ("away", "refused"))
    for error, raised in (
        (AutoReconnect("gone"), Unavailable),
        (OperationFailure("stepped down", 189), Unavailable),
        (OperationFailure("not allowed", 13), OperationFailure),
        (DuplicateKeyError("taken"), DuplicateValue),
    ):
        with pytest.raises(raised), translated():
            raise error
    assert (away.more, refused.more) == (2, 1)


async def test_a_lost_race_is_counted_by_collection() -> None:
    counted = Kept("sama_lost_races_total", collection="districts")
    stores = MemoryStores(())
    documents = stores.documents("districts")
    first, saves = documents.insert, 0

    async def insert(document: dict[str, Any]) -> bool:
        nonlocal saves
        saves += 1
        return False if saves == 1 else await first(document)

    documents.insert = insert  # type: ignore[method-assign]
    now = datetime(2026, 11, 22, tzinfo=UTC)
    district = District("7", Names(fa="منطقه ۷"), 7, now)
    await Aggregates(DISTRICTS, documents, stores).execute(
        "7", lambda _: [Defined(district)], cause=Cause("p", "c"), now=now
    )
    assert counted.more == 1


def test_the_figures_of_one_city_of_several_carry_its_name() -> None:
    telemetry.PUBLISHED.inc(0)
    plain = generate_latest(telemetry.exported(None)).decode()
    lines = [line for line in generate_latest(telemetry.exported("ray")).decode().splitlines() if line[0] != "#"]

    assert 'city="' not in plain
    assert len(lines) > 10
    assert all('city="ray"' in line for line in lines)
