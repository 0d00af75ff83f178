"""Who gives a command and what a list is asked for, in every router of registry."""

from typing import Annotated

from fastapi import Depends, Query

from services.registry.usecases.organizations import Call, Filters
from shared.contracts.ids import DistrictId, Id
from shared.contracts.registry import OrganizationStatus
from shared.web.api import CallerDep, CauseDep, CommandDep


def _call(caller: CallerDep, command: CommandDep, cause: CauseDep) -> Call:
    return Call(caller, command, cause)


CallDep = Annotated[Call, Depends(_call)]


def _filters(
    status: Annotated[OrganizationStatus | None, Query(description="Only those with this status.")] = None,
    district: Annotated[DistrictId | None, Query(description="Only those of this district.")] = None,
    kind: Annotated[Id | None, Query(description="Only those of this kind.")] = None,
    q: Annotated[
        str | None, Query(max_length=200, description="Words of the name; spelling variants of letters do not matter.")
    ] = None,
    mine: Annotated[bool, Query(description="Only those that the caller registered, in any status.")] = False,
) -> Filters:
    return Filters(status, district, kind, q, mine)


FiltersDep = Annotated[Filters, Depends(_filters)]
