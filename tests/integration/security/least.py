"""A virtual host with the users that the provisioning makes, and no more rights than it gives."""

import asyncio
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from yarl import URL

from ops.images.broker_admin import BrokerAdmin
from ops.images.provision import provision_rabbit, user_of
from ops.local.services import SERVICES
from shared.city_file import City, Names
from shared.messaging.bus import Bus, MessagingSettings, Subscriptions
from tests.integration.messaging.support import Server


def made_up_city(id: str, vhost: str | None = None, prefix: str | None = None) -> City:
    """Return a city of a test: its users' names begin with ``id``, so no user of a given broker is touched."""
    return City(
        id=id,
        names=Names(fa="شهر نمونه", en="Sample"),
        vhost=vhost or id,
        mongo_prefix=prefix or id.replace("-", "_"),
        issuer=f"https://{id}.example",
        jwks=str(Path("jwks.json")),
    )


def with_user(url: str, user: str, password: str) -> str:
    """Return a URL with other credentials."""
    return str(URL(url).with_user(user).with_password(password))


class LeastServer(Server):
    """A Server of the messaging tests on which every bus runs as its service's own user. The test itself stays administrator."""

    def __init__(self, amqp: str, management: str) -> None:
        self.city = made_up_city(f"least-{secrets.token_hex(4)}")
        super().__init__(amqp, management, vhost=self.city.vhost)
        self.admin_url = management
        self.passwords = {service: secrets.token_hex(8) for service in SERVICES}

    async def create(self) -> None:
        await self.provision()

    async def provision(self) -> None:
        """Provision, or do it again."""
        await asyncio.to_thread(provision_rabbit, self.admin_url, self.passwords, city=self.city)

    async def remove(self) -> None:
        await super().remove()
        with BrokerAdmin(self.admin_url) as admin:
            for service in SERVICES:
                admin.remove_user(user_of(service, self.city))

    def settings_of(self, service: str) -> MessagingSettings:
        """What a service's process is given."""
        who = user_of(service, self.city), self.passwords[service]
        return replace(
            self.settings,
            url=with_user(self.settings.url, *who),
            management_url=with_user(self.settings.management_url, *who),
        )

    def http_of(self, service: str) -> httpx.Client:
        """The management API as the service's user, a connection for each call.

        Its server refuses without reading the body and closes; a call on a kept connection can meet the closing.
        """
        who = user_of(service, self.city), self.passwords[service]
        fresh = httpx.Limits(max_keepalive_connections=0)
        return httpx.Client(
            base_url=str(URL(self.admin_url).with_user(None)), auth=who, timeout=10, trust_env=False, limits=fresh
        )

    async def start(self, subscriptions: Subscriptions, **options: Any) -> Bus:
        admin = self.settings
        self.settings = self.settings_of(subscriptions.consumer)
        try:
            return await super().start(subscriptions, **options)
        finally:
            self.settings = admin
