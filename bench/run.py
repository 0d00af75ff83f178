"""``make bench``: every comparison in one run on private servers, a table with ratios and targets, and one JSON line at the end.

    python -m bench [--only ledger hop webhooks scale life rest] [--record]

The figures are for people: nothing fails because a machine is slow. --record counts anew what a request's way costs (bench/score.py).
"""

import argparse
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

import typer

from bench import hooks, hop, ledger, life, report, rest, scale
from bench.report import Line, as_json, as_table
from bench.servers import Servers, private_servers, without_settings
from ops.local import signals
from ops.local.problems import StackProblem
from ops.play.screen import console

Bench = Callable[[Servers, Path], Awaitable[list[Line]]]


async def _ledger(servers: Servers, _folder: Path) -> list[Line]:
    return report.ledger(await ledger.measure(servers.mongo_url))


async def _hop(servers: Servers, _folder: Path) -> list[Line]:
    rounds = []
    for number in range(HOP_ROUNDS):  # real and bare in turns, so that a busy moment of the machine meets both
        async with servers.corner(f"sama_hop_{number}") as places:
            rounds.append(await hop.measure(places, hop.EVENTS // HOP_ROUNDS))
    return report.hop(rounds)


async def _hooks(servers: Servers, _folder: Path) -> list[Line]:
    rounds = []
    for number in range(HOOK_ROUNDS):
        async with servers.corner(f"sama_shared_{number}") as places:
            shared = await hooks.measure(places)
        async with servers.corner(f"sama_own_{number}") as places:
            rounds.append((shared, await hooks.measure(places, kept=1)))
    return report.hooks(rounds)


async def _life(servers: Servers, folder: Path) -> list[Line]:
    return report.life(await life.measure(servers, folder))


async def _scale(servers: Servers, folder: Path) -> list[Line]:
    return report.scale(await scale.measure(servers, folder))


BENCHES: Final[Mapping[str, tuple[str, Bench]]] = {
    "ledger": ("Ledger: commitments through the journal …", _ledger),
    "hop": ("Hop: review takes, decides, saves and announces …", _hop),
    "webhooks": ("Webhooks: a hundred that follow the public events …", _hooks),
    "scale": ("Scale: review with 1 and with 4 replicas, 25 ms of waiting for every event …", _scale),
    "life": ("Life: requests from submit to commitment, through HTTP and six ballots …", _life),
}
REST: Final = "rest"
HOP_ROUNDS: Final = 3
HOOK_ROUNDS: Final = 2


def main() -> None:
    """Read the command line, run, and exit with 0 unless something could not be measured."""
    arguments = argparse.ArgumentParser(prog="python -m bench", description="Measured comparisons.")
    arguments.add_argument("--only", nargs="+", choices=[*BENCHES, REST], default=[*BENCHES, REST])
    arguments.add_argument("--record", action="store_true", help="count anew what a request's way costs, and stop")
    given = arguments.parse_args()
    try:
        code = signals.run(lambda: _run(set(given.only), given.record))
    except StackProblem as problem:
        typer.echo(f"The bench cannot run. {problem}", err=True)
        code = 1
    raise SystemExit(code)


async def _run(only: set[str], record: bool) -> int:
    began = time.perf_counter()
    screen = console()
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="sama-bench-") as name, without_settings():
        folder = Path(name)
        if REST in only and not record:
            screen.print("Rest: the whole local stack, started as `sama up` does …")
            lines += report.rest(await rest.measure(folder / "rest"))
        if record or only - {REST}:
            async with private_servers(folder / "servers") as servers:
                screen.print(f"Servers of their own for the rest: RabbitMQ and {servers.kind}.")
                if record:
                    made = await life.record(servers, _made(folder / "record"))
                    screen.print(
                        f"Recorded {made.requests} requests, {len(made.operations)} kinds of calls and events."
                    )
                    return 0
                for bench, (title, measure) in BENCHES.items():
                    if bench in only:
                        screen.print(title)
                        lines += await measure(servers, _made(folder / bench))
    screen.print(as_table(lines))
    print(json.dumps(as_json(lines, time.perf_counter() - began), ensure_ascii=False))
    return 0


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
