"""Settings of webhooks, from the environment (prefix ``SAMA_``). Each number carries its reason."""

import sys
from datetime import timedelta
from typing import Final

from pydantic import Field, SecretStr, field_validator

from services.webhooks.domain.progress import BackOff
from services.webhooks.usecases.rules import Rules
from shared.contracts.durations import Duration
from shared.settings import ServiceSettings

KEY_LENGTH: Final = 32  # characters of a random text; `sama compose-env` makes 48
LOCAL_KEY: Final = "only for trying out on one's own machine"


class Settings(ServiceSettings):
    """What webhooks needs beyond what every service has."""

    service: str = "webhooks"
    webhook_keys: SecretStr = Field(
        default=SecretStr(""),
        description="Seals the secrets in the database: random texts of 32 or more characters, the newest first, with commas between.",
    )
    webhook_local: bool = Field(
        default=False,
        description="For one's own machine: http and private addresses are allowed, and no key is needed.",
    )
    webhook_dead_after: Duration = Duration(days=5)  # over a long weekend, and as Standard Webhooks advises
    webhook_unverified_after: Duration = Duration(days=1)  # whoever subscribes is at work on the receiver just then
    webhook_grace: Duration = Duration(days=1)  # a receiver's secret is exchanged with its next deployment
    webhook_retry_first_seconds: float = Field(default=5, gt=0)  # a restart of the receiver
    webhook_retry_factor: float = Field(default=4, gt=1)  # 5 s, 20 s, 80 s, 5 min, 21 min, 85 min …
    webhook_retry_longest_seconds: float = Field(
        default=14_400, gt=0
    )  # 4 h: six tries a day for a receiver that is down
    webhook_send_seconds: float = Field(default=10, gt=0)  # a receiver keeps the event and works on it later
    webhook_lease_seconds: float = Field(default=15, gt=0)  # after a crash another replica goes on this much later
    webhook_turn_seconds: float = Field(
        default=60, gt=0
    )  # then others may take it, so that a new replica gets its share
    webhook_look_seconds: float = Field(
        default=1, gt=0
    )  # a third of the lease at most; a pause is followed this much later
    webhooks_per_owner: int = Field(default=100, ge=1)  # of one organisation, and of the city with all outsiders

    @field_validator("webhook_dead_after", "webhook_unverified_after", "webhook_grace")
    @classmethod
    def _counted_in_time(cls, value: Duration) -> Duration:
        if value.working_days is not None:
            raise ValueError("machines have no working days: give days or seconds")
        return value

    @property
    def keys(self) -> list[str]:
        """The keys that seal secrets; the well-known one on one's own machine."""
        given = [key.strip() for key in self.webhook_keys.get_secret_value().split(",") if key.strip()]
        return given or [LOCAL_KEY]

    @property
    def rules(self) -> Rules:
        """The numbers of delivering."""
        return Rules(
            back_off=BackOff(
                self.webhook_retry_first_seconds, self.webhook_retry_factor, self.webhook_retry_longest_seconds
            ),
            dead_after=_time(self.webhook_dead_after),
            unverified_after=_time(self.webhook_unverified_after),
            grace=_time(self.webhook_grace),
            local=self.webhook_local,
            send_seconds=self.webhook_send_seconds,
            lease=timedelta(seconds=self.webhook_lease_seconds),
            turn=timedelta(seconds=self.webhook_turn_seconds),
            per_owner=self.webhooks_per_owner,
        )

    def or_exit(self) -> "Settings":
        """Return the settings, or end the process: outside one's own machine there has to be a good key."""
        given = self.webhook_keys.get_secret_value()
        if not self.webhook_local and not given:
            sys.exit(
                "SAMA_WEBHOOK_KEYS is not set: the secrets of webhooks would lie readable in the database. Set it to a random text of "
                f"{KEY_LENGTH} or more characters (python3 -c 'import secrets; print(secrets.token_hex(24))'), or, on your own machine "
                "only, set SAMA_WEBHOOK_LOCAL=true."
            )
        if given and min(map(len, self.keys)) < KEY_LENGTH:
            sys.exit(
                f"A key of SAMA_WEBHOOK_KEYS is shorter than {KEY_LENGTH} characters. Make random ones and keep them safe."
            )
        return self


def _time(duration: Duration) -> timedelta:
    return timedelta(days=duration.days or 0, seconds=duration.seconds or 0)
