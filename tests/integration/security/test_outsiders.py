"""A consumer outside SAMA, made by ``sama outsider``: it reads sama.public from the beginning, and nothing else is possible to it."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import AMQPError
from aiormq.exceptions import ChannelAccessRefused
from typer.testing import CliRunner
from yarl import URL

from ops.cli import app
from ops.images.broker_admin import BrokerAdmin
from shared.messaging.topology import PUBLIC
from tests.integration.security.least import LeastServer
from tests.integration.security.test_broker_rights import FORBIDDEN
from tests.waiting import until

pytestmark = pytest.mark.servers

STREAM: Final[dict[str, Any]] = {"x-queue-type": "stream"}


@pytest.fixture
def city_file(server: LeastServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The city of the test's virtual host; its outsider is gone afterwards."""
    city = server.city
    path = tmp_path / "city.toml"
    fields = {key: getattr(city, key) for key in ("id", "vhost", "mongo_prefix", "issuer", "jwks")}
    lines = "".join(f'{key} = "{value}"\n' for key, value in fields.items())
    path.write_text(f'{lines}[names]\nfa = "نمونه"\nen = "Sample"\n', "utf-8")
    monkeypatch.setenv("SAMA_RABBIT_ADMIN_URL", server.admin_url)
    yield path
    with BrokerAdmin(server.admin_url) as admin:
        admin.remove_user(f"{city.id}-outsider-newspaper")


async def run(*arguments: str) -> tuple[int, str]:
    """Run ``sama outsider …``."""
    done = await asyncio.to_thread(CliRunner().invoke, app, ["outsider", *arguments])
    return done.exit_code, done.output


async def added(city_file: Path, *more: str) -> str:
    """Return the outsider's ``user:password``."""
    code, said = await run("add", "newspaper", "--city", str(city_file), *more)
    assert code == 0, said
    user, password = (re.search(rf"^{what}\s+(\S+)$", said, re.MULTILINE) for what in ("user", "password"))
    assert user
    assert password
    return f"{user[1]}:{password[1]}"


def url_of(server: LeastServer, who: str) -> str:
    user, _, password = who.partition(":")
    return str(URL(server.settings.url).with_user(user).with_password(password))


async def public_stream(server: LeastServer, *bodies: bytes) -> None:
    """Make what the services announce to outsiders by, and announce something."""
    channel = await server.channel()
    exchange = await channel.declare_exchange(PUBLIC, aio_pika.ExchangeType.TOPIC, durable=True)
    await (await channel.declare_queue(PUBLIC, durable=True, arguments=STREAM)).bind(exchange, "#")
    for body in bodies:
        await exchange.publish(
            aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT), "case.decided.v1"
        )


async def test_an_outsider_reads_the_public_stream_from_its_beginning(server: LeastServer, city_file: Path) -> None:
    await public_stream(server, b"one", b"two")
    read: list[bytes] = []

    async def take(message: AbstractIncomingMessage) -> None:
        read.append(message.body)
        await message.ack()

    async with await aio_pika.connect(url_of(server, await added(city_file))) as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=10)
        stream = await channel.declare_queue(PUBLIC, passive=True)
        await stream.consume(take, arguments={"x-stream-offset": "first"})
        await until(lambda: read == [b"one", b"two"], seconds=20)


async def test_an_outsider_can_do_nothing_else(server: LeastServer, city_file: Path) -> None:
    await public_stream(server)
    channel = await server.channel()
    for queue in ("budget.review", "budget.review.dead", "review.requests"):
        await channel.declare_queue(queue, durable=True, arguments={"x-queue-type": "quorum"})
    for exchange in ("budget.own", "sama.registry.private"):
        await channel.declare_exchange(exchange, aio_pika.ExchangeType.DIRECT, durable=True)
    acts = FORBIDDEN | {
        "publish to the public": lambda c: _publish(c, PUBLIC),
        "publish as review": lambda c: _publish(c, "sama.review"),
        "read the archive": lambda c: _read(c, "sama.archive"),
        "read review's queue": lambda c: _read(c, "review.requests"),
        "make a queue for itself": lambda c: c.declare_queue(exclusive=True),
        "delete the public stream": lambda c: c.queue_delete(PUBLIC),
        "bind the public stream to the rest": lambda c: _bind(c, PUBLIC, "sama.registry"),
    }
    url = url_of(server, await added(city_file))
    done = []
    for what, act in acts.items():
        async with await aio_pika.connect(url) as connection:
            try:
                async with asyncio.timeout(10):
                    await act(await connection.channel())
            except ChannelAccessRefused:
                continue
            done.append(what)
    assert done == []


async def _publish(channel: aio_pika.abc.AbstractChannel, exchange: str) -> None:
    await (await channel.get_exchange(exchange, ensure=False)).publish(aio_pika.Message(b"{}"), "x")


async def _read(channel: aio_pika.abc.AbstractChannel, queue: str) -> None:
    async def take(_message: object) -> None: ...

    await channel.set_qos(prefetch_count=1)
    await (await channel.get_queue(queue, ensure=False)).consume(take)


async def _bind(channel: aio_pika.abc.AbstractChannel, queue: str, exchange: str) -> None:
    await (await channel.get_queue(queue, ensure=False)).bind(exchange, "#")


async def test_an_outsider_is_listed_gets_a_new_password_and_is_removed(server: LeastServer, city_file: Path) -> None:
    old = await added(city_file)
    code, said = await run("add", "newspaper", "--city", str(city_file))
    assert (code, "--again" in said) == (2, True)
    new = await added(city_file, "--again")
    assert old != new
    assert await run("list", "--city", str(city_file)) == (0, "newspaper\n")
    assert await opens(url_of(server, new))
    assert not await opens(url_of(server, old))

    assert (await run("remove", "newspaper", "--city", str(city_file)))[0] == 0

    assert not await opens(url_of(server, new))
    assert (await run("remove", "newspaper", "--city", str(city_file)))[0] == 2


async def opens(url: str) -> bool:
    with suppress(AMQPError):
        async with await aio_pika.connect_robust(url, fail_fast=True):
            return True
    return False


async def test_a_name_that_is_none_is_refused(city_file: Path) -> None:
    code, said = await run("add", "News Paper", "--city", str(city_file))
    assert (code, "small letters" in said) == (2, True)
