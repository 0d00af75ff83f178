"""The compose file of further cities, made of docker-compose.yml: ``sama compose-city ray/city.toml > docker-compose.cities.yml``.

Each city gets its services, its one-shot provisioning and a Caddy on a port of its own; broker and database are the common ones.
Its Caddy meets its services in a network of the city's, where they have their usual names, so one Caddyfile does for all.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

from ops.images.provision import user_of
from ops.local.services import SERVICES
from shared.city_file import City

Part = dict[str, Any]

FOLDER: Final = "/etc/sama/city"
MISSING: Final = "append to .env what sama compose-env --city prints"


def variable(city: City, name: str) -> str:
    """Return the name of a city's setting in ``.env``, e.g. SAMA_RAY_PORT."""
    return f"SAMA_{city.id.upper().replace('-', '_')}_{name}"


def env_lines(city: City, port: int) -> str:
    """Return a city's lines for ``.env``, to be filled with secrets (ops/images/env_file.py)."""
    passwords = [f"{variable(city, f'{service.upper()}_PASSWORD')}=change-me" for service in SERVICES]
    return "\n".join([f"# {city.names.en}", f"{variable(city, 'PORT')}={port}", *passwords, ""])


def city_compose(base: Mapping[str, Any], cities: Sequence[tuple[City, Path]]) -> Part:
    """Return the file. base: docker-compose.yml as parsed; cities with the paths of their files."""
    made: Part = {"services": {}, "networks": {}, "volumes": {}}
    for city, file in cities:
        parts: Mapping[str, Part] = base["services"]
        mount = f"{file.absolute().parent}:{FOLDER}:ro"
        services = {service: _service(parts[service], service, city, file, mount) for service in SERVICES}
        made["services"] |= {f"{city.id}-{service}": part for service, part in services.items()}
        made["services"][f"{city.id}-provision"] = _provision(parts["provision"], city, file, mount)
        made["services"][f"{city.id}-caddy"] = _caddy(parts["caddy"], city)
        made["networks"][city.id] = {"internal": True}
        made["volumes"][f"{city.id}-caddy"] = {}
    return made


def _service(part: Part, service: str, city: City, file: Path, mount: str) -> Part:
    made = _without(part, "build", "secrets")
    user = f"{user_of(service, city)}:{_password(city, service)}"
    database = f"{city.mongo_prefix}_{service}"
    made["environment"] = _without(part["environment"], "SAMA_JWKS", "SAMA_ISSUER") | {
        "SAMA_CITY_FILE": f"{FOLDER}/{file.name}",
        "SAMA_MONGO_URL": f"mongodb://{user}@mongo:27017/?replicaSet=sama&authSource={database}",
        "SAMA_RABBIT_URL": f"amqp://{user}@rabbitmq:5672",  # the virtual host is the city file's
        "SAMA_RABBIT_MANAGEMENT_URL": f"http://{user}@rabbitmq:15672",
    }
    made["volumes"] = [*part.get("volumes", []), mount]
    made["networks"] = {"back": {}, city.id: {"aliases": [service]}}
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
    made["ports"] = [f"${{SAMA_BIND:-127.0.0.1}}:${{{variable(city, 'PORT')}:?{MISSING}}}:80"]
    made["volumes"] = [f"{city.id}-{mount}" if mount.startswith("caddy:") else mount for mount in part["volumes"]]
    made["depends_on"] = {f"{city.id}-{service}": {"condition": "service_healthy"} for service in SERVICES}
    return made


def _password(city: City, service: str) -> str:
    return f"${{{variable(city, f'{service.upper()}_PASSWORD')}:?{MISSING}}}"


def _without(part: Mapping[str, Any], *names: str) -> Part:
    return {name: deepcopy(value) for name, value in part.items() if name not in names}
