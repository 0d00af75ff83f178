"""``sama restore``."""

import asyncio
import re
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import httpx
import typer
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from rich.console import Console

from ops.backup import order
from ops.backup.manifest import BadBackup
from ops.backup.place import reachable_database
from ops.backup.restore import CutOff, Refused, check_backup, check_targets, restore
from ops.doctor.system import NoSystem, service_addresses
from ops.local.places import SAMA
from ops.local.problems import StackProblem
from ops.reconcile.repair import hold

app = typer.Typer(pretty_exceptions_enable=False)

ANSWER_SECONDS = 3.0


@app.command("restore")
def restore_command(
    source: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder that `sama backup` made.")],
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="SERVICE", help="Only this service; repeatable.")
    ] = None,
    replace: Annotated[
        list[str] | None,
        typer.Option(
            "--replace", metavar="SERVICE", help="Only this service, LOSING what its database holds; repeatable."
        ),
    ] = None,
    into_prefix: Annotated[
        str | None, typer.Option(help="Put the databases beside the system's own, under this new prefix.")
    ] = None,
    folder: Annotated[Path, typer.Option(help="Folder of the local stack.")] = SAMA,
) -> None:
    """Put databases back from a backup; exit 0 if done, 2 if not. Everything is checked before anything is changed."""
    chosen = {*(only or ()), *(replace or ())} or set(order.SERVICES)
    if strange := sorted(chosen - set(order.SERVICES)):
        _fail(f"There is no service {strange[0]}; there are {', '.join(sorted(order.SERVICES))}.")
    if into_prefix is not None and replace:
        _fail("--into-prefix replaces nothing: leave --replace out.")
    if into_prefix is not None and not re.fullmatch(r"[a-z0-9_]{1,30}", into_prefix):
        _fail("A prefix has 1 to 30 small letters, digits or underscores.")
    try:
        prefix = asyncio.run(_restore(source, folder, chosen, replace or (), into_prefix))
    except BadBackup as bad:
        _fail(f"Nothing was changed. This backup cannot be used: {bad}.")
    except (NoSystem, StackProblem, Refused) as refused:
        _fail(f"Nothing was changed. {refused}")
    except CutOff as cut:
        _fail(f"The restore stopped: {cut}. {_repeat(chosen)}")
    except PyMongoError as error:
        _fail(f"The database did not answer or refused ({type(error).__name__}: {error}). {_repeat(chosen)}")
    typer.echo(f"Restored {', '.join(s for s in order.SERVICES if s in chosen)} to {prefix}_…, indexes included.")
    given = f"SAMA_MONGO_PREFIX={prefix} " if into_prefix else ""
    if into_prefix is None and chosen != set(order.SERVICES):
        typer.echo(
            f"The others went on meanwhile, so {', '.join(sorted(chosen))} stays on hold: start it, then type sama reconcile, and "
            "sama reconcile --repair when you know what differs."
        )
        return
    typer.echo(
        f"Now type {given}sama verify (of a local stack that is down: after {given}sama up), "
        f"start the services and type {given}sama reconcile."
    )


async def _restore(
    source: Path, folder: Path, chosen: Collection[str], replace: Collection[str], into_prefix: str | None
) -> str:
    screen = Console(stderr=True)
    with screen.status("Checking the backup …") as status:
        manifest = await asyncio.to_thread(check_backup, source, lambda file, _: status.update(f"Checking {file} …"))
    async with reachable_database(folder) as (url, own):
        prefix = into_prefix or own
        if prefix == own:
            _refuse_running(folder, chosen)
        check_targets(url, prefix, chosen, replace=replace, empty_prefix=into_prefix is not None)
        with screen.status("Writing …") as status:
            await asyncio.to_thread(
                restore,
                url,
                prefix,
                source,
                manifest,
                chosen,
                progress=lambda file, count: status.update(f"{file}: {count:,} documents"),
            )
            if prefix == own and set(chosen) != set(order.SERVICES):
                _hold(url, prefix, chosen)
    return prefix


def _hold(url: str, prefix: str, services: Collection[str]) -> None:
    """Keep the restored services from starting: the others know what these have forgotten (docs/decisions/0019-after-a-restore.md)."""
    with MongoClient[dict[str, Any]](url, tz_aware=True, tzinfo=UTC) as client:
        for service in services:
            hold(client[f"{prefix}_{service}"], "restored from a backup", datetime.now(UTC))


def _refuse_running(folder: Path, chosen: Collection[str]) -> None:
    """Raise Refused when a service still runs: it would write into the middle, and remember what is no longer there."""
    for service, urls in service_addresses(folder).items():
        for url in urls if service in chosen else ():
            try:
                answer = httpx.get(f"{url}/health/live", timeout=ANSWER_SECONDS, trust_env=False)
                running = answer.json().get("service") == service  # the port may be somebody else's by now
            except (httpx.HTTPError, ValueError, AttributeError):
                continue
            if running:
                raise Refused(
                    f"{service} still runs at {url}. Stop it first (Ctrl-C of sama up, or docker compose stop {service}), all its "
                    "replicas; or use --into-prefix to look at the backup beside it."
                )


def _repeat(chosen: Collection[str]) -> str:
    again = " ".join(f"--replace {service}" for service in sorted(chosen))
    return f"What is half filled is marked; leave the services stopped and repeat with {again}."


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)
