"""Two cities on one broker and one database, as ``sama up --city`` starts them, with equal ids everywhere: nothing crosses."""

import asyncio
import json
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any, Final

import aio_pika
import httpx
import pytest
from aio_pika.exceptions import AMQPError
from pymongo import MongoClient

from ops.client import SERVICES, Answer, Person, Sama, Service, Tokens
from ops.images.broker_admin import BrokerAdmin
from ops.images.provision import user_of
from ops.local.cities import Cities
from ops.local.given import drop_databases
from ops.local.places import ROOT
from ops.local.services import SERVICES as ALL_SERVICES
from ops.local.stack import Plan
from ops.play import people
from ops.play.organizations import Organization
from ops.verify.servers import find
from ops.verify.system import verify_system
from shared.messaging.archive import Archive
from shared.messaging.broker import MessagingSettings
from shared.messaging.publisher import Publisher
from tests.cities import city_toml
from tests.integration.live import DISTRICT, Live
from tests.servers import Broker

pytestmark = pytest.mark.servers

RUN: Final = secrets.token_hex(3)


class OneCity(Live):
    """A city of the two, as the tests of one system know it."""

    def __init__(self, id: str, cities: Cities, broker: Broker) -> None:
        place, _file = cities.cities[id]
        self.given = cities.given(place)
        super().__init__(cities.stacks[id].plan.folder, broker, self.given.mongo_url)
        self.id, self.place, self.prefix = id, place, place.mongo_prefix
        self.stack = cities.stacks[id]
        self.issuer = self.stack.issuer
        self.sama = Sama({name: self.stack.url(name) for name in SERVICES}, Tokens(self.issuer.token))
        for service in self.sama.services:
            _with_equal_keys(service)
        self.http = httpx.AsyncClient(timeout=60, trust_env=False, headers={"Accept-Language": "en"})

    async def end(self) -> None:
        """Close the clients."""
        await self.http.aclose()
        await self.sama.__aexit__(None, None, None)

    @property
    def broker(self) -> MessagingSettings:
        """The city's virtual host, as administrator."""
        return MessagingSettings(self.given.rabbit_url, self.given.rabbit_management_url)

    async def archived(self) -> list[tuple[str, bytes]]:
        """What its archive holds."""
        publisher = Publisher(self.broker, "test")
        await publisher.start()
        try:
            return [(event.type, event.body) async for event in Archive(self.broker, publisher, "test").read()]
        finally:
            await publisher.stop()


def _with_equal_keys(service: Service) -> None:
    """Have the same calls carry the same Idempotency-Keys in both cities, so that what they make has the same ids."""
    counts: Counter[str] = Counter()
    post = service.post

    async def with_key(path: str, body: Any = None, *, by: Person, key: str | None = None) -> Answer:
        call = f"{service.name} {path} {by.subject}"
        counts[call] += 1
        return await post(path, body, by=by, key=key or sha256(f"{call} {counts[call]}".encode()).hexdigest()[:32])

    service.post = with_key  # type: ignore[method-assign]


@pytest.fixture(scope="module")
async def two(
    tmp_path_factory: pytest.TempPathFactory, broker: Broker, mongo_url: str
) -> AsyncIterator[tuple[OneCity, OneCity]]:
    """Both cities, started and founded at once, with the same district, programme and people."""
    folder = tmp_path_factory.mktemp("cities")
    files = [
        city_toml(
            folder / f"{name}.toml",
            name,
            id=f"{name}-{RUN}",
            vhost=f"city-{name}-{RUN}",
            mongo_prefix=f"city_{name}_{RUN}",
            calendar=str(ROOT / "examples" / "mashhad" / "calendar.json"),
        )
        for name in ("ray", "qom")
    ]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "SAMA_RABBIT_URL": broker.url,
            "SAMA_RABBIT_MANAGEMENT_URL": broker.management_url,
            "SAMA_MONGO_URL": mongo_url,
        }.items():
            patch.setenv(name, value)
        for name in ("SAMA_JWKS", "SAMA_ISSUER", "SAMA_CALENDAR", "SAMA_MONGO_PREFIX"):
            patch.delenv(name, raising=False)
        cities = Cities(Plan(folder=folder / "stack"), files)
        async with cities:
            patch.delenv("SAMA_MONGO_URL")  # from here on the commands find a city by its folder
            patch.delenv("SAMA_RABBIT_URL")
            ray, qom = (OneCity(id, cities, broker) for id in cities.cities)
            await asyncio.gather(ray.found(), qom.found())
            yield ray, qom
            await asyncio.gather(ray.end(), qom.end())
        for city in (ray, qom):
            await asyncio.to_thread(drop_databases, mongo_url, city.prefix)
            with BrokerAdmin(broker.management_url, city.place.vhost) as admin:
                admin.remove_vhost()
                for service in ALL_SERVICES:
                    admin.remove_user(user_of(service, city.place))


