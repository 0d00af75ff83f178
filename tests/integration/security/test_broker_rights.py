"""What a service's user may and may not do on a real broker (ops/images/rights.py)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import AMQPError
from aiormq.exceptions import ChannelAccessRefused
from yarl import URL

from ops.images.rights import LISTENS
from ops.local.services import SERVICES
from shared.contracts.base import ANNOUNCERS
from shared.contracts.registry import OrganizationReinstated, OrganizationSuspended
from shared.messaging.bus import Subscriptions
from shared.messaging.topology import ARCHIVE, own_exchange_of
from tests.integration.messaging.support import SUSPENDED, Seen, listening, suspended, until
from tests.integration.security.least import LeastServer

pytestmark = pytest.mark.servers

BYTES: Final = aio_pika.Message(b"{}")
Act = Callable[[AbstractChannel], Awaitable[Any]]


@asynccontextmanager
async def channel_of(server: LeastServer, service: str) -> AsyncIterator[AbstractChannel]:
    """A plain channel as the service's user."""
    async with await aio_pika.connect(server.settings_of(service).url) as connection:
        yield await connection.channel(publisher_confirms=True)


async def _publish(channel: AbstractChannel, exchange: str, key: str) -> None:
    # Confirmed, so that a refusal is known when this returns.
    target = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
    await target.publish(BYTES, key)


async def _get(channel: AbstractChannel, queue: str) -> None:
    await (await channel.get_queue(queue, ensure=False)).get(fail=False)


async def _consume(channel: AbstractChannel, queue: str) -> None:
    async def take(_message: object) -> None: ...

    await (await channel.get_queue(queue, ensure=False)).consume(take)


async def _purge(channel: AbstractChannel, queue: str) -> None:
    await (await channel.get_queue(queue, ensure=False)).purge()


async def _delete_queue(channel: AbstractChannel, queue: str) -> None:
    await channel.queue_delete(queue)


async def _bind(channel: AbstractChannel, queue: str, exchange: str) -> None:
    await (await channel.get_queue(queue, ensure=False)).bind(exchange, "#")


FORBIDDEN: Final[dict[str, Act]] = {
    "publish as budget": lambda channel: _publish(channel, "sama.budget", "reservation.made.v1"),
    "publish into another's queue past the exchanges": lambda channel: _publish(channel, "", "budget.review"),
    "publish into another's queue by its own exchange": lambda channel: _publish(
        channel, "budget.own", "budget.review"
    ),
    "put something into the archive directly": lambda channel: _publish(channel, "", ARCHIVE),
    "look at a message of budget's queue": lambda channel: _get(channel, "budget.review"),
    "consume budget's queue": lambda channel: _consume(channel, "budget.review"),
    "look at budget's dead letters": lambda channel: _get(channel, "budget.review.dead"),
    "empty budget's queue": lambda channel: _purge(channel, "budget.review"),
    "delete budget's queue": lambda channel: _delete_queue(channel, "budget.review"),
    "delete the archive": lambda channel: _delete_queue(channel, ARCHIVE),
    "delete budget's exchange": lambda channel: channel.exchange_delete("sama.budget"),
    "make a queue of budget's": lambda channel: channel.declare_queue("budget.elsewhere", durable=True),
    "make a queue of nobody's": lambda channel: channel.declare_queue("elsewhere"),
    "make an exchange of nobody's": lambda channel: channel.declare_exchange("sama.elsewhere"),
    "hear what only budget may": lambda channel: _bind(channel, "review.requests", "sama.registry.private"),
    "hear whom it does not listen to": lambda channel: _bind(channel, "review.requests", "sama.budget"),
    "send what others announce into budget's queue": lambda channel: _bind(channel, "budget.review", "sama.registry"),
}


