"""``sama verify``: of the whole system by its databases, or of one downloaded book without any system."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer
from pymongo.errors import PyMongoError
from rich.console import Console
from rich.table import Column, Table

from ops.local.places import SAMA
from ops.local.problems import StackProblem
from ops.verify.findings import ON_ITS_WAY_SECONDS

if TYPE_CHECKING:
    from ops.verify.report import Report

MOST_SHOWN: Final = 50  # more do not help a reader; the first ones are where to begin
HEAD: Final = re.compile(r"(?P<seq>[1-9][0-9]{0,18}):(?P<hash>[0-9a-f]{64})")

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def verify(
    book: Annotated[str | None, typer.Option(help="Verify a downloaded book of this id, e.g. district:7/1405.")] = None,
    entries: Annotated[Path | None, typer.Option(help="The downloaded book: JSON lines, oldest first.")] = None,
    head: Annotated[str | None, typer.Option(help="SEQ:HASH noted down earlier; the book must contain it.")] = None,
    folder: Annotated[Path, typer.Option(help="Folder of the local stack.")] = SAMA,
    archive: Annotated[
        bool | None,
        typer.Option(help="Insist on the archive and the dead letters, or leave them out; else: if a broker is known."),
    ] = None,
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds for which something may be on its way between services; 0: at rest.")
    ] = ON_ITS_WAY_SECONDS,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check the invariants; exit 0 if all hold, 1 if one is broken, 2 if it could not be checked. Reads only."""
    if (book is None) != (entries is None):
        _fail("--book and --entries go together: the id of the book and the file that was downloaded.")
    if book is not None and entries is not None:
        raise typer.Exit(_verify_file(book, entries, head, as_json))
    raise typer.Exit(_verify_system(folder, archive, wait, as_json))


def _verify_file(book: str, entries: Path, head: str | None, as_json: bool) -> int:
    from ops.verify.books import verify_book

    noted: tuple[int, str] | None = None
    if head is not None:
        match = HEAD.fullmatch(head.strip())
        if match is None:
            _fail(
                "--head is SEQ:HASH, a number and 64 hexadecimal digits, as GET /books/{id}/head or /book-heads show them."
            )
        noted = (int(match["seq"]), match["hash"])
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
        typer.echo(
            "What comes after this entry was not judged, because it builds on it. Download the book once more: if it is the same,"
            " the book was changed, and what you hold is the evidence."
        )
    else:
        typer.echo(
            f"{report.book}: {report.entries} entries, every hash, link, posting, balance and place on the waiting list is right."
        )
        typer.echo(f"Head: {report.entries}:{report.head}")
        typer.echo(
            f"It contains the head noted down for entry {noted[0]}."
            if noted
            else "Whether the whole book was written anew, only a head shows that was noted down earlier or kept by another service:"
            " `--head SEQ:HASH`."
        )
    return 1 if wrong else 0


def _verify_system(folder: Path, archive: bool | None, wait: float, as_json: bool) -> int:
    from ops.verify.servers import find
    from ops.verify.system import verify_system

    try:
        servers = find(folder)
    except StackProblem as problem:
        _fail(str(problem))
    screen = Console(stderr=True)
    try:
        with screen.status("Reading the databases …") as status:
            report = verify_system(
                servers.mongo_url,
                servers.prefix,
                broker=servers.broker if archive is not False else None,
                progress=lambda doing: status.update(f"{doing.capitalize()} …"),
                on_its_way_seconds=wait,
            )
    except PyMongoError as error:
        _fail(
            f"The database does not answer: {type(error).__name__}. Start the system with `sama up`, or name the database"
            " with SAMA_MONGO_URL (and SAMA_MONGO_PREFIX)."
        )
    if as_json:
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        _show(report)
    if not report.ok:
        return 1
    return 2 if archive and report.skipped else 0


def _show(report: "Report") -> None:
    """Print a line for each check, then each finding in a sentence, the first ones if there are very many."""
    table = Table("Check", Column("Looked at", justify="right"), Column("Violations", justify="right"))
    for check in report.checks:
        table.add_row(
            check.name, *(("–", "not checked") if check.skipped else (str(check.number), str(len(check.findings))))
        )
    Console().print(table)
    for finding in report.findings[:MOST_SHOWN]:
        typer.echo(str(finding))
    if len(report.findings) > MOST_SHOWN:
        typer.echo(f"… and {len(report.findings) - MOST_SHOWN} more; --json shows all.")
    for why in sorted({check.skipped for check in report.skipped}):
        names = ", ".join(check.name for check in report.skipped if check.skipped == why)
        typer.echo(f"Not checked: {names} ({why}).", err=True)
    if report.ok:
        typer.echo(
            f"{report.aggregates} aggregates and {report.entries} entries of {report.books} books: nothing is wrong."
        )


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)
