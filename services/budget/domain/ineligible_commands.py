"""What a book can be asked about amounts of a payment that were spent on what is not eligible (BUD-8).

Each command is of a person, as those about payments are.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _OfFinding:
    book: str
    key: str
    digest: str
    person: str
    """Subject of the token."""


@dataclass(frozen=True, slots=True)
class FindIneligible(_OfFinding):
    """Find an amount of a payment ineligible. ``review_until``: till when the organisation may bring documents (UTC, ms, Z)."""

    payment: str
    amount: int
    reason: str
    review_until: str

    @property
    def ids(self) -> tuple[str, ...]:
        """``ineligible:<key>``; the key is the finding's id."""
        return (f"ineligible:{self.key}",)


@dataclass(frozen=True, slots=True)
class AcceptDocuments(_OfFinding):
    """Accept later documents for a part of the finding, or for all of it."""

    finding: str
    amount: int
    reason: str

    @property
    def ids(self) -> tuple[str, ...]:
        """``documented:<key>``."""
        return (f"documented:{self.key}",)


@dataclass(frozen=True, slots=True)
class WriteOff(_OfFinding):
    """Write off what is still open. ``now``: UTC, ms, Z."""

    finding: str
    reason: str
    now: str

    @property
    def ids(self) -> tuple[str, ...]:
        """``writeoff:<key>``."""
        return (f"writeoff:{self.key}",)
