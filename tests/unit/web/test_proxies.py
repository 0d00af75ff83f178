"""The caller's address behind a proxy: believed from a named proxy, from nobody else."""

import asyncio

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from shared.web.proxies import ASK_AGAIN_SECONDS, BehindProxies

CALLER, OTHER, PROXY, NEW_PROXY, OUTER = "203.0.113.7", "203.0.113.8", "10.5.0.2", "10.5.0.9", "198.51.100.1"


async def says_who(scope: Scope, receive: Receive, send: Send) -> None:
    client = Request(scope).client
    await PlainTextResponse(client.host if client else "-")(scope, receive, send)


class Network:
    """Host names and their addresses, which change; counts how often it is asked."""

    def __init__(self, **addresses: str) -> None:
        self.addresses = addresses
        self.asked = 0
        self.time = 0.0

    async def resolve(self, name: str) -> frozenset[str]:
        self.asked += 1
        return frozenset(filter(None, [self.addresses.get(name)]))

    def behind(self, trusted: str) -> BehindProxies:
        return BehindProxies(says_who, trusted, resolve=self.resolve, now=lambda: self.time)


async def seen(app: BehindProxies, connection: str, forwarded: str | None = None) -> str:
    transport = httpx.ASGITransport(app, client=(connection, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return (await client.get("/", headers={"X-Forwarded-For": forwarded} if forwarded else {})).text


@pytest.mark.parametrize("trusted", [PROXY, "10.5.0.0/24", "caddy", f"elsewhere, {PROXY}"])
async def test_a_named_proxy_is_believed(trusted: str) -> None:
    app = Network(caddy=PROXY).behind(trusted)
    assert await seen(app, PROXY, CALLER) == CALLER


async def test_nobody_else_is_believed() -> None:
    app = Network(caddy=PROXY).behind("caddy")
    assert await seen(app, OTHER, CALLER) == OTHER


async def test_what_a_caller_says_of_itself_does_not_count() -> None:
    app = Network(caddy=PROXY).behind("caddy")
    assert await seen(app, PROXY, f"{OTHER}, {CALLER}") == CALLER


async def test_behind_two_proxies_the_caller_is_who_the_outer_one_heard() -> None:
    app = Network(caddy=PROXY).behind(f"caddy,{OUTER}")
    assert await seen(app, PROXY, f"{CALLER}, {OUTER}") == CALLER


async def test_a_call_that_no_proxy_passed_on_asks_nobody() -> None:
    network = Network(caddy=PROXY)
    assert await seen(network.behind("caddy"), OTHER) == OTHER
    assert network.asked == 0


async def test_a_silent_name_server_holds_no_call_up() -> None:
    async def never(_: str) -> frozenset[str]:
        await asyncio.Event().wait()
        return frozenset()

    app = BehindProxies(says_who, "caddy", resolve=never, patience=0.01)
    assert await asyncio.wait_for(seen(app, OTHER, CALLER), 5) == OTHER


async def test_a_proxy_that_comes_back_under_another_address_is_found_again_and_strangers_cause_no_flood() -> None:
    network = Network(caddy=PROXY)
    app = network.behind("caddy")
    assert await seen(app, PROXY, CALLER) == CALLER
    network.addresses["caddy"] = NEW_PROXY
    for _ in range(5):
        assert await seen(app, NEW_PROXY, CALLER) == NEW_PROXY
    assert network.asked == 1
    network.time += ASK_AGAIN_SECONDS
    assert await seen(app, NEW_PROXY, CALLER) == CALLER
    assert await seen(app, PROXY, CALLER) == PROXY
    assert network.asked == 2
