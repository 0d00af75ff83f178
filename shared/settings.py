"""Settings that every service has, from the environment (prefix ``SAMA_``) or files. Each number carries its reason."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.logs import LogFormat


class ServiceSettings(BaseSettings):
    """Base of the services' settings. URLs may carry credentials, so they are secrets and never logged."""

    model_config = SettingsConfigDict(env_prefix="SAMA_", extra="ignore", frozen=True)

    service: str = ""
    mongo_url: SecretStr = SecretStr("mongodb://127.0.0.1:27017/")
    mongo_prefix: str = Field(default="sama", pattern=r"^[a-z0-9_]{1,30}$")
    rabbit_url: SecretStr = SecretStr("amqp://guest:guest@127.0.0.1:5672/")
    rabbit_management_url: SecretStr = SecretStr("http://guest:guest@127.0.0.1:15672")
    jwks: str = Field(default=".sama/keys/jwks.json", description="File or URL of the keys that sign tokens.")
    issuer: str = "sama-local"
    calendar: Path | None = Field(default=None, description="The city's calendar file; none: Thursday and Friday off.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: LogFormat = "console"  # for a person at a terminal; images set json
    otlp_endpoint: str | None = Field(default=None, description="Collector of traces, OTLP over HTTP; none: no traces.")
    topology_check_seconds: float = Field(default=10, gt=0)  # a lost binding is noticed within this time (F9)
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

    @property
    def database(self) -> str:
        """Name of the service's own database."""
        return f"{self.mongo_prefix}_{self.service}"
