"""The application factory: one FastAPI application per service, with the same health, metrics, documents and errors."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Response
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import telemetry
from shared.web.api import correlation_of
from shared.web.auth import Verifier
from shared.web.deadline import Deadline
from shared.web.files import LARGER_BODY
from shared.web.observed import Observed
from shared.web.problems import (
    BODY_LIMIT,
    QUERY_LIMIT,
    RESPONSES,
    RETRY_AFTER_SECONDS,
    BodyTooLarge,
    declare,
    install,
)
from shared.web.rates import EXEMPT, Rates, TooMany, address_of
from shared.web.texts import Catalogue, Texts

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class WebParts:
    """What a service gives to its web side.

    problems: returns what keeps the service from being ready, as sentences; empty: ready.
    broker_away: tells whether the broker is known to be away; writes are then refused before anything is done.
    rates: how often one caller or address may call; default: as often as it likes.
    request_seconds: a call that has not begun to answer by then is answered 503.
    """

    name: str
    summary: str
    routers: Sequence[APIRouter]
    texts: Texts
    verifier: Verifier
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]]
    problems: Callable[[], Awaitable[Sequence[str]]]
    broker_away: Callable[[], bool] = lambda: False
    city: str | None = None
    asyncapi: Callable[[], Mapping[str, Any]] = field(default=lambda: {})
    rates: Rates = field(default_factory=Rates)
    request_seconds: float = 5.0


def build_app(parts: WebParts) -> FastAPI:
    """Return the application; nothing runs before its lifespan starts."""
    app = _Application(
        title=f"SAMA {parts.name}" + (f" · {parts.city}" if parts.city else ""),
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
    app.state.rates = parts.rates
    install(app, Catalogue(parts.texts), parts.name)
    for router in parts.routers:
        app.include_router(router)
    app.include_router(_operations(parts))
    app.add_middleware(
        Deadline,
        seconds=parts.request_seconds,
        answer=lambda request: app.state.respond(
            request, 503, "no_answer_in_time", headers={"Retry-After": str(RETRY_AFTER_SECONDS)}
        ),
    )
    larger = [*_larger_bodies(parts.routers)]
    app.add_middleware(_Guard, broker_away=parts.broker_away, app_state=app.state, larger=larger)
    app.add_middleware(Observed)  # the last one added is the outermost
    telemetry.started(parts.name)
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
        return Response(generate_latest(telemetry.exported(parts.city)), media_type=CONTENT_TYPE_LATEST)

    @router.get("/asyncapi.json", summary="The events that this service announces and listens to, as AsyncAPI")
    async def asyncapi() -> Mapping[str, Any]:
        return parts.asyncapi()

    return router


@dataclass(frozen=True, slots=True)
class _LargerBody:
    """A route that takes files. limit: bytes."""

    methods: frozenset[str]
    path: re.Pattern[str]
    limit: int


def _larger_bodies(routers: Sequence[APIRouter]) -> Iterator[_LargerBody]:
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and LARGER_BODY in (route.openapi_extra or {}):
                limit = (route.openapi_extra or {})[LARGER_BODY]
                yield _LargerBody(frozenset(route.methods or ()), route.path_regex, limit)


class _Guard:
    """Bounds body, query and rate, refuses writes while the broker is away, and names the call by its correlation id."""

    def __init__(
        self, app: ASGIApp, broker_away: Callable[[], bool], app_state: Any, larger: Sequence[_LargerBody]
    ) -> None:
        self._app = app
        self._broker_away = broker_away
        self._state = app_state
        self._larger = larger

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

        async def send_with_correlation(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-correlation-id", correlation.encode())]
            await send(message)

        await self._app(scope, _bounded(receive, self._body_limit(request)), send_with_correlation)

    def _body_limit(self, request: Request) -> int:
        for route in self._larger:
            if request.method in route.methods and route.path.match(request.url.path):
                return route.limit
        return BODY_LIMIT

    def _refusal(self, request: Request) -> Any:
        if "authorization" not in request.headers and request.url.path not in EXEMPT:
            try:
                self._state.rates.take(address_of(request))
            except TooMany as error:
                headers = {"Retry-After": str(error.retry_after)}
                return self._state.respond(
                    request, 429, "too_many_requests", {"seconds": error.retry_after}, headers=headers
                )
        length = request.headers.get("content-length", "0")
        limit = self._body_limit(request)
        if not _is_size(length) or int(length) > limit:
            return self._state.respond(request, 413, "body_too_large", {"limit": limit})
        if len(request.scope.get("query_string", b"")) > QUERY_LIMIT:
            return self._state.respond(request, 414, "query_too_long", {"limit": QUERY_LIMIT})
        if request.method not in SAFE_METHODS and self._broker_away():
            headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            return self._state.respond(request, 503, "broker_unavailable", headers=headers)
        return None


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _bounded(receive: Receive, limit: int) -> Receive:
    """A body without Content-Length is refused where it passes the limit."""
    size = 0

    async def bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise BodyTooLarge(limit)
        return message

    return bounded
