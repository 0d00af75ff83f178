"""``sama metrics``: Prometheus beside a local stack."""

import asyncio
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from ops.doctor.system import service_addresses
from ops.local import signals
from ops.local.places import SAMA
from ops.local.ports import choose
from ops.local.problems import StackProblem
from ops.metrics.local import Prometheus

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def metrics(
    folder: Annotated[Path, typer.Option(help="Folder of the local stack.")] = SAMA,
    port: Annotated[
        int | None, typer.Option(help="Port of Prometheus. Default: a free one.", min=1024, max=65000)
    ] = None,
) -> None:
    """Run Prometheus with SAMA's rules beside the local stack, until Ctrl-C; what it has seen is forgotten then."""
    services = {service: urls for service, urls in service_addresses(folder).items() if urls}
    try:
        if not services:
            raise StackProblem(
                f"No stack is remembered in {folder}.", "Start one with `sama up`, or name its folder with --folder."
            )
        chosen = choose(["prometheus"], {}, {"prometheus": port} if port else {})["prometheus"]
        with tempfile.TemporaryDirectory(prefix="sama-metrics-") as own:
            code = signals.run(lambda: _stay(Prometheus(Path(own), services, chosen)))
    except (StackProblem, OSError) as problem:
        typer.echo(f"Prometheus cannot start. {problem}", err=True)
        raise typer.Exit(1) from problem
    raise typer.Exit(code)


async def _stay(prometheus: Prometheus) -> int:
    try:
        await prometheus.start()
        typer.echo(
            f"Prometheus looks at the services: {prometheus.url} (Debian's has its pages under /classic/alerts). Ctrl-C stops."
        )
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    finally:
        await prometheus.stop()
    return 0
