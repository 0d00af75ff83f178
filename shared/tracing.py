"""Traces, off unless a collector is named: then ``active`` is None, nothing of OpenTelemetry is imported, and a look at it is all it costs.

A trace runs from the HTTP call through outbox and queue to the last consumer because the cause of every decision carries the W3C
``traceparent``: it is saved with the event, so it survives a crash between save and publish.
"""

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from shared.contracts.envelope import Cause

if TYPE_CHECKING:
    from shared.spans import Spans

STANDARD_SETTING: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"

active: "Spans | None" = None
"""What makes spans, or None: tracing is off."""


def configure(service: str, endpoint: str | None) -> None:
    """Turn tracing on if there is an endpoint, e.g. ``http://collector:4318`` (here or in OpenTelemetry's own setting), else off."""
    global active
    if active is not None:
        active.stop()
        active = None
    if found := endpoint or os.environ.get(STANDARD_SETTING):
        from shared.spans import Spans

        active = Spans(service, found)


def traceparent() -> str | None:
    """Return the current span's context to be carried on; None: tracing is off or nothing is traced now."""
    return None if active is None else active.traceparent()


def caused(cause: Cause, noun: str) -> Cause:
    """Return the cause with a trace of its own if it has none: what a timer decides was asked for by no call and no event."""
    if active is None or cause.traceparent is not None:
        return cause
    return replace(cause, traceparent=active.root(f"decide {noun}", cause))
