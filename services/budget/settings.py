"""Settings of budget, from the environment (prefix ``SAMA_``)."""

from pydantic import Field

from services.budget.usecases.ineligible import REVIEW
from shared.contracts.durations import Duration
from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """What budget needs beyond what every service has."""

    service: str = "budget"
    ineligible_review: Duration = Field(
        default=REVIEW,
        description="How long an organisation may bring documents for an amount found ineligible; nothing is written off before (BUD-8).",
    )
    heads_seconds: float = Field(
        default=600,
        gt=0,
        description="How often the heads of books that have grown are announced: what is younger than the last announced head can be"
        " rewritten without contradicting one, and each head is kept for ever. Ten minutes are at most 144 a day and book.",
    )