@pytest.fixture
async def everything(server: LeastServer) -> LeastServer:
    """All that the services make, made by their own users, and an exchange that is not for all."""
    await server.start(listening("review", {OrganizationSuspended: Seen()}))
    channel = await server.channel()
    for queue in ("budget.review", "budget.review.dead", "review.requests"):
        await channel.declare_queue(queue, durable=True, arguments={"x-queue-type": "quorum"})
    for exchange in ("budget.own", "sama.registry.private"):
        await channel.declare_exchange(exchange, aio_pika.ExchangeType.DIRECT, durable=True)
    return server


async def test_review_may_touch_nothing_that_is_anothers(everything: LeastServer) -> None:
    done = []
    for what, act in FORBIDDEN.items():
        async with channel_of(everything, "review") as channel:
            try:
                async with asyncio.timeout(10):
                    await act(channel)
            except ChannelAccessRefused:
                continue
            done.append(what)
    assert done == []


async def test_the_same_acts_are_possible_to_an_administrator(everything: LeastServer) -> None:
    """So that a refusal above is about rights, not about something that is not there."""
    refused = []
    for what, act in FORBIDDEN.items():
        if what.startswith("delete"):
            continue  # it would be missing to the others
        channel = await everything.channel()
        try:
            async with asyncio.timeout(10):
                await act(channel)
        except ChannelAccessRefused:
            refused.append(what)
    assert refused == []


@pytest.mark.parametrize("service", ANNOUNCERS)
async def test_a_service_may_publish_as_itself_and_as_nobody_else(server: LeastServer, service: str) -> None:
    async with channel_of(server, service) as channel:
        await _publish(channel, f"sama.{service}", "x.happened.v1")
    for other in ANNOUNCERS:
        if other != service:
            async with channel_of(server, service) as channel:
                with pytest.raises(ChannelAccessRefused):
                    await _publish(channel, f"sama.{other}", "x.happened.v1")


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_may_bind_its_queues_to_whom_it_listens_to_and_to_nobody_else(
    server: LeastServer, service: str
) -> None:
    for other in ANNOUNCERS:
        async with channel_of(server, service) as channel:
            queue = await channel.declare_queue(f"{service}.probe", durable=True)
            if other in LISTENS.get(service, ()) or other == service:
                await queue.bind(f"sama.{other}", "#")
            else:
                with pytest.raises(ChannelAccessRefused):
                    await queue.bind(f"sama.{other}", "#")


async def test_over_the_management_api_a_service_sees_and_changes_nothing_of_others(everything: LeastServer) -> None:
    vhost = everything.vhost
    with everything.http_of("review") as http:
        assert http.get(f"/api/bindings/{vhost}").status_code == 200
        assert http.get("/api/bindings/%2F").status_code == 401
        refused = {
            "policy": http.put(f"/api/policies/{vhost}/p", json={"pattern": ".*", "definition": {"max-length": 1}}),
            "queue": http.delete(f"/api/queues/{vhost}/budget.review"),
            "messages": http.delete(f"/api/queues/{vhost}/budget.review/contents"),
            "look": http.post(
                f"/api/queues/{vhost}/budget.review/get",
                json={"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"},
            ),
            "publish": http.post(
                f"/api/exchanges/{vhost}/sama.budget/publish",
                json={"properties": {}, "routing_key": "x", "payload": "{}", "payload_encoding": "string"},
            ),
            "user": http.put("/api/users/another", json={"password": "x", "tags": "administrator"}),
            "rights": http.put(f"/api/permissions/{vhost}/review", json={"configure": "", "write": "", "read": ""}),
            "vhost": http.put("/api/vhosts/another"),
            "definitions": http.get("/api/definitions"),
        }
    said = {what: (answer.status_code, answer.text) for what, answer in refused.items()}
    assert {
        what for what, (code, text) in said.items() if code not in (401, 403) and "ACCESS_REFUSED" not in text
    } == set()


async def test_a_services_user_opens_no_other_virtual_host(server: LeastServer) -> None:
    elsewhere = str(URL(server.settings_of("review").url).with_path("/"))
    with pytest.raises(AMQPError):
        await aio_pika.connect_robust(elsewhere)


