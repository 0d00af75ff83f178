"""Settings that every service has, from the environment (prefix ``SAMA_``) or files. Each number carries its reason.

In an installation with several cities the city's file (shared/city_file.py) comes after the environment. What is meant for one machine
alone – the guest of a fresh broker, a database without users, the local issuer – is refused outside it.
"""

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from yarl import URL

from shared.city_file import read_city
from shared.logs import LogFormat
from shared.tls import Tls
from shared.web.caller import LOCAL_ISSUER

LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})


def is_local(host: str | None) -> bool:
    """Tell whether a host is this machine and nothing else."""
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return host in LOCAL_NAMES or (host or "").startswith("/")  # a socket's path


class CitySource(PydanticBaseSettingsSource):
    """What the file says that SAMA_CITY_FILE names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not used: the file is read as a whole."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Read the file. Raises BadCityFile."""
        file = os.environ.get("SAMA_CITY_FILE")
        return dict(read_city(Path(file)).settings()) if file else {}


class ServiceSettings(BaseSettings):
    """Base of the services' settings. URLs may carry credentials, so they are secrets and never logged."""

    # An empty variable is one that was not given: docker-compose.yml passes on what .env leaves empty.
    model_config = SettingsConfigDict(
        env_prefix="SAMA_", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    service: str = ""
    city: str | None = Field(
        default=None, pattern=r"^[a-z][a-z0-9-]{0,29}$", description="Which of several cities it serves."
    )
    bind: str = Field(default="127.0.0.1", description="Address under which the machine offers the APIs (SAMA_BIND).")
    rabbit_vhost: str | None = Field(default=None, description="The city's virtual host; none: the URL's.")
    mongo_url: SecretStr = SecretStr("mongodb://127.0.0.1:27017/")
    mongo_prefix: str = Field(default="sama", pattern=r"^[a-z0-9_]{1,30}$")
    rabbit_url: SecretStr = SecretStr("amqp://guest:guest@127.0.0.1:5672/")
    rabbit_management_url: SecretStr = SecretStr("http://guest:guest@127.0.0.1:15672")
    tls_ca: Path | None = Field(
        default=None, description="Certificate authority (PEM) of broker and database; none: the system's."
    )
    tls_cert: Path | None = Field(
        default=None, description="Client certificate and key (PEM), if the servers ask for one."
    )
    jwks: str = Field(default=".sama/keys/jwks.json", description="File or URL of the keys that sign tokens.")
    issuer: str = LOCAL_ISSUER
    calendar: Path | None = Field(default=None, description="The city's calendar file; none: Thursday and Friday off.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: LogFormat = "console"  # for a person at a terminal; images set json
    otlp_endpoint: str | None = Field(default=None, description="Collector of traces, OTLP over HTTP; none: no traces.")
    topology_check_seconds: float = Field(default=10, gt=0)  # a lost binding is noticed within this time (F9)
    prefetch: int | None = Field(
        default=None,
        ge=1,
        description="Events of one queue in work at once in a replica; none: as each service says (32, budget 128).",
    )
    timer_seconds: float = Field(
        default=0.5, gt=0
    )  # short real durations of demos are seconds; the query hits an index
    graceful_seconds: float = Field(default=10, gt=0)  # below compose's stop_grace_period
    publish_seconds: float = Field(default=5, gt=0)  # a confirm takes milliseconds; past this the broker is away
    request_seconds: float = Field(
        default=5, gt=0
    )  # calls take milliseconds; a server that is silent, the driver's ten
    unsent_age_limit_seconds: float = Field(default=60, gt=0)  # older: not ready, something is wrong with announcing

    rate_per_second: float = Field(
        default=100, ge=0, description="Calls that one caller, or one address without a token, may make; 0: unbounded."
    )  # per process; far above any person and any well-behaved import
    trusted_proxies: str | None = Field(
        default=None, description="Whose X-Forwarded-For is believed: addresses, networks, host names, with commas."
    )  # none: the address of the connection is the caller's
    rate_burst: int = Field(default=1000, ge=1)  # a screen that loads much at once, an import that begins

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
        """The environment first, then the city's file."""
        return init_settings, env_settings, CitySource(settings_cls)

    @model_validator(mode="after")
    def _nothing_local_outside(self) -> Self:
        for name, url in (("RABBIT_URL", self.rabbit_url), ("RABBIT_MANAGEMENT_URL", self.rabbit_management_url)):
            parts = URL(url.get_secret_value())
            if (parts.user or "guest") == "guest" and not is_local(parts.host):
                raise ValueError(
                    f"SAMA_{name} names the broker at {parts.host} with its guest, whose password everybody knows;"
                    " name the service's own user (ops.images.provision makes it)"
                )
        database = urlsplit(self.mongo_url.get_secret_value())
        user, _, hosts = database.netloc.rpartition("@")
        known = user or "authMechanism=MONGODB-X509" in database.query
        if not known and not all(is_local(urlsplit(f"//{host}").hostname) for host in hosts.split(",")):
            raise ValueError(
                f"SAMA_MONGO_URL names the database at {hosts} without a user;"
                " name the service's own user (ops.images.provision makes it)"
            )
        if self.issuer == LOCAL_ISSUER and not is_local(self.bind):
            raise ValueError(
                f"the APIs are offered at {self.bind} (SAMA_BIND), and {LOCAL_ISSUER} is the issuer for trying out on one"
                " machine; name the city's issuer and its keys with SAMA_ISSUER and SAMA_JWKS"
            )
        return self

    @model_validator(mode="after")
    def _one_vhost(self) -> Self:
        named = URL(self.rabbit_url.get_secret_value()).path.removeprefix("/")
        if self.rabbit_vhost and named not in ("", self.rabbit_vhost):
            raise ValueError(
                f"SAMA_RABBIT_URL names the virtual host {named}, and the city's is {self.rabbit_vhost};"
                " leave it out of the URL, or correct one of the two"
            )
        return self

    @property
    def amqp_url(self) -> str:
        """The broker's address with the city's virtual host, if there is one. Carries credentials."""
        url = URL(self.rabbit_url.get_secret_value())
        return str(url.with_path(f"/{self.rabbit_vhost}") if self.rabbit_vhost else url)

    @property
    def tls(self) -> Tls:
        """What encrypted connections are verified by."""
        return Tls(self.tls_ca, self.tls_cert)

    @property
    def database(self) -> str:
        """Name of the service's own database."""
        return f"{self.mongo_prefix}_{self.service}"
