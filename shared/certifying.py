"""Making and telling codes of certification: what a city sets, and what a repeated call is answered with (docs/decisions/0036)."""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from pydantic import Field, SecretStr, field_validator

from shared.certification import Certification
from shared.contracts.durations import Duration
from shared.contracts.refusals import Refusal
from shared.settings import ServiceSettings
from shared.storage.ports import Command, Document, Stored
from shared.web.api import receipt

DIGITS: Final = 8
LASTS: Final = Duration(days=3)  # the second person may be away over a weekend
KEY_LENGTH: Final = 32  # characters of a random text; `sama compose-env` makes 48


class WrongCode(Refusal):
    """Not the code that was given; a try is used up."""

    code = "certification_code_wrong"


@dataclass(frozen=True)
class Certifying:
    """What a city sets. ``key``: secret that makes codes and their digests; empty: there are no codes."""

    key: str = ""
    within: Duration = LASTS
    tries: int = 5

    @property
    def required(self) -> bool:
        """Tell whether there are codes: a submission then needs certification."""
        return bool(self.key)

    def code(self, subject: str, command: Command) -> str:
        """Return the code of one call: a repeat of the call is told the same one, and nothing has to keep it."""
        number = int(self._keyed("code", subject, command.subject, command.key, command.digest), 16)
        return f"{number % 10**DIGITS:0{DIGITS}d}"

    def digest(self, subject: str, code: str) -> str:
        """Return what is kept of a code."""
        return self._keyed("digest", subject, code)

    def link(self, what: str, value: str) -> str:
        """Return what stands for a person or an account where only sameness may be known (REG-5): 32 hex digits."""
        return self._keyed("link", what, value)[:32]

    def _keyed(self, *parts: str) -> str:
        return hmac.new(self.key.encode(), "\0".join(parts).encode(), sha256).hexdigest()


class CertificationSettings(ServiceSettings):
    """What certification needs, from the environment."""

    certification_key: SecretStr = Field(
        default=SecretStr(""),
        description="A random text of 32 or more characters, from which codes of certification are made (REQ-5, REG-10).",
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
        """What certification needs; without a key there are no codes."""
        return Certifying(
            self.certification_key.get_secret_value(), self.certification_within, self.certification_tries
        )


def receipt_of_certification(stored: Stored[Any], certification: Certification | None) -> Document:
    """Return what a repeat of the call has to be answered with; not the code."""
    assert certification is not None  # noqa: S101 - asked only after a step that needs or makes one
    return {
        **receipt(stored),
        "until": certification.until.isoformat(),
        "certified": certification.certified_at is not None,
        "tries_left": certification.tries_left,
    }
