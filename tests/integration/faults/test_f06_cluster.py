"""F6 on a broker of three nodes: one is killed under load, the other two go on, and services find another node by themselves."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Final

import httpx
import pytest
from pymongo import MongoClient

from ops.client import SERVICES
from shared.contracts.base import ANNOUNCERS
from shared.messaging.topology import ARCHIVE, PUBLIC
from tests.integration.faults.city import City
from tests.integration.faults.cluster import NAMES, Cluster
from tests.integration.faults.conftest import founded
from tests.integration.faults.servers import Servers, kill
from tests.integration.faults.underway import under_load
from tests.waiting import until

pytestmark = pytest.mark.slow

JOINED_SECONDS: Final = 120.0
LED: Final = "review.requests"
FILLS: Final = "announcements"  # where a service notes that it filled the streams


@pytest.fixture(scope="module")
async def clustered(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[City, Cluster]]:
    """The city on a cluster, founded once all three nodes are there: so every queue lies on three."""
    folder = tmp_path_factory.mktemp("cluster")
    cluster = Cluster(folder)
    servers = Servers(folder, cluster)
    await cluster.prepare()
    try:
        await servers.start()
        await until(lambda: all_run(cluster), seconds=JOINED_SECONDS, what="three nodes in one cluster")
        async with founded(tmp_path_factory.mktemp("city"), servers) as city:
            yield city, cluster
    finally:
        await servers.stop()


async def test_the_node_that_all_services_use_is_killed(clustered: tuple[City, Cluster]) -> None:
    city, cluster = clustered
    await until(lambda: all_on_all(city), seconds=JOINED_SECONDS, what="every queue and stream on all three nodes")
    used = NAMES[0]  # the balancer's first
    await until(lambda: all_use(cluster, used), seconds=JOINED_SECONDS, what=f"all services connected to {used}")
    async with under_load(city) as load:
        await load.until_answered(15)
        await strike(cluster, used)
        await load.until_answered(15)  # with two nodes
    await join_again(cluster, used)


async def test_a_node_that_only_leads_queues_is_killed(clustered: tuple[City, Cluster]) -> None:
    """It leads the archive. What the broker confirmed and lost with it is announced again by those whose it is."""
    city, cluster = clustered
    leading = await leader_of(city, ARCHIVE)
    used = next(name for name in NAMES if name != leading)
    await cluster.prefer(used)
    await until(lambda: all_use(cluster, used), seconds=JOINED_SECONDS, what=f"all services connected to {used}")
    await city.ready(JOINED_SECONDS)
    async with under_load(city) as load:
        await load.until_answered(15)
        before = await asyncio.to_thread(fills, city)
        await strike(cluster, leading)
        await load.until_answered(15)
        await until(lambda: filled(city, before), seconds=JOINED_SECONDS, what="every service has filled the streams")
    await join_again(cluster, leading)


async def strike(cluster: Cluster, name: str) -> None:
    """Kill the node as ``kill -9`` does; no other has to know of it."""
    kill(cluster.nodes[NAMES.index(name)].children)


async def join_again(cluster: Cluster, name: str) -> None:
    """Start the node again and wait until the cluster is whole."""
    node = cluster.nodes[NAMES.index(name)]
    node.start()
    await node.ready(JOINED_SECONDS)
    await until(lambda: all_run(cluster), seconds=JOINED_SECONDS, what=f"{name} back in the cluster")


async def all_run(cluster: Cluster) -> bool:
    """Tell whether the management API shows three running nodes."""
    found = await asked(cluster, "/api/nodes")
    return len(found) == len(NAMES) and all(node.get("running") for node in found)


async def queues_of(city: City) -> Mapping[str, Mapping[str, Any]]:
    """Return the city's queues by name."""
    return {queue["name"]: queue for queue in await city.vhost_queues()}


async def all_on_all(city: City) -> bool:
    """Tell whether every queue lies on all nodes; the broker's figures of a stream come a moment after it."""
    queues = await queues_of(city)
    return {ARCHIVE, PUBLIC, LED} <= queues.keys() and all(
        len(queue.get("members", ())) == len(NAMES) for queue in queues.values()
    )


async def leader_of(city: City, queue: str) -> str:
    """Return the node that leads a queue or stream; the broker's figures lack it for a moment after an election."""
    found: list[str] = []

    async def known() -> bool:
        told = (await queues_of(city)).get(queue, {})
        found.extend(filter(None, [told.get("leader") or told.get("node")]))
        return bool(found)

    await until(known, seconds=JOINED_SECONDS, what=f"the leader of {queue}")
    return found[0]


def fills(city: City) -> Counter[str]:
    """Return how often each service that announces has filled the streams to the end."""
    with closing(MongoClient[dict[str, Any]](city.mongo_url, serverSelectionTimeoutMS=5_000)) as client:
        return Counter(
            {
                name: client[f"{city.prefix}_{name}"][FILLS].count_documents(
                    {"status": "done", "actor": f"system:{name}"}
                )
                for name in ANNOUNCERS
            }
        )


async def filled(city: City, before: Counter[str]) -> bool:
    """Tell whether each has done so once more."""
    now = await asyncio.to_thread(fills, city)
    return all(now[name] > before[name] for name in ANNOUNCERS)


async def all_use(cluster: Cluster, name: str) -> bool:
    """Tell whether the services are connected, and all to this node."""
    found = [connection.get("node") for connection in await asked(cluster, "/api/connections")]
    return len(found) >= 2 * len(SERVICES) - 1 and set(found) == {
        name
    }  # two each; registry takes nothing, so it has one


async def asked(cluster: Cluster, path: str) -> Sequence[Mapping[str, Any]]:
    """Ask the management API of whichever node answers."""
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        answer = await client.get(f"{cluster.management_url}{path}")
    found: Sequence[Mapping[str, Any]] = answer.raise_for_status().json()
    return found
