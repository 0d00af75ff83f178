"""A deployment as docs/security.md wants it – TLS alone, a user with few rights per service – on real servers, provisioned by the real
command: the services tell a short story, and whoever is not meant to gets nothing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure
from yarl import URL

from ops.client import SERVICES, Sama, Tokens
from ops.images.provision import main as provision
from ops.local.given import Given
from ops.local.stack import Plan, Stack
from ops.verify.report import Report
from ops.verify.system import verify_system
from shared.messaging.broker import BrokerAway, MessagingSettings
from shared.messaging.management import Management, ManagementAway
from shared.messaging.publisher import Publisher
from shared.messaging.topology import ARCHIVE
from shared.storage.mongo import connect, ping
from shared.storage.ports import Unavailable
from shared.tls import NO_CHAIN, NO_NAME, Tls
from tests.integration.live import Live
from tests.integration.security.certificates import Authority
from tests.integration.security.deployment import Deployment, deployment
from tests.servers import Broker
from tests.waiting import until

pytestmark = pytest.mark.servers

PREFIX: Final = "sama"


class Deployed(Live):
    """The services of a deployment, each as its own user."""

    def __init__(self, made: Deployment) -> None:
        self.made = made
        super().__init__(made.folder / "stack", Broker(made.amqp(made.rabbit_admin), "", ""), made.mongo_admin)
        self.prefix = PREFIX
        each = {
            service: {
                "SAMA_RABBIT_URL": made.amqp(f"{service}:{password}"),
                "SAMA_RABBIT_MANAGEMENT_URL": made.management(f"{service}:{password}"),
                "SAMA_MONGO_URL": made.mongo(f"{service}:{password}", f"{PREFIX}_{service}"),
            }
            for service, password in made.passwords.items()
        }
        given = Given(made.amqp(made.rabbit_admin), made.rabbit_management, made.mongo_admin, PREFIX)
        settings = {"SAMA_TLS_CA": str(made.authority.file), "SAMA_TOPOLOGY_CHECK_SECONDS": "2"}
        self._plan: Plan = replace(self._plan, given=given, each=each, environment=settings)

    async def start(self) -> None:
        self.stack = Stack(self._plan)
        await self.stack.__aenter__()
        self.issuer = self.stack.issuer
        self.sama = Sama({name: self.stack.url(name) for name in SERVICES}, Tokens(self.issuer.token))
        self.http = httpx.AsyncClient(timeout=60, trust_env=False, headers={"Accept-Language": "en"})

    async def verified(self, *, archive: bool = True) -> Report:
        assert archive
        return await asyncio.to_thread(
            verify_system, self.made.mongo_admin, PREFIX, broker=admin_of(self.made), on_its_way_seconds=20
        )


def admin_of(made: Deployment) -> MessagingSettings:
    """The broker as its administrator."""
    return MessagingSettings(made.amqp(made.rabbit_admin), made.rabbit_management, tls=Tls(made.authority.file))


def environment(made: Deployment) -> dict[str, str]:
    """What the one-shot provisioning is given."""
    passwords = {f"SAMA_{service.upper()}_PASSWORD": password for service, password in made.passwords.items()}
    return {**passwords, "SAMA_MONGO_ADMIN_URL": made.mongo_admin, "SAMA_RABBIT_ADMIN_URL": made.rabbit_management}


@pytest.fixture(scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """Both servers, provisioned twice: the second time nothing new happens."""
    with pytest.MonkeyPatch.context() as patch:
        async with deployment(tmp_path_factory.mktemp("deployment")) as made:
            patch.setenv("SAMA_TLS_CA", str(made.authority.file))
            for _ in range(2):
                assert await asyncio.to_thread(provision, environment(made)) == 0
            yield made


@pytest.fixture(scope="module")
async def live(made: Deployment) -> AsyncIterator[Deployed]:
    """The services, and a founded city."""
    live = Deployed(made)
    await live.start()
    try:
        await live.found()
        yield live
    finally:
        await live.stop()


async def test_the_services_tell_their_story_over_tls_as_users_with_few_rights(live: Deployed) -> None:
    organization = await live.organization()

    await live.reserved(organization)

    report = await live.verified()
    assert report.ok, report.as_json()
    assert [check.name for check in report.checks if check.skipped] == []


async def test_a_lost_queue_is_made_again_by_the_running_service(live: Deployed, made: Deployment) -> None:
    url = URL(made.rabbit_management)
    async with httpx.AsyncClient(
        base_url=str(url.with_user(None)),
        auth=(url.user or "", url.password or ""),
        verify=Tls(made.authority.file).context(),
    ) as http:
        (await http.delete("/api/queues/%2F/budget.review")).raise_for_status()
    organization = await live.organization()

    await live.reserved(organization)

    assert (await live.verified()).ok


async def test_a_deployed_service_may_not_read_anothers_database(made: Deployment) -> None:
    for service, password in made.passwords.items():
        url = made.mongo(f"{service}:{password}", f"{PREFIX}_{service}")
        with MongoClient[dict[str, Any]](url, tlsCAFile=str(made.authority.file)) as client:
            client[f"{PREFIX}_{service}"]["probe"].insert_one({"_id": "mine"})
            client[f"{PREFIX}_{service}"]["probe"].drop()
            for other in ({*SERVICES} - {service}) | {"admin"}:
                database = client[f"{PREFIX}_{other}" if other != "admin" else other]
                with pytest.raises(OperationFailure, match=r"(?i)not authorized"):
                    database["entries"].find_one()
                with pytest.raises(OperationFailure, match=r"(?i)not authorized"):
                    database["entries"].insert_one({"_id": "theirs"})
                with pytest.raises(OperationFailure, match=r"(?i)not authorized"):
                    client.drop_database(database.name)
            with pytest.raises(OperationFailure, match=r"(?i)not authorized"):
                client[f"{PREFIX}_{service}"].command("createUser", "friend", pwd="x", roles=[])


async def test_without_a_user_the_database_tells_nothing(made: Deployment) -> None:
    url = URL(made.mongo_admin).with_user(None)
    with (
        MongoClient[dict[str, Any]](str(url), tlsCAFile=str(made.authority.file)) as client,
        pytest.raises(OperationFailure),
    ):
        client["sama_budget"]["entries"].find_one()


@pytest.fixture
def stranger(tmp_path: Path) -> Tls:
    """What trusts an authority of the same name that did not sign the servers' certificates."""
    return Tls(Authority(tmp_path, "authority").file)


