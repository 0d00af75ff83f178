"""``sama images``: the base images of docker-compose.yml where no image registry can be reached."""

from pathlib import Path
from typing import Annotated

import typer

from ops.local.problems import StackProblem

app = typer.Typer(
    pretty_exceptions_enable=False, no_args_is_help=True, help="Base images from Debian packages and PyPI alone."
)


@app.callback()
def _images() -> None:
    """Base images from Debian packages and PyPI alone."""


@app.command()
def build(
    only: Annotated[
        list[str] | None,
        typer.Option(help="python, python-build, rabbitmq-4.0, rabbitmq-4.3, mongo, caddy; repeatable. Default: all."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Build again what is there, with today's packages.")] = False,
    mongod: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="MongoDB's archive for Debian (.tgz); without it SecantusDB stands in."
        ),
    ] = None,
    authorities: Annotated[
        Path | None,
        typer.Option(
            exists=True, help="Certificates (.crt; file or folder) to trust while building. Default: this machine's."
        ),
    ] = None,
    apt_conf: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="apt settings while building. Default: how this machine fetches."
        ),
    ] = None,
    pip_conf: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="pip settings while building. Default: this machine's."),
    ] = None,
    mirror: Annotated[str | None, typer.Option(help="Debian mirror. Default: deb.debian.org.")] = None,
) -> None:
    """Build the images that are missing, and print the lines of .env that use them."""
    from ops.images.build import Builder
    from ops.images.engine import engine
    from ops.images.host import host_settings
    from ops.images.recipes import recipes, settings
    from ops.play.screen import console

    screen = console()
    try:
        with engine(screen) as running:
            Builder(running, screen, host_settings(apt_conf, pip_conf, authorities, mirror), mongod, force).build(
                set(only) if only else None
            )
    except StackProblem as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from problem
    except KeyError as unknown:
        typer.echo(f"There is no image {unknown}; sama images build --help names them.", err=True)
        raise typer.Exit(2) from unknown
    typer.echo("\nThe lines of .env with which docker-compose.yml uses them:\n")
    for name, value in settings(recipes(mongod=mongod is not None)).items():
        typer.echo(f"{name}={value}")
