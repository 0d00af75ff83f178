"""Settings of review, from the environment (prefix ``SAMA_``). With a key for codes secretaries may enter paper ballots (REV-5)."""

from shared.certifying import CertificationSettings


class Settings(CertificationSettings):
    """What review needs beyond what every service has."""

    service: str = "review"
