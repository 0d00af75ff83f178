"""Settings of portal, from the environment (prefix ``SAMA_``). Each number carries its reason."""

from pydantic import Field

from services.portal.domain.threesixty import Publisher
from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """What portal needs beyond what every service has."""

    service: str = "portal"
    portal_figures_seconds: float = Field(
        default=2, gt=0, description="How often figures are made anew of what changed since."
    )  # a person who reloads sees the own step; a busy district is counted once in this time, not with each event
    portal_publisher: str = Field(
        default="شهرداری", min_length=1, max_length=200, description="Name of the city in published packages."
    )
    portal_publisher_id: str = Field(
        default="IR-SAMA-CITY",
        pattern=r"^[A-Z0-9][A-Za-z0-9._-]{0,79}$",
        description="The city's organisation identifier in 360Giving packages.",
    )
    portal_grant_prefix: str = Field(
        default="360G-sama",
        pattern=r"^360G-[A-Za-z0-9-]{1,40}$",
        description="The city's prefix for grant identifiers, given by 360Giving.",
    )

    @property
    def publisher(self) -> Publisher:
        """The city as a funder."""
        return Publisher(self.portal_publisher, self.portal_publisher_id, self.portal_grant_prefix)
