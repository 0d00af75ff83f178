"""The base images: what each is made of, how it is called, and which variable of docker-compose.yml it goes into.

Each has a folder under ``bases``: ``install.sh``, run by ``sh`` in a container of the image below (``apt_install`` installs packages), and
``files``, which it copies from.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BASES: Final = Path(__file__).with_name("bases")
LABEL: Final = "sama.recipe"
"""Label with the digest of what an image was made from: the same digest is not built again."""
NOT_FOR_PRODUCTION: Final = "sama.not-for-production"
STAND_IN: Final = "sama-base-mongo:secantusdb-not-for-production"
MONGOD: Final = "sama-base-mongo:mongod"
DIRECT: Final = "directConnection=true&retryWrites=false&maxPoolSize=8"
"""Connection options for SecantusDB: no replica set to find, slow with retryable writes, a thread for each connection."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One base image.

    name: as a person asks for it; tag; below: tag of the image that it builds on; suite: of Debian, for an image made by debootstrap
    (then nothing else counts); scripts: in ``bases``; changes: Dockerfile lines of its configuration; variable: of docker-compose.yml.
    """

    name: str
    tag: str
    below: str = ""
    suite: str = ""
    scripts: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    variable: str = ""

    def digest(self, below_id: str, more: bytes = b"") -> str:
        """Return what the image is made from in one word; below_id: id of the image below; more: other input."""
        sums = hashlib.sha256(repr((self.tag, self.suite, self.changes, below_id)).encode())
        for path in self.inputs():
            sums.update(path.name.encode())
            sums.update(path.read_bytes())
        sums.update(more)
        return sums.hexdigest()[:16]

    def inputs(self) -> list[Path]:
        """Return the files that go into it."""
        scripts = [BASES / script for script in self.scripts]
        return [BASES / "prelude.sh", *scripts, *sorted(self.files.glob("*"))] if scripts else []

    @property
    def files(self) -> Path:
        """The folder that its script copies from."""
        return BASES / self.scripts[0].partition("/")[0] / "files"


def _debian(suite: str) -> Recipe:
    return Recipe(f"debian-{suite}", f"sama-base-debian:{suite}", suite=suite)


def _rabbitmq(version: str, suite: str, variable: str = "") -> Recipe:
    return Recipe(
        f"rabbitmq-{version}",
        f"sama-base-rabbitmq:{version}",
        below=f"sama-base-debian:{suite}",
        scripts=("rabbitmq/install.sh",),
        changes=(
            # Debian's wrappers in /usr/sbin change the user, which the image has done already.
            "ENV PATH=/usr/lib/rabbitmq/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "ENV LANG=C.UTF-8 HOME=/var/lib/rabbitmq",
            "USER rabbitmq",
            "VOLUME /var/lib/rabbitmq",
            "EXPOSE 5672 15672 15692",
            'ENTRYPOINT ["docker-entrypoint.sh"]',
            'CMD ["rabbitmq-server"]',
        ),
        variable=variable,
    )


def recipes(*, mongod: bool = False) -> tuple[Recipe, ...]:
    """Return all base images, each after the one that it builds on. mongod: whether the operator gave an archive of MongoDB."""
    python, trixie = "sama-base-python:3.13", "sama-base-debian:trixie"
    return (
        _debian("trixie"),
        Recipe(
            "python",
            python,
            trixie,
            scripts=("python/install.sh",),
            changes=('CMD ["python"]',),
            variable="SAMA_PYTHON_IMAGE",
        ),
        Recipe(
            "python-build",
            "sama-base-python-build:3.13",
            python,
            scripts=("python/keep_settings.sh",),
            changes=('CMD ["python"]',),
            variable="SAMA_PYTHON_BUILD_IMAGE",
        ),
        _rabbitmq("4.0", "trixie", "SAMA_RABBITMQ_IMAGE"),
        Recipe(
            "mongo",
            MONGOD if mongod else STAND_IN,
            python,
            scripts=("mongo/install.sh",),
            changes=(
                "USER mongodb",
                "VOLUME /data/db",
                "EXPOSE 27017",
                'ENTRYPOINT ["docker-entrypoint.sh"]',
                'CMD ["mongod"]',
                *(() if mongod else (f"LABEL {NOT_FOR_PRODUCTION}=true",)),
            ),
            variable="SAMA_MONGO_IMAGE",
        ),
        Recipe(
            "caddy",
            "sama-base-caddy:2.6",
            trixie,
            scripts=("caddy/install.sh",),
            changes=(
                "ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data",
                "EXPOSE 80",
                'CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]',
            ),
            variable="SAMA_CADDY_IMAGE",
        ),
        _debian("sid"),
        _rabbitmq("4.3", "sid"),
    )


def with_below(wanted: set[str], known: tuple[Recipe, ...]) -> list[Recipe]:
    """Return the recipes of these names and those that they build on, in order. Raises KeyError for a name that there is none of."""
    by_name, by_tag = {recipe.name: recipe for recipe in known}, {recipe.tag: recipe for recipe in known}
    needed: set[str] = set()
    for name in wanted:
        recipe: Recipe | None = by_name[name]
        while recipe is not None:
            needed.add(recipe.name)
            recipe = by_tag.get(recipe.below)
    return [recipe for recipe in known if recipe.name in needed]


def settings(known: tuple[Recipe, ...]) -> dict[str, str]:
    """Return the lines of .env with which docker-compose.yml uses these images."""
    lines = {recipe.variable: recipe.tag for recipe in known if recipe.variable}
    if STAND_IN in lines.values():
        lines["SAMA_MONGO_OPTIONS"] = DIRECT
    return lines
