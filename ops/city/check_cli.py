"""``sama city``: load a city under both waiting rules and compare with the fold of its files."""

from pathlib import Path
from typing import Annotated

import typer

from ops.city.cli import Waiting

app = typer.Typer(pretty_exceptions_enable=False)


@app.command("city")
def city(
    path: Annotated[Path, typer.Argument(help="Folder with districts.csv and requests.csv.")],
    waiting: Annotated[Waiting | None, typer.Option(help="Only this rule of the waiting lists; default: both.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep data and logs in .sama/city at the end.")] = False,
) -> None:
    """Carry a city through the services and compare the result with an independent fold of its files."""
    from ops.city.command import check

    rules = [waiting.value] if waiting else [rule.value for rule in Waiting]
    raise typer.Exit(check(path, ["strict" if rule == "strict" else "first-fit" for rule in rules], keep))
