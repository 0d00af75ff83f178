"""One request in a book: where it stands, and what of its money is paid."""

from dataclasses import dataclass
from typing import Literal

SubjectState = Literal["waiting", "reserved", "committed", "released", "barred", "refused", "carried"]


@dataclass(frozen=True, slots=True)
class Subject:
    """One request in the book."""

    request: str
    organization: str
    amount: int
    state: SubjectState
    paused: bool = False
    standing: int = 0
    """Sequence of the standing that last allowed or forbade it."""
    since: str = ""
    """When it came into this state (UTC, ms, Z)."""
    digest: str = ""
    """Of the command that reserved it: who waits is reserved under the same."""
    pending: int = 0
    """Of the commitment: in payments under way."""
    paid: int = 0
    """Before refunds."""
    refunded: int = 0
    carried: bool = False
    """It came from the year before; its entries of before are in that book."""
    taken: tuple[int, ...] = ()
    """Instalments that were paid in the years before."""
    paid_before: int = 0
    """What was paid in the years before, before refunds; not in ``amount`` here."""

    @property
    def unpaid(self) -> int:
        """What no payment has taken of the amount."""
        return self.amount - self.pending - self.paid
