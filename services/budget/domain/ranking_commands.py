"""What a book can be asked about a ranked call (BUD-5)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ranking:
    """By what an approval is ranked. ``points``: mean score in hundredths × topic weight; ``submitted_at``: UTC, ms, Z."""

    programme: str
    points: int
    submitted_at: str


@dataclass(frozen=True, slots=True)
class RankProgramme:
    """Rank those who wait for it: the last case of the call is closed (city office)."""

    book: str
    key: str
    digest: str
    programme: str

    @property
    def ids(self) -> tuple[str, ...]:
        """``rank:<key>``; that a call is ranked once is held by the book's fold."""
        return (f"rank:{self.key}",)
