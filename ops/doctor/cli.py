"""``sama doctor``: a table or JSON of what is wrong and what to do."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.doctor.system import NoSystem, find_system
from ops.local.places import SAMA
from shared.doctor import Finding, worst

app = typer.Typer(pretty_exceptions_enable=False)

COLOURS: Final = {"alarm": "bold red", "warning": "yellow", "fine": "green"}


@app.command()
def doctor(
    folder: Annotated[Path, typer.Option(help="Folder of the local stack.")] = SAMA,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what is wrong and what to do; exit 0 if all is fine, 1 if not, 2 if nothing could be looked at. Reads only."""
    from ops.doctor.checks import diagnose, nothing_seen
    from ops.doctor.facts import gather

    try:
        system = find_system(folder)
    except NoSystem as unknown:
        typer.echo(str(unknown), err=True)
        raise typer.Exit(2) from unknown
    logging.disable(logging.CRITICAL)  # what cannot be reached is said by the findings
    try:
        facts = asyncio.run(gather(system))
    except (OSError, ValueError) as error:  # e.g. SAMA_CALENDAR names no file
        typer.echo(f"The services' settings in this environment cannot be used: {error}", err=True)
        raise typer.Exit(2) from error
    finally:
        logging.disable(logging.NOTSET)
    findings = diagnose(facts)
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "at": facts.at.isoformat(),
                    "worst": worst(findings),
                    "findings": [{name: getattr(f, name) for name in Finding.__slots__} for f in findings],
                },
                ensure_ascii=False,
            )
        )
    else:
        _print(findings)
    if nothing_seen(facts):
        typer.echo("Nothing answers, so nothing could be looked at. Is it running? Start it with `sama up`.", err=True)
        raise typer.Exit(2)
    raise typer.Exit(0 if worst(findings) == "fine" else 1)


def _print(findings: list[Finding]) -> None:
    table = Table("", "Where", "What", "What to do", title="sama doctor", show_lines=False)
    for finding in findings:  # as text: brackets of an address are no markup
        severity = Text(finding.severity, style=COLOURS[finding.severity])
        table.add_row(severity, Text(finding.where), Text(finding.what), Text(finding.do))
    Console().print(table)
    bad = sum(finding.severity != "fine" for finding in findings)
    typer.echo("All is fine." if not bad else f"{bad} finding(s) to look at; docs/operations.md explains each.")
