"""The command of a caller, as registry's use cases take it."""

from typing import Annotated

from fastapi import Depends

from services.registry.usecases.organizations import Call
from shared.web.api import CallerDep, CauseDep, CommandDep


def _call(caller: CallerDep, command: CommandDep, cause: CauseDep) -> Call:
    return Call(caller, command, cause)


CallDep = Annotated[Call, Depends(_call)]
