"""Under compose: the demo's story through Caddy; then load, while review goes 1 → 4 → 1 and containers die; a restart of all."""

import asyncio
import os
import random
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import httpx
from pymongo import MongoClient
from rich.console import Console

from ops.demo.command import play_all
from ops.demo.example import read_example
from ops.demo.narrator import Narrator
from ops.demo.stage import Stage
from tests.compose.city import Composed, ComposedCity, open_sama
from tests.compose.load import Load, under_load
from tests.compose.project import Project
from tests.integration.faults.quiet import check, kept, quiet

SEED: Final = int(os.environ.get("SEED") or random.randrange(1_000_000))
REQUESTS: Final = int(os.environ.get("REQUESTS") or 3)  # of each district in the story; the demo's own number is 19
EACH: Final = int(os.environ.get("EACH") or 6)  # requests of each of two districts, in each wave of the load
KILLED: Final = ("review", "budget", "rabbitmq", "mongo", "review", "requests")
STEADY_SECONDS: Final = 7.0  # the broker's figures are up to five seconds old
READY_SECONDS: Final = 120.0


def verified(project: Project) -> None:
    """Run ``sama verify`` as an operator does, in a container beside the running system; anything it finds fails the test."""
    told = project.attempt("run", "-T", "--rm", "operator", "verify", "--archive", seconds=180)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "nothing is wrong" in told.stdout


async def test_the_story_of_a_city_is_played_through_the_proxy(
    project: Project, screen: Console, tmp_path: Path
) -> None:
    example = read_example()
    narrator = Narrator(screen, example.currency)
    async with open_sama(project) as sama:
        report = await play_all(Stage(Composed(project), sama, example, narrator), tmp_path, REQUESTS)
    assert report.verified.violations == []
    assert report.total("requests") > 13 * REQUESTS
    verified(project)


def test_an_entry_that_was_tampered_with_is_found_by_the_operators_command(project: Project) -> None:
    with closing(MongoClient[dict[str, Any]](project.mongo_url)) as client:
        entries = client["sama_budget"]["entries"]
        entry = entries.find_one({"seq": 2})
        assert entry is not None
        entries.update_one({"_id": entry["_id"]}, {"$set": {"hash": "0" * 64}})
        told = project.attempt("run", "-T", "--rm", "operator", "verify", seconds=180)
        entries.update_one({"_id": entry["_id"]}, {"$set": {"hash": entry["hash"]}})
    assert told.returncode == 1
    assert entry["book"] in told.stdout
    verified(project)


async def test_nothing_is_lost_while_review_is_scaled_and_containers_die(project: Project, screen: Console) -> None:
    chance = random.Random(SEED)
    screen.print(f"  Killing at random, seed {SEED} (SEED={SEED} repeats it)")
    async with (
        open_sama(project) as sama,
        httpx.AsyncClient(timeout=60, trust_env=False, headers={"Accept-Language": "en"}) as http,
    ):
        city = ComposedCity(Composed(project), sama, http)
        await city.found()
        async with under_load(city, EACH) as load:
            await load.until_answered(5)
            await _strike(project, load, chance, screen)
        screen.print(
            f"  {sum(len(wave.requests) for wave in load.waves)} requests done, {load.calls('ok')} calls answered, "
            f"{load.calls('unknown')} left unknown, {load.calls('fail')} refused"
        )
        await _all_holds(city, load)
        await asyncio.to_thread(project.restart_all)
        screen.print("  every container restarted")
        await _all_holds(city, load)
    verified(project)


async def _strike(project: Project, load: Load, chance: random.Random, screen: Console) -> None:
    """Scale review up, kill containers of everything in random order, and scale it down."""
    await asyncio.to_thread(project.scale, "review", 4)
    screen.print(f"  review at 4, {load.calls('ok')} calls answered")
    for service in chance.sample(KILLED, len(KILLED)):
        await load.until_answered(chance.randint(5, 40))
        victim = chance.choice(project.containers(service))
        before = project.restarts(victim)
        project.kill(victim)
        await asyncio.to_thread(project.until_started_again, victim, before)
        await asyncio.to_thread(project.until_healthy)
        screen.print(
            f"  {service} killed and back, {load.calls('ok')} calls answered, {load.calls('unknown')} left unknown"
        )
    await load.until_answered(20)
    await asyncio.to_thread(project.scale, "review", 1)
    screen.print(f"  review at 1, {load.calls('ok')} calls answered")
    await load.until_answered(20)


async def _all_holds(city: ComposedCity, load: Load) -> None:
    city.refresh()
    await city.ready(READY_SECONDS)
    await quiet(city, steady=STEADY_SECONDS)
    await check(city)
    await asyncio.gather(*(kept(city, wave) for wave in load.waves))
