"""Tracing: off it is not even imported; on it never waits for its collector."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter
from httpx import ASGITransport, AsyncClient

from shared import VERSION, tracing
from shared.contracts.envelope import Cause, Envelope
from shared.runtime import Runtime, service_app
from shared.settings import ServiceSettings
from shared.spans import Spans
from tests.integration.messaging.support import suspended

OFF = """
import sys
from services.{service}.main import app
HEAVY = ("opentelemetry.sdk", "opentelemetry.exporter", "google.protobuf", "requests.")
print(sorted(name for name in sys.modules if name == "shared.spans" or name.startswith(HEAVY)))
"""


@pytest.fixture
def silent() -> Iterator[str]:
    """A collector that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=1) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def spans(silent: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Spans]:
    """Tracing, on, to the silent collector."""
    monkeypatch.setattr("shared.spans.EXPORT_SECONDS", 1)
    monkeypatch.setattr("shared.spans.FLUSH_SECONDS", 0.2)
    tracing.configure("review", silent)
    assert tracing.active is not None
    yield tracing.active
    tracing.active.stop()
    monkeypatch.setattr(tracing, "active", None)


@pytest.mark.parametrize("service", ["registry", "budget"])
def test_a_service_without_a_collector_imports_nothing_that_makes_or_sends_spans(service: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", OFF.format(service=service)], capture_output=True, text=True, check=True, env={}
    )
    assert told.stdout.strip() == "[]"


def test_off_a_cause_is_the_same_and_there_is_no_traceparent() -> None:
    cause = Cause("system:review", "c1")
    assert tracing.active is None
    assert tracing.caused(cause, "case") is cause
    assert tracing.traceparent() is None


def test_an_event_is_handled_as_a_child_and_its_effects_name_that_child(spans: Spans) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    event = Envelope.model_validate({**suspended(1), "traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    with spans.consuming(event, "review.registry") as traced:
        cause = traced.cause
    assert cause.traceparent is not None
    assert cause.traceparent.split("-")[1] == trace
    assert cause.traceparent != event.traceparent
    assert (cause.correlation_id, cause.causation_id) == (event.correlationid, event.id)
    assert tracing.caused(cause, "case") is cause
    assert spans.traceparent() is None


def test_what_a_timer_decides_begins_a_trace_of_its_own(spans: Spans) -> None:
    first, second = (tracing.caused(Cause("system:review", "c1"), "case").traceparent for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.split("-")[1] != second.split("-")[1]


@pytest.mark.parametrize("given", ["", "nonsense", "00-" + "0" * 32 + "-b7ad6b7169203331-01", "ff" * 60])
def test_a_traceparent_that_is_none_begins_a_new_trace(spans: Spans, given: str) -> None:
    event = Envelope.model_validate(suspended(1)).model_copy(update={"traceparent": given})
    with spans.consuming(event, "q") as traced:
        assert traced.traceparent is not None
        assert traced.traceparent.split("-")[1] != "0" * 32


async def test_a_collector_that_never_answers_delays_and_fails_no_call(silent: str) -> None:
    settings = ServiceSettings(service="registry", otlp_endpoint=silent)
    router = APIRouter()

    @router.get("/now")
    async def now() -> str | None:
        return tracing.traceparent()

    app = service_app(Runtime(settings, indexes=()), summary="", router=router, texts={})
    try:
        async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
            began = time.perf_counter()
            answers = [await client.get("/now") for _ in range(600)]  # more than one batch
            seconds = time.perf_counter() - began
    finally:
        spans, tracing.active = tracing.active, None
        assert spans is not None
        began = time.perf_counter()
        spans.stop()
        stopping = time.perf_counter() - began
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text.split("-")[1] for answer in answers}) == len(answers)
    assert seconds < 30  # an export alone takes EXPORT_SECONDS, and there are several
    assert stopping < 9  # FLUSH_SECONDS and room; a service has ten seconds in all to stop


def test_off_the_seam_costs_next_to_nothing() -> None:
    """A look at the seam takes well under a microsecond; a hop takes milliseconds."""
    cause = Cause("p1", "c1")
    best = min(_seconds(cause) for _ in range(5))
    assert best / 10_000 < 5e-6  # measured 0.06 µs; the bound only tells it from work


def _seconds(cause: Cause) -> float:
    began = time.process_time()
    for _ in range(10_000):
        tracing.caused(cause, "case")
    return time.process_time() - began


def test_the_version_is_the_packages() -> None:
    text = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text("utf-8")
    assert f'version = "{VERSION}"' in text
