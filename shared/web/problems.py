"""Problem details (RFC 9457): every error is ``application/problem+json`` with ``code`` and, for fields, ``errors``."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from shared import telemetry
from shared.contracts.refusals import FieldError, Refusal
from shared.storage.ports import Unavailable
from shared.web.rates import TooMany
from shared.web.texts import Catalogue, choose_language

log = logging.getLogger("sama.web")

STATUS: Final[Mapping[str, int]] = {
    "invalid": 422,
    "unprocessable": 422,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "stale": 412,
}
FACTS: Final = "sama.facts"
"""Where in a call's scope its log line finds what else to carry: ``code`` of the refusal, ``reason`` of a refused token."""
QUERY_LIMIT: Final = 8_192  # bytes; a cursor has at most 1,000 characters, and no other parameter comes near
BODY_LIMIT: Final = 1_048_576  # bytes; the largest request with all texts at their bounds is under 200 kB
RETRY_AFTER_SECONDS: Final = 2  # a restart of a local broker or a failover; clients repeat with the same key


class Unauthenticated(Exception):
    """No token, or one that does not verify; ``reason`` says why without quoting it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class KeysAway(Exception):
    """The issuer's keys could not be read, so nobody's token can be judged now. Transient."""


class PreconditionRequired(Exception):
    """A header that the call needs is missing: ``code`` is ``version_required`` or ``idempotency_key_required``."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


