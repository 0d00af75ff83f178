"""Settings of review, from the environment (prefix ``SAMA_``)."""

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """What review needs beyond what every service has: nothing yet."""

    service: str = "review"
