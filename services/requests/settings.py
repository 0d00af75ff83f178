"""Settings of requests, from the environment (prefix ``SAMA_``)."""

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """What requests needs beyond what every service has: nothing yet."""

    service: str = "requests"
