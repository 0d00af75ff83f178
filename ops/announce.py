"""``sama announce --rebuild``: what histories and journals imply is announced again."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ops.local.places import SAMA
from ops.operating import Trouble, operator, told, until_ended
from shared.contracts.base import ANNOUNCERS

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def announce(
    service: Annotated[str | None, typer.Argument(help="One service; left out: all.")] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Publish what the archive misses.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Publish also what the archive has.")] = False,
    folder: Annotated[Path, typer.Option(help="Folder of the local stack.")] = SAMA,
) -> None:
    """Fill sama.archive and sama.public from the services' own histories. Exit 1 if something could not be derived."""
    trouble: list[str] = []
    with told(), operator(folder) as of, Console(stderr=True).status("Reading the archive …") as status:
        if not rebuild:
            raise Trouble("Say --rebuild: all events that the archive misses are then published again.")

        def show(record: dict[str, Any]) -> None:
            status.update(f"{record.get('implied', 0)} events looked at, {record.get('published', 0)} published")

        for name in [n for n in of.services if n in ANNOUNCERS] if service is None else [service]:
            asked = of.post(name, "/ops/announcements", {"all": everything})
            done = until_ended(of, name, "/ops/announcements", asked["id"], show)
            typer.echo(
                f"{name}: {done['implied']} events implied, {done['published']} published, "
                f"{done['public']} only to outsiders ({done['status']})."
            )
            trouble += [f"{name}: {line}" for line in done["trouble"]]
    for line in trouble:
        typer.echo(line, err=True)
    raise typer.Exit(1 if trouble else 0)
