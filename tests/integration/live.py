"""The four real services as processes, between them and their servers a proxy each, and a small city that uses them."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ops.client import SERVICES, Person, Sama, Tokens
from ops.keys import ALGORITHM, Issuer
from ops.local.given import OwnVhost, drop_databases
from ops.local.stack import Plan, Stack
from ops.play import cases, founding, organizations, people, requests
from ops.play.organizations import Organization
from ops.verify.report import Report
from ops.verify.system import verify_system
from shared.messaging.broker import MessagingSettings
from shared.web.caller import ROLES, Grant
from tests.integration.proxy import Proxy
from tests.servers import Broker
from tests.waiting import until

YEAR: Final = "1405"
DISTRICT: Final = "d1"
ASKED: Final = 60_000_000
CRITERIA: Final = [
    {"id": "need", "names": {"fa": "ضرورت"}, "weight": 60},
    {"id": "plan", "names": {"fa": "برنامه"}, "weight": 40},
]
CITY: Final = founding.Plan(
    fiscal_year=YEAR,
    currency="IRR",
    waiting_rule="first_fit",
    appropriation={
        "amount": 20 * ASKED,
        "approval_number": "5/1405/218",
        "approved_on": "2026-04-11",
        "budget_code": "30104",
    },
    districts=[founding.District(DISTRICT, {"fa": "منطقه ۱"}, 1)],
    valid_from="2020-03-20T00:00:00Z",
    seat_term={"from": "2020-03-20T00:00:00Z", "until": "2100-01-01T00:00:00Z"},
    topics=[{"topic": "addiction", "names": {"fa": "اعتیاد"}, "weight": 3}],
    rule_sets=[
        {
            "id": "rules",
            "names": {"fa": "آیین‌نامه"},
            "rules": {
                "seats": [
                    {"seat": 1, "kind": "deputy", "chair": True},
                    *({"seat": seat, "kind": "expert"} for seat in (2, 3, 4)),
                    *({"seat": seat, "kind": "neighbourhood_member"} for seat in (5, 6)),
                ]
            },
        }
    ],
    criteria=CRITERIA,
    programmes={"money": founding.Programme({"fa": "برنامه"}, "rules", 10 * ASKED)},
)


def profile(number: int) -> dict[str, Any]:
    """Return a complete registration of a kind that needs no legal id."""
    return {
        "names": {"fa": f"گروه مسجدی شماره {number}"},
        "kind": "mosque_group",
        "districts": [DISTRICT],
        "topics": ["addiction"],
        "no_legal_id_reason": "گروه مسجدی، ثبت‌نشده",
        "address": {"text": "خیابان نمونه، پلاک ۱", "neighbourhood": "محله نمونه"},
        "contact": {"telephone": "05130000000"},
        "representatives": [
            {"name": "نماینده ۱", "role": "مدیر", "national_code": "0010350829", "mobile": "09123456789"},
            {"name": "نماینده ۲", "role": "خزانه‌دار", "national_code": "0076229645", "mobile": "09123456780"},
        ],
        "purpose": "پیشگیری از اعتیاد در محله",
    }


@dataclass(frozen=True, slots=True)
class Call:
    """One write: where, what and as whom; ``key`` is its Idempotency-Key."""

    service: str
    path: str
    body: Mapping[str, Any]
    by: Person
    key: str


class Live:
    """Everything that runs. ``start`` and ``stop`` may follow each other: the servers keep the data until ``forget``."""

    def __init__(
        self,
        folder: Path,
        broker: Broker,
        mongo_url: str,
        *,
        city: founding.Plan = CITY,
        replicas: Mapping[str, int] | None = None,
        apps: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """replicas, apps, environment: as of the stack's Plan."""
        self.mongo_url = mongo_url
        self.city = city
        self._plan = Plan(
            folder=folder,
            keys=folder / "keys",
            own_issuer=True,
            replicas=replicas or {},
            environment=environment or {},
        )
        if apps is not None:
            self._plan = replace(self._plan, apps=apps)
        self.prefix = f"sama_live_{secrets.token_hex(3)}"
        self._broker = broker
        self._vhost = OwnVhost(self.prefix, broker.management_url)
        self.rabbit = _proxy_of(broker.url)
        self.mongo = _proxy_of(mongo_url)
        self._environment = pytest.MonkeyPatch()
        self.numbers = iter(range(1, 1_000))
        self.programme = ""

    async def prepare(self) -> None:
        """Make the proxies and a virtual host of its own, and name both to the stack."""
        await self.rabbit.start()
        await self.mongo.start()
        rabbit_url = await self._vhost.create(_at(self._broker.url, self.rabbit.address))
        for name, value in {
            "SAMA_RABBIT_URL": rabbit_url,
            "SAMA_RABBIT_MANAGEMENT_URL": self._broker.management_url,
            "SAMA_MONGO_URL": _at(self.mongo_url, self.mongo.address),
            "SAMA_MONGO_PREFIX": self.prefix,
        }.items():
            self._environment.setenv(name, value)
        for name in ("SAMA_JWKS", "SAMA_CALENDAR"):
            self._environment.delenv(name, raising=False)

    async def start(self) -> None:
        """Start the services and wait until they are ready."""
        self.stack = Stack(self._plan)
        await self.stack.__aenter__()
        self.issuer: Issuer = self.stack.issuer
        self.sama = Sama({name: self.stack.url(name) for name in SERVICES}, Tokens(self.issuer.token))
        self.http = httpx.AsyncClient(timeout=60, trust_env=False, headers={"Accept-Language": "en"})

    async def stop(self) -> None:
        """Stop the services."""
        await self.http.aclose()
        await self.sama.__aexit__(None, None, None)
        await self.stack.__aexit__(None, None, None)

    async def forget(self) -> None:
        """Remove what is on the servers."""
        self._environment.undo()
        await self._vhost.remove()
        await asyncio.to_thread(drop_databases, self.mongo_url, self.prefix)
        await self.rabbit.stop()
        await self.mongo.stop()

    async def found(self) -> None:
        """Found the city."""
        self.programme = (await founding.found(self.sama, self.city)).programmes["money"]

    @property
    def messaging(self) -> MessagingSettings:
        """The services' virtual host, past the proxy: for what a test or an operator does while the services see no broker."""
        url = urlunsplit(urlsplit(self._broker.url)._replace(path=f"/{self.prefix}"))
        return MessagingSettings(url=url, management_url=self._broker.management_url)

    # ------------------------------------------------------------ calls

    def token(self, person: Person, service: str) -> str:
        """Return a good token."""
        return self.issuer.token(person.subject, person.grants, [f"sama-{service}"], datetime.now(UTC))

    def bad_tokens(self, service: str) -> Mapping[str, str]:
        """Return an Authorization header for each way in which a token can be wrong."""
        now = datetime.now(UTC)
        everything = [Grant(role) for role in sorted(ROLES)]
        audience = f"sama-{service}"
        good = self.issuer.token("somebody", everything, [audience], now)
        claims = jwt.decode(good, options={"verify_signature": False})
        header = {"kid": self.issuer.key_id}
        forged = jwt.encode(claims, Ed25519PrivateKey.generate(), ALGORITHM, header)
        unsigned = jwt.encode(claims, "", "none", header)
        tokens = {
            "expired": self.issuer.token("somebody", everything, [audience], now - timedelta(hours=2)),
            "for another service": self.issuer.token("somebody", everything, ["sama-elsewhere"], now),
            "of another issuer": jwt.encode({**claims, "iss": "elsewhere"}, self.issuer.key, ALGORITHM, header),
            "signed by another key": forged,
            "with algorithm none": unsigned,
            "no token at all": "nonsense",
        }
        return {what: f"Bearer {token}" for what, token in tokens.items()} | {"basic": "Basic c29tZTpib2R5"}

    async def send(self, call: Call, body: Mapping[str, Any] | None = None) -> httpx.Response:
        """Send a write once, without patience."""
        return await self.http.post(
            f"{self.stack.url(call.service)}{call.path}",
            json=dict(call.body if body is None else body),
            headers={"Authorization": f"Bearer {self.token(call.by, call.service)}", "Idempotency-Key": call.key},
        )

    def writes(self, organization: Organization) -> list[Call]:
        """Return one new write for each service."""
        draft = {**self.content(), "organization": organization.id}
        money = {**self.city.appropriation, "amount": 1_000, "fiscal_year": YEAR}
        topics = {"topics": list(self.city.topics)}
        owner = people.newcomer(f"newcomer-{next(self.numbers)}")
        return [
            Call("registry", "/organizations", profile(next(self.numbers)), owner, secrets.token_hex(8)),
            Call("requests", "/requests", draft, organization.applicant, secrets.token_hex(8)),
            Call("review", "/priority-lists", topics, people.HEADQUARTERS, secrets.token_hex(8)),
            Call("budget", "/appropriations", money, people.CITY_OFFICE, secrets.token_hex(8)),
        ]

    # ------------------------------------------------------------ stories

    def content(self, district: str = DISTRICT) -> dict[str, Any]:
        """Return a complete draft without its organisation."""
        begins = datetime.now(UTC) + timedelta(days=300)
        return {
            "programme": self.programme,
            "district": district,
            "kind": "event",
            "topic": "addiction",
            "title": "نشست خانواده",
            "lessens": "آموزش خانواده‌ها",
            "indicator": "شمار خانواده‌های آموزش‌دیده",
            "people_reached": 120,
            "starts_on": begins.isoformat(),
            "ends_on": (begins + timedelta(days=1)).isoformat(),
            "budget_lines": [{"title": "سالن", "amount": ASKED}],
            "amount_asked": ASKED,
            "minimum": ASKED,
        }

    async def organization(self) -> Organization:
        """Take an organisation to its approval."""
        number = next(self.numbers)
        districts = [district.id for district in self.city.districts]
        return await organizations.found(self.sama, {**profile(number), "districts": districts}, f"owner-{number}")

    async def reserved(self, organization: Organization) -> requests.Request:
        """Take a new request of the organisation to its reservation."""
        waits = requests.Waits(60)
        request = await requests.draft(self.sama, organization, self.content())
        await requests.submit_when_known(self.sama, request, waits)
        case = await requests.case_of(self.sama, request, waits)
        criteria = cases.Criteria(CITY.weights)
        ballots = {seat: cases.ballot(criteria, "approve", amount=ASKED) for seat in people.SEATS}
        await cases.vote(self.sama, case, DISTRICT, ballots)
        await cases.draft_reason(self.sama, case, DISTRICT, "با اولویت محله هم‌خوان است.")
        await cases.sign(self.sama, case, DISTRICT)
        await requests.until_status(self.sama, request, ("reserved",), waits.decision)
        return request

    async def becomes(self, request: requests.Request, status: str, seconds: float = 30) -> None:
        """Wait for a status."""
        await requests.until_status(self.sama, request, (status,), requests.Waits(seconds).other)

    async def ready(self, seconds: float = 40) -> None:
        """Wait until every service says that it is ready."""

        async def all_ready() -> bool:
            answers = await asyncio.gather(*(self.health(service) for service in SERVICES))
            return all(answer.status_code == httpx.codes.OK for answer in answers)

        await until(all_ready, seconds=seconds, what="all services ready again")

    async def health(self, service: str, which: str = "ready") -> httpx.Response:
        """Ask a service how it is."""
        return await self.http.get(f"{self.stack.url(service)}/health/{which}")

    async def verified(self, *, archive: bool = True) -> Report:
        """Return what ``sama verify`` says, with the archive and the dead letters or without."""
        broker = MessagingSettings(self.stack.rabbit_url, self.stack.rabbit_management_url) if archive else None
        return await asyncio.to_thread(verify_system, self.mongo_url, self.prefix, broker=broker)


def _proxy_of(url: str) -> Proxy:
    parts = urlsplit(url)
    if "," in parts.netloc or parts.scheme.endswith("+srv") or parts.port is None:
        pytest.skip("the servers given are more than one address; the proxy stands before one")
    return Proxy(parts.hostname or "127.0.0.1", parts.port)


def _at(url: str, address: str) -> str:
    """Return the URL with the proxy's address instead of the server's."""
    parts = urlsplit(url)
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    query = parts.query
    if parts.scheme == "mongodb":  # a replica set would tell its members' own addresses, past the proxy
        query = "&".join(filter(None, [query, "directConnection=true"]))
    return urlunsplit(parts._replace(netloc=f"{user}{address}", query=query))
