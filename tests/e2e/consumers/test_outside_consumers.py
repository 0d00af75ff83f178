"""The example consumers as real processes against the real services: what they know is what the books and the registry say.

Beside that: what a reader's credentials can't do, and that nothing personal is in the stream.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import aio_pika
import pytest
from aio_pika.exceptions import AMQPError
from pymongo import MongoClient

from ops.play import books, cases, founding, people, requests
from ops.play.organizations import Organization
from shared.contracts.public.envelope import decode_public
from shared.messaging.public import PublicStream
from shared.messaging.topology import ARCHIVE, PUBLIC
from tests.e2e.consumers import runtimes
from tests.e2e.consumers.running import Running, delete_stream, offsets_asked, reader
from tests.integration.live import ASKED, CITY, YEAR, Live
from tests.servers import Broker
from tests.waiting import until

pytestmark = pytest.mark.servers

D1, D2 = "d1", "d2"
TWO_DISTRICTS: Final = replace(
    CITY,
    appropriation={**CITY.appropriation, "amount": 20 * ASKED},
    districts=[founding.District(D1, {"fa": "منطقه ۱"}, 1), founding.District(D2, {"fa": "منطقه ۲"}, 2)],
)
WAITS: Final = requests.Waits(60)
SECONDS: Final = 60.0


@pytest.fixture(scope="module")
async def live(tmp_path_factory: pytest.TempPathFactory, broker: Broker, mongo_url: str) -> AsyncIterator[Live]:
    """The services and a founded city of two districts."""
    live = Live(tmp_path_factory.mktemp("live"), broker, mongo_url, city=TWO_DISTRICTS)
    await live.prepare()
    await live.start()
    try:
        await live.found()
        yield live
    finally:
        await live.stop()
        await live.forget()


@pytest.fixture(scope="module")
async def url(live: Live) -> AsyncIterator[str]:
    """The address with a reader's credentials."""
    async with reader(live.messaging) as address:
        yield address


@pytest.fixture
async def consumers(url: str, tmp_path: Path) -> AsyncIterator[list[Running]]:
    """Both examples, not started."""
    both = [Running(consumer, url, tmp_path) for consumer in (runtimes.python(), runtimes.node())]
    yield both
    for consumer in both:
        await consumer.kill()


class Story:
    """Requests of the city, and what the services themselves say of them."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.played: list[requests.Request] = []

    async def decided(self, district: str, vote: str = "approve", amount: int = ASKED) -> requests.Request:
        """Take a request of a new organisation to its decision."""
        sama, organization = self.live.sama, await self.live.organization()
        content = self.live.content(district)
        content |= {"amount_asked": amount, "minimum": amount, "budget_lines": [{"title": "سالن", "amount": amount}]}
        request = await requests.draft(sama, organization, content)
        await requests.submit_when_known(sama, request, WAITS)
        case = await requests.case_of(sama, request, WAITS)
        form = cases.ballot(cases.Criteria(CITY.weights), vote, amount=amount)
        await cases.vote(sama, case, district, dict.fromkeys(people.SEATS, form))
        await cases.draft_reason(sama, case, district, "خانم نماینده ۱، تلفن 09123456789")
        await cases.sign(sama, case, district)
        self.played.append(request)
        return request

    async def awarded(self, district: str) -> requests.Request:
        """Take one to its commitment."""
        request = await self.decided(district)
        await self.live.becomes(request, "reserved")
        await requests.accept(self.live.sama, request)
        await self.live.becomes(request, "in_progress")
        return request

    async def withdrawn(self, district: str) -> None:
        """Take one to its reservation and withdraw it."""
        request = await self.decided(district)
        await self.live.becomes(request, "reserved")
        await requests.withdraw(self.live.sama, request, "نشد")
        await self.live.becomes(request, "withdrawn")

    async def table(self) -> dict[str, dict[str, Any]]:
        """Return what an outsider should know, from the services' own APIs: books, requests, registry, programmes, lists."""
        sama = self.live.sama
        states: dict[str, tuple[str, int, str]] = {}
        for district in (D1, D2):
            for line in (await books.download(sama, f"district:{district}/{YEAR}")).splitlines():
                entry = json.loads(line)
                if (after := entry.get("subject_after")) is not None:
                    states[entry["subject"]] = (after["state"], int(entry["amount"]), district)
        found = {}
        for request in self.played:
            if request.id in states:
                state, amount, district = states[request.id]
                found[request.id] = await self._row(request, district) | {"amount": amount, "state": state}
        return found

    async def _row(self, request: requests.Request, district: str) -> dict[str, Any]:
        sama = self.live.sama
        own = await requests.read(sama, request)
        organization = await sama.registry.get(f"/organizations/{own['organization']}", by=people.AUDITOR)
        programme = await sama.requests.get(f"/programmes/{own['programme']}", by=people.AUDITOR)
        names = {each.id: each.names["fa"] for each in TWO_DISTRICTS.districts}
        topics = {each["topic"]: each["names"]["fa"] for each in TWO_DISTRICTS.topics}
        return {
            "request": request.id,
            "district": district,
            "district_name": names[district],
            "organization": own["organization"],
            "organization_name": organization["names"]["fa"],
            "programme": own["programme"],
            "programme_name": programme["names"]["fa"],
            "topic": own["topic"],
            "topic_name": topics[own["topic"]],
            "currency": "IRR",
        }


async def agree(story: Story, consumers: list[Running], seconds: float = SECONDS) -> None:
    """Wait until every consumer knows exactly what the services say."""
    expected = await story.table()
    for consumer in consumers:
        known: dict[str, Any] = {}

        async def same(consumer: Running = consumer) -> bool:
            nonlocal known
            assert consumer.alive, consumer.said
            known = await consumer.table()
            if known != expected:
                await asyncio.sleep(0.5)  # each look is a process
            return known == expected

        try:
            await until(same, seconds=seconds, what=consumer.name)
        except AssertionError:
            assert known == expected, f"{consumer.name} said: {consumer.said}"


