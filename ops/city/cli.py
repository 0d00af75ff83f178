"""``sama load-city``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Waiting(StrEnum):
    """Rule of the districts' waiting lists (BUD-5)."""

    first_fit = "first-fit"
    strict = "strict"


app = typer.Typer(pretty_exceptions_enable=False)


@app.command("load-city")
def load_city(
    path: Annotated[Path, typer.Argument(help="Folder with districts.csv and requests.csv.")],
    waiting: Annotated[Waiting, typer.Option(help="Rule of the waiting lists.")] = Waiting.first_fit,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the result to this file, too.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep data and logs in .sama/city at the end.")] = False,
) -> None:
    """Carry a real city's proposals through services of their own and print what became of them, as JSON in the last line."""
    from ops.city.command import load

    raise typer.Exit(load(path, "strict" if waiting is Waiting.strict else "first-fit", json_file, keep))
