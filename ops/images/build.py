"""Makes the base images of docker-compose.yml from Debian packages and PyPI alone, for where no image registry can be reached."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

from ops.images.engine import FOLDER, PACKAGES, Engine, install_packages, missing_packages
from ops.images.host import HostSettings
from ops.images.production_lock import needed, packages
from ops.images.recipes import BASES, LABEL, Recipe, recipes, with_below
from ops.images.shown import run_shown
from ops.local.places import ROOT
from ops.local.problems import StackProblem

BOOTSTRAP_SECONDS: Final = 600.0
INSTALL_SECONDS: Final = 600.0
SERVER_OF_THE_STAND_IN: Final = frozenset({"secantusdb"})
FOR_MONGOD: Final = frozenset({"pymongo"})


@dataclass(frozen=True, slots=True)
class Builder:
    """engine; settings: how packages are reached; mongod: MongoDB's own archive (.tgz), if the operator has one; force: build again."""

    engine: Engine
    screen: Console
    settings: HostSettings
    mongod: Path | None = None
    force: bool = False

    def build(self, names: set[str] | None = None) -> list[Recipe]:
        """Build these images (None: all) and those below them; returns them. Raises StackProblem, and KeyError for an unknown name."""
        known = recipes(mongod=self.mongod is not None)
        wanted = with_below(names if names is not None else {recipe.name for recipe in known}, known)
        for recipe in wanted:
            self._one(recipe)
        return wanted

    def _one(self, recipe: Recipe) -> None:
        more = self.mongod.read_bytes() if self.mongod and recipe.name == "mongo" else b""
        if recipe.name == "mongo":
            more += _locked(self.mongod is not None).encode()
        digest = recipe.digest(self.engine.image_id(recipe.below) if recipe.below else "", more)
        if not self.force and self.engine.image_label(recipe.tag, LABEL) == digest:
            self.screen.print(f"  {recipe.tag}: there already (--force builds it again, with today's packages)")
        elif recipe.suite:
            self._bootstrap(recipe, digest)
        else:
            self._install(recipe, digest)

    def _bootstrap(self, recipe: Recipe, digest: str) -> None:
        """Make the image of a Debian suite."""
        if os.geteuid() != 0:
            raise StackProblem("debootstrap needs root to make a Debian system.", "Type the same with sudo.")
        if missing := missing_packages({"debootstrap": PACKAGES["debootstrap"]}):
            install_packages(self.screen, missing, FOLDER)
        with _folder() as folder:
            system, log = folder / "system", FOLDER / f"logs/{recipe.name}.log"
            command = ["debootstrap", "--variant=minbase", recipe.suite, str(system), self.settings.mirror]
            run_shown(
                self.screen,
                f"{recipe.tag} by debootstrap",
                command,
                log,
                seconds=BOOTSTRAP_SECONDS,
                environment=self.engine.environment,
            )
            for leftover in ("var/cache/apt/archives", "var/lib/apt/lists"):
                shutil.rmtree(system / leftover, ignore_errors=True)
            (system / "etc/apt/sources.list").write_text(f"deb http://deb.debian.org/debian {recipe.suite} main\n")
            self._import(system, recipe.tag, digest)

    def _import(self, system: Path, tag: str, digest: str) -> None:
        command = ["docker", "import", "--change", f"LABEL {LABEL}={digest}", "-", tag]
        with subprocess.Popen(["tar", "-C", str(system), "-c", "."], stdout=subprocess.PIPE) as tar:  # noqa: S603, S607
            done = subprocess.run(  # noqa: S603 - composed above
                command, stdin=tar.stdout, capture_output=True, text=True, check=False, env=self.engine.environment
            )
        if tar.returncode or done.returncode:
            raise StackProblem(f"The image {tag} could not be imported: {done.stderr}", "Is there space left?")

    def _install(self, recipe: Recipe, digest: str) -> None:
        """Run the recipe's script in a container of the image below and keep what it changed."""
        with _folder() as folder:
            self._lay_out(recipe, folder)
            container = f"sama-build-{recipe.name}-{os.getpid()}"
            command = ["docker", "run", "--name", container, "--volume", f"{folder}:/mnt:ro"]
            command += [recipe.below, "sh", "-c", ". /mnt/prelude.sh && . /mnt/install.sh"]
            try:
                log = FOLDER / f"logs/{recipe.name}.log"
                run_shown(
                    self.screen, recipe.tag, command, log, seconds=INSTALL_SECONDS, environment=self.engine.environment
                )
                options = [
                    word for change in [*recipe.changes, f"LABEL {LABEL}={digest}"] for word in ("--change", change)
                ]
                self.engine.docker("commit", *options, container, recipe.tag, seconds=300)
            finally:
                with contextlib.suppress(StackProblem):
                    self.engine.docker("rm", "--force", container)

    def _lay_out(self, recipe: Recipe, folder: Path) -> None:
        """Fill the folder that the container sees as /mnt."""
        folder.chmod(0o755)
        (folder / "apt.conf").write_text(self.settings.apt)
        (folder / "pip.conf").write_text(self.settings.pip)
        (folder / "authorities").mkdir()
        for number, authority in enumerate(self.settings.authorities):
            shutil.copy(authority, folder / "authorities" / f"sama-{number}.crt")
        shutil.copy(BASES / "prelude.sh", folder)
        (folder / "install.sh").write_text("".join((BASES / script).read_text() for script in recipe.scripts))
        (folder / "files").mkdir()
        if recipe.files.is_dir():
            shutil.copytree(recipe.files, folder / "files", dirs_exist_ok=True)
        if recipe.name == "mongo":
            (folder / "files/requirements.txt").write_text(_locked(self.mongod is not None))
            if self.mongod:
                shutil.copy(self.mongod, folder / "files/mongod.tgz")


def _locked(mongod: bool) -> str:
    """Return the part of requirements.lock, with hashes, for the image of the database."""
    lock = packages((ROOT / "requirements.lock").read_text())
    roots = FOR_MONGOD if mongod else FOR_MONGOD | SERVER_OF_THE_STAND_IN
    return "\n".join(line for name in sorted(needed(lock, roots)) for line in lock[name].lines) + "\n"


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="build-", dir=FOLDER))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
