"""What registry does, by noun: load → decide → save with its outgoing events."""

from services.registry.domain.district import District, DistrictEvent
from services.registry.domain.kinds import KINDS, Kinds
from services.registry.domain.organization import Organization, OrganizationEvent
from services.registry.usecases.changing import Changing
from services.registry.usecases.districts import DistrictUseCases
from services.registry.usecases.flags import FlagUseCases
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
        clock: Clock,
        calendar: WorkingCalendar,
        kinds: Kinds = KINDS,
    ) -> None:
        self.kinds = kinds
        self.districts = DistrictUseCases(districts, clock)
        self.organizations = OrganizationUseCases(organizations, self.districts, clock, calendar, kinds)
        changing = Changing(organizations, clock, calendar)
        self.flags = FlagUseCases(changing)