async def test_a_broker_whose_certificate_another_authority_signed_is_refused(made: Deployment, stranger: Tls) -> None:
    settings = replace(admin_of(made), tls=stranger)
    with pytest.raises(BrokerAway) as refused:
        await Publisher(settings, "test").start()
    assert NO_CHAIN in str(refused.value)
    management = Management(settings)
    with pytest.raises(ManagementAway) as refused_there:
        await management.bindings()
    await management.close()
    assert NO_CHAIN in str(refused_there.value)


async def test_a_broker_under_a_name_that_is_not_in_its_certificate_is_refused(made: Deployment) -> None:
    settings = admin_of(made)
    wrong = replace(settings, url=made.amqp(made.rabbit_admin, host="localhost"))
    with pytest.raises(BrokerAway) as refused:
        await Publisher(wrong, "test").start()
    assert NO_NAME in str(refused.value)
    right = Publisher(settings, "test")
    await right.start()
    await right.put(ARCHIVE, b"", type="sama.mark")
    await right.stop()


async def test_a_database_with_a_wrong_certificate_is_refused_with_what_to_do(made: Deployment, stranger: Tls) -> None:
    trusted = Tls(made.authority.file)
    cases = [
        (made.mongo_admin, stranger, NO_CHAIN),
        (made.mongo(f"admin:{made.admin_password}", "admin", host="localhost"), trusted, NO_NAME),
    ]
    for url, tls, why in cases:
        client = connect(url, tls)
        with pytest.raises(Unavailable) as refused:
            await ping(client["sama_budget"])
        client.close()
        assert why in str(refused.value)
    client = connect(made.mongo_admin, trusted)
    await ping(client["sama_budget"])
    client.close()


async def test_a_service_that_trusts_another_authority_says_so_and_does_not_become_ready(
    made: Deployment, stranger: Tls, tmp_path: Path
) -> None:
    plan = Deployed(made)._plan
    environment = {**plan.environment, "SAMA_TLS_CA": str(stranger.ca), "SAMA_MONGO_URL": made.mongo_admin}
    stack = Stack(replace(plan, folder=tmp_path, apps={"registry": plan.apps["registry"]}, environment=environment))
    starting = asyncio.create_task(stack.__aenter__())
    try:
        log = tmp_path / "logs" / "registry.log"
        await until(lambda: log.exists() and NO_CHAIN in log.read_text(), seconds=40, what="the log says what to do")
        assert not starting.done()
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
