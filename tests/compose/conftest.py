"""An engine, the images, and a running project; whatever cannot be had here is said, and OPTIONAL=1 goes on without it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console

from ops.images.build import Builder
from ops.images.composes import compose_1, compose_v2
from ops.images.engine import FOLDER, Engine, engine
from ops.images.host import host_settings
from ops.play.screen import console
from tests.compose.project import Project

IMAGES = {"python", "python-build", "rabbitmq-4.0", "mongo", "caddy"}


@pytest.fixture(scope="session")
def screen() -> Console:
    """The screen: images take minutes, and a person wants to see them come (make gives -s, so that nothing is held back)."""
    return console()


@pytest.fixture(scope="session")
def docker(screen: Console) -> Iterator[Engine]:
    """A container engine, ended after the tests if it is ours."""
    with engine(screen) as running:
        screen.print(f"  Container engine: {running.kind}")
        yield running


@pytest.fixture(scope="session")
def images(docker: Engine, screen: Console) -> None:
    """The base images."""
    Builder(docker, screen, host_settings()).build(IMAGES)


@contextmanager
def running_project(name: str, compose: Path, docker: Engine, *, seen: Console) -> Iterator[Project]:
    """Provide a project that is up, removed at the end; its logs are kept if SAMA_KEEP_LOGS names a folder."""
    folder = FOLDER / "projects" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    project = Project(name, compose, docker, folder)
    try:
        seen.print(f"  {name}: building the services' images")
        project.build()
        seen.print(f"  {name}: starting at {project.origin}")
        project.up()
        yield project
    finally:
        (FOLDER / "logs").mkdir(parents=True, exist_ok=True)
        (FOLDER / f"logs/{name}.log").write_text(project.logs(lines=5_000))
        project.down()


@pytest.fixture(scope="session")
def project(docker: Engine, images: None, screen: Console) -> Iterator[Project]:
    """The system, up on Compose v2."""
    with running_project(f"samatest{os.getpid()}", compose_v2(screen), docker, seen=screen) as running:
        yield running


@pytest.fixture(scope="session")
def old_compose(screen: Console) -> Path:
    """docker-compose 1.29."""
    program = compose_1(screen)
    if program is None:
        pytest.skip("this Debian's docker-compose is not 1.29 (Debian 12 has it)")
    return program
