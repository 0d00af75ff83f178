"""Prometheus looks at the real services with SAMA's rules: nothing fires without reason, and a service that stops is told."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

import httpx
import promql_parser as promql
import pytest
from prometheus_client.parser import text_string_to_metric_families

from ops.local.ports import choose
from ops.local.services import SERVICES
from ops.metrics.local import Pace, Prometheus
from tests.integration.live import ASKED, DISTRICT, YEAR, Live
from tests.servers import Broker
from tests.unit.metrics.exported import series
from tests.unit.metrics.files import queries, rules
from tests.unit.metrics.promql import asked
from tests.waiting import until

REPLICAS: Final = {"review": 2, "budget": 2}
LOOK: Final = {"SAMA_TOPOLOGY_CHECK_SECONDS": "0.5"}
PACE: Final = Pace(seconds=2, patience_seconds=6)  # a busy machine answers a scrape within two seconds
QUIET_SECONDS: Final = 10.0  # longer than any alert waits here
SECONDS: Final = 60.0  # of patience with it


class Watched:
    """The services with a short story behind them, and a Prometheus that looks at them."""

    def __init__(self, live: Live, prometheus: Prometheus) -> None:
        self.live = live
        self._prometheus = prometheus
        self._http = httpx.AsyncClient(base_url=f"{prometheus.url}/api/v1", trust_env=False, timeout=10)

    async def ask(self, path: str, **parameters: str) -> Any:
        """Return the data of Prometheus's answer."""
        answer = await self._http.get(path, params=parameters)
        answer.raise_for_status()
        return answer.json()["data"]

    async def value(self, query: str) -> list[float]:
        """Return the values of a query for a vector."""
        return [float(found["value"][1]) for found in (await self.ask("/query", query=query))["result"]]

    async def firing(self) -> set[tuple[str, str]]:
        """Return what fires now: (alert, job)."""
        found = (await self.ask("/alerts"))["alerts"]
        return {(a["labels"]["alertname"], a["labels"].get("job", "")) for a in found if a["state"] == "firing"}

    async def rules(self) -> Sequence[Mapping[str, Any]]:
        """Return all rules as they were last evaluated."""
        return [rule for group in (await self.ask("/rules"))["groups"] for rule in group["rules"]]

    async def close(self) -> None:
        """Stop Prometheus."""
        await self._http.aclose()
        await self._prometheus.stop()


@pytest.fixture(scope="module")
async def watched(
    tmp_path_factory: pytest.TempPathFactory, broker: Broker, mongo_url: str, promtool: str
) -> AsyncIterator[Watched]:
    live = Live(tmp_path_factory.mktemp("live"), broker, mongo_url, replicas=REPLICAS, environment=LOOK)
    await live.prepare()
    await live.start()
    try:
        await live.found()
        await live.reserved(await live.organization())
        port = choose(["prometheus"], {}, {})["prometheus"]
        prometheus = Prometheus(tmp_path_factory.mktemp("prometheus"), live.stack.services, port, PACE)
        await prometheus.start()
        watched = Watched(live, prometheus)
        try:
            yield watched
        finally:
            await watched.close()
    finally:
        await live.stop()
        await live.forget()


async def test_every_replica_is_reached_and_every_rule_can_be_evaluated(watched: Watched) -> None:
    async def all_up() -> bool:
        targets = (await watched.ask("/targets"))["activeTargets"]
        return [target["health"] for target in targets] == ["up"] * (len(SERVICES) + len(REPLICAS))

    async def all_evaluated() -> bool:
        return all(rule["health"] == "ok" for rule in await watched.rules())

    await until(all_up, seconds=SECONDS)
    await until(all_evaluated, seconds=SECONDS)
    assert sorted(rule["name"] for rule in await watched.rules()) == sorted(map(str, rules()))


async def test_everything_that_rules_and_dashboards_ask_for_is_exported_with_its_labels(watched: Watched) -> None:
    exported: dict[str, set[str]] = {}
    async with httpx.AsyncClient(trust_env=False) as http:
        for urls in watched.live.stack.services.values():
            for url in urls:
                for family in text_string_to_metric_families((await http.get(f"{url}/metrics")).text):
                    name = f"{family.name}_total" if family.type == "counter" else family.name
                    parts = ("_bucket", "_count", "_sum") if family.type == "histogram" else ("",)
                    for part in parts:
                        exported.setdefault(name + part, set())
                    for sample in family.samples:
                        exported.setdefault(sample.name, set()).update(sample.labels)
    of_prometheus = {"up", "ALERTS", *(str(rule) for rule in rules() if rule.record)}
    expressions = [promql.parse(expr) for expr in [*(rule.expr for rule in rules()), *(q.expr for q in queries())]]
    names = {selector.name for expression in expressions for selector in asked(expression)} - of_prometheus
    assert names <= exported.keys()
    known = series()
    for name, labels in exported.items():
        if labels and name in known:
            assert labels == known[name], name


async def test_money_is_counted_once_although_two_replicas_show_it(watched: Watched) -> None:
    reserved = f'{{district="{DISTRICT}", fiscal_year="{YEAR}", part="reserved"}}'

    async def is_shown(query: str, value: float) -> None:
        async def shown() -> bool:
            return await watched.value(query) == [value]

        await until(shown, seconds=SECONDS, what=f"{query} = {value}")

    await is_shown(f"district_fiscal_year_part_currency:sama_district_money:max{reserved}", ASKED)
    await is_shown(f"count(sama_district_money{reserved})", REPLICAS["budget"])
    await is_shown('fiscal_year_part_currency:sama_city_money:max{part="appropriated"}', 20 * ASKED)
    await is_shown('sum by (status) (max by (district, status) (sama_requests{status="reserved"}))', 1)
    await is_shown("count by (service) (count by (service, version) (sama_build_info{service='review'}))", 1)
    await is_shown("service:sama_replicas_up:count{service='review'}", REPLICAS["review"])


async def test_nothing_fires_while_all_is_well(watched: Watched) -> None:
    """A stretch that is longer than any alert has to wait here, after the services have settled."""
    loop = asyncio.get_running_loop()
    quiet_since = loop.time()
    fired: set[tuple[str, str]] = set()

    async def quiet_for_long() -> bool:
        nonlocal quiet_since
        if firing := await watched.firing():
            fired.update(firing)
            quiet_since = loop.time()
        return loop.time() - quiet_since > QUIET_SECONDS

    try:
        await until(quiet_for_long, seconds=SECONDS)
    except AssertionError as error:
        raise AssertionError(f"fires although all is well: {sorted(fired)}") from error


async def test_who_stops_is_told_and_no_longer_when_it_is_back(watched: Watched) -> None:
    """A service whose only replica stops is down; one with another replica is not."""
    stack = watched.live.stack
    await asyncio.gather(stack.end("requests"), stack.end("review", 1))

    async def told() -> bool:
        return {
            ("ServiceDown", "requests"),
            ("ReplicaDown", "requests"),
            ("ReplicaDown", "review"),
        } <= await watched.firing()

    async def forgotten() -> bool:
        return not {name for name, _ in await watched.firing()} & {"ServiceDown", "ReplicaDown", "ServiceNotReady"}

    await until(told, seconds=SECONDS)
    assert {job for name, job in await watched.firing() if name == "ServiceDown"} == {"requests"}
    await asyncio.gather(stack.start_again("requests"), stack.start_again("review", 1))
    await until(forgotten, seconds=SECONDS)
