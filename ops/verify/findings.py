"""What a verification finds: which invariant does not hold, where, and why."""

from dataclasses import dataclass
from typing import Final

ON_ITS_WAY_SECONDS: Final = 15.0  # an event reaches everybody in far less; a broker that restarts takes about ten


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation.

    invariant: I1 … I9 of RELIABILITY.md, or ``dead letter``; where: book and entry, or noun and id; what: a sentence.
    """

    invariant: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.where}: {self.what}"
