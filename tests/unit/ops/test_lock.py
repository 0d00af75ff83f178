"""requirements.lock: whole, with hashes, without addresses; and its part for the service images."""

import re
import tomllib

from ops.images.production_lock import direct, normal, packages, production_lock
from ops.local.places import ROOT

LOCK = (ROOT / "requirements.lock").read_text()
PYPROJECT = (ROOT / "pyproject.toml").read_text()


def test_everything_that_is_used_directly_is_pinned() -> None:
    project = tomllib.loads(PYPROJECT)["project"]
    extras = [text for texts in project["optional-dependencies"].values() for text in texts]
    named = {normal(re.split(r"[\[=<>~!; ]", text)[0]) for text in [*project["dependencies"], *extras]}
    assert named <= packages(LOCK).keys()


def test_every_package_has_hashes() -> None:
    assert [
        name for name, pinned in packages(LOCK).items() if not any("--hash=sha256:" in line for line in pinned.lines)
    ] == []


def test_no_address_and_no_folder_of_the_machine_that_wrote_it_is_in_it() -> None:
    assert re.findall(r"://|--(?:extra-)?index-url|--find-links|--trusted-host|^-|@ |\(/", LOCK, re.MULTILINE) == []


def test_the_images_get_neither_the_local_database_nor_tools() -> None:
    lock = packages(production_lock(LOCK, PYPROJECT))
    assert direct(PYPROJECT) <= lock.keys()
    assert lock.keys().isdisjoint(
        {"secantusdb", "numpy", "shapely", "pytest", "mypy", "ruff", "pip", "testcontainers", "docker"}
    )
    assert {"starlette", "pymongo", "aiormq", "pydantic-core"} <= lock.keys()