async def test_both_consumers_know_what_the_services_say_through_replay_live_kills_and_a_lost_stream(
    live: Live, consumers: list[Running]
) -> None:
    story = Story(live)
    await story.awarded(D1)
    await story.decided(D2, "reject")
    await story.withdrawn(D1)

    for consumer in consumers:  # a replay of what was before them
        await consumer.start()
    await agree(story, consumers)
    assert len(await story.table()) == 2

    await story.awarded(D2)  # live
    await agree(story, consumers)

    playing = asyncio.create_task(story.awarded(D1))
    for consumer in consumers:
        await consumer.kill()  # in the midst of it
    await playing
    await story.decided(D2, amount=10 * ASKED)  # more than is left: it waits
    await live.becomes(story.played[-1], "waiting")
    for consumer in consumers:
        await consumer.start()
    await agree(story, consumers)
    await _went_on_where_they_were(live)

    await delete_stream(live.messaging)  # the guards make and fill it again
    await story.awarded(D1)
    await agree(story, consumers, seconds=2 * SECONDS)
    states = sorted(row["state"] for row in (await story.table()).values())
    assert states == ["committed", "committed", "committed", "committed", "released", "waiting"]


async def _went_on_where_they_were(live: Live) -> None:
    """After their restart both asked the broker for a later place than the beginning."""

    async def both_late() -> bool:  # the management API lists killed ones for a while, too: those began at 0
        asked = (await offsets_asked(live.messaging)).values()
        return sum(isinstance(offset, int) and offset > 10 for offset in asked) == 2

    await until(both_late, seconds=30, what="both asked for a later offset than 0")


Attempt = Callable[[aio_pika.abc.AbstractChannel], Awaitable[Any]]


async def _consume(channel: aio_pika.abc.AbstractChannel, queue: str) -> None:
    await channel.set_qos(prefetch_count=1)
    found = await channel.get_queue(queue, ensure=False)

    async def take(_message: aio_pika.abc.AbstractIncomingMessage) -> None:
        """Nothing."""

    await found.consume(take, arguments={"x-stream-offset": "first"})


async def _publish(channel: aio_pika.abc.AbstractChannel, exchange: str, key: str) -> None:
    found = await channel.get_exchange(exchange, ensure=False)
    await found.publish(aio_pika.Message(b"{}"), key)


async def _bind(channel: aio_pika.abc.AbstractChannel) -> None:
    await (await channel.get_queue(PUBLIC, ensure=False)).bind("sama.registry", "#")


FORBIDDEN: Final[dict[str, Attempt]] = {
    "declare a queue": lambda channel: channel.declare_queue("mine"),
    "declare a queue that deletes itself": lambda channel: channel.declare_queue("", exclusive=True),
    "declare an exchange": lambda channel: channel.declare_exchange("mine"),
    "delete the stream": lambda channel: channel.queue_delete(PUBLIC),
    "delete the exchange": lambda channel: channel.exchange_delete(PUBLIC),
    "bind the stream to inside": _bind,
    "publish to the public exchange": lambda channel: _publish(channel, PUBLIC, "case.decided.v1"),
    "publish as review": lambda channel: _publish(channel, "sama.review", "case.decided.v1"),
    "publish into the stream past the exchange": lambda channel: _publish(channel, "", PUBLIC),
    "publish into a service's queue": lambda channel: _publish(channel, "", "budget.review"),
    "read the archive": lambda channel: _consume(channel, ARCHIVE),
    "read a service's queue": lambda channel: _consume(channel, "review.requests"),
    "read its dead letters": lambda channel: _consume(channel, "review.requests.dead"),
}


@pytest.mark.parametrize("what", FORBIDDEN)
async def test_a_readers_credentials_can_do_nothing_but_read(url: str, what: str) -> None:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel(on_return_raises=True)
        with pytest.raises(AMQPError) as refused:
            await FORBIDDEN[what](channel)
        assert "ACCESS_REFUSED" in str(refused.value)


async def test_a_readers_credentials_can_read(url: str) -> None:
    async with await aio_pika.connect(url) as connection:
        await _consume(await connection.channel(), PUBLIC)


async def test_nothing_personal_is_in_the_stream_of_a_real_story(live: Live) -> None:
    story = Story(live)
    await story.awarded(D1)
    suspended = await story.decided(D2, "reject")
    await _suspend(live, suspended.organization)
    found = [event async for event in PublicStream(live.messaging, "test").read()]
    told = "\n".join(event.body.decode() for event in found)
    assert {decode_public(event.body).payload().announcer for event in found} == {
        "registry",
        "requests",
        "review",
        "budget",
    }
    personal = [
        "0010350829",
        "0076229645",
        "0912345678",
        "05130000000",
        "خیابان نمونه",
        "نماینده",
        "با اولویت",
        "پرونده ناقص",
    ]
    personal += ["owner-", "registrar-", "secretary-", "chair-", "member-", "city-office", "headquarters", "system:"]
    personal += _salts(live)
    assert [word for word in personal if word in told] == []


async def _suspend(live: Live, organization: Organization) -> None:
    path = f"/organizations/{organization.id}/suspend"
    await live.sama.registry.post(path, {"reason": "پرونده ناقص است."}, by=people.registrar(D1))


def _salts(live: Live) -> list[str]:
    client: MongoClient[dict[str, Any]] = MongoClient(live.mongo_url)
    with client:
        salts = [entry["private"]["salt"] for entry in client[f"{live.prefix}_budget"]["entries"].find()]
    assert len(salts) > 5
    return salts
