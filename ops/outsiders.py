"""``sama outsider``: users of the broker for consumers outside SAMA, who may read the stream ``sama.public`` and nothing else."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import httpx
import typer

from ops.images.broker_admin import BrokerAdmin
from ops.images.provision import outsider_user
from ops.local.places import SAMA
from ops.local.problems import StackProblem
from ops.operating import fail
from ops.verify.servers import find
from shared.city_file import BadCityFile, read_city
from shared.messaging.topology import PUBLIC
from shared.tls import advice, tls_of_environment

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Consumers outside SAMA: read-only users.")
Name = Annotated[str, typer.Argument(help="Who it is, e.g. newspaper: small letters, digits, hyphens.")]
Folder = Annotated[Path, typer.Option(help="Folder of the local stack; SAMA_RABBIT_ADMIN_URL names another broker.")]
CityFile = Annotated[
    Path | None, typer.Option("--city", help="The city.toml of one of several cities.", envvar="SAMA_CITY_FILE")
]


@app.command()
def add(
    name: Name,
    folder: Folder = SAMA,
    city: CityFile = None,
    again: Annotated[bool, typer.Option("--again", help="Give one that is there a new password.")] = False,
) -> None:
    """Make a user who may read sama.public, and print the password, which is shown once and kept nowhere."""
    user = _user(name, city)
    password = secrets.token_urlsafe(24)
    with _broker(folder, city) as (broker, vhost):
        there = broker.has_user(user)
        if there and not again:
            fail(f"There is an outsider {name} already. Type --again for a new password; the old one then ends.")
        if again and not there:
            fail(f"There is no outsider {name} yet. Leave --again out.")
        broker.make_outsider(user, password)
    typer.echo(
        f"user      {user}\npassword  {password}\nvhost     {vhost}\nreads     the stream {PUBLIC} (x-stream-offset: first)"
    )
    typer.echo("The password is not kept anywhere: hand it over now.", err=True)


@app.command()
def remove(name: Name, folder: Folder = SAMA, city: CityFile = None) -> None:
    """Remove an outsider; the broker ends its connections."""
    user = _user(name, city)
    with _broker(folder, city) as (broker, _):
        if not broker.has_user(user):
            fail(f"There is no outsider {name}; `sama outsider list` shows who there is.")
        broker.remove_user(user)
    typer.echo(f"{user} is removed.")


@app.command("list")
def list_outsiders(folder: Folder = SAMA, city: CityFile = None) -> None:
    """List the outsiders of the virtual host."""
    prefix = _user("x", city).removesuffix("x")
    with _broker(folder, city) as (broker, _):
        found = [user for user in broker.users() if user.startswith(prefix)]
    for user in found:
        typer.echo(user.removeprefix(prefix))
    if not found:
        typer.echo("There are none.", err=True)


def _user(name: str, city: Path | None) -> str:
    try:
        return outsider_user(name, read_city(city) if city else None)
    except ValueError as error:  # also BadCityFile
        fail(str(error))


@contextmanager
def _broker(folder: Path, city: Path | None) -> Iterator[tuple[BrokerAdmin, str]]:
    try:
        admin, vhost = _administration(folder)
        vhost = read_city(city).vhost if city else vhost
        with BrokerAdmin(admin, vhost, tls_of_environment()) as broker:
            yield broker, vhost
    except (StackProblem, BadCityFile, OSError) as problem:
        fail(str(problem))
    except httpx.HTTPStatusError as error:
        fail(f"The broker refused: {error}. The user of SAMA_RABBIT_ADMIN_URL has to be an administrator.")
    except httpx.HTTPError as error:
        fail(f"The broker's management API does not answer: {error}{advice(error)}.")


def _administration(folder: Path) -> tuple[str, str]:
    """Return the management API as administrator, and the virtual host."""
    if url := os.environ.get("SAMA_RABBIT_ADMIN_URL"):
        return url, "/"
    broker = find(folder).broker
    if broker is None:
        raise StackProblem(
            f"No broker is known in {folder}.",
            "Start one with `sama up`, or name its management API, as administrator, with SAMA_RABBIT_ADMIN_URL.",
        )
    return broker.management_url, broker.vhost
