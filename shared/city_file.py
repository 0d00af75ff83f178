"""A city of an installation that serves several: ``city.toml``, named by SAMA_CITY_FILE. The environment wins over it.

It says only what the processes of one city have to know to keep apart from the others'. What a city decides – districts, books,
programmes, rules, currency – comes in over the APIs and is kept in its own databases.
"""

import tomllib
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

REMOTE: Final = ("http://", "https://")


class BadCityFile(ValueError):
    """A city's file cannot be read, or two cities would meet: what is wrong and where."""


class Names(BaseModel):
    """What people call the city."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fa: str = Field(min_length=1, max_length=100)
    en: str = Field(min_length=1, max_length=100)


class City(BaseModel):
    """One city. id: in users' names, logs and figures; calendar, jwks: beside the file unless absolute (jwks also a URL)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")
    names: Names
    vhost: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,59}$", description="Its virtual host on the broker.")
    mongo_prefix: str = Field(pattern=r"^[a-z0-9_]{1,30}$", description="Its databases are <prefix>_<service>.")
    issuer: str = Field(min_length=1, max_length=300, description="The only issuer whose tokens its services accept.")
    jwks: str = Field(min_length=1, max_length=500, description="File or URL of that issuer's keys.")
    calendar: Path | None = None

    def settings(self) -> Mapping[str, Any]:
        """Return what it says for a service's settings."""
        said = {
            "city": self.id,
            "rabbit_vhost": self.vhost,
            "mongo_prefix": self.mongo_prefix,
            "issuer": self.issuer,
            "jwks": self.jwks,
            "calendar": self.calendar,
        }
        return {name: value for name, value in said.items() if value is not None}


def read_city(path: Path) -> City:
    """Return the city of the file. Raises BadCityFile."""
    try:
        city = City.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise BadCityFile(
            f"The city's file {path} cannot be read: {error.strerror}. SAMA_CITY_FILE has to name it."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadCityFile(f"{path} is no TOML: {error}.") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise BadCityFile(f"{path}: {wrong}. docs/cities.md tells every line.") from error
    beside = path.absolute().parent
    jwks = city.jwks if city.jwks.startswith(REMOTE) else str(beside / city.jwks)
    return city.model_copy(update={"jwks": jwks, "calendar": city.calendar and beside / city.calendar})


def read_cities(paths: Sequence[Path]) -> list[City]:
    """Return the cities of the files, in order. Raises BadCityFile also when two of them would share what keeps them apart."""
    cities = [read_city(path) for path in paths]
    for (one, a), (other, b) in combinations(zip(paths, cities, strict=True), 2):
        for what in ("id", "vhost", "mongo_prefix", "issuer", "jwks"):
            if getattr(a, what) == getattr(b, what):
                raise BadCityFile(
                    f"{one} and {other} have the same {what} ({getattr(a, what)}), so the two cities would meet."
                    " Give each its own."
                )
    return cities
