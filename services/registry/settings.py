"""Settings of registry, from the environment (prefix ``SAMA_``)."""

from pydantic import Field

from services.registry.domain.terms import RegistryTerms
from shared.certifying import CertificationSettings


class Settings(CertificationSettings):
    """What registry needs beyond what every service has."""

    service: str = "registry"
    registry_terms: RegistryTerms = Field(
        default=RegistryTerms(), description="The city's terms around a registration, as JSON."
    )
