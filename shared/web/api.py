"""What every endpoint uses: who calls, which command, which version; and the forms of answers (SEAMS.md, "HTTP resources")."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends, Header, Query, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field, WithJsonSchema
from structlog.contextvars import bind_contextvars

from shared import tracing
from shared.clock import new_id
from shared.contracts.envelope import Cause
from shared.storage.ports import Command, Page, Stored
from shared.web.auth import Verifier
from shared.web.caller import Caller
from shared.web.problems import OPTIONAL_BEARER, PreconditionRequired, Unauthenticated
from shared.web.rates import Rates, address_of

T = TypeVar("T")

_KEY: Final = re.compile(r"^[\x21-\x7e]{1,200}$")
_ETAG: Final = re.compile(r'^"([0-9]{1,18})"$')
_CORRELATION: Final = re.compile(r"^[A-Za-z0-9._:-]{1,80}$")
KeyText = Annotated[str, WithJsonSchema({"type": "string", "pattern": _KEY.pattern, "maxLength": 200})]
ETagText = Annotated[str, WithJsonSchema({"type": "string", "maxLength": 100})]
"""Headers whose form is only told here: a wrong one is answered with its own problem, not as an invalid field."""

_TRACEPARENT: Final = re.compile(r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")


class Receipt(BaseModel):
    """The answer to a command: what it concerns, its state now, and the version for If-Match."""

    id: str
    status: str = Field(examples=["submitted"])
    version: int = Field(examples=[2])


Bearer = Annotated[HTTPAuthorizationCredentials | None, Security(HTTPBearer(scheme_name="bearer", auto_error=False))]
MaybeBearer = Annotated[
    HTTPAuthorizationCredentials | None, Security(HTTPBearer(scheme_name=OPTIONAL_BEARER, auto_error=False))
]
"""Only for the OpenAPI document: the header itself is what is verified."""


async def _caller(request: Request, _: Bearer) -> Caller:
    return await _verified(request)


async def _verified(request: Request) -> Caller:
    verifier: Verifier = request.app.state.verifier
    rates: Rates = request.app.state.rates
    try:
        caller = await verifier.caller(request.headers.get("authorization"))
    except Unauthenticated:
        if "authorization" in request.headers:  # a call without the header was counted at the door
            rates.take(address_of(request))
        raise
    rates.take(f"caller {caller.subject}")
    request.state.caller = caller
    bind_contextvars(caller=caller.subject)
    return caller


CallerDep = Annotated[Caller, Depends(_caller)]


async def _maybe_caller(request: Request, _: MaybeBearer) -> Caller | None:
    return None if "authorization" not in request.headers else await _verified(request)


OptionalCallerDep = Annotated[Caller | None, Depends(_maybe_caller)]
"""For public reads: a token is verified if there is one, so that a wrong one is never silently ignored."""


async def _command(
    request: Request,
    caller: CallerDep,
    idempotency_key: Annotated[
        KeyText | None,
        Header(
            description="Needed: 1 to 200 visible ASCII characters, new for each new command; a repeat gets the first answer."
        ),
    ] = None,
) -> Command:
    if idempotency_key is None or not _KEY.match(idempotency_key):
        raise PreconditionRequired("idempotency_key_required", 400)
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + await request.body()).hexdigest()
    return Command(idempotency_key, caller.subject, digest)


CommandDep = Annotated[Command, Depends(_command)]


async def _cause(request: Request, caller: CallerDep) -> Cause:
    given = request.headers.get("traceparent", "")
    return Cause(
        actor=caller.subject,
        correlation_id=correlation_of(request),
        # Without tracing of our own, a caller's trace is passed on as it is.
        traceparent=tracing.traceparent() or (given if _TRACEPARENT.match(given) else None),
    )


CauseDep = Annotated[Cause, Depends(_cause)]


def correlation_of(request: Request) -> str:
    """Return the call's correlation id: the caller's X-Correlation-Id if it is well formed, else a new one."""
    known: str | None = getattr(request.state, "correlation", None)
    if known is None:
        given = request.headers.get("x-correlation-id", "")
        known = given if _CORRELATION.match(given) else new_id()
        request.state.correlation = known
    return known


async def _version(
    if_match: Annotated[ETagText | None, Header(description='The ETag that you last read, e.g. "3".')] = None,
) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    found = _ETAG.match(if_match.strip())
    return int(found.group(1)) if found else -1  # no version is −1: anything else than our ETag is stale


VersionDep = Annotated[int | None, Depends(_version)]


async def _required_version(request: Request, version: VersionDep) -> int | None:
    if "if-match" not in request.headers:
        raise PreconditionRequired("version_required", 428)
    return version


RequiredVersionDep = Annotated[int | None, Depends(_required_version)]


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Which page: the cursor that the page before gave, and how many items."""

    cursor: str | None
    limit: int


async def _page(
    cursor: Annotated[str | None, Query(max_length=1000, description="``next`` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Items per page.")] = 50,
) -> PageQuery:
    return PageQuery(cursor, limit)


PageDep = Annotated[PageQuery, Depends(_page)]


def receipt(stored: Stored[Any]) -> dict[str, Any]:
    """Return the receipt of an aggregate whose state has ``status``; kept in history as the command's first answer."""
    return {"id": stored.id, "status": stored.state.status, "version": stored.version}


def created(response: Response, location: str, stored: Stored[Any]) -> dict[str, Any]:
    """Answer a creation: 201, Location, ETag and the receipt (the first one, if this is a repeat)."""
    response.status_code = 201
    response.headers["Location"] = location
    return changed(response, stored)


def changed(response: Response, stored: Stored[Any]) -> dict[str, Any]:
    """Answer a command: ETag and the receipt (the first one, if this is a repeat)."""
    body = stored.answer if stored.answer is not None else receipt(stored)
    response.headers["ETag"] = f'"{body["version"]}"'
    if stored.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return body


def with_version(response: Response, stored: Stored[Any]) -> None:
    """Set the ETag of a read."""
    response.headers["ETag"] = f'"{stored.version}"'


def page_body(page: Page[T], view: Callable[[T], Any]) -> dict[str, Any]:
    """Return the body of a list: items, the cursor of the next page or null, and the total of the filter."""
    return {"items": [view(item) for item in page.items], "next": page.next, "total": page.total}
