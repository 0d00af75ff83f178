"""The two programs that docker-compose.yml is written for: Compose v2, unpacked from a newer Debian suite, and docker-compose 1.29."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from rich.console import Console

from ops.images.engine import FOLDER, install_packages
from ops.images.host import MIRROR, host_settings
from ops.images.shown import run_shown
from ops.local.problems import StackProblem

SUITE: Final = (
    "trixie"  # the first with Compose v2 as docker-compose; it is one program that needs nothing of its suite
)
OLD: Final = Path("/usr/bin/docker-compose")  # where Debian 12 has 1.29
INSIDE: Final = Path("usr/libexec/docker/cli-plugins/docker-compose")  # in the package


def compose_v2(screen: Console, folder: Path = FOLDER, mirror: str = MIRROR) -> Path:
    """Return the program, fetched and unpacked at the first call with lists and settings of its own. Raises StackProblem."""
    program = folder / "compose-v2" / INSIDE
    if program.exists():
        return program
    own = folder / "apt"
    shutil.rmtree(own, ignore_errors=True)
    for part in ("lists/partial", "cache/archives/partial", "debs"):
        (own / part).mkdir(parents=True)
    (own / "sources.list").write_text(
        f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {mirror} {SUITE} main\n"
    )
    (own / "apt.conf").write_text(
        host_settings().apt
        + f'Dir::Etc::sourcelist "{own}/sources.list";\nDir::Etc::sourceparts "-";\nDir::State::lists "{own}/lists";\n'
        + f'Dir::State::status "/dev/null";\nDir::Cache "{own}/cache";\nDebug::NoLocking "true";\nAPT::Sandbox::User "";\n'
    )
    env = {**os.environ, "APT_CONFIG": str(own / "apt.conf")}
    run_shown(
        screen,
        "Package lists of a newer Debian",
        ["apt-get", "-q", "update"],
        folder / "logs/compose-lists.log",
        seconds=300,
        environment=env,
    )
    fetch = ["apt-get", "-q", "download", "docker-compose"]
    run_shown(
        screen,
        "Fetching Compose v2",
        fetch,
        folder / "logs/compose.log",
        seconds=300,
        environment=env,
        folder=own / "debs",
    )
    unpacked = folder / "compose-v2.unfinished"
    for package in (own / "debs").glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(package), str(unpacked)], check=True, timeout=120)  # noqa: S603, S607
    shutil.rmtree(own)
    if not (unpacked / INSIDE).exists():
        raise StackProblem(
            "The package docker-compose of a newer Debian has no Compose v2 where it is looked for.",
            f"Look into {unpacked}.",
        )
    unpacked.rename(folder / "compose-v2")
    return program


def compose_1(screen: Console, folder: Path = FOLDER) -> Path | None:
    """Return docker-compose 1.29, installed if missing; None: this Debian has another version. Raises NoEngine."""
    if not OLD.exists():
        install_packages(screen, ["docker-compose"], folder)
    return OLD if version_of(OLD).startswith("1.29") else None


def version_of(program: Path) -> str:
    """Return the version that the program tells, without a ``v``."""
    done = subprocess.run([str(program), "version", "--short"], capture_output=True, text=True, check=False, timeout=60)  # noqa: S603
    return done.stdout.strip().removeprefix("v")
