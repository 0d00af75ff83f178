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
    "ineligible_pending": (
        "{amount} {currency} هزینه غیرقابل‌قبول هنوز برگردانده، مستند یا بخشوده نشده است.",
        "{amount} {currency} found ineligible were neither given back, documented nor written off.",
    ),
    "hearing_pending": (
        "درباره اخطار لغو حمایت هنوز تصمیم گرفته نشده است.",
        "A notice of cancellation is open.",
    ),
    "agreement_pending": (
        "پیشنهادی برای تغییر یا پایان حمایت در انتظار پاسخ است.",
        "A proposal to change or end the award waits for its answer.",
    ),
    "nothing_to_cancel": (
        "تنها حمایتی را می‌توان لغو کرد که در حال اجرا یا گزارش‌شده باشد و بستن آن آغاز نشده باشد (وضعیت: {status}).",
        "Only an award that is carried out or reported, and is not being closed, can be cancelled (status: {status}).",
    ),
    "notice_open": (
        "پیش‌تر اخطار لغو داده شده و هنوز به نتیجه نرسیده است.",
        "A notice of cancellation is open already.",
    ),
    "no_notice": (
        "اخطار لغوی در جریان نیست.",
        "No notice of cancellation is open.",
    ),
    "hearing_over": (
        "مهلت پاسخ به اخطار لغو به پایان رسیده است.",
        "The time to answer the notice is over since {until}.",
    ),
    "hearing_not_over": (
        "تشکل هنوز پاسخ نداده و مهلت پاسخ آن نگذشته است.",
        "The organisation has not answered and may do so until {until}.",
    ),
    "below_what_is_paid": (
        "این مبلغ نباید از آنچه پرداخت شده یا در جریان پرداخت است ({paid} {currency}) کمتر باشد.",
        "This must not be under what is paid or under way, {paid} {currency}.",
    ),
    "above_what_is_committed": (
        "این مبلغ نباید از تعهد ({committed} {currency}) بیشتر باشد.",
        "This must not be above what is committed, {committed} {currency}.",
    ),
    "below_what_is_reported": (
        "این مبلغ نباید از هزینه‌های پذیرفته‌شده ({reported} {currency}) کمتر باشد.",
        "This must not be under what was accepted as spent, {reported} {currency}.",
    ),
    "instalments_do_not_add_up": (
        "جمع مرحله‌های پرداخت ({sum} {currency}) با مبلغ حمایت ({amount} {currency}) برابر نیست.",
        "The instalments add up to {sum} {currency}, not to the award's {amount} {currency}.",
    ),
    "nothing_changed": (
        "لطفاً دست‌کم یک مورد را برای تغییر نام ببرید.",
        "Please name at least one thing that is to change.",
    ),
    "nothing_to_agree_on": (
        "اکنون نمی‌توان درباره تغییر یا پایان این حمایت توافق کرد (وضعیت: {status}).",
        "This award cannot be amended or ended by agreement now (status: {status}).",
    ),
    "no_agreement_to_answer": (
        "پیشنهاد شماره {number} در انتظار پاسخ نیست.",
        "No proposal number {number} waits for an answer.",
    ),
    "other_side_answers": (
        "به این پیشنهاد طرف دیگر پاسخ می‌دهد.",
        "The other side answers this proposal.",
    ),
    "agreement_outdated": (
        "این پیشنهاد دیگر ممکن نیست؛ لطفاً پیشنهاد تازه‌ای بدهید.",
        "What was proposed is not possible any more; please propose anew.",
    ),
}
