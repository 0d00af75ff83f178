"""One trace from a call through outbox and queue to the last consumer, on real servers – also when the process dies in between."""

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final

import httpx
import pytest

from ops.client import SERVICES
from ops.play import requests
from shared import telemetry
from tests.integration.collector import Collector, Seen, collecting
from tests.integration.live import Live
from tests.servers import Broker
from tests.unit.test_telemetry import exported_names, names_of
from tests.waiting import until

PATIENCE: Final = 60.0


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """Where the services send their spans."""
    with collecting() as running:
        yield running


@pytest.fixture(scope="module")
async def live(
    tmp_path_factory: pytest.TempPathFactory, broker: Broker, mongo_url: str, collector: Collector
) -> AsyncIterator[Live]:
    """The services with tracing on, and a founded city."""
    live = Live(tmp_path_factory.mktemp("traced"), broker, mongo_url)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SAMA_OTLP_ENDPOINT", collector.url)
        environment.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        environment.setenv("SAMA_TOPOLOGY_CHECK_SECONDS", "1")
        await live.prepare()
        await live.start()
        try:
            await live.found()
            yield live
        finally:
            await live.stop()
            await live.forget()


@contextmanager
def traced(live: Live) -> Iterator[tuple[str, str]]:
    """Make every call of the story part of one trace, as a caller's own tracing would; yields trace id and span id."""
    trace, span = secrets.token_hex(16), secrets.token_hex(8)
    clients = [getattr(live.sama, service)._http for service in SERVICES]
    for client in clients:
        client.headers["traceparent"] = f"00-{trace}-{span}-01"
    try:
        yield trace, span
    finally:
        for client in clients:
            del client.headers["traceparent"]


async def the(collector: Collector, trace: str, service: str, name: str) -> Seen:
    """Return a span of the trace once it is there."""
    await until(lambda: bool(collector.spans(trace, name, service)), seconds=PATIENCE, what=f"{name} in {service}")
    return collector.spans(trace, name, service)[0]


def strays(collector: Collector, trace: str, outside: str) -> list[Seen]:
    """Return the spans whose parent has not come: each process sends its own when it likes, a child's may be first."""
    spans = collector.spans(trace)
    known = {outside, *(span.id for span in spans)}
    return [span for span in spans if span.parent not in known]


async def test_one_trace_runs_through_all_four_services_from_registration_to_reservation(
    live: Live, collector: Collector
) -> None:
    with traced(live) as (trace, outside):
        await live.reserved(await live.organization())
    chain = [  # each is a child of the one before it
        (("registry", "POST /organizations/{organization}/approve"), ("requests", "handle organization.standing_changed.v1")),
        (("requests", "POST /requests/{id}/submit"), ("review", "handle request.submitted.v1")),
        (("review", "handle request.submitted.v1"), ("requests", "handle case.opened.v1")),
        (("budget", "handle case.decided.v1"), ("requests", "handle reservation.made.v1")),
    ]  # fmt: skip
    for (cause_service, cause), (effect_service, effect) in chain:
        await the(collector, trace, effect_service, effect)
        await the(collector, trace, cause_service, cause)
        causes = {span.id for span in collector.spans(trace, cause, cause_service)}
        assert any(span.parent in causes for span in collector.spans(trace, effect, effect_service)), (cause, effect)
    await the(collector, trace, "budget", "publish reservation.made.v1")
    await the(collector, trace, "budget", "handle case.decided.v1")
    await until(
        lambda: not strays(collector, trace, outside), seconds=PATIENCE, what="every span's parent has come, too"
    )
    spans = {span.id: span for span in collector.spans(trace)}
    assert {span.service for span in spans.values()} == {*SERVICES, "portal"}  # which follows what is public
    decided = await the(collector, trace, "budget", "handle case.decided.v1")
    assert spans[decided.parent].name == "POST /cases/{id}/summary/sign"
    assert spans[decided.parent].service == "review"
    servers = [span for span in spans.values() if "http.route" in span.attributes]
    assert servers
    assert {span.parent for span in servers} == {outside}


async def test_a_trace_survives_a_crash_between_save_and_publish(live: Live, collector: Collector) -> None:
    owner = await live.organization()
    await live.reserved(owner)  # so its standing is known by now
    request = await requests.draft(live.sama, owner, live.content())
    await live.rabbit.become("silent")  # what is saved now cannot be published
    with traced(live) as (trace, _):
        await requests.submit(live.sama, request)
    saved = await the(collector, trace, "requests", "POST /requests/{id}/submit")
    assert saved.attributes["http.response.status_code"] == httpx.codes.OK
    live.stack.kill("requests")
    await live.rabbit.become("there")
    await live.stack.start_again("requests")
    published = await the(collector, trace, "requests", "publish request.submitted.v1")
    handled = await the(collector, trace, "review", "handle request.submitted.v1")
    assert published.replica != saved.replica
    assert (published.parent, handled.parent) == (saved.id, saved.id)
    await live.ready()


async def test_no_personal_data_and_no_token_is_in_a_span(live: Live, collector: Collector) -> None:
    owner = await live.organization()
    await until(lambda: bool(collector.spans(name="POST /organizations")), seconds=PATIENCE)
    found = await live.http.get(
        f"{live.stack.url('registry')}/organizations",
        params={"q": "09123456789"},
        headers={"Authorization": f"Bearer {live.token(owner.applicant, 'registry')}"},
    )
    assert found.status_code == httpx.codes.OK
    await until(lambda: bool(collector.spans(name="GET /organizations")), seconds=PATIENCE)
    everything = repr(collector.spans())
    assert [told for told in ("0010350829", "09123456789", "نماینده", "Bearer", "eyJ") if told in everything] == []


@pytest.mark.parametrize("service", SERVICES)
async def test_a_running_service_exports_every_figure(live: Live, service: str) -> None:
    async def text() -> str:
        return (await live.http.get(f"{live.stack.url(service)}/metrics")).text

    assert names_of(telemetry) <= exported_names(await text())
    if service == "registry":
        return

    async def counted() -> bool:
        return f'sama_queue_consumers{{queue="{service}.registry"}} 1.0' in await text()

    await until(counted, seconds=PATIENCE, what="the queue's figures")
    assert 'sama_build_info{python="' in await text()
    assert 'sama_oldest_unsent_seconds{collection="' in await text()
