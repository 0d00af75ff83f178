"""Making and exporting spans by OpenTelemetry's SDK; imported only when tracing is on (shared/tracing.py).

The server span of an HTTP call is made here and not by OpenTelemetry's instrumentation of FastAPI, which puts the query string, the
caller's address and the texts of exceptions into it: personal data has no place in a trace. Ids, types and statuses only.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, use_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared import VERSION
from shared.contracts.envelope import Cause, Envelope
from shared.replica import REPLICA

EXPORT_SECONDS: Final = 5  # of the exporter's own thread; no call and no event waits for it
FLUSH_SECONDS: Final = 3.0  # at a stop: what a collector that is away keeps longer is lost
QUEUED: Final = 4096  # spans in memory while the collector is away; more are dropped
TRACES_PATH: Final = "/v1/traces"


class Spans:
    """The tracer of one process. None of its methods waits for the collector, except ``stop``, for a moment."""

    def __init__(self, service: str, endpoint: str) -> None:
        resource = Resource.create(
            {"service.name": f"sama-{service}", "service.version": VERSION, "service.instance.id": REPLICA}
        )
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}{TRACES_PATH}", timeout=EXPORT_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter, max_queue_size=QUEUED))
        self._tracer = self._provider.get_tracer("sama")
        self._format = TraceContextTextMapPropagator()

    def stop(self) -> None:
        """Export what is left, for at most FLUSH_SECONDS, then end.

        In a thread of its own, because the SDK's flush and shutdown do not keep to a time while the collector is silent.
        """
        ending = threading.Thread(target=self._provider.shutdown, name="last spans", daemon=True)
        ending.start()
        ending.join(FLUSH_SECONDS)
        if ending.is_alive():
            self._exporter.shutdown()  # type: ignore[no-untyped-call]  # what is under way is dropped

    def traceparent(self) -> str | None:
        """Return the current span's context in W3C form; None outside of every span."""
        carrier: dict[str, str] = {}
        self._format.inject(carrier)
        return carrier.get("traceparent")

    def root(self, name: str, cause: Cause) -> str | None:
        """Begin a trace with a span that is over at once; return its traceparent."""
        attributes = {"enduser.id": cause.actor, "sama.correlation_id": cause.correlation_id}
        span = self._tracer.start_span(name, Context(), SpanKind.INTERNAL, attributes)
        with use_span(span, end_on_exit=True):
            return self.traceparent()

    @contextmanager
    def serving(self, method: str, given: str | None, correlation: str) -> Iterator[Span]:
        """Trace one HTTP call, as a part of the caller's trace if ``given`` names one; the caller of this names and judges it."""
        attributes = {"http.request.method": method, "sama.correlation_id": correlation}
        with self._span(method, given, SpanKind.SERVER, attributes) as span:
            yield span

    def served(self, span: Span, method: str, route: str, status: int) -> None:
        """Say what the call was and how it ended."""
        span.update_name(f"{method} {route}")
        span.set_attributes({"http.route": route, "http.response.status_code": status})
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR))

    @contextmanager
    def consuming(self, event: Envelope, queue: str) -> Iterator[Envelope]:
        """Trace the handling of an event as a child of what announced it; yield the event with this span as its effects' parent."""
        attributes = {**_of_event(_naming(event)), "messaging.destination.name": queue}
        with self._span(f"handle {event.type}", event.traceparent, SpanKind.CONSUMER, attributes):
            yield event.model_copy(update={"traceparent": self.traceparent()})

    @contextmanager
    def publishing(self, events: Sequence[Mapping[str, Any]]) -> Iterator[None]:
        """Trace the publishing of a batch: a span in each event's own trace, over when the broker has confirmed all of them."""
        with ExitStack() as spans:
            for event in events:
                name, given = f"publish {event['type']}", event.get("traceparent")
                spans.enter_context(self._span(name, given, SpanKind.PRODUCER, _of_event(event)))
            yield

    @contextmanager
    def _span(self, name: str, given: str | None, kind: SpanKind, attributes: Mapping[str, Any]) -> Iterator[Span]:
        parent = self._format.extract({"traceparent": given} if given else {}, context=Context())
        span = self._tracer.start_span(name, parent, kind, attributes)
        try:
            with use_span(span, record_exception=False, set_status_on_exception=False):
                yield span
        except BaseException as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))  # its text may quote what somebody sent
            raise
        finally:
            span.end()


def _naming(event: Envelope) -> dict[str, str]:
    return {"id": event.id, "type": event.type, "subject": event.subject, "correlationid": event.correlationid}


def _of_event(event: Mapping[str, Any]) -> dict[str, str]:
    return {
        "messaging.system": "rabbitmq",
        "messaging.message.id": event["id"],
        "messaging.message.conversation_id": event["correlationid"],
        "sama.event_type": event["type"],
        "sama.aggregate": event["subject"],
    }
