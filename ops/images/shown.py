"""Long commands: their output goes to a log, a person sees that it goes on, and the end of the log if it fails."""

import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from ops.local.problems import StackProblem

LINE_SECONDS: Final = 10.0  # between two lines where there is no terminal
LOOK_SECONDS: Final = 0.2
END_LINES: Final = 15


def run_shown(
    screen: Console,
    words: str,
    command: Sequence[str],
    log: Path,
    *,
    seconds: float,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> None:
    """Run a command and show how long it takes. Raises StackProblem when it fails or takes longer than ``seconds``; it is ended then."""
    log.parent.mkdir(parents=True, exist_ok=True)
    begun, told = time.monotonic(), 0.0
    with log.open("wb") as output, screen.status(words) as status:
        child = subprocess.Popen(  # noqa: S603 - composed by the callers
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=folder
        )
        try:
            while child.poll() is None:
                time.sleep(LOOK_SECONDS)
                passed = time.monotonic() - begun
                status.update(f"{words}: {passed:.0f} s")
                if not screen.is_terminal and passed - told >= LINE_SECONDS:
                    told = passed
                    screen.print(f"  {words}: {passed:.0f} s")
                if passed > seconds:
                    raise StackProblem(f"{words}: not done after {seconds:.0f} s.", f"Its output: {log}")
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
    if child.returncode:
        raise StackProblem(f"{words} failed:\n{_end_of(log)}", f"Its whole output: {log}")
    screen.print(f"  {words}: done, {time.monotonic() - begun:.0f} s")


def _end_of(log: Path) -> str:
    return "\n".join(f"    {line}" for line in log.read_text(errors="replace").splitlines()[-END_LINES:])