@pytest.fixture(scope="module")
async def told(two: tuple[OneCity, OneCity]) -> tuple[Organization, Organization]:
    """The story told by both at once: the same people, keys and content; each city reserves for its own organisation."""
    ray, qom = two

    async def tell(city: OneCity) -> Organization:
        organization = await city.organization()
        await city.reserved(organization)
        return organization

    first, second = await asyncio.gather(tell(ray), tell(qom))
    return first, second


async def test_both_tell_their_story_at_once_and_each_is_right_by_itself(
    two: tuple[OneCity, OneCity], told: tuple[Organization, Organization]
) -> None:
    assert told[0].id == told[1].id, "the same id in both: derived from the same subject and key"
    for city in two:
        servers = find(city.stack.plan.folder)
        assert (servers.prefix, servers.broker and servers.broker.vhost) == (city.prefix, city.place.vhost)
        report = await asyncio.to_thread(
            verify_system, servers.mongo_url, servers.prefix, broker=servers.broker, on_its_way_seconds=20
        )
        assert report.ok, report.as_json()
        assert [check.name for check in report.checks if check.skipped] == []


@pytest.mark.usefixtures("told")
async def test_each_archive_has_its_own_citys_events_alone(two: tuple[OneCity, OneCity]) -> None:
    ids = []
    for city in two:
        archived = await city.archived()
        bodies = {
            body for _type, body in archived
        }  # a repeat is the same; another city's event has an equal id and other times
        ids.append({json.loads(body)["id"] for body in bodies})
        assert len(bodies) == len(ids[-1]) > 20
        assert {type for type, _body in archived if "reservation" in type} == {"reservation.made.v1"}
    assert len(ids[0] & ids[1]) > 20, "the same things happened in both, under the same ids"


async def test_what_one_city_decides_the_other_never_hears(
    two: tuple[OneCity, OneCity], told: tuple[Organization, Organization]
) -> None:
    ray, qom = two
    before = await asyncio.to_thread(_databases, qom)
    await ray.reserved(told[0])
    assert (await asyncio.to_thread(_databases, qom)) == before
    book = f"/books/district:{DISTRICT}/1405"
    figures = [(await city.http.get(f"{city.stack.url('budget')}{book}")).json() for city in two]
    assert figures[0] != figures[1]


async def test_a_token_of_one_city_is_refused_by_the_other(two: tuple[OneCity, OneCity]) -> None:
    for own, other in (two, two[::-1]):
        for service in SERVICES:
            token = own.token(people.CITY_OFFICE, service)
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": secrets.token_hex(8)}
            answer = await other.http.post(f"{other.stack.url(service)}/ops/replays", json={}, headers=headers)
            assert answer.status_code == 401, f"{service}: {answer.text}"
            assert (await own.http.get(f"{own.stack.url(service)}/ops/doctor", headers=headers)).status_code == 403


async def test_a_token_with_the_other_citys_issuer_but_ones_own_key_is_refused(two: tuple[OneCity, OneCity]) -> None:
    from dataclasses import replace

    ray, qom = two
    own = ray.issuer
    ray.issuer = replace(own, name=qom.issuer.name)
    try:
        token = ray.token(people.CITY_OFFICE, "budget")
    finally:
        ray.issuer = own
    headers = {"Authorization": f"Bearer {token}"}
    assert (await qom.http.get(f"{qom.stack.url('budget')}/ops/doctor", headers=headers)).status_code == 401


async def test_a_citys_users_open_no_other_citys_virtual_host(two: tuple[OneCity, OneCity]) -> None:
    ray, qom = two
    for service in SERVICES:
        url = ray.stack.plan.each[service]["SAMA_RABBIT_URL"]
        async with await aio_pika.connect(f"{url}/{ray.place.vhost}"):
            pass
        with pytest.raises(AMQPError):
            await aio_pika.connect_robust(f"{url}/{qom.place.vhost}", fail_fast=True)
        management = httpx.URL(ray.stack.plan.each[service]["SAMA_RABBIT_MANAGEMENT_URL"])
        async with httpx.AsyncClient(base_url=management, trust_env=False) as http:
            assert (await http.get(f"/api/queues/{ray.place.vhost}")).status_code == 200
            assert (await http.get(f"/api/queues/{qom.place.vhost}")).status_code == 401


async def test_logs_and_figures_carry_the_city(two: tuple[OneCity, OneCity]) -> None:
    for city in two:
        lines = (await city.http.get(f"{city.stack.url('review')}/metrics")).text.splitlines()
        samples = [line for line in lines if line.startswith("sama_")]
        assert samples
        assert all(f'city="{city.id}"' in line for line in samples)
        assert f"city={city.id}" in city.stack.log("review").read_text()


def _databases(city: OneCity) -> dict[str, Any]:
    """Every document of a city, by database and collection; not the heartbeats of its timers."""
    found: dict[str, Any] = {}
    with MongoClient[dict[str, Any]](city.given.mongo_url) as client:
        for service in SERVICES:
            database = client[f"{city.prefix}_{service}"]
            for name in sorted(database.list_collection_names()):
                found[f"{service}.{name}"] = sorted(map(repr, database[name].find()))
    return found
