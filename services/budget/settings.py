"""Settings of budget, from the environment (prefix ``SAMA_``)."""

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """What budget needs beyond what every service has: nothing yet."""

    service: str = "budget"
