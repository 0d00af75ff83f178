"""Settings of registry, from the environment (prefix ``SAMA_``)."""

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """What registry needs beyond what every service has: nothing yet."""

    service: str = "registry"