class BodyTooLarge(HTTPException):
    """The body is larger than the route takes; ``limit`` in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(413)
        self.limit = limit


class Problem(BaseModel):
    """An error, as returned."""

    type: str = Field(examples=["urn:sama:problem:invalid_fields"])
    title: str
    status: int = Field(examples=[422])
    code: str = Field(description="Stable, for programs.", examples=["invalid_fields"])
    detail: str | None = None
    params: dict[str, str | int] = Field(default_factory=dict, description="What the text was filled with.")
    errors: list["ProblemField"] = Field(default_factory=list)


class ProblemField(BaseModel):
    """One field that is wrong."""

    pointer: str = Field(description="JSON pointer into the body, or the name of a parameter.", examples=["/amount"])
    code: str = Field(examples=["greater_than_equal"])
    message: str


OPTIONAL_BEARER: Final = "optional_bearer"
"""Name under which FastAPI declares a token that may be left out, which OpenAPI says in another way."""

PROBLEM_JSON: Final = "application/problem+json"

RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "description": description}
    for status, description in {
        400: "The Idempotency-Key is missing, or the request could not be read.",
        401: "No valid token.",
        403: "Not allowed.",
        404: "Not found.",
        409: "The state does not allow it.",
        412: "If-Match names an older version.",
        413: "The body is too large.",
        414: "The query is too long.",
        415: "The body is not of the kind that is taken here: JSON, or a file as it is.",
        422: "A field is wrong, or the Idempotency-Key was used with another body.",
        428: "If-Match is missing.",
        429: "Too many calls; Retry-After says when to go on.",
        503: "Database or broker away; repeat with the same Idempotency-Key.",
    }.items()
}


def declare(document: dict[str, Any]) -> None:
    """Say in an OpenAPI document what FastAPI cannot: problems are problem+json, a token may be left out, 429 has Retry-After."""
    document.get("components", {}).get("securitySchemes", {}).pop(OPTIONAL_BEARER, None)
    document.setdefault("components", {})["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    for operations in document["paths"].values():
        for operation in operations.values():
            if {OPTIONAL_BEARER: []} in operation.get("security", ()):
                operation["security"] = [{}, {"bearer": []}]
            for status, response in operation["responses"].items():
                content = response.get("content", {})
                schema = content.get("application/json", {}).get("schema", {})
                if int(status) == 429:
                    response["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
                if int(status) >= 400 and schema.get("$ref", "").endswith(f"/{Problem.__name__}"):
                    response["content"] = {PROBLEM_JSON: content["application/json"]}


def install(app: FastAPI, catalogue: Catalogue, service: str) -> None:
    """Register the handlers that turn refusals and errors into problems, which are counted as ``service``'s."""

    def respond(
        request: Request,
        status: int,
        code: str,
        params: Mapping[str, str | int] | None = None,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> JSONResponse:
        language = choose_language(request.headers.get("accept-language"))
        params = dict(params or {})
        telemetry.REFUSALS.labels(service, code).inc()
        request.scope.setdefault(FACTS, {})["code"] = code
        body: dict[str, Any] = {
            "type": f"urn:sama:problem:{code}",
            "title": catalogue.text(code, language, params),
            "status": status,
            "code": code,
            "params": params,
            "errors": [
                {"pointer": e.pointer, "code": e.code, "message": catalogue.text(e.code, language, e.params)}
                for e in errors
            ],
        }
        return JSONResponse(
            body,
            status,
            media_type=PROBLEM_JSON,
            headers={"Content-Language": language, "Vary": "Accept-Language", **(headers or {})},
        )

    async def on_refusal(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Refusal)  # noqa: S101 - registered for this type
        _log_forbidden(request, error)
        return respond(request, STATUS[error.kind], error.code, error.params, error.errors)

    async def on_invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type
        return respond(request, 422, "invalid_fields", errors=[field_error(e) for e in error.errors()])

    async def on_unauthenticated(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Unauthenticated)  # noqa: S101 - registered for this type
        request.scope.setdefault(FACTS, {})["reason"] = error.reason
        headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        return respond(request, 401, "unauthenticated", {"reason": error.reason}, headers=headers)

    async def on_precondition(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, PreconditionRequired)  # noqa: S101 - registered for this type
        return respond(request, error.status, error.code)

    async def on_away(request: Request, error: Exception) -> JSONResponse:
        log.warning("away: %s", error)
        code = "keys_unavailable" if isinstance(error, KeysAway) else "storage_unavailable"
        return respond(request, 503, code, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})

    async def on_http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type
        codes = {
            404: "not_found",
            405: "method_not_allowed",
            413: "body_too_large",
            415: "unsupported_media_type",
        }
        code = codes.get(error.status_code, "bad_request")
        params = (
            {"limit": error.limit if isinstance(error, BodyTooLarge) else BODY_LIMIT}
            if code == "body_too_large"
            else None
        )
        return respond(request, error.status_code, code, params, headers=error.headers)

    async def on_too_many(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, TooMany)  # noqa: S101 - registered for this type
        headers = {"Retry-After": str(error.retry_after)}
        return respond(request, 429, "too_many_requests", {"seconds": error.retry_after}, headers=headers)

    async def on_bug(request: Request, error: Exception) -> JSONResponse:
        correlation = str(getattr(request.state, "correlation", "-"))
        log.error("unexpected error, tracking number %s", correlation, exc_info=error)
        # This answer is made outside the middleware that names the call.
        headers = {"X-Correlation-Id": correlation}
        return respond(request, 500, "internal_error", {"correlation": correlation}, headers=headers)

    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(Unauthenticated, on_unauthenticated)
    app.add_exception_handler(PreconditionRequired, on_precondition)
    app.add_exception_handler(Unavailable, on_away)
    app.add_exception_handler(KeysAway, on_away)
    app.add_exception_handler(TooMany, on_too_many)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_bug)
    app.state.respond = respond


def _log_forbidden(request: Request, refusal: Refusal) -> None:
    if refusal.kind == "forbidden":  # who tries doors is worth knowing (F17); the correlation id leads to the caller
        correlation = getattr(request.state, "correlation", "-")
        log.info("forbidden: %s %s (%s, call %s)", request.method, request.url.path, refusal.code, correlation)


def field_error(error: Mapping[str, Any]) -> FieldError:
    """Turn one pydantic error into ours: pointer, code, params that are text or numbers."""
    place, *path = error["loc"]
    if error["type"] == "json_invalid":
        pointer = ""  # the place is an offset into the text, not a field
    elif place == "body":
        pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
    else:
        pointer = ".".join(str(step) for step in path)
    context = error.get("ctx", {})
    params = {key: value if isinstance(value, int) else str(value) for key, value in context.items()}
    return FieldError(pointer, error["type"], params)
