"""``sama backup``."""

import asyncio
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pymongo.errors import PyMongoError
from rich.console import Console

from ops.backup.manifest import Manifest
from ops.backup.place import reachable_database
from ops.backup.write import CannotBackUp, back_up
from ops.doctor.system import NoSystem
from ops.local.places import SAMA
from ops.local.problems import StackProblem

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to; it must not exist yet.")],
    folder: Annotated[Path, typer.Option(help="Folder of the local stack.")] = SAMA,
) -> None:
    """Write every database of the services to a folder; exit 0 if it is complete, 2 if not. Reads only."""
    try:
        manifest = asyncio.run(_back_up(target, folder))
    except (NoSystem, CannotBackUp, StackProblem) as refused:
        _fail(str(refused))
    except PyMongoError as error:
        _fail(f"The database did not answer ({type(error).__name__}); no backup was left. Try again when it does.")
    except OSError as error:
        _fail(f"{error.filename or target} cannot be written: {error.strerror}; no backup was left.")
    files = [file for part in manifest.services for file in part.collections]
    typer.echo(f"{target}: {sum(file.documents for file in files):,} documents in {len(files)} files, complete.")
    for book, head in sorted(manifest.books.items()):
        typer.echo(f"  {book}  {head.seq}:{head.hash}")
        if head.entries != head.seq:
            typer.echo(f"  {book} has a gap: {head.entries} entries up to {head.seq}. Type sama verify.", err=True)
    typer.echo("It holds personal data and is not encrypted: encrypt it before it leaves this machine.")


async def _back_up(target: Path, folder: Path) -> Manifest:
    screen = Console(stderr=True)
    async with reachable_database(folder) as (url, prefix):
        with screen.status("Reading …") as status:
            return await asyncio.to_thread(
                back_up, url, prefix, target, progress=lambda file, count: status.update(f"{file}: {count:,} documents")
            )


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)
