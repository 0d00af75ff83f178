"""The application factory: one FastAPI application per service, with the same health, metrics, documents and errors."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web.api import correlation_of
from shared.web.auth import Verifier
from shared.web.problems import BODY_LIMIT, RESPONSES, RETRY_AFTER_SECONDS, declare, install
from shared.web.texts import Catalogue, Texts

log = logging.getLogger("sama.web")

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class WebParts:
    """What a service gives to its web side.

    problems: returns what keeps the service from being ready, as sentences; empty: ready.
    broker_away: tells whether the broker is known to be away; writes are then refused before anything is done.
    request_seconds: how long a call may take from the end of its body to the beginning of its answer; then it is answered by 503.
    """

    name: str
    summary: str
    routers: Sequence[APIRouter]
    texts: Texts
    verifier: Verifier
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]]
    problems: Callable[[], Awaitable[Sequence[str]]]
    broker_away: Callable[[], bool] = lambda: False
    request_seconds: float = 5.0
    asyncapi: Callable[[], Mapping[str, Any]] = field(default=lambda: {})


def build_app(parts: WebParts) -> FastAPI:
    """Return the application; nothing runs before its lifespan starts."""
    app = _Application(
        title=f"SAMA {parts.name}",
        version="1.0.0",
        summary=parts.summary,
        description=(
            "Commands are POST with an Idempotency-Key; drafts change by PATCH with If-Match; errors are problem details "
            "(RFC 9457) in Persian or English by Accept-Language."
        ),
        lifespan=parts.lifespan,
        responses=RESPONSES,
        separate_input_output_schemas=False,
    )
    app.state.verifier = parts.verifier
    install(app, Catalogue(parts.texts))
    for router in parts.routers:
        app.include_router(router)
    app.include_router(_operations(parts))
    app.add_middleware(
        _Guard, broker_away=parts.broker_away, request_seconds=parts.request_seconds, app_state=app.state
    )
    return app


class _Application(FastAPI):
    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        declare(document)
        return document


def _operations(parts: WebParts) -> APIRouter:
    router = APIRouter(tags=["operations"])

    @router.get("/health/live", summary="The process runs")
    async def live() -> dict[str, str]:
        return {"status": "ok", "service": parts.name}

    @router.get("/health/ready", summary="The service can do its work", responses={503: {"description": "Not ready."}})
    async def ready(response: Response) -> dict[str, Any]:
        problems = await parts.problems()
        if problems:
            response.status_code = 503
            response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return {"status": "not ready" if problems else "ready", "service": parts.name, "problems": list(problems)}

    @router.get("/metrics", summary="Figures for Prometheus", response_class=Response)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @router.get("/asyncapi.json", summary="The events that this service announces and listens to, as AsyncAPI")
    async def asyncapi() -> Mapping[str, Any]:
        return parts.asyncapi()

    return router


class _Guard:
    """Bounds the body and the time, refuses writes while the broker is away, and names the call by its correlation id."""

    def __init__(self, app: ASGIApp, broker_away: Callable[[], bool], request_seconds: float, app_state: Any) -> None:
        self._app = app
        self._broker_away = broker_away
        self._seconds = request_seconds
        self._state = app_state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        correlation = correlation_of(request)
        refused = self._refusal(request)
        if refused is not None:
            await refused(scope, receive, send)
            return

        deadline = _Deadline(self._seconds, request)

        async def send_with_correlation(message: Message) -> None:
            if message["type"] == "http.response.start":
                deadline.end()
                message["headers"] = [*message["headers"], (b"x-correlation-id", correlation.encode())]
            await send(message)

        try:
            async with deadline.timeout:
                await self._app(scope, deadline.watched(_bounded(receive)), send_with_correlation)
        except TimeoutError:
            if deadline.answered or not deadline.timeout.expired():
                raise
            # What was under way is cancelled, and may be stored or not: the same as when the database's reply is lost.
            log.warning("%s %s: no answer within %s s", request.method, request.url.path, self._seconds)
            headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            late = self._state.respond(request, 503, "request_timed_out", headers=headers)
            await late(scope, receive, send_with_correlation)

    def _refusal(self, request: Request) -> Any:
        length = request.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > BODY_LIMIT:
            return self._state.respond(request, 413, "body_too_large", {"limit": BODY_LIMIT})
        if request.method not in SAFE_METHODS and self._broker_away():
            headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            return self._state.respond(request, 503, "broker_unavailable", headers=headers)
        return None


class _Deadline:
    """Runs from the end of the body (a slow sender is not held against the service) to the beginning of the answer.

    ``/health`` has none: it says which dependency is silent, and has bounds of its own.
    """

    def __init__(self, seconds: float, request: Request) -> None:
        self._seconds = seconds
        self._unbounded = request.url.path.startswith("/health/")
        self.answered = False
        headers = request.headers
        no_body = "transfer-encoding" not in headers and headers.get("content-length", "0") == "0"
        self.timeout = asyncio.timeout(seconds if no_body and not self._unbounded else None)

    def watched(self, receive: Receive) -> Receive:
        """Return ``receive``, which begins the deadline at the end of the body."""

        async def watched() -> Message:
            message = await receive()
            ended = message["type"] == "http.request" and not message.get("more_body", False)
            if ended and not (self._unbounded or self.answered or self.timeout.when()):
                self.timeout.reschedule(asyncio.get_running_loop().time() + self._seconds)
            return message

        return watched

    def end(self) -> None:
        """The answer begins: a long one may take its time."""
        self.answered = True
        if not self.timeout.expired():
            self.timeout.reschedule(None)


def _bounded(receive: Receive) -> Receive:
    """A body without Content-Length is refused where it passes the limit."""
    size = 0

    async def bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > BODY_LIMIT:
            raise HTTPException(413)
        return message

    return bounded
