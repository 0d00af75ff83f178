"""Two replicas of the service as processes, on a virtual host and a database of their own, and whatever a test publishes."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from ops.local.given import OwnVhost, drop_databases
from ops.local.stack import Plan, Stack
from shared.contracts.base import Names
from shared.contracts.envelope import Cause, envelop
from shared.contracts.public.forms import public_form
from shared.contracts.registry import DistrictDefined
from shared.messaging.broker import MessagingSettings
from shared.messaging.bus import Bus, Subscriptions
from shared.web.caller import Grant
from tests.integration.webhooks.receiver import Receiver, receiving
from tests.servers import Broker
from tests.waiting import until

OFFICE: Final = [Grant("city_office")]
LEASE_SECONDS: Final = 10  # a busy machine keeps a process waiting for seconds
DEAD_AFTER_SECONDS: Final = 10
SEND_SECONDS: Final = 5
SETTINGS: Final = {
    "SAMA_WEBHOOK_LOCAL": "true",
    "SAMA_WEBHOOK_RETRY_FIRST_SECONDS": "0.2",
    "SAMA_WEBHOOK_RETRY_FACTOR": "1.5",
    "SAMA_WEBHOOK_RETRY_LONGEST_SECONDS": "1",
    "SAMA_WEBHOOK_DEAD_AFTER": f'{{"seconds": {DEAD_AFTER_SECONDS}}}',
    "SAMA_WEBHOOK_SEND_SECONDS": str(SEND_SECONDS),
    "SAMA_WEBHOOK_LEASE_SECONDS": str(LEASE_SECONDS),
    "SAMA_WEBHOOK_LOOK_SECONDS": "0.3",
}


def district_defined(number: int) -> dict[str, Any]:
    """Return an event of registry that has a public form."""
    data = DistrictDefined(
        district=f"d{number}",
        names=Names(fa=f"منطقه {number}"),
        order=number,
        valid_from=datetime(2020, 1, 1, tzinfo=UTC),
    )
    return envelop(data, subject=f"district/d{number}", number=1, at=datetime.now(UTC), cause=Cause("o", "c"))


class Webhooks:
    """The running service as its users see it."""

    def __init__(self, stack: Stack, bus: Bus) -> None:
        self.stack = stack
        self.bus = bus
        self.published: list[str] = []
        self._numbers = iter(range(1, 1_000_000))
        self._http = httpx.AsyncClient(timeout=30, trust_env=False, headers={"Accept-Language": "en"})
        token = stack.issuer.token("office", OFFICE, ["sama-webhooks"], datetime.now(UTC))
        self._http.headers["Authorization"] = f"Bearer {token}"

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def publish(self, number: int = 1) -> list[str]:
        """Publish public events; return their ids."""
        events = [district_defined(next(self._numbers)) for _ in range(number)]
        await self.bus.publish(events)
        forms = [form for event in events if (form := public_form(event))]
        ids = [str(form["id"]) for form in forms]
        self.published += ids
        return ids

    async def call(
        self, method: str, path: str, body: Any = None, *, replica: int = 0, **headers: str
    ) -> httpx.Response:
        """Call the API."""
        keyed = {"Idempotency-Key": secrets.token_hex(8)} | headers
        return await self._http.request(
            method, f"{self.stack.url('webhooks', replica)}{path}", json=body, headers=keyed
        )

    async def subscribe(self, url: str, receiver: Receiver | None = None, **fields: Any) -> str:
        """Subscribe an address from the stream's beginning; tell the receiver its secret."""
        answer = await self.call("POST", "/webhooks", {"url": url, "start": {"place": "beginning"}, **fields})
        assert answer.status_code == 201, answer.text
        if receiver is not None:
            receiver.secrets.append(answer.json()["secret"])
        return str(answer.json()["id"])

    async def view(self, id: str, replica: int = 0) -> Mapping[str, Any]:
        """Return a subscription."""
        answer = await self.call("GET", f"/webhooks/{id}", replica=replica)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def becomes(self, id: str, status: str, seconds: float = 60) -> Mapping[str, Any]:
        """Wait for a status; return the subscription."""

        async def is_so() -> bool:
            return bool((await self.view(id))["status"] == status)

        await until(is_so, seconds=seconds, what=f"webhook is {status}")
        return await self.view(id)

    async def step(self, id: str, step: str, body: Any = None) -> httpx.Response:
        """Do a step and expect that it is done."""
        answer = await self.call("POST", f"/webhooks/{id}/{step}", body)
        assert answer.is_success, answer.text
        return answer


@pytest.fixture(scope="module")
async def webhooks(tmp_path_factory: pytest.TempPathFactory, broker: Broker, mongo_url: str) -> AsyncIterator[Webhooks]:
    """The service, with two replicas."""
    prefix = f"sama_hooks_{secrets.token_hex(3)}"
    vhost = OwnVhost(prefix, broker.management_url)
    environment = pytest.MonkeyPatch()
    rabbit_url = await vhost.create(broker.url)
    for name, value in {
        "SAMA_RABBIT_URL": rabbit_url,
        "SAMA_RABBIT_MANAGEMENT_URL": broker.management_url,
        "SAMA_MONGO_URL": mongo_url,
        "SAMA_MONGO_PREFIX": prefix,
    }.items():
        environment.setenv(name, value)
    environment.delenv("SAMA_JWKS", raising=False)
    folder: Path = tmp_path_factory.mktemp("webhooks")
    plan = Plan(
        folder=folder,
        keys=folder / "keys",
        own_issuer=True,
        apps={"webhooks": "services.webhooks.main:app"},
        replicas={"webhooks": 2},
        environment=SETTINGS,
    )
    bus = Bus(MessagingSettings(rabbit_url, broker.management_url), Subscriptions("test"))
    try:
        async with Stack(plan) as stack:
            await bus.start()
            running = Webhooks(stack, bus)
            yield running
            await running.close()
            await bus.stop()
    finally:
        environment.undo()
        await vhost.remove()
        await asyncio.to_thread(drop_databases, mongo_url, prefix)


@pytest.fixture
def receivers() -> Iterator[Callable[[], tuple[Receiver, str]]]:
    """Makes receivers that serve until the test ends."""
    with ExitStack() as serving:

        def new() -> tuple[Receiver, str]:
            receiver = Receiver()
            return receiver, serving.enter_context(receiving(receiver))

        yield new
