"""The console that commands print on."""

import sys
from typing import Final

from rich.console import Console

WIDTH_OF_A_LOG: Final = 150  # where there is no terminal, tables need room, not wrapping


def console() -> Console:
    """Return the console of standard output: as wide as the terminal, or as a log."""
    return Console() if sys.stdout.isatty() else Console(width=WIDTH_OF_A_LOG)
