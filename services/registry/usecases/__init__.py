"""What registry does, by noun: load → decide → save with its outgoing events."""

from typing import Final

from services.registry.domain.district import District, DistrictEvent
from services.registry.domain.kinds import KINDS, Kinds
from services.registry.domain.organization import Organization, OrganizationEvent
from services.registry.domain.organization_import import ImportEvent, OrganizationImport
from services.registry.domain.terms import RegistryTerms
from services.registry.usecases.appeals import AppealUseCases
from services.registry.usecases.assistance import AssistanceUseCases
from services.registry.usecases.changing import Changing
from services.registry.usecases.districts import DistrictUseCases
from services.registry.usecases.documents import DocumentUseCases
from services.registry.usecases.flags import FlagUseCases
from services.registry.usecases.imports import ImportUseCases
from services.registry.usecases.merging import MergingUseCases
from services.registry.usecases.organizations import OrganizationUseCases
from services.registry.usecases.proposals import ProposalUseCases
from services.registry.usecases.standing import StandingUseCases
from shared.certifying import Certifying
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Files

_TERMS: Final = RegistryTerms()  # DOMAIN.md's
_NO_CODES: Final = Certifying()


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
        terms: RegistryTerms = _TERMS,
        certifying: Certifying = _NO_CODES,
    ) -> None:
        self.kinds = kinds
        self.districts = DistrictUseCases(districts, clock)
        self.organizations = OrganizationUseCases(
            organizations, self.districts, clock, calendar, kinds, terms, certifying
        )
        changing = Changing(organizations, clock, calendar, terms)
        self.flags = FlagUseCases(changing)
        self.merging = MergingUseCases(changing, kinds, certifying)
        self.standing = StandingUseCases(changing, self.merging)
        self.proposals = ProposalUseCases(changing, self.organizations, kinds, certifying)
        self.assistance = AssistanceUseCases(changing, self.organizations, certifying)
        self.appeals = AppealUseCases(changing)
        self.documents = DocumentUseCases(organizations, files, clock)
        self.imports = ImportUseCases(imports, organizations, self.districts, clock, calendar, kinds, certifying)

    async def sweep(self) -> int:
        """Do what has become due: let approvals end, warn of it, complete mergers. Returns how many organisations were looked at."""
        return await self.standing.sweep()
