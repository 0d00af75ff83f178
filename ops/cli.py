"""The ``sama`` command. Each subcommand's module is imported when it is called, so that every one starts quickly."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

if TYPE_CHECKING:
    from shared.city_file import City

LATER: Mapping[str, str] = {
    # command → module with a typer `app`
    "verify": "ops.verify.cli",
    "doctor": "ops.doctor.cli",
    "metrics": "ops.metrics.cli",
    "backup": "ops.backup.cli",
    "restore": "ops.backup.restore_cli",
    "dead-letters": "ops.deadletters",
    "replay": "ops.replay",
    "announce": "ops.announce",
    "reconcile": "ops.reconcile.cli",
    "contracts": "ops.contracts",
    "demo": "ops.demo.cli",
    "load-city": "ops.city.cli",
    "city": "ops.city.check_cli",
    "outsider": "ops.outsiders",
    "audit": "ops.audit.cli",
    "images": "ops.images.cli",
    "import": "ops.exchange.import_cli",
    "export": "ops.exchange.export_cli",
}


class LazyGroup(TyperGroup):
    """Finds the commands of LATER by name and imports their modules only then."""

    def list_commands(self, ctx: Any) -> list[str]:
        """List what is there."""
        return [*super().list_commands(ctx), *(name for name, module in LATER.items() if _exists(module))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command by name."""
        module = LATER.get(cmd_name)
        if module is None or not _exists(module):
            return super().get_command(ctx, cmd_name)
        command = get_command(import_module(module).app)
        command.name = cmd_name
        return command


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # its package is missing
        return False


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="SAMA: works with the civil-society organisations of a city.",
)


@app.callback()
def _sama() -> None:
    """SAMA: works with the civil-society organisations of a city."""


@app.command()
def up(
    port: Annotated[
        int | None,
        typer.Option(help="Port of the first service; the others follow. Default: free ports.", min=1024, max=65000),
    ] = None,
    replicas: Annotated[
        list[str] | None, typer.Option("--scale", help="SERVICE=NUMBER, e.g. review=3; repeatable.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where data and logs are. Default: .sama in the checkout.")
    ] = None,
    city: Annotated[
        list[Path] | None,
        typer.Option(help="A city.toml; repeatable: each city gets its services, all of them the same servers."),
    ] = None,
) -> None:
    """Start the services and, if none are given, their servers; stay up until Ctrl-C."""
    from ops.local.command import up as run_up

    raise typer.Exit(run_up(port, replicas or [], folder, city or []))


@app.command()
def token(
    subject: Annotated[str, typer.Option(help="Who calls: the token's `sub`, e.g. the holder of a seat.")],
    audience: Annotated[
        list[str], typer.Option(help="Which service accepts it: sama-registry, sama-requests, …; repeatable.")
    ],
    role: Annotated[
        list[str] | None, typer.Option(help="A role; repeatable; with a scope of its own as secretary:district=d7.")
    ] = None,
    district: Annotated[str | None, typer.Option(help="District of the roles without a scope of their own.")] = None,
    organization: Annotated[
        str | None, typer.Option(help="Organisation of the roles without a scope of their own.")
    ] = None,
    hours: Annotated[float, typer.Option(help="How long it is valid.", min=0.01, max=24)] = 1,
    city: Annotated[
        Path | None, typer.Option(help="The city.toml of one of several cities: its issuer signs the token.")
    ] = None,
) -> None:
    """Print a token of the local issuer, whose keys are in .sama/keys."""
    from ops.keys import BadGrant, local_issuer, parse_grants
    from ops.local.places import KEYS, SAMA

    try:
        grants = parse_grants(role or [], district, organization)
        if city is None:
            issuer = local_issuer(KEYS)
        else:
            from ops.local.cities import keys_of
            from shared.city_file import read_city

            place = read_city(city)
            issuer = local_issuer(keys_of(place.id, SAMA), place.issuer)
    except (BadGrant, OSError, ValueError) as error:
        typer.echo(f"No token: {error}", err=True)
        raise typer.Exit(2) from error
    typer.echo(issuer.token(subject, grants, audience, datetime.now(UTC), timedelta(hours=hours)))


@app.command("compose-env")
def compose_env(
    city: Annotated[
        list[Path] | None, typer.Option(help="A city.toml: print that city's lines alone, to append; repeatable.")
    ] = None,
    port: Annotated[int, typer.Option(help="Port of the first of these cities; the others follow.")] = 8081,
) -> None:
    """Print the settings of docker-compose.yml with secrets of their own: sama compose-env > .env."""
    from ops.images.env_file import filled
    from ops.keys import local_issuer
    from ops.local.places import KEYS, ROOT

    if city:
        from ops.images.city_compose import env_lines

        lines = [env_lines(found, port + number) for number, found in enumerate(_cities(city))]
        typer.echo(filled("".join(lines)), nl=False)
        return
    local_issuer(KEYS)  # docker-compose.yml mounts its public part
    typer.echo(filled((ROOT / ".env.example").read_text()), nl=False)


@app.command("compose-city")
def compose_city(city: Annotated[list[Path], typer.Argument(help="The city.toml of each further city.")]) -> None:
    """Print the compose file of further cities, which docker-compose.yml then serves, too: … > docker-compose.cities.yml."""
    import yaml

    from ops.images.city_compose import city_compose
    from ops.local.places import ROOT

    base = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    made = city_compose(base, list(zip(_cities(city), city, strict=True)))
    typer.echo("# Made of docker-compose.yml by sama compose-city; make it again after an upgrade.")
    typer.echo(yaml.safe_dump(made, sort_keys=False, width=1000, allow_unicode=True), nl=False)


def _cities(files: Sequence[Path]) -> "Sequence[City]":
    from shared.city_file import BadCityFile, read_cities

    try:
        return read_cities(files)
    except BadCityFile as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


if __name__ == "__main__":
    app(prog_name="sama")
