"""What registry does, by noun: load → decide → save with its outgoing events."""

from services.registry.domain.district import District, DistrictEvent
from services.registry.domain.kinds import KINDS, Kinds
from services.registry.domain.organization import Organization, OrganizationEvent
from services.registry.domain.organization_import import ImportEvent, OrganizationImport
from services.registry.usecases.districts import DistrictUseCases
from services.registry.usecases.imports import ImportUseCases
from services.registry.usecases.organizations import OrganizationUseCases
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.storage.aggregates import Aggregates


class UseCases:
    """All use cases of the service."""

    def __init__(
        self,
        *,
        districts: Aggregates[District, DistrictEvent],
        organizations: Aggregates[Organization, OrganizationEvent],
        imports: Aggregates[OrganizationImport, ImportEvent],
        clock: Clock,
        calendar: WorkingCalendar,
        kinds: Kinds = KINDS,
    ) -> None:
        self.kinds = kinds
        self.districts = DistrictUseCases(districts, clock)
        self.organizations = OrganizationUseCases(organizations, self.districts, clock, calendar, kinds)
        self.imports = ImportUseCases(imports, organizations, self.districts, clock, calendar, kinds)
