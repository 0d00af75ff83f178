"""The figures: each is a question, named as Prometheus wants it, explained to operators, and exported by every service."""

import re
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest
from fastapi import APIRouter
from httpx import ASGITransport, AsyncClient
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

from shared import telemetry
from shared.runtime import Runtime, service_app
from shared.settings import ServiceSettings
from shared.telemetry import Age

OPERATIONS: Final = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
ROW: Final = re.compile(r"^\| `(sama_[a-z_]+)` \| (.+) \| (.+) \|$", re.MULTILINE)
BASE_UNITS: Final = ("_seconds", "_total", "_info")
COUNTS_OF_THINGS: Final = ("_ready", "_unacked", "_consumers", "_waiting")


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


@pytest.mark.parametrize("figure", figures(telemetry), ids=name_of)
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


@pytest.mark.parametrize("figure", figures(telemetry), ids=name_of)
def test_no_label_of_a_figure_is_an_id(figure: MetricWrapperBase) -> None:
    known = {
        "book", "code", "collection", "consumer", "error", "event", "kind", "method", "python", "queue", "route",
        "service", "status", "timer", "version",
    }  # fmt: skip
    assert set(figure._labelnames) <= known


def test_the_operators_table_is_that_of_the_exported_figures() -> None:
    rows = ROW.findall(OPERATIONS.read_text("utf-8"))
    assert sorted(name for name, _, _ in rows) == sorted(names_of(telemetry))


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
        await client.get("/things/secret-1")
        await client.get("/nowhere/secret-2")
        await client.request("BREW", "/things/secret-3")
        text = (await client.get("/metrics")).text
    assert 'sama_http_seconds_count{method="GET",route="/things/{thing}",status="2xx"}' in text
    assert 'sama_http_seconds_count{method="GET",route="none",status="4xx"}' in text
    assert 'method="other"' in text
    assert "secret" not in text
    assert 'sama_refusals_total{code="not_found",service="registry"}' in text


def test_an_age_goes_on_while_nobody_looks() -> None:
    gauge = Gauge("sama_test_age_seconds", "?", registry=None)
    now = 1_000.0
    age = Age(gauge, lambda: now)
    assert gauge.collect()[0].samples[0].value == 0
    age.look(datetime.fromtimestamp(990, UTC))
    now = 1_500.0
    assert gauge.collect()[0].samples[0].value == 510
    age.look(None)
    assert gauge.collect()[0].samples[0].value == 0
