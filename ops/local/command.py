"""``sama up``."""

from collections.abc import Sequence
from pathlib import Path

import typer

from ops.local import signals
from ops.local.cities import Cities
from ops.local.places import SAMA
from ops.local.problems import StackProblem
from ops.local.services import SERVICES
from ops.local.stack import Plan, Stack
from shared.city_file import BadCityFile

MOST_REPLICAS = 16  # on one machine more only compete for its cores


def up(port: int | None, scale: Sequence[str], folder: Path | None, cities: Sequence[Path] = ()) -> int:
    """Start the stack, or one for each city, show the addresses, and stay until Ctrl-C. Returns the exit code."""
    try:
        plan = Plan(folder=folder or SAMA, first_port=port, replicas=parse_scale(scale))
        return signals.run(lambda: _stay_with(plan, cities) if cities else _stay(plan))
    except (StackProblem, OSError, BadCityFile) as problem:
        typer.echo(f"SAMA cannot start. {problem}", err=True)
        return 1


async def _stay(plan: Plan) -> int:
    async with Stack(plan, typer.echo) as stack:
        for service, urls in stack.services.items():
            typer.echo(f"  {service:<9} " + "  ".join(f"{url}/docs" for url in urls))
        typer.echo(f"  broker    {stack.rabbit_management_url if 'private' in stack.servers[0] else stack.servers[0]}")
        typer.echo(
            f"Ready, with {' and '.join(stack.servers)}. Data and logs: {plan.folder}. Tokens: sama token --help. Ctrl-C stops."
        )
        await stack.until_interrupted()
    return 0


async def _stay_with(plan: Plan, files: Sequence[Path]) -> int:
    async with Cities(plan, files, typer.echo) as cities:
        for id, stack in cities.stacks.items():
            city, file = cities.cities[id]
            typer.echo(f"{city.names.en} · {city.names.fa}")
            for service, urls in stack.services.items():
                typer.echo(f"  {service:<9} " + "  ".join(f"{url}/docs" for url in urls))
            typer.echo(f"  tokens    sama token --city {file}   checks    sama verify --folder {stack.plan.folder}")
        typer.echo(f"Ready: {len(cities.stacks)} cities with {' and '.join(cities.servers.servers)}. Ctrl-C stops.")
        await cities.servers.until_interrupted()
    return 0


def parse_scale(scale: Sequence[str]) -> dict[str, int]:
    """Read ``review=3`` and the like. Raises StackProblem."""
    replicas = {}
    for text in scale:
        service, _, number = text.partition("=")
        if service not in SERVICES or not number.isdecimal() or not 1 <= int(number) <= MOST_REPLICAS:
            raise StackProblem(
                f"--scale {text} is not understood.",
                f"Write SERVICE=NUMBER, with one of {', '.join(SERVICES)} and 1 to {MOST_REPLICAS}, e.g. --scale review=3.",
            )
        replicas[service] = int(number)
    return replicas
