"""``sama export organizations``: the list of organisations as a spreadsheet."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ops.exchange.office import office
from ops.local.places import SAMA
from ops.operating import Trouble, told

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Write lists to spreadsheets.")


@app.callback()
def _export() -> None:
    """Write lists to spreadsheets."""


@app.command()
def organizations(
    file: Annotated[Path, typer.Argument(help="A new file, .xlsx or .csv.")],
    status: Annotated[str | None, typer.Option(help="Only those with this status.")] = None,
    district: Annotated[str | None, typer.Option(help="Only those of this district.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only those of this kind.")] = None,
    q: Annotated[str | None, typer.Option(help="Words of the name.")] = None,
    language: Annotated[Literal["fa", "en"], typer.Option(help="Language of what is said.")] = "fa",
    folder: Annotated[Path, typer.Option(help="Folder of the local stack.")] = SAMA,
) -> None:
    """Write organisations to FILE. Identifiers stay text in XLSX; a CSV shows them as its program likes."""
    with told():
        given = {"status": status, "district": district, "kind": kind, "q": q}
        params = {"format": format_of(file), **{name: value for name, value in given.items() if value is not None}}
        size = office(folder, language).fetch("/organization-export", params, file)
    typer.echo(f"{file}: {size:,} bytes.")


def format_of(file: Path) -> str:
    """Return the format that a file's name asks for. Raises Trouble."""
    ending = file.suffix.lower().removeprefix(".")
    if ending not in ("xlsx", "csv"):
        raise Trouble(f"{file.name} has to end in .xlsx or .csv.")
    return ending
