"""A collector of traces: an HTTP server that takes OTLP and keeps every span it was sent."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Seen:
    """One span as exported. ``service`` and ``replica`` are its process's; ids are hex; ``parent`` is empty for a root."""

    service: str
    replica: str
    name: str
    trace: str
    id: str
    parent: str
    attributes: Mapping[str, Any]


class Collector:
    """What was received."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._spans: list[Seen] = []
        self._lock = threading.Lock()

    def take(self, body: bytes) -> None:
        """Decode one export."""
        request = ExportTraceServiceRequest.FromString(body)
        with self._lock:
            for resource in request.resource_spans:
                of = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
                for scope in resource.scope_spans:
                    self._spans += [
                        Seen(
                            of["service.name"].removeprefix("sama-"),
                            of["service.instance.id"],
                            span.name,
                            span.trace_id.hex(),
                            span.span_id.hex(),
                            span.parent_span_id.hex(),
                            {a.key: a.value.string_value or a.value.int_value for a in span.attributes},
                        )
                        for span in scope.spans
                    ]

    def spans(self, trace: str | None = None, name: str = "", service: str = "") -> list[Seen]:
        """Return the spans of a trace (all, if None), by name and service if given."""
        with self._lock:
            return [
                span
                for span in self._spans
                if trace in (None, span.trace) and name in ("", span.name) and service in ("", span.service)
            ]


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Be quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
