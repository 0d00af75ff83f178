"""``sama replay``: a service handles the archive's events again."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ops.local.places import SAMA
from ops.operating import operator, told, until_ended

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def replay(
    service: Annotated[str, typer.Argument(help="requests, review, budget or portal.")],
    start: Annotated[str, typer.Option("--from", help="beginning, a time with its zone, or an offset.")] = "beginning",
    rebuild_copies: Annotated[
        bool, typer.Option("--rebuild-copies", help="Also replace copies that differ from what the archive says.")
    ] = False,
    folder: Annotated[Path, typer.Option(help="Folder of the local stack.")] = SAMA,
) -> None:
    """Have a running service handle events of the archive again. Safe at any time; if this is interrupted, it goes on in the service."""
    with told(), operator(folder) as of, Console(stderr=True).status("Waiting …") as status:

        def show(record: dict[str, Any]) -> None:
            status.update(f"{record['status']}: {record.get('handled', 0)} events handled")

        asked = of.post(service, "/ops/replays", {"from": start, "rebuild_copies": rebuild_copies})
        done = until_ended(of, service, "/ops/replays", asked["id"], show)
    typer.echo(f"{done['handled']} events handled; the last had offset {done['offset']}.")
    for copy in done["replaced"]:
        kept = copy["now"] if isinstance(copy["now"], str) else "replaced"
        typer.echo(f"{copy['copy_of']}: {kept}")
