"""The doctor on a real system: the four services, a real broker and a real database, spoiled one after the other."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pymongo import MongoClient
from typer.testing import CliRunner

from ops.cli import app
from ops.doctor.checks import diagnose
from ops.doctor.facts import gather
from ops.doctor.system import System
from ops.local.stack import Plan, Stack
from shared.doctor import Finding
from shared.web.caller import Grant

DEADLINE_SECONDS = 60.0  # the broker counts every five seconds
OF_THE_MACHINE = {"disk", "disk_low", "disk_full", "clock_skew"}  # not the system's


@pytest_asyncio.fixture(scope="module")
async def stack(
    tmp_path_factory: pytest.TempPathFactory, rabbit_url: str, rabbit_management_url: str, mongo_url: str
) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SAMA_RABBIT_URL", rabbit_url)
        environment.setenv("SAMA_RABBIT_MANAGEMENT_URL", rabbit_management_url)
        environment.setenv("SAMA_MONGO_URL", mongo_url)
        for name in ("SAMA_MONGO_PREFIX", "SAMA_JWKS", "SAMA_CALENDAR"):
            environment.delenv(name, raising=False)
        plan = Plan(
            folder=folder,
            keys=folder / "keys",
            own_issuer=True,
            fresh=True,
            replicas={"review": 2},
            # Not repaired meanwhile: the doctor has to see it, not the guard.
            environment={"SAMA_TOPOLOGY_CHECK_SECONDS": "3600"},
        )
        async with Stack(plan) as running:
            yield running


@pytest.fixture
def system(stack: Stack) -> System:
    return System(
        mongo_url=stack.mongo_url,
        mongo_prefix=stack.mongo_prefix,
        rabbit_url=stack.rabbit_url,
        rabbit_management_url=stack.rabbit_management_url,
        services={service: tuple(urls) for service, urls in stack.services.items()},
        folder=None,
    )


def vhost_of(stack: Stack) -> str:
    return stack.rabbit_url.rsplit("/", 1)[1]


async def management(stack: Stack, method: str, path: str, body: Any = None) -> None:
    async with httpx.AsyncClient(base_url=stack.rabbit_management_url, trust_env=False) as client:
        (await client.request(method, path, json=body)).raise_for_status()


async def wrong(system: System) -> Mapping[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in diagnose(await gather(system)):
        if finding.severity != "fine" and finding.code not in OF_THE_MACHINE:
            found.setdefault(finding.code, []).append(finding)
    return found


async def until_found(system: System, holds: Callable[[Mapping[str, list[Finding]]], bool]) -> Mapping[str, Any]:
    last: Mapping[str, list[Finding]] = {}
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not holds(last := await wrong(system)):  # noqa: ASYNC110 - the doctor tells no event
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(f"the doctor still says {last}") from None
    return last


async def test_a_healthy_system_is_fine_and_each_fault_is_named_until_it_is_mended(
    stack: Stack, system: System
) -> None:
    await until_found(system, lambda found: not found)
    vhost = vhost_of(stack)

    # What waits dead, what is unbound, what is unindexed.
    publish = {"properties": {}, "routing_key": "review.requests.dead", "payload": "{}", "payload_encoding": "string"}
    await management(stack, "POST", f"/api/exchanges/{vhost}/amq.default/publish", publish)
    key = "case.decided.v1"
    await management(stack, "DELETE", f"/api/bindings/{vhost}/e/sama.review/q/budget.review/{key}")
    await management(stack, "DELETE", f"/api/policies/{vhost}/sama-edges")
    with MongoClient[dict[str, Any]](stack.mongo_url) as client:
        cases = client[f"{stack.mongo_prefix}_review"]["cases"]
        cases.drop_index("due_at_1")
        cases.insert_one(
            {"_id": "c1", "due_at": datetime(2020, 1, 1, tzinfo=UTC), "outbox": [{"id": "e"}], "version": 1}
        )
        client[f"{stack.mongo_prefix}_budget"]["cursors"].insert_one({"_id": "city/1405", "published_seq": 7})
        found = await until_found(
            system,
            lambda found: found.keys() >= {"dead_letters", "binding_missing", "policy_different", "index_missing"},
        )
        assert found["binding_missing"][0].what.endswith(f"({key}) is not on the broker")
        assert found["index_missing"][0].where == "review"
        assert {"timer_late", "book_cut_off"} <= found.keys()
        cases.delete_one({"_id": "c1"})
        client[f"{stack.mongo_prefix}_budget"]["cursors"].delete_one({"_id": "city/1405"})

    # A service is gone, one replica of two: its queues are still consumed. Then the other.
    stack.kill("review", 1)
    found = await until_found(system, lambda found: "service_away" in found)
    assert "queue_without_consumer" not in found
    stack.kill("review", 0)
    found = await until_found(system, lambda found: len(found.get("queue_without_consumer", ())) == 2)
    assert len(found["service_away"]) == 2

    # The start makes the index anew; binding and policy are another service's.
    await stack.start_again("review", 0)
    await stack.start_again("review", 1)
    stack.kill("budget")
    await stack.start_again("budget")
    await management(stack, "DELETE", f"/api/queues/{vhost}/review.requests.dead/contents")
    await until_found(system, lambda found: not found)


async def test_an_operator_gets_a_services_findings_over_http(stack: Stack) -> None:
    token = stack.issuer.token("op", [Grant("operator")], ["sama-review"], datetime.now(UTC))
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{stack.url('review')}/ops/doctor", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer.json()["service"] == "review"
    assert {"indexes", "outbox", "archive"} <= {finding["code"] for finding in answer.json()["findings"]}


async def test_when_the_broker_is_away_the_rest_is_still_looked_at(system: System) -> None:
    away = System(
        mongo_url=system.mongo_url,
        mongo_prefix=system.mongo_prefix,
        rabbit_url=system.rabbit_url,
        rabbit_management_url="http://127.0.0.1:1",
        services=system.services,
        folder=None,
    )
    findings = diagnose(await gather(away))
    assert [finding.code for finding in findings if finding.severity == "alarm"] == ["broker_away"]
    assert {"service", "indexes", "outbox"} <= {finding.code for finding in findings}


def test_the_command_says_it_as_json_and_by_its_exit_code(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {
        "SAMA_MONGO_URL": stack.mongo_url,
        "SAMA_MONGO_PREFIX": "sama_nothing_here",
        "SAMA_RABBIT_URL": stack.rabbit_url,
        "SAMA_RABBIT_MANAGEMENT_URL": stack.rabbit_management_url,
        "SAMA_REVIEW_URL": ",".join(stack.urls("review")),
    }.items():
        monkeypatch.setenv(name, value)
    answer = CliRunner().invoke(app, ["doctor", "--json", "--folder", str(tmp_path)])
    assert answer.exit_code == 1, answer.output
    said = json.loads(answer.output)
    assert said["worst"] == "alarm"
    assert {finding["code"] for finding in said["findings"]} >= {"index_missing", "service_unknown", "service"}


def test_where_nothing_answers_the_command_could_not_look(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SAMA_MONGO_URL", "mongodb://127.0.0.1:1/")
    monkeypatch.setenv("SAMA_RABBIT_URL", "amqp://127.0.0.1:1/")
    monkeypatch.setenv("SAMA_RABBIT_MANAGEMENT_URL", "http://127.0.0.1:1")
    answer = CliRunner().invoke(app, ["doctor", "--folder", str(tmp_path)])
    assert answer.exit_code == 2, answer.output
    assert "Nothing answers" in answer.output


def test_a_system_that_nobody_knows_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SAMA_MONGO_URL", "SAMA_RABBIT_URL", "SAMA_RABBIT_MANAGEMENT_URL"):
        monkeypatch.delenv(name, raising=False)
    answer = CliRunner().invoke(app, ["doctor", "--folder", str(tmp_path)])
    assert answer.exit_code == 2
    assert "sama up" in answer.output
