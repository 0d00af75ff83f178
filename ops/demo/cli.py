"""``sama demo``."""

from typing import Annotated

import typer

app = typer.Typer(pretty_exceptions_enable=False)


@app.command("demo")
def demo(
    once: Annotated[
        bool, typer.Option("--once", envvar="ONCE", help="Stop at the end; the last line is one JSON object.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep data and logs in .sama/demo at the end.")] = False,
) -> None:
    """Play the story of a city, from an organisation's registration to money committed, and stay up until Ctrl-C."""
    from ops.demo.command import demo as play

    raise typer.Exit(play(once, keep))
