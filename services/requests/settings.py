"""Settings of requests, from the environment (prefix ``SAMA_``). With a key for codes a second representative certifies each submission."""

from shared.certifying import CertificationSettings


class Settings(CertificationSettings):
    """What requests needs beyond what every service has."""

    service: str = "requests"
