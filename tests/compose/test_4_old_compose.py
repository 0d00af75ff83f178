"""docker-compose 1.29 runs the same file: up, a short story, scaled, verified, down."""

import asyncio
import os
from pathlib import Path

import httpx
from rich.console import Console

from ops.images.composes import version_of
from ops.images.engine import Engine
from tests.compose.city import Composed, ComposedCity, open_sama
from tests.compose.conftest import running_project
from tests.compose.test_2_life import STEADY_SECONDS, verified
from tests.integration.faults.quiet import check, quiet
from tests.integration.faults.workload import Workload


async def test_the_old_compose_runs_it_too(docker: Engine, images: None, old_compose: Path, screen: Console) -> None:
    screen.print(f"  docker-compose {version_of(old_compose)}")
    with running_project(f"samaold{os.getpid()}", old_compose, docker, seen=screen) as project:
        project.scale("review", 2)
        async with open_sama(project) as sama, httpx.AsyncClient(timeout=60, trust_env=False) as http:
            city = ComposedCity(Composed(project), sama, http)
            await city.found()
            workload = Workload(city, each=3)
            await workload.prepare()
            await workload.run()
            await quiet(city, steady=STEADY_SECONDS)
            await check(city, workload)
        await asyncio.to_thread(verified, project)