async def test_the_archive_cannot_be_made_to_say_that_another_service_announced_something(server: LeastServer) -> None:
    """Review can write what it likes to its own exchange, and all of that is archived; a replay passes it over."""
    seen = Seen()
    review = await server.start(Subscriptions("review"), check_seconds=3600)
    forged = suspended(1)
    async with channel_of(server, "review") as channel:
        exchange = await channel.get_exchange("sama.review", ensure=False)
        message = aio_pika.Message(b"{}", type=SUSPENDED, message_id=forged["id"])
        await exchange.publish(message, SUSPENDED)
    registry = await server.announcer()
    await registry.publish([suspended(2)])

    requests = await server.start(listening("requests", {OrganizationSuspended: seen}))

    await until(lambda: seen.subjects == ["2"])
    assert len([a async for a in review.archive.read()]) == 1
    assert await requests.letters.count() == {"requests.registry": 0}


async def test_a_dead_letter_goes_its_way_and_back_under_the_services_own_user(server: LeastServer) -> None:
    fail = [True]

    async def behave(_event: object) -> None:
        if fail[0]:
            raise ValueError("not today")

    seen = Seen(behave)
    bus = await server.start(listening("review", {OrganizationSuspended: seen, OrganizationReinstated: Seen()}))
    await (await server.announcer()).publish([suspended(7)])

    async def dead() -> int:
        return (await bus.letters.count())["review.registry"]

    await until(dead)  # one, or two when the replay of a new consumer brought it, too
    fail[0] = False
    assert await bus.letters.retry("review.registry") >= 1
    await until(lambda: "7" in seen.subjects)


async def test_a_deleted_archive_is_said_and_made_again_by_the_provisioning(server: LeastServer) -> None:
    bus = await server.start(listening("review", {OrganizationSuspended: Seen()}))
    registry = await server.announcer()

    await server.delete_queue(ARCHIVE)

    async def said() -> bool:
        return any("sama.archive is not on the broker" in problem for problem in await bus.problems())

    await until(said)
    await server.provision()

    async def well() -> bool:
        return await bus.problems() == []

    await until(well)
    await registry.publish([suspended(1)])
    assert {a.type async for a in bus.archive.read()} == {SUSPENDED}


async def test_a_lost_binding_and_a_lost_queue_are_made_again_and_what_was_missed_is_replayed(
    server: LeastServer,
) -> None:
    seen = Seen()
    await server.start(listening("review", {OrganizationSuspended: seen}))
    registry = await server.announcer()
    await registry.publish([suspended(1)])
    await until(lambda: "1" in seen.subjects)

    await server.delete_binding("sama.registry", "review.registry", SUSPENDED)
    await registry.publish([suspended(2)])
    await until(lambda: "2" in seen.subjects)
    await server.delete_queue("review.registry")
    await registry.publish([suspended(3)])

    await until(lambda: "3" in seen.subjects)


async def test_a_lost_exchange_of_ones_own_is_made_again_by_its_owner_alone(server: LeastServer) -> None:
    await server.start(listening("review", {OrganizationSuspended: Seen()}))
    await server.start(Subscriptions("registry"))

    for exchange in ("sama.review", own_exchange_of("review"), "sama.registry"):
        await server.delete_exchange(exchange)

    async def back() -> bool:
        wanted = {
            ("sama.review", ARCHIVE, "#"),
            ("sama.registry", ARCHIVE, "#"),
            ("sama.registry", "review.registry", SUSPENDED),
            ("review.own", "review.registry.dead", "review.registry.dead"),
        }
        return wanted <= await server.bindings()

    await until(back)


async def test_a_service_that_announces_nothing_reads_the_archive_and_fills_the_stream_for_outsiders(
    server: LeastServer,
) -> None:
    webhooks = await server.start(Subscriptions("webhooks"))
    await (await server.announcer()).publish([suspended(1)])

    assert [a.type async for a in webhooks.archive.read()] == [SUSPENDED]
    assert await webhooks.refill_public({SUSPENDED}) >= 0

    async def well() -> bool:
        return await webhooks.problems() == []

    await until(well)
