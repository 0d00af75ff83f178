"""``sama import organizations``: a dry run of a spreadsheet, then its rows as asked."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer
from rich.console import Console
from rich.table import Table

from ops.exchange.office import Office, office
from ops.local.places import SAMA
from ops.operating import Trouble, told

POLL_SECONDS: Final = 0.5

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Bring in what lies in spreadsheets.")


@app.callback()
def _import() -> None:
    """Bring in what lies in spreadsheets."""


@app.command()
def organizations(
    file: Annotated[Path, typer.Argument(help="XLSX, or CSV in UTF-8 or Windows-1256.")],
    apply: Annotated[
        Literal["all", "good", "new"] | None,
        typer.Option(
            help="Register rows: all, only if all are good; good: those without a fault; new: of those, the ones that"
            " resemble nobody. Without it: a dry run."
        ),
    ] = None,
    submit: Annotated[bool, typer.Option("--submit", help="Submit what is complete; else all stay drafts.")] = False,
    language: Annotated[Literal["fa", "en"], typer.Option(help="Language of what is said about rows.")] = "fa",
    folder: Annotated[Path, typer.Option(help="Folder of the local stack.")] = SAMA,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Examine a spreadsheet and, if asked, register its rows as drafts. Exit 1 if a row is bad."""
    with told():
        at = office(folder, language)
        view = import_file(at, file, apply, submit)
    typer.echo(json.dumps(view, ensure_ascii=False, indent=2)) if as_json else show(view)
    raise typer.Exit(1 if view["bad"] else 0)


def import_file(at: Office, file: Path, apply: str | None, submit: bool) -> Mapping[str, Any]:
    """Examine a file and have its rows registered; return the import as it is then. Raises Trouble."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Trouble(f"{file} cannot be read: {error.strerror}.") from error
    receipt = at.send_file("/organization-imports", content, {"name": file.name})
    path = f"/organization-imports/{receipt['id']}"
    if apply is not None:
        at.post(f"{path}/apply", {"rows": apply, "submit": submit})
    while True:
        view: Mapping[str, Any] = at.get(path)
        if view["status"] != "registering":
            return view
        time.sleep(POLL_SECONDS)


def show(view: Mapping[str, Any]) -> None:
    """Print an import: rows that are bad, resemble somebody or were not submitted, then the sums."""
    table = Table("Row", "Name", "Column", "What", title=view["file"]["name"])
    for row in view["rows"]:
        for error in row["errors"]:
            table.add_row(str(row["row"]), row["name"], error["column"], error["message"])
        for found in row["duplicates"]:
            other = found["organization"] or f"row {found['row']}"
            table.add_row(str(row["row"]), row["name"], "", f"{', '.join(found['grounds'])}: {other}")
        if row["not_submitted"]:
            table.add_row(str(row["row"]), row["name"], "", row["not_submitted"])
    if table.row_count:
        Console().print(table)
    if view["file"]["encoding"] == "windows-1256":
        typer.echo("The file is not UTF-8, so it was read as Windows-1256. Look at the names: are they right?")
    if view["file"]["ignored"]:
        typer.echo(f"Nothing is taken from: {', '.join(view['file']['ignored'])}")
    typer.echo(
        f"{view['total']} rows: {view['good']} good ({view['new']} resemble nobody), {view['bad']} bad."
        f" {view['registered']} registered. Import {view['id']} is {view['status']}."
    )
