"""The commands of docs/operations.md for containers, run as they stand there, under load where people would not wait."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx
import pytest
from rich.console import Console

from ops.local.places import ROOT
from ops.local.services import SERVICES
from shared.web.caller import Grant
from tests.compose.city import Composed, ComposedCity, open_sama
from tests.compose.load import under_load
from tests.compose.project import Project
from tests.compose.test_2_life import STEADY_SECONDS, verified
from tests.integration.faults.quiet import check, quiet

PAGE: Final = ROOT / "docs" / "operations.md"
BLOCK: Final = re.compile(r"<!-- run by tests/compose/test_3_page\.py: ([a-z-]+) -->\n((?:    .*\n)+)")
SECONDS: Final = 420.0  # of one block; an image is built in one of them
EACH: Final = 3  # requests of each of two districts, in each wave of the load


def blocks() -> dict[str, str]:
    """Return the page's commands by what they are for."""
    return {name: re.sub(r"^    ", "", text, flags=re.MULTILINE) for name, text in BLOCK.findall(PAGE.read_text())}


@pytest.fixture(scope="module")
def desk(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder like the operator's checkout: the project's files, and the .env of this system with a token for its operator."""
    folder = tmp_path_factory.mktemp("desk")
    for entry in ROOT.iterdir():
        if entry.name not in {".git", ".sama", ".venv", ".env"}:
            (folder / entry.name).symlink_to(entry)
    settings = {**project.settings, "SAMA_OPERATOR_TOKEN": _token(project)}
    plugins = folder / ".docker" / "cli-plugins"  # where docker looks for its command compose
    plugins.mkdir(parents=True)
    (plugins / "docker-compose").symlink_to(project.program)
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _token(project: Project) -> str:
    audiences = [f"sama-{service}" for service in SERVICES]
    return project.issuer.token("night-operator", [Grant("operator")], audiences, datetime.now(UTC))


def follow(project: Project, desk: Path, name: str) -> None:
    """Type the page's commands. Raises AssertionError with what was told if the last one fails."""
    done = subprocess.run(
        ["/bin/bash", "-u", "-c", blocks()[name]],
        cwd=desk,
        env={
            **project.engine.environment,
            "COMPOSE_PROJECT_NAME": project.name,
            "DOCKER_CONFIG": str(desk / ".docker"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, f"{name}: {done.stdout[-3000:]}{done.stderr[-3000:]}"


async def test_review_is_scaled_out_and_upgraded_without_a_lost_call_as_the_page_says(
    project: Project, desk: Path, screen: Console
) -> None:
    async with (
        open_sama(project) as sama,
        httpx.AsyncClient(timeout=60, trust_env=False, headers={"Accept-Language": "en"}) as http,
    ):
        city = ComposedCity(Composed(project), sama, http, first=2_001)  # after those of test_2_life.py
        await city.found()
        before = set(project.containers("review"))
        async with under_load(city, EACH) as load:
            await load.until_answered(5)
            await asyncio.to_thread(follow, project, desk, "scale-out")
            await asyncio.to_thread(project.until_healthy, ["review"])
            assert len(project.containers("review")) == 3
            screen.print(f"  scaled out as the page says, {load.calls('ok')} calls answered")
            await asyncio.to_thread(follow, project, desk, "upgrade")
            screen.print(f"  upgraded as the page says, {load.calls('ok')} calls answered")
        after = set(project.containers("review"))
        assert len(after) == 3
        assert not after & before
        await quiet(city, steady=STEADY_SECONDS)
        await check(city, *load.waves)
    await asyncio.to_thread(project.scale, "review", 1)
    await asyncio.to_thread(verified, project)


async def test_a_service_is_restored_from_a_backup_as_the_page_says(project: Project, desk: Path) -> None:
    await asyncio.to_thread(follow, project, desk, "backup")
    assert (desk / "backups" / "today" / "SHA256SUMS").exists()
    await asyncio.to_thread(follow, project, desk, "restore")
    await asyncio.to_thread(project.until_healthy)
    await asyncio.to_thread(verified, project)


def test_the_page_has_what_an_operator_does() -> None:
    assert set(blocks()) == {"scale-out", "upgrade", "backup", "restore"}
