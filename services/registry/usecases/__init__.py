"""What registry does, by noun: load → decide → save with its outgoing events."""

from services.registry.domain.district import District, DistrictEvent
from services.registry.domain.kinds import KINDS, Kinds
from services.registry.domain.organization import Organization, OrganizationEvent
from services.registry.domain.organization_import import ImportEvent, OrganizationImport
from services.registry.usecases.districts import DistrictUseCases
from services.registry.usecases.documents import DocumentUseCases
from services.registry.usecases.imports import ImportUseCases
from services.registry.usecases.organizations import OrganizationUseCases
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Files


class UseCases:
    """All use cases of the service."""

    def __init__(
        self,
        *,
        districts: Aggregates[District, DistrictEvent],
        organizations: Aggregates[Organization, OrganizationEvent],
        imports: Aggregates[OrganizationImport, ImportEvent],
        files: Files,
        clock: Clock,
        calendar: WorkingCalendar,
        kinds: Kinds = KINDS,
    ) -> None:
        self.kinds = kinds
        self.districts = DistrictUseCases(districts, clock)
        self.organizations = OrganizationUseCases(organizations, self.districts, clock, calendar, kinds)
        self.documents = DocumentUseCases(organizations, files, clock)
        self.imports = ImportUseCases(imports, organizations, self.districts, clock, calendar, kinds)
