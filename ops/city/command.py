"""What ``sama load-city`` and ``sama city`` do; both return an exit code: 0 well, 1 something differs or is wrong, 2 bad files."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final

import typer
from rich.console import Console
from rich.table import Table

from ops.city.files import BadCity, City, read_city
from ops.city.fold import WaitingRule, fold_city
from ops.city.result import CityOutcome, differences, table
from ops.city.run import FOLDER, run_city
from ops.client import ApiProblem, ServiceAway, TooLate
from ops.local import signals
from ops.local.problems import StackProblem
from ops.play.failures import first_cause
from ops.play.screen import console
from ops.play.verifying import Verified

TOLD: Final = (StackProblem, ApiProblem, ServiceAway, TooLate, OSError)
VIOLATIONS_SHOWN: Final = 20


def load(path: Path, waiting: WaitingRule, json_file: Path | None, keep: bool) -> int:
    """Load a city and print its result: a table, then one line of JSON."""
    if json_file is not None and not json_file.absolute().parent.is_dir():  # said now, not after ten minutes
        typer.echo(
            f"--json {json_file}: the folder {json_file.absolute().parent} does not exist; make it first.", err=True
        )
        return 2
    return _guarded(path, lambda city, screen: _load(city, waiting, json_file, keep, screen))


def check(path: Path, rules: Sequence[WaitingRule], keep: bool) -> int:
    """Load a city under each rule and compare with the fold."""
    return _guarded(path, lambda city, screen: _check(city, rules, keep, screen))


def _guarded(path: Path, work: Callable[[City, Console], Coroutine[Any, Any, int]]) -> int:
    """Read the city and do the work; every failure says what happened and what to do."""
    try:
        city = read_city(path)
    except BadCity as bad:
        typer.echo(str(bad), err=True)
        return 2
    try:
        return signals.run(lambda: work(city, console()))
    except BaseException as error:
        cause = first_cause(error)
        if not isinstance(cause, TOLD):
            raise
        typer.echo(f"{path} was not loaded. {cause}\nLogs: {FOLDER}", err=True)
        return 1


async def _load(city: City, waiting: WaitingRule, json_file: Path | None, keep: bool, screen: Console) -> int:
    outcome, verified = await run_city(city, waiting, screen, keep=keep)
    show(screen, city, outcome, verified)
    line = json.dumps(outcome.as_json(), ensure_ascii=False, separators=(",", ":"))
    if json_file is not None:
        await asyncio.to_thread(json_file.write_text, line + "\n", "utf-8")
    typer.echo(line)
    return 1 if verified.violations else 0


async def _check(city: City, rules: Sequence[WaitingRule], keep: bool, screen: Console) -> int:
    failed = False
    for waiting in rules:
        outcome, verified = await run_city(city, waiting, screen, keep=keep)
        show(screen, city, outcome, verified)
        found = differences(outcome, fold_city(city, waiting))
        for sentence in found:
            typer.echo(f"DIFFERS {sentence}")
        if not found:
            typer.echo(f"{city.name}, {waiting}: the services and the fold of the files agree in every number.")
        failed = failed or bool(found) or bool(verified.violations)
    return 1 if failed else 0


def show(screen: Console, city: City, outcome: CityOutcome, verified: Verified) -> None:
    """Print the districts, the verification and its violations."""
    head, rows = table(outcome, city)
    shown = Table(title=f"{city.name} {city.year}, {outcome.currency}")
    for place, column in enumerate(head):
        shown.add_column(column, justify="right" if place else "left", no_wrap=True)
    for row in rows[:-1]:
        shown.add_row(*row)
    shown.add_section()
    shown.add_row(*rows[-1])
    screen.print(shown)
    typer.echo(
        f"{verified.books} books downloaded and verified, {verified.entries:,} entries, {verified.cases:,} cases: "
        f"{len(verified.violations)} violations. {outcome.seconds:.0f} seconds."
    )
    for violation in list(verified.violations)[:VIOLATIONS_SHOWN]:
        typer.echo(f"VIOLATION {violation}")
