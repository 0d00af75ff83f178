"""What books can be asked about money that goes back to the city, or through it to another district (BUD-3).

Out and in, as an allotment is: the district's book decides with the first entry, and the second one can only succeed.
"""

from dataclasses import dataclass

from services.budget.domain.entries import digest_of


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take available money out of a district's book; ``to`` None: to the city, else to another district, through the city's book."""

    book: str
    key: str
    digest: str
    amount: int
    reason: str
    to: str | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """``withdraw:<key>:out``."""
        return (f"withdraw:{self.key}:out",)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What left a district's book: ``key`` names its entries, ``to`` the district it goes to (None: the city keeps it)."""

    key: str
    amount: int
    to: str | None = None


@dataclass(frozen=True, slots=True)
class ReceiveWithdrawal:
    """Enter in the city's book what has left a district's."""

    book: str
    district: str
    withdrawal: Withdrawal

    @property
    def ids(self) -> tuple[str, ...]:
        """``withdraw:<key>:in``."""
        return (f"withdraw:{self.withdrawal.key}:in",)

    @property
    def digest(self) -> str:
        """Of all it says."""
        what = self.withdrawal
        return digest_of(["withdrawn", self.book, self.district, what.key, str(what.amount), what.to])
