"""What books can be asked when a year is closed (BUD-9)."""

from dataclasses import dataclass

from services.budget.domain.entries import digest_of


@dataclass(frozen=True, slots=True)
class CloseYear:
    """Close a book for good; what it still owes goes on in ``next_book``."""

    book: str
    key: str
    digest: str
    next_book: str

    @property
    def ids(self) -> tuple[str, ...]:
        """``close:<key>``; that a book closes once is held by its fold."""
        return (f"close:{self.key}",)


@dataclass(frozen=True, slots=True)
class Carried:
    """What one request takes from a closed book to the next. ``amount``: of a commitment what no payment has taken."""

    request: str
    organization: str
    amount: int
    state: str
    """waiting, reserved or committed."""
    paused: bool
    standing: int
    since: str
    """When it came into its state: who waits keeps the place that this gives."""
    approval: str
    """Digest of the command that reserved it."""
    skips: int
    instalments: tuple[int, ...]
    """Of a commitment: those that are paid."""
    paid_before: int
    """Of a commitment: what was paid in all closed years, before refunds."""


@dataclass(frozen=True, slots=True)
class ReceiveCarried:
    """Enter in the next book what a request takes there from the closed one."""

    book: str
    from_book: str
    carried: Carried

    @property
    def ids(self) -> tuple[str, ...]:
        """``carry:<request>:in:<closed book>``."""
        return (f"carry:{self.carried.request}:in:{self.from_book}",)

    @property
    def digest(self) -> str:
        """Of both books, request and amount."""
        return digest_of(["carried", self.book, self.from_book, self.carried.request, str(self.carried.amount)])


@dataclass(frozen=True, slots=True)
class PassCarried:
    """Take over in the city's next book what a request brings from a closed one: there it is appropriated and allotted at once."""

    book: str
    from_book: str
    request: str
    amount: int

    @property
    def ids(self) -> tuple[str, ...]:
        """``carry:<request>:through:<closed book>``."""
        return (f"carry:{self.request}:through:{self.from_book}",)

    @property
    def digest(self) -> str:
        """Of all it says."""
        return digest_of(["carried through", self.book, self.from_book, self.request, str(self.amount)])
