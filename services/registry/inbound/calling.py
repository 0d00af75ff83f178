"""Who gives a command, in every router of registry."""

from typing import Annotated

from fastapi import Depends

from services.registry.usecases.organizations import Call
from shared.web.api import CallerDep, CauseDep, CommandDep


def _call(caller: CallerDep, command: CommandDep, cause: CauseDep) -> Call:
    return Call(caller, command, cause)


CallDep = Annotated[Call, Depends(_call)]
