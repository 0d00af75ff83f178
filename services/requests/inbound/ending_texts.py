"""Texts of the problems at the end of a request: code → (Persian, English)."""

from typing import Final

from shared.web.texts import Texts

ENDING_TEXTS: Final[Texts] = {
    "nothing_to_close": (
        "تنها درخواستی را می‌توان بست که در حال اجرا یا گزارش‌شده باشد (وضعیت: {status}).",
        "Only a request that is carried out or reported can be closed (status: {status}).",
    ),
    "still_pending": (
        "این درخواست هنوز کار ناتمام دارد. لطفاً نخست موارد زیر را به پایان برسانید.",
        "Something is still pending. Please settle what is named below first.",
    ),
    "report_pending": (
        "گزارش پایانی هنوز ثبت یا پذیرفته نشده است.",
        "The final report has not been filed or accepted yet.",
    ),
    "appeal_pending": (
        "درخواست بازنگری هنوز به نتیجه نرسیده است.",
        "An appeal has not been answered yet.",
    ),
    "payment_pending": (
        "پرداخت {amount} {currency} در جریان است.",
        "A payment of {amount} {currency} is under way.",
    ),
    "payment_due": (
        "{amount} {currency} از هزینه‌های پذیرفته‌شده هنوز پرداخت نشده است.",
        "{amount} {currency} of what was accepted as spent has not been paid yet.",
    ),
    "refund_due": (
        "{amount} {currency} از مبلغ پرداخت‌شده هزینه نشده و هنوز برگردانده نشده است.",
        "{amount} {currency} of what was paid was not spent and has not been given back yet.",
    ),
}
