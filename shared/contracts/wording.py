"""What the public reads of a status (REQ-15): its own wording, in one place, for every service and page that shows one.

Statuses are codes for programs; these are the words for people. A status that a service has and this table lacks fails a test.
"""

from collections.abc import Mapping
from typing import Final

from shared.contracts.base import Names

REQUEST_WORDING: Final[Mapping[str, Names]] = {
    "draft": Names(fa="پیش‌نویس", en="Draft"),
    "submitted": Names(fa="ثبت شد؛ در نوبت بررسی", en="Received, to be reviewed"),
    "in_review": Names(fa="در حال بررسی در کارگروه", en="Being reviewed by the working group"),
    "changes_requested": Names(fa="در انتظار اصلاح از سوی تشکل", en="Sent back to the organisation for correction"),
    "approved": Names(fa="تأیید شد؛ در انتظار تأمین اعتبار", en="Approved, money is to be reserved"),
    "approved_without_money": Names(
        fa="تأیید شد؛ در انتظار پذیرش تشکل", en="Approved, to be accepted by the organisation"
    ),
    "rejected": Names(fa="پذیرفته نشد", en="Not approved"),
    "waiting": Names(fa="تأیید شد؛ در فهرست انتظار اعتبار", en="Approved, on the waiting list for money"),
    "reserved": Names(
        fa="اعتبار تأمین شد؛ در انتظار پذیرش تشکل", en="Money reserved, to be accepted by the organisation"
    ),
    "accepted": Names(fa="تشکل حمایت را پذیرفت", en="Accepted by the organisation"),
    "in_progress": Names(fa="در حال اجرا", en="Being carried out"),
    "reported": Names(fa="اجرا و گزارش شد؛ در انتظار پایان پرونده", en="Carried out and reported, to be closed"),
    "closed": Names(fa="به پایان رسید", en="Completed"),
    "declined": Names(fa="تشکل حمایت را نپذیرفت", en="Declined by the organisation"),
    "withdrawn": Names(fa="تشکل انصراف داد", en="Withdrawn by the organisation"),
    "lapsed": Names(fa="مهلت آن به پایان رسید", en="Lapsed"),
    "cancelled": Names(fa="شهرداری آن را لغو کرد", en="Cancelled by the city"),
    "ended": Names(fa="با توافق دو طرف پایان یافت", en="Ended by agreement"),
    "ended_by_agreement": Names(fa="با توافق دو طرف پایان یافت", en="Ended by agreement"),
}


def request_wording(status: str, support: str) -> Names:
    """Return the words for a request's status: a service or an entrusted task waits for no money (REQ-4)."""
    return REQUEST_WORDING["approved_without_money" if status == "approved" and support != "money" else status]


PROGRAMME_WORDING: Final[Mapping[str, Names]] = {
    "draft": Names(fa="در دست تهیه", en="Being prepared"),
    "open": Names(fa="گشوده", en="Open"),
    "closed": Names(fa="بسته", en="Closed"),
}
