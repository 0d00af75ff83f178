"""``sama reconcile``."""

import getpass
import json
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from rich.console import Console
from rich.table import Table

from ops.local.places import SAMA
from ops.local.problems import StackProblem
from ops.local.services import SERVICES
from ops.operating import Operator, Trouble, fail, operator, told
from ops.reconcile.archived import Archived, read
from ops.reconcile.differences import Client, Difference, Found, compare
from ops.reconcile.repair import hold as set_hold
from ops.reconcile.repair import repair as do_repair
from ops.verify.broker import read_public
from ops.verify.public import Shown
from ops.verify.servers import find
from shared.messaging.broker import BrokerAway, MessagingSettings
from shared.messaging.topology import PUBLIC
from shared.tls import tls_options

ON_ITS_WAY: Final = frozenset({"copy_behind", "effect_missing", "missing_in_public"})
ON_ITS_WAY_SECONDS: Final = 10.0  # an event reaches its consumers in far less

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def reconcile(
    repair: Annotated[
        bool, typer.Option("--repair", help="Number over what others have seen, and lift holds where that is safe.")
    ] = False,
    hold: Annotated[
        str | None, typer.Option(help="Only put this service on hold: before its database is restored.")
    ] = None,
    folder: Annotated[Path, typer.Option(help="Folder of the local stack.")] = SAMA,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List what differs between the services and the archive; exit 0: nothing to do, 1: something is listed, 2: could not compare."""
    try:
        servers = find(folder)
    except StackProblem as problem:
        fail(str(problem))
    prefix = servers.prefix
    client: Client = MongoClient(
        servers.mongo_url, tz_aware=True, tzinfo=UTC, serverSelectionTimeoutMS=5_000, **tls_options(servers.mongo_url)
    )
    try:
        if hold is not None:
            if hold not in SERVICES:
                fail(f"There is no service {hold!r}.")
            set_hold(client[f"{prefix}_{hold}"], "put on hold by an operator", datetime.now(UTC))
            typer.echo(f"{hold} does not start until sama reconcile --repair lifts the hold. Stop it now if it runs.")
            return
        with told(), operator(folder) as of:
            found = settled(of, client, prefix, servers.broker)
        done = do_repair(client, prefix, found, getpass.getuser(), datetime.now(UTC)) if repair else None
    except PyMongoError as error:
        fail(f"The database does not answer: {type(error).__name__}. Start it, or name it with SAMA_MONGO_URL.")
    finally:
        client.close()
    if as_json:
        typer.echo(
            json.dumps(
                {"ok": found.ok, "repaired": done, "differences": [asdict(d) for d in found.differences]},
                ensure_ascii=False,
            )
        )
    else:
        _print(found.differences)
        if done is not None:
            typer.echo(
                f"{done['closed']} aggregates numbered over, {done['left']} changed meanwhile, {done['lifted']} holds lifted."
            )
    raise typer.Exit(0 if found.ok else 1)


def settled(of: Operator, client: Client, prefix: str, broker: MessagingSettings | None) -> Found:
    """Compare until nothing that may be on its way is listed, or it has been so for ON_ITS_WAY_SECONDS."""
    archive = archive_of(of)
    deadline = time.monotonic() + ON_ITS_WAY_SECONDS
    while True:
        found = compare(client, prefix, archive, archive_of(of), shown_by(broker))
        on_its_way = any(d.kind in ON_ITS_WAY for d in found.differences)
        if not on_its_way or time.monotonic() > deadline:
            return found
        time.sleep(1)


def archive_of(of: Operator) -> Archived:
    """Read the archive through the first service that answers."""
    troubles = []
    for service in of.services:
        try:
            return read(found["event"] for found in of.archive(service))
        except Trouble as trouble:
            troubles.append(str(trouble))
    raise Trouble("No service could read the archive:\n" + "\n".join(troubles))


def shown_by(broker: MessagingSettings | None) -> Collection[str] | None:
    """Return the ids that outsiders have, or None when no broker is known. Raises Trouble."""
    if broker is None:
        return None
    shown = Shown()
    try:
        read_public(broker, shown)
    except BrokerAway as error:
        raise Trouble(f"{PUBLIC} could not be read: {error}. Is the broker up? Try again.") from error
    return shown.events


def _print(differences: Sequence[Difference]) -> None:
    table = Table("Service", "Where", "What", "To do", title="sama reconcile")
    for each in differences:
        table.add_row(each.service, each.where, f"{each.kind}: {each.what}", each.repair)
    Console().print(table if differences else "Every service and the archive agree.")
    for each in differences:
        for event in each.events:
            row: tuple[Any, ...] = (each.where, event.number, event.type, event.time, event.actor, event.id)
            typer.echo("  ".join(str(value) for value in row))
