"""What a book can be asked about payments (BUD-7). ``person`` is who asks; an entry names a pseudonym instead.

Each command is of a person: ``key`` is derived from the caller and the Idempotency-Key, ``digest`` is of the call.
"""

from dataclasses import dataclass
from typing import Literal

FailureReason = Literal["account_closed", "account_differs", "refused_by_bank", "other"]
GivingUpReason = Literal["prepared_wrongly", "not_due", "standing", "other"]


@dataclass(frozen=True, slots=True)
class Deduction:
    """What is kept back of a payment (tax, insurance, retention). ``name`` is a code, since it is published."""

    name: str
    amount: int


@dataclass(frozen=True, slots=True)
class _OfPayment:
    """What every command about a payment says."""

    book: str
    key: str
    digest: str
    person: str
    """Subject of the token, or of the service."""


@dataclass(frozen=True, slots=True)
class PreparePayment(_OfPayment):
    """Prepare a payment of a commitment. ``may_be_paid``: what the standing numbered ``standing_sequence`` says.

    ``stopped``: a report of the request is late (REQ-10).
    """

    request: str
    instalment: int
    gross: int
    deductions: tuple[Deduction, ...]
    may_be_paid: bool
    standing_sequence: int
    stopped: bool

    @property
    def ids(self) -> tuple[str, ...]:
        """``prepare:<key>``; the key is the payment's id."""
        return (f"prepare:{self.key}",)


@dataclass(frozen=True, slots=True)
class ApprovePayment(_OfPayment):
    """Approve what another prepared. ``may_be_paid`` and ``stopped`` as when it is prepared."""

    payment: str
    may_be_paid: bool
    standing_sequence: int
    stopped: bool

    @property
    def ids(self) -> tuple[str, ...]:
        """``approve:<key>``."""
        return (f"approve:{self.key}",)


@dataclass(frozen=True, slots=True)
class RecordPayment(_OfPayment):
    """Record that the bank paid. ``reference``: the bank's number of the transfer; it is not published."""

    payment: str
    reference: str

    @property
    def ids(self) -> tuple[str, ...]:
        """``pay:<key>``."""
        return (f"pay:{self.key}",)


@dataclass(frozen=True, slots=True)
class RecordFailure(_OfPayment):
    """Record that the bank did not pay, or gave the money back."""

    payment: str
    reason: FailureReason

    @property
    def ids(self) -> tuple[str, ...]:
        """``fail:<key>``."""
        return (f"fail:{self.key}",)


@dataclass(frozen=True, slots=True)
class GiveUpPayment(_OfPayment):
    """Give up a payment that is not made: its money is committed again."""

    payment: str
    reason: GivingUpReason

    @property
    def ids(self) -> tuple[str, ...]:
        """``giveup:<key>``."""
        return (f"giveup:{self.key}",)


@dataclass(frozen=True, slots=True)
class ReceiveRefund(_OfPayment):
    """Record that the organisation gave money of a payment back. ``reference``: the bank's number; it is not published."""

    payment: str
    amount: int
    reference: str
    finding: str | None = None
    """The finding (BUD-8) that it settles, if one."""

    @property
    def ids(self) -> tuple[str, ...]:
        """``refund:<key>``."""
        return (f"refund:{self.key}",)


@dataclass(frozen=True, slots=True)
class OrderPayments(_OfPayment):
    """Hand payments to the bank in one file. ``key`` is the order's id; ``payments`` are all ordered or none."""

    payments: tuple[str, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """``order:<key>``."""
        return (f"order:{self.key}",)


PaymentCommand = PreparePayment | ApprovePayment | RecordPayment | RecordFailure | GiveUpPayment | ReceiveRefund
