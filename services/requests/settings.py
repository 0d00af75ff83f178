"""Settings of requests, from the environment (prefix ``SAMA_``). Each number carries its reason."""

from typing import Final

from pydantic import Field, SecretStr, field_validator

from services.requests.usecases.certification import LASTS, Certifying
from shared.contracts.durations import Duration
from shared.settings import ServiceSettings

KEY_LENGTH: Final = 32  # characters of a random text; `sama compose-env` makes 48


class Settings(ServiceSettings):
    """What requests needs beyond what every service has."""

    service: str = "requests"
    certification_key: SecretStr = Field(
        default=SecretStr(""),
        description="A random text of 32 or more characters: a second representative then certifies each submission (REQ-5).",
    )
    certification_within: Duration = LASTS
    certification_tries: int = Field(default=5, ge=1, le=20)  # of 8 digits: one in twenty million guesses it

    @field_validator("certification_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < KEY_LENGTH:
            raise ValueError(f"give a random text of {KEY_LENGTH} or more characters, or none")
        return value

    @property
    def certifying(self) -> Certifying:
        """What certification needs; without a key none is asked for."""
        return Certifying(
            self.certification_key.get_secret_value(), self.certification_within, self.certification_tries
        )
