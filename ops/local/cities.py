"""Several cities on one broker and one database: for each a virtual host, databases, users, keys and processes of its own."""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import httpx

from ops.images.provision import provision_rabbit, user_of
from ops.local.given import SERVERS, Given
from ops.local.problems import StackProblem
from ops.local.services import SERVICES
from ops.local.stack import Plan, Stack
from shared.city_file import City, read_cities
from shared.tls import advice


def folder_of(city: str, folder: Path) -> Path:
    """Return where a city's logs, keys and memory are, within the folder of the whole."""
    return folder / "cities" / city


def keys_of(city: str, folder: Path) -> Path:
    """Return where the keys of a city's local issuer are."""
    return folder_of(city, folder) / "keys"


class Cities:
    """``async with Cities(plan, files) as cities``: every city's stack, by its id. Raises StackProblem, BadCityFile."""

    def __init__(self, plan: Plan, files: Sequence[Path], say: Callable[[str], None] = lambda _: None) -> None:
        """plan: of the whole; replicas are those of each city, and its ports follow one another city by city."""
        self.cities = {city.id: (city, file) for city, file in zip(read_cities(files), files, strict=True)}
        self.stacks: dict[str, Stack] = {}
        self.servers = Stack(replace(plan, apps={}, replicas={}, first_port=None), say)
        self._plan = plan
        self._say = say
        self._running = AsyncExitStack()

    async def __aenter__(self) -> "Cities":
        """Start the servers, prepare each city's place on them, start its services."""
        try:
            await self._running.enter_async_context(self.servers)
            for number, (city, file) in enumerate(self.cities.values()):
                passwords = {service: secrets.token_hex(16) for service in SERVICES}
                await asyncio.to_thread(self._prepare, city, passwords)
                stack = Stack(self._plan_of(number, city, file, passwords), self._sayer(city))
                self.stacks[city.id] = await self._running.enter_async_context(stack)
        except BaseException:
            await self._running.aclose()
            raise
        return self

    async def __aexit__(self, *_exception: object) -> None:
        """Stop all, the last one first."""
        await self._running.aclose()

    def given(self, city: City) -> Given:
        """Return the servers with the city's place on them, as their administrator."""
        url = urlsplit(self.servers.rabbit_url)
        return Given(
            urlunsplit(url._replace(path=f"/{quote(city.vhost, safe='')}")),
            self.servers.rabbit_management_url,
            self.servers.mongo_url,
            city.mongo_prefix,
        )

    def _prepare(self, city: City, passwords: Mapping[str, str]) -> None:
        try:
            provision_rabbit(self.servers.rabbit_management_url, passwords, city=city)
        except httpx.HTTPError as error:
            raise StackProblem(
                f"{city.id} could not be given its place on the broker: {error}{advice(error)}.",
                "Check SAMA_RABBIT_MANAGEMENT_URL and that its user is an administrator, or unset SAMA_RABBIT_URL.",
            ) from error
        folder = folder_of(city.id, self._plan.folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.given(city).remember(folder / SERVERS, city.issuer)

    def _plan_of(self, number: int, city: City, file: Path, passwords: Mapping[str, str]) -> Plan:
        first = self._plan.first_port
        each = {
            service: {
                "SAMA_RABBIT_URL": _with_user(self.servers.rabbit_url, user_of(service, city), password),
                "SAMA_RABBIT_MANAGEMENT_URL": _with_user(
                    self.servers.rabbit_management_url, user_of(service, city), password
                ),
            }
            for service, password in passwords.items()
        }
        return replace(
            self._plan,
            folder=folder_of(city.id, self._plan.folder),
            keys=keys_of(city.id, self._plan.folder),
            own_issuer=True,
            issuer=city.issuer,
            given=self.given(city),
            first_port=first + number * len(list(self._plan.names())) if first else None,
            environment={**self._plan.environment, "SAMA_CITY_FILE": str(file.absolute())},
            each=each,
        )

    def _sayer(self, city: City) -> Callable[[str], None]:
        return lambda sentence: self._say(f"{city.names.en}: {sentence}")


def _with_user(url: str, user: str, password: str) -> str:
    """Return the address with other credentials and, of the broker, without a virtual host: the city's file names it."""
    parts = urlsplit(url)
    at = parts.netloc.rpartition("@")[2]
    path = "" if parts.scheme.startswith("amqp") else parts.path
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{at}", path=path))
