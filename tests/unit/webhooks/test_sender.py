"""Sending over real sockets of this machine: what a receiver may do to the sender, and what it may not."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from services.webhooks.outbound.sender import ANSWER_BYTES, HttpSender

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(answer: bytes, *, then: Handler | None = None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Answer every request with these bytes; yield the port and the requests."""
    requests: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            requests.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer)
            await writer.drain()
            if then is not None:
                await then(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], requests
    finally:
        server.close()


@pytest.fixture
async def sender() -> AsyncIterator[HttpSender]:
    sender = HttpSender(local=True)
    yield sender
    await sender.stop()


async def test_a_redirect_is_not_followed(sender: HttpSender) -> None:
    async with serving(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok") as (elsewhere, requests):
        redirect = f"HTTP/1.1 307 No\r\nlocation: http://127.0.0.1:{elsewhere}/\r\ncontent-length: 0\r\n\r\n".encode()
        async with serving(redirect) as (port, _):
            answer = await sender.send(f"http://127.0.0.1:{port}/", {}, b"{}", seconds=2)
        assert answer.status == 307
        assert not answer.accepted
        assert requests == []


async def test_an_endless_answer_is_cut_off(sender: HttpSender) -> None:
    async def endlessly(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")
            await writer.drain()

    async with serving(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", then=endlessly) as (port, _):
        answer = await sender.send(f"http://127.0.0.1:{port}/", {}, b"{}", seconds=5)
    assert answer.status == 200
    assert len(answer.body) <= ANSWER_BYTES


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\na"], ids=["silence", "a drop"])
async def test_the_time_is_bounded_also_against_one_who_answers_in_drops(sender: HttpSender, answer: bytes) -> None:
    async def silently(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(answer, then=silently) as (port, _):
        began = time.monotonic()
        found = await sender.send(f"http://127.0.0.1:{port}/", {}, b"{}", seconds=0.3)
    assert (found.status, found.body) == (None, "no answer within 0.3 s")
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("answer", [b"no http\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 50_000])
async def test_what_is_no_http_is_a_failure_and_no_error_of_ours(sender: HttpSender, answer: bytes) -> None:
    async with serving(answer) as (port, _):
        found = await sender.send(f"http://127.0.0.1:{port}/", {}, b"{}", seconds=2)
    assert found.status is None
    assert found.body


async def test_nobody_there_is_a_failure(sender: HttpSender) -> None:
    async with serving(b"") as (port, _):
        pass
    assert (await sender.send(f"http://127.0.0.1:{port}/", {}, b"{}", seconds=2)).status is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), ("99999999999", 86_400), ("soon", None), ("-5", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0)],
)
async def test_retry_after_is_read_in_both_forms_and_bounded(
    sender: HttpSender, header: str, seconds: float | None
) -> None:
    async with serving(f"HTTP/1.1 503 No\r\nretry-after: {header}\r\ncontent-length: 0\r\n\r\n".encode()) as (port, _):
        assert (await sender.send(f"http://127.0.0.1:{port}/", {}, b"{}", seconds=2)).retry_after == seconds


async def test_the_connection_goes_to_the_address_that_was_judged() -> None:
    """A name is resolved once for each connection; the server's name stays in the request."""
    asked = []

    async def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    sender = HttpSender(local=True, resolve=resolve)
    async with serving(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n") as (port, requests):
        answer = await sender.send(f"http://receiver.example:{port}/a?b=c", {"webhook-id": "e1"}, b"{}", seconds=2)
    await sender.stop()
    assert answer.accepted
    assert asked == ["receiver.example"]
    assert requests[0].startswith(b"POST /a?b=c HTTP/1.1\r\n")
    assert f"host: receiver.example:{port}".encode() in requests[0].lower()
    assert b"webhook-id: e1" in requests[0]
