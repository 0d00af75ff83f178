"""The city's terms around a registration, as data (SEAMS.md, "Time"); the defaults are DOMAIN.md's, where it has them."""

from typing import Self

from pydantic import Field, model_validator

from shared.contracts.base import Part
from shared.contracts.durations import Duration


class RegistryTerms(Part):
    """How long who has for what. Read from the setting ``SAMA_REGISTRY_TERMS`` (JSON); what it leaves out keeps its default."""

    suspension_answer_within: Duration = Field(
        default=Duration(working_days=10), description="In which a suspended organisation may answer (REG-4)."
    )
    appeal_within: Duration = Field(
        default=Duration(days=15), description="In which a refusal or a suspension may be appealed (REG-7)."
    )
    warn_before: tuple[Duration, ...] = Field(
        default=(Duration(days=60), Duration(days=15)),
        max_length=10,
        description="How long before its end an organisation is warned (REG-8); days or seconds.",
    )

    @model_validator(mode="after")
    def _backwards(self) -> Self:
        if any(duration.working_days is not None for duration in self.warn_before):
            raise ValueError("warn_before counts backwards: give days or seconds")
        return self
