"""What the minutes say of attendance and results, in Persian, for the page and for the PDF alike (REV-12)."""

from collections.abc import Sequence
from typing import Final

from services.review.domain.meeting import Attendee, CaseOutcome
from shared.contracts.review import SeatKind
from shared.persian.money import format_money
from shared.persian.text import format_number, persian_digits

SEAT_KINDS: Final[dict[SeatKind, str]] = {
    "deputy": "معاون فرهنگی و اجتماعی منطقه",
    "expert": "کارشناس اجتماعی",
    "neighbourhood_member": "عضو شورای محله",
}
OUTCOMES: Final = {"approved": "تصویب شد", "rejected": "تصویب نشد"}
DRAFT: Final = "پیش‌نویس؛ هنوز به تصویب رئیس کارگروه نرسیده است."
SIGNATURE: Final = "امضای رئیس کارگروه"


def role(attendee: Attendee) -> str:
    """Return as what somebody was present, without the name."""
    kind = SEAT_KINDS[attendee.kind] + ("، رئیس کارگروه" if attendee.chair else "")
    return f"{kind} (جایگاه {persian_digits(str(attendee.seat))})"


def result(outcome: CaseOutcome | None) -> Sequence[str]:
    """Return the lines on a case of the agenda: tallies of decided cases only, and no voter."""
    if outcome is None:
        return ("تصمیم هنوز صادر نشده است",)
    tally = outcome.tally
    counted = "، ".join(
        f"{name} {format_number(count, 'fa')}"
        for name, count in (("موافق", tally.approve), ("مخالف", tally.reject), ("ممتنع", tally.abstain))
    )
    if tally.unconfirmed:
        counted += f"؛ برگ کاغذی تأییدنشده که شمرده نشد: {format_number(tally.unconfirmed, 'fa')}"
    # A service or an entrusted task is approved without an amount.
    amount = f"، {format_money(outcome.amount, outcome.currency, 'fa')}" if outcome.amount else ""
    return (OUTCOMES[outcome.outcome] + amount, counted)
