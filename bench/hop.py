"""One hop – event consumed, decided, saved, published, marked, acknowledged – by review's real code against the bare libraries.

Real: review takes ``request.withdrawn`` from its queue and announces ``case.withdrawn``. Bare: aio-pika and Motor do the same reads,
writes and confirmed persistent publishes, with no rules. Both start with a full queue, have 64 messages in flight, publish to an
exchange with a quorum queue and the archive stream behind it, and are done when every outbox is marked empty.
"""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

import aio_pika
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustConnection

from bench.places import Places, fill, prepared_cases, review_runtime, until, withdrawals
from services.review.outbound.indexes import INDEXES
from shared.clock import utc_now
from shared.contracts.envelope import encode
from shared.storage.indexes import aggregate_indexes
from shared.storage.mongo import connect, ensure_indexes

IN_FLIGHT = 64
EVENTS = 1500


@dataclass(frozen=True)
class Rate:
    """How many hops in how many seconds."""

    hops: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Hops per second."""
        return self.hops / self.seconds


async def real(places: Places, events: int) -> Rate:
    """Measure review's own consumer, use case, store and relay, from the first event handled to the last outbox marked."""
    async with review_runtime(places, prefetch=IN_FLIGHT) as review:
        requests = await prepared_cases(review, events)
        await review.stop()
        await _copy_cases(places)
        await fill(places.rabbit_url, "sama.requests", withdrawals(requests))
        await review.start()
        await until(lambda: review.marked >= events, seconds=events / 20 + 30)
        ended = time.perf_counter()
        assert review.first_event_at is not None
        return Rate(events, ended - review.first_event_at)


async def _copy_cases(places: Places) -> None:
    """Give the bare side the same documents with the same indexes."""
    client = connect(places.mongo_url)
    try:
        target = client[f"{places.name}_bare"]
        documents = await client[f"{places.name}_review"]["cases"].find({}).to_list(None)
        await target["cases"].insert_many(documents)
        await ensure_indexes(target, [i for i in (*INDEXES, *aggregate_indexes("cases")) if i.collection == "cases"])
    finally:
        client.close()


async def bare(places: Places, events: int) -> Rate:
    """Measure aio-pika and Motor alone, on what ``real`` has copied."""
    client = connect(places.mongo_url)
    cases = client[f"{places.name}_bare"]["cases"]
    connection = await aio_pika.connect_robust(places.rabbit_url)
    try:
        ids = [document["_id"] for document in await cases.find({}, {"_id": 1}).to_list(None)]
        queue, publish = await _bare_topology(connection)
        for id in ids:
            await publish("bare.in", {"type": "request.withdrawn.v1", "data": {"case": id}, "padding": "x" * 600})
        done = asyncio.Event()
        marks: asyncio.Queue[str] = asyncio.Queue()

        began: list[float] = []

        async def hop(message: AbstractIncomingMessage) -> None:
            began.append(time.perf_counter())
            id = json.loads(message.body)["data"]["case"]
            found = await cases.find_one({"_id": id}, {"history.data": 0})
            assert found is not None
            event = {"id": id, "type": "case.withdrawn.v1", "data": {"case": id}, "padding": "x" * 600}
            now = utc_now()
            change: dict[str, Any] = {
                "$set": {"status": "withdrawn"},
                "$push": {"history": {"n": 2, "at": now}, "outbox": event},
                "$min": {"unsent_since": now},
                "$inc": {"version": 1},
            }
            updated = await cases.update_one({"_id": id, "version": found["version"]}, change)
            assert updated.modified_count == 1
            await publish("bare.out", event)
            marks.put_nowait(id)
            await message.ack()

        async def mark() -> None:
            marked = 0
            while marked < events:
                batch = [await marks.get()]
                while not marks.empty() and len(batch) < 200:
                    batch.append(marks.get_nowait())
                only_sent = {"_id": {"$in": batch}, "outbox": {"$not": {"$elemMatch": {"id": {"$nin": batch}}}}}
                update = cases.update_one if len(batch) == 1 else cases.update_many
                await update(only_sent, {"$set": {"outbox": []}, "$unset": {"unsent_since": ""}})
                marked += len(batch)
            done.set()

        marker = asyncio.create_task(mark())
        await queue.consume(hop)
        async with asyncio.timeout(events / 20 + 30):
            await done.wait()
        seconds = time.perf_counter() - began[0]
        await marker
        return Rate(events, seconds)
    finally:
        await connection.close()
        await client.drop_database(f"{places.name}_bare")
        client.close()


async def _bare_topology(connection: AbstractRobustConnection) -> tuple[Any, Any]:
    channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
    await channel.set_qos(prefetch_count=IN_FLIGHT)
    quorum = {"x-queue-type": "quorum"}
    archive = await channel.declare_queue("bare.archive", durable=True, arguments={"x-queue-type": "stream"})
    exchanges = {}
    queues = {}
    for name in ("bare.in", "bare.out"):
        exchanges[name] = await channel.declare_exchange(name, aio_pika.ExchangeType.TOPIC, durable=True)
        queues[name] = await channel.declare_queue(f"{name}.queue", durable=True, arguments=quorum)
        await queues[name].bind(exchanges[name], "#")
        await archive.bind(exchanges[name], "#")

    async def publish(exchange: str, event: dict[str, Any]) -> None:
        message = aio_pika.Message(encode(event), delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await exchanges[exchange].publish(message, routing_key=event["type"], mandatory=True)

    return queues["bare.in"], publish


async def measure(places: Places, events: int = EVENTS) -> tuple[Rate, Rate]:
    """Return (real, bare)."""
    return await real(places, events), await bare(places, events)
