"""The compose file of further cities, made of docker-compose.yml: ``sama compose-city ray/city.toml > docker-compose.cities.yml``.

Each city gets its services, its one-shot provisioning and a Caddy on a port of its own; broker and database are the common ones.
Its Caddy meets its services in a network of the city's, where they have their usual names, so one Caddyfile does for all.
"""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

from ops.images.provision import user_of
from ops.local.services import SERVICES
from shared.city_file import City

Part = dict[str, Any]

URLS: Final = ("SAMA_MONGO_URL", "SAMA_RABBIT_URL", "SAMA_RABBIT_MANAGEMENT_URL")
KEYS: Final = ("SAMA_WEBHOOK_KEYS", "SAMA_CERTIFICATION_KEY")
"""Secrets of services beside their passwords; each city has its own."""
OF_THE_FILE: Final = ("SAMA_JWKS", "SAMA_ISSUER", "SAMA_CALENDAR")
"""What a city's file says; the environment would win over it."""

USER: Final = re.compile(r"//[^@]*@")
FOLDER: Final = "/etc/sama/city"
MISSING: Final = "append to .env what sama compose-env --city prints"


def variable(city: City, name: str) -> str:
    """Return the name of a city's setting in ``.env``, e.g. SAMA_RAY_PORT."""
    return f"SAMA_{city.id.upper().replace('-', '_')}_{name}"


def env_lines(city: City, port: int) -> str:
    """Return a city's lines for ``.env``, to be filled with secrets (ops/images/env_file.py)."""
    passwords = [f"{variable(city, f'{service.upper()}_PASSWORD')}=change-me" for service in SERVICES]
    keys = [f"{variable(city, name.removeprefix('SAMA_'))}=change-me" for name in KEYS]
    return "\n".join([f"# {city.names.en}", f"{variable(city, 'PORT')}={port}", *passwords, *keys, ""])


def city_compose(base: Mapping[str, Any], cities: Sequence[tuple[City, Path]]) -> Part:
    """Return the file. base: docker-compose.yml as parsed; cities with the paths of their files."""
    made: Part = {"services": {}, "networks": {}}
    for city, file in cities:
        parts: Mapping[str, Part] = base["services"]
        mount = f"{file.absolute().parent}:{FOLDER}:ro"
        services = {service: _service(parts[service], service, city, file, mount) for service in SERVICES}
        made["services"] |= {f"{city.id}-{service}": part for service, part in services.items()}
        made["services"][f"{city.id}-provision"] = _provision(parts["provision"], city, file, mount)
        made["services"][f"{city.id}-caddy"] = _caddy(parts["caddy"], city)
        made["networks"][city.id] = {"internal": True}
    return made


def _service(part: Part, service: str, city: City, file: Path, mount: str) -> Part:
    made = _without(part, "build", "secrets", "volumes")  # keys and calendar are in the city's folder
    user = f"{user_of(service, city)}:{_password(city, service)}"
    settings = _without(part["environment"], *OF_THE_FILE)
    urls = {name: USER.sub(f"//{user}@", settings[name]) for name in URLS}
    urls["SAMA_MONGO_URL"] = urls["SAMA_MONGO_URL"].replace(f"=sama_{service}", f"={city.mongo_prefix}_{service}")
    urls["SAMA_RABBIT_URL"] = urls["SAMA_RABBIT_URL"].removesuffix("/")  # the virtual host is the city file's
    keys = {name: _own(city, name.removeprefix("SAMA_")) for name in KEYS if name in settings}
    made["environment"] = (
        settings
        | urls
        | keys
        | {
            "SAMA_CITY_FILE": f"{FOLDER}/{file.name}",
            "SAMA_TRUSTED_PROXIES": f"{city.id}-caddy",
        }
    )
    made["volumes"] = [mount]
    made["networks"] = {name: {} for name in part["networks"]} | {city.id: {"aliases": [service]}}
    made["depends_on"] = {f"{city.id}-provision": {"condition": "service_completed_successfully"}}
    return made


def _provision(part: Part, city: City, file: Path, mount: str) -> Part:
    made = _without(part, "build")
    passwords = {f"SAMA_{service.upper()}_PASSWORD": _password(city, service) for service in SERVICES}
    made["environment"] = _without(part["environment"], "SAMA_MONGO_MEMBER") | passwords
    made["environment"]["SAMA_CITY_FILE"] = f"{FOLDER}/{file.name}"
    made["volumes"] = [*part.get("volumes", []), mount]
    made["depends_on"] = {"provision": {"condition": "service_completed_successfully"}}  # it makes the replica set
    return made


def _caddy(part: Part, city: City) -> Part:
    made = deepcopy(part)
    made["networks"] = ["edge", city.id]
    made["ports"] = [f"${{SAMA_BIND:-127.0.0.1}}:{_own(city, 'PORT')}:80"]
    made["depends_on"] = {f"{city.id}-{service}": {"condition": "service_healthy"} for service in SERVICES}
    return made


def _password(city: City, service: str) -> str:
    return _own(city, f"{service.upper()}_PASSWORD")


def _own(city: City, name: str) -> str:
    return f"${{{variable(city, name)}:?{MISSING}}}"


def _without(part: Mapping[str, Any], *names: str) -> Part:
    return {name: deepcopy(value) for name, value in part.items() if name not in names}
