"""The deadline of a call: silence is answered in time, what has begun is not cut off."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.responses import StreamingResponse

from shared.web.app import WebParts, build_app
from shared.web.auth import Keys, Verifier

SECONDS = 0.05


class Work:
    """What the router does, and what became of it."""

    def __init__(self) -> None:
        self.cancelled = False
        self.release = asyncio.Event()

    async def for_ever(self) -> None:
        """Answer never, like a database that is silent."""
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise

    async def lines(self) -> AsyncIterator[bytes]:
        """Begin at once, end past the deadline."""
        yield b"first\n"
        await self.release.wait()
        yield b"last\n"


@asynccontextmanager
async def _nothing(_: FastAPI) -> AsyncIterator[None]:
    yield


async def _ready() -> list[str]:
    return []


@pytest.fixture
def work() -> Work:
    """The work."""
    return Work()


@pytest.fixture
async def http(work: Work) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application with that work."""
    router = APIRouter()
    router.add_api_route("/silent", work.for_ever, methods=["POST"])

    @router.get("/download")
    async def download() -> StreamingResponse:
        asyncio.get_running_loop().call_later(SECONDS * 4, work.release.set)
        return StreamingResponse(work.lines())

    @router.get("/own-timeout")
    async def own() -> None:
        raise TimeoutError

    app = build_app(
        WebParts(
            name="test",
            summary="",
            routers=[router],
            texts={},
            verifier=Verifier(Keys("nowhere"), issuer="", audience=""),
            lifespan=_nothing,
            problems=_ready,
            request_seconds=SECONDS,
        )
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_a_call_without_an_answer_in_time_is_answered_503_and_its_work_is_cancelled(
    http: httpx.AsyncClient, work: Work
) -> None:
    answer = await asyncio.wait_for(http.post("/silent"), 10)
    assert (answer.status_code, answer.json()["code"]) == (503, "no_answer_in_time")
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["x-correlation-id"]
    assert work.cancelled


async def test_a_download_that_has_begun_may_last_longer_than_the_deadline(http: httpx.AsyncClient) -> None:
    answer = await http.get("/download")
    assert answer.text == "first\nlast\n"


async def test_a_timeout_of_the_works_own_is_a_bug_and_not_the_deadline(http: httpx.AsyncClient) -> None:
    assert (await http.get("/own-timeout")).status_code == 500
