"""What a verification finds: which invariant does not hold, where, and why."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation. ``invariant``: I1 … I9 of RELIABILITY.md; ``where``: book and entry, or noun and id; ``what``: a sentence."""

    invariant: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.where}: {self.what}"
