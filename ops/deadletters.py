"""``sama dead-letters``: messages that were put aside."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ops.local.places import SAMA
from ops.operating import Operator, Trouble, operator, told

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, help="Messages that no handler could take, and why."
)
Folder = Annotated[Path, typer.Option(help="Folder of the local stack.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Id = Annotated[str, typer.Argument(help="Id of the event, as the list shows it.")]


@app.command("list")
def list_letters(folder: Folder = SAMA, as_json: Json = False) -> None:
    """List them by queue; exit 1 if there are any."""
    with told(), operator(folder) as of:
        found = {service: of.get(service, "/ops/dead-letters") for service in of.services}
    letters = [letter for answer in found.values() for letter in answer["items"]]
    queues = [queue for answer in found.values() for queue in answer["queues"]]
    if as_json:
        typer.echo(json.dumps({"queues": queues, "items": letters}, ensure_ascii=False))
        raise typer.Exit(1 if letters else 0)
    table = Table("Queue", "Letters", "Oldest", "Errors", title="Dead letters")
    for queue in queues:
        errors = ", ".join(f"{error['count']} × {error['error']}" for error in queue["errors"])
        number = f"{queue['count']}{'+' if queue['more'] else ''}"
        table.add_row(queue["queue"], number, queue["oldest"] or "–", errors or "–")
    Console().print(table)
    for letter in letters:
        typer.echo(
            f"{letter['id']}  {letter['queue']}  {letter['type']}  {letter['error_type']}: {letter['error'][:100]}"
        )
    raise typer.Exit(1 if letters else 0)


@app.command()
def show(letter: Id, folder: Folder = SAMA) -> None:
    """Show one whole: headers, error and event."""
    with told(), operator(folder) as of:
        typer.echo(json.dumps(_find(of, letter)[1], ensure_ascii=False, indent=2))


@app.command()
def retry(
    letter: Annotated[str | None, typer.Argument(help="Id of the event.")] = None,
    every: Annotated[str | None, typer.Option("--all", help="All of this queue, e.g. requests.review.")] = None,
    folder: Folder = SAMA,
) -> None:
    """Put one, or all of a queue, back into its queue. What fails again comes back and says how often it was tried."""
    with told(), operator(folder) as of:
        if (letter is None) == (every is None):
            raise Trouble("Name the id of an event, or --all with a queue.")
        if every is not None:
            moved = of.post(of.owner(every), "/ops/dead-letters/retry", {"queue": every})
        else:
            service, _ = _find(of, str(letter))
            moved = of.post(service, f"/ops/dead-letters/{letter}/retry")
    typer.echo(f"{moved['number']} put back into {moved['queue']}.")


@app.command()
def discard(
    letter: Id,
    reason: Annotated[str, typer.Option(help="Why; kept with the whole message.")],
    folder: Folder = SAMA,
) -> None:
    """Give one up. It is kept with who, when and why: sama dead-letters discarded."""
    with told(), operator(folder) as of:
        service, _ = _find(of, letter)
        moved = of.post(service, f"/ops/dead-letters/{letter}/discard", {"reason": reason})
    typer.echo(f"{moved['number']} taken out of {moved['queue']} and kept.")


@app.command()
def discarded(folder: Folder = SAMA, as_json: Json = False) -> None:
    """List what was given up."""
    with told(), operator(folder) as of:
        found = [item for service in of.services for item in of.get(service, "/ops/discarded-letters")["items"]]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    table = Table("When", "Who", "Event", "Queue", "Error", "Reason", title="Discarded")
    for item in found:
        table.add_row(item["at"], item["actor"], item["id"], item["queue"], item["error"][:60], item["reason"])
    Console().print(table)


def _find(of: Operator, letter: str) -> tuple[str, dict[str, Any]]:
    for service in of.services:
        answer = of.get(service, "/ops/dead-letters")
        if any(item["id"] == letter for item in answer["items"]):
            return service, of.get(service, f"/ops/dead-letters/{letter}")
    raise Trouble(f"No queue has a dead letter {letter}. sama dead-letters list shows those there are.")
