"""What is observed of each HTTP call: one log line, its time by route, and its span if tracing is on."""

import logging
from contextlib import nullcontext
from time import perf_counter
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, clear_contextvars

from shared import telemetry, tracing
from shared.web.api import correlation_of
from shared.web.problems import FACTS

log = logging.getLogger("sama.http")

METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
UNTRACED: Final = ("/health/", "/metrics")
NO_ROUTE: Final = "none"


class Observed:
    """The outermost middleware. Commands and refused tokens are told at INFO, failures at WARNING, other reads at DEBUG."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        method = scope["method"] if scope["method"] in METHODS else "other"
        correlation = correlation_of(request)
        # Not taken back at the end: an unexpected error is logged outside of this middleware, and each call has a context of its own.
        clear_contextvars()
        bind_contextvars(method=method, correlation_id=correlation)
        status, began = 500, perf_counter()  # what does not answer is answered with 500 further out

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        spans = None if scope["path"].startswith(UNTRACED) else tracing.active
        given = request.headers.get("traceparent")
        with nullcontext() if spans is None else spans.serving(method, given, correlation) as span:
            try:
                await self._app(scope, receive, send_and_note)
            finally:
                route = getattr(scope.get("route"), "path", NO_ROUTE)
                if spans is not None and span is not None:
                    spans.served(span, method, route, status)
                _told(scope, method, route, status, perf_counter() - began)


def _told(scope: Scope, method: str, route: str, status: int, seconds: float) -> None:
    telemetry.HTTP_SECONDS.labels(method, route, f"{status // 100}xx").observe(seconds)
    level = logging.DEBUG
    if status >= 500:
        level = logging.WARNING
    elif method not in READS or status in (401, 403):
        level = logging.INFO
    if log.isEnabledFor(level):
        facts = {"route": route, "status": status, "duration_ms": round(seconds * 1000, 1), **scope.get(FACTS, {})}
        log.log(level, "%s %s %d", method, route, status, extra=facts)
