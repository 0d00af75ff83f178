"""``sama audit``: one line for each thing that is wrong, and a loud one for each that could not be looked at."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from ops.audit.advisories import Unreachable, ask, look_up
from ops.audit.index import IndexTrouble, outdated, released
from ops.audit.licences import EXCEPTIONS, check_licence
from ops.audit.lock import check_lock, check_node_lock, pinned
from ops.images.production_lock import direct
from ops.local.places import ROOT

LOCK: Final = ROOT / "requirements.lock"
HIDDEN: Final = frozenset({".venv", ".sama", "node_modules", ".git"})

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def audit(
    advisories: Annotated[
        Path | None, typer.Option(help="OSV's all.zip for PyPI, fetched elsewhere; else the service is asked.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Look only at the lock files.")] = False,
) -> None:
    """Review the dependencies: hashes, addresses, licences, yanked releases, advisories. Exit 1 if something is wrong."""
    lock = LOCK.read_text("utf-8")
    versions = pinned(lock)
    wrong = list(check_lock(lock))
    node = sorted(path for path in ROOT.rglob("package-lock.json") if HIDDEN.isdisjoint(path.relative_to(ROOT).parts))
    for path in node:
        wrong += check_node_lock(path)
    typer.echo(f"Locks: {len(versions)} Python packages, {len(node)} Node lock files.")
    unseen: list[str] = []
    if not offline:
        wrong += _of_index(versions, unseen)
    wrong += _advisories(versions, advisories, offline, unseen)
    for line in wrong:
        typer.echo(f"WRONG: {line}")
    for line in unseen:
        typer.echo(f"NOT LOOKED AT: {line}")
    typer.echo(f"{len(wrong)} wrong, {len(unseen)} not looked at.")
    raise typer.Exit(1 if wrong else 0)


def _of_index(versions: Mapping[str, str], unseen: list[str]) -> Iterator[str]:
    try:
        with Console(stderr=True).status("Asking the index for every pinned release (half a minute) …"):
            found = released(LOCK)
    except IndexTrouble as trouble:
        unseen.append(f"licences and yanked releases: pip could not fetch what the lock pins: {trouble}")
        return
    for name in versions.keys() - found.keys():
        yield f"{name} {versions[name]} is in the lock and pip does not take it here: its licence is not known"
    for name, release in sorted(found.items()):
        if release.yanked is not None:
            yield f"{name} {versions.get(name, '?')} was withdrawn by its makers ({release.yanked}); type make lock"
        yield from check_licence(name, release.metadata)
    typer.echo(
        f"Licences: {len(found)} looked at, exceptions: {', '.join(f'{n} ({why})' for n, why in EXCEPTIONS.items())}."
    )
    newer = outdated()
    behind = sorted(name for name in direct((ROOT / "pyproject.toml").read_text("utf-8")) if name in newer)
    said = ", ".join(f"{name} {newer[name][0]} → {newer[name][1]}" for name in behind)
    typer.echo(f"Newer releases of direct dependencies: {said or 'none'}.")


def _advisories(versions: Mapping[str, str], archive: Path | None, offline: bool, unseen: list[str]) -> Iterator[str]:
    try:
        if archive is None and offline:
            raise Unreachable("--offline was asked for")
        found = look_up(versions, archive) if archive else ask(versions)
    except Unreachable as trouble:
        unseen.append(
            f"ADVISORIES. {trouble}. Nobody has looked whether a vulnerability is known in these versions: run it again with a"
            " network, or fetch osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip elsewhere and give it with --advisories."
        )
        return
    typer.echo(f"Advisories: {len(versions)} packages looked up.")
    for name, ids in sorted(found.items()):
        yield f"{name} {versions[name]}: {', '.join(ids)} (https://osv.dev/{ids[0]}); type make lock, or pin what it advises"
