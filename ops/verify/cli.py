"""``sama verify``: of the whole system by its databases, or of one downloaded book without any system."""

import json
import os
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pymongo.errors import PyMongoError
from rich.console import Console
from rich.table import Table

from ops.local.places import SAMA

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def verify(
    book: Annotated[str | None, typer.Option(help="Verify a downloaded book of this id, e.g. district:7/1405.")] = None,
    entries: Annotated[Path | None, typer.Option(help="The downloaded book: JSON lines, oldest first.")] = None,
    head: Annotated[str | None, typer.Option(help="SEQ:HASH noted down earlier; the book must contain it.")] = None,
    folder: Annotated[Path, typer.Option(help="Folder of the local stack.")] = SAMA,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check the invariants; exit 0 if all hold, 1 if one is broken, 2 if it could not be checked. Reads only."""
    if (book is None) != (entries is None):
        _fail("--book and --entries go together: the id of the book and the file that was downloaded.")
    if book is not None and entries is not None:
        raise typer.Exit(_verify_file(book, entries, head, as_json))
    raise typer.Exit(_verify_system(folder, as_json))


def _verify_file(book: str, entries: Path, head: str | None, as_json: bool) -> int:
    from ops.verify.books import verify_book

    noted: tuple[int, str] | None = None
    if head is not None:
        seq, _, digest = head.partition(":")
        if not seq.isdigit() or not digest:
            _fail("--head is SEQ:HASH, e.g. 120:9f86d081…")
        noted = (int(seq), digest)
    try:
        with entries.open("rb") as lines:
            report = verify_book(lines, head=noted)
    except OSError as error:
        _fail(f"The file {entries} cannot be read: {error.strerror}.")
    wrong = None if report.violation is None else str(report.violation)
    if wrong is None and report.book != book:
        wrong = f"the file holds the book {report.book}, not {book}"
    if as_json:
        typer.echo(json.dumps({**report.as_json(), "violation": wrong}, ensure_ascii=False))
    elif wrong:
        typer.echo(f"WRONG: {wrong}")
    else:
        typer.echo(
            f"{report.book}: {report.entries} entries, every hash, link, posting, balance and place on the waiting list is right."
        )
        typer.echo(f"Head: {report.entries}:{report.head}")
    return 1 if wrong else 0


def _verify_system(folder: Path, as_json: bool) -> int:
    from ops.verify.system import verify_system

    url, prefix = database_of(folder)
    screen = Console(stderr=True)
    try:
        with screen.status("Reading the books …") as status:
            report = verify_system(url, prefix, progress=lambda book: status.update(f"Verifying {book} …"))
    except PyMongoError as error:
        _fail(
            f"The database does not answer: {type(error).__name__}. Start the system with `sama up`, or name the database"
            " with SAMA_MONGO_URL (and SAMA_MONGO_PREFIX)."
        )
    if as_json:
        findings = [{"invariant": f.invariant, "where": f.where, "what": f.what} for f in report.findings]
        counts = {
            "books": report.books,
            "entries": report.entries,
            "aggregates": report.aggregates,
            "cases": report.cases,
        }
        typer.echo(json.dumps({**counts, "violations": len(findings), "findings": findings}, ensure_ascii=False))
        return 0 if report.ok else 1
    table = Table("What", "Number", title="sama verify")
    for name, number in (
        ("books", report.books),
        ("entries", report.entries),
        ("aggregates", report.aggregates),
        ("cases", report.cases),
    ):
        table.add_row(name, str(number))
    table.add_row("violations", str(len(report.findings)))
    Console().print(table)
    for finding in report.findings:
        typer.echo(str(finding))
    return 0 if report.ok else 1


def database_of(folder: Path) -> tuple[str, str]:
    """Return the database's URL and the prefix of its databases: of the environment, or of the stack in the folder."""
    prefix = os.environ.get("SAMA_MONGO_PREFIX") or "sama"
    if url := os.environ.get("SAMA_MONGO_URL"):
        return url, prefix
    try:
        port = int(json.loads((folder / "state.json").read_text())["ports"]["mongo"])
    except (OSError, ValueError, KeyError, TypeError):
        _fail(f"No system is known in {folder}. Start one with `sama up`, or name the database with SAMA_MONGO_URL.")
    return f"mongodb://127.0.0.1:{port}/?retryWrites=false", prefix


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)
