"""``make capacity``: measure review at 1, 2 and 4 replicas, predict each by the simulation, and say how far off it is.

    python -m bench.capacity [--record | --page]

Exit code 1 if a prediction is off by more than 20 per cent. --record also measures what a request costs and writes costs.json and the
tables of docs/scaling.md; --page rewrites the tables from costs.json and measures nothing.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import typer
from rich.table import Table

from bench.capacity import costs, measuring, page
from bench.servers import private_servers, without_settings
from ops.local import signals
from ops.local.problems import StackProblem
from ops.play.screen import console

TOLERANCE: Final = 0.2
CROWDED: Final = 0.4  # cores: beside more, who gets a core first is no longer what the model says


def main() -> None:
    """Read the command line, run, and exit."""
    arguments = argparse.ArgumentParser(
        prog="python -m bench.capacity", description="The capacity model against measurement."
    )
    arguments.add_argument(
        "--record", action="store_true", help="measure a request, too; write costs.json and docs/scaling.md"
    )
    arguments.add_argument(
        "--page", action="store_true", help="rewrite the tables of docs/scaling.md from costs.json, and stop"
    )
    given = arguments.parse_args()
    if given.page:
        page.write(costs.load())
        return
    try:
        code = signals.run(lambda: _run(given.record))
    except StackProblem as problem:
        typer.echo(f"Nothing could be measured. {problem}", err=True)
        code = 1
    raise SystemExit(code)


async def _run(record: bool) -> int:
    screen = console()
    with tempfile.TemporaryDirectory(prefix="sama-capacity-") as name, without_settings():
        folder = Path(name)
        async with private_servers(folder / "servers") as servers:
            screen.print(f"Servers of their own: RabbitMQ and {servers.kind}.")
            screen.print("One event: a replica of review without injected work …")
            took = await measuring.slept()
            hop, free = await measuring.event(servers, folder / "event")
            screen.print(
                f"{free.per_second:.0f} events/s. Review with 1, 2 and 4 replicas, {1000 * took:.1f} ms of waiting for every event …"
            )
            found = await measuring.checked(servers, folder / "checked", hop, took)
            if record:
                screen.print(
                    "One request: from submission to commitment through all four services; one book's journal …"
                )
                recorded = await measuring.everything(servers, folder, hop, found, took)
                costs.save(recorded)
                page.write(recorded)
                screen.print("Written: bench/capacity/costs.json and the tables of docs/scaling.md.")
    screen.print(as_table(found))
    wrong = [run for run in found if abs(run.off) > TOLERANCE]
    for run in wrong:
        typer.echo(
            f"{run.replicas} replica(s): the prediction is off by {run.off:+.0%}, more than {TOLERANCE:.0%}.", err=True
        )
    if wrong and (most := max(run.others for run in found)) > CROWDED:
        typer.echo(f"Other programs used up to {most:.1f} cores meanwhile. Repeat it on a quiet machine.", err=True)
    return 1 if wrong else 0


def as_table(found: Sequence[costs.Checked]) -> Table:
    """Return predicted, measured and their difference."""
    table = Table()
    for column in ("replicas of review", "predicted, events/s", "measured", "off by", "cores used by others"):
        table.add_column(column, justify="right")
    for run in found:
        table.add_row(
            str(run.replicas), f"{run.predicted:.1f}", f"{run.measured:.1f}", f"{run.off:+.1%}", f"{run.others:.1f}"
        )
    return table


main()
