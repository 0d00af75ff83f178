"""``sama contracts write`` and ``check``: the committed JSON Schemas, AsyncAPI documents and docs/events.md, made from the code."""

import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from fastapi import FastAPI

from ops.events_page import PAGE, events_page
from ops.local.places import ROOT
from ops.local.services import SERVICES
from shared.contracts.schema_files import IncompatibleChange, committed, problems, schemas
from shared.messaging.asyncapi import asyncapi, write_contracts
from shared.messaging.subscriptions import Subscriptions

app = typer.Typer(no_args_is_help=True, help="The contracts between the services, as committed files.")


@app.callback()
def _contracts() -> None:
    """The contracts between the services, as committed files."""


@app.command()
def write() -> None:
    """Write shared/contracts/schemas, each service's asyncapi.json and docs/events.md; refused if a schema would break its readers."""
    listening = subscriptions()
    try:
        written = write_contracts(ROOT, listening)
    except IncompatibleChange as broken:
        typer.echo(f"Nothing is written; announce a new version beside the old one:\n{broken}", err=True)
        raise typer.Exit(1) from broken
    page = events_page(ROOT, listening)
    if (ROOT / PAGE).read_text("utf-8") != page:
        (ROOT / PAGE).write_text(page, "utf-8")
        written.append(ROOT / PAGE)
    for path in written:
        typer.echo(path.relative_to(ROOT))
    typer.echo("Nothing has changed." if not written else f"{len(written)} files written.")


@app.command()
def check() -> None:
    """Compare the committed files with the code; exit 1 with a line for each that differs."""
    found = differences(ROOT)
    for line in found:
        typer.echo(line, err=True)
    if found:
        typer.echo("Type `sama contracts write`, look at the difference, and commit it.", err=True)
        raise typer.Exit(1)
    typer.echo("The committed contracts are those of the code.")


def subscriptions() -> Mapping[str, Subscriptions]:
    """Return what each service listens to, as its own wiring says it. Nothing connects: an application starts when it is served."""
    return {service: application(service).state.subscriptions for service in SERVICES}


def application(service: str) -> FastAPI:
    """Return a service's application, wired as it runs but not started."""
    settings = import_module(f"services.{service}.settings").Settings(service=service)
    app: FastAPI = import_module(f"services.{service}.wiring").create_app(settings)
    return app


def asyncapi_path(root: Path, service: str) -> Path:
    """Return where a service's document is committed."""
    return root / "services" / service / "asyncapi.json"


def differences(root: Path) -> Sequence[str]:
    """Return one line for each committed file that is not what the code says, and for each change that breaks readers."""
    old, new = committed(root), schemas()
    lines = [f"shared/contracts/schemas: {problem}" for problem in problems(old, new)]
    lines += [f"shared/contracts/schemas/{name}.json differs" for name in new if old.get(name) != new[name]]
    listening = subscriptions()
    for service, listens in listening.items():
        path = asyncapi_path(root, service)
        if _read(path) != asyncapi(service, listens):
            lines.append(f"{path.relative_to(root)} differs")
    if (root / PAGE).read_text("utf-8") != events_page(root, listening):
        lines.append(f"{PAGE} differs")
    return lines


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8")) if path.exists() else None
