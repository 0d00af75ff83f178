"""Texts of budget's problems: code → (Persian, English)."""

from typing import Final

from shared.web.texts import Texts

TEXTS: Final[Texts] = {
    # Refusals.
    "book_not_found": (
        "دفتر اعتباراتی با شناسه {book} باز نشده است.",
        "No book {book} has been opened.",
    ),
    "book_exists": (
        "دفتر اعتبارات {book} پیش‌تر باز شده است و شرایط آن تغییر نمی‌کند.",
        "The book {book} has been opened already; its terms do not change.",
    ),
    "not_this_book": (
        "این ثبت در دفتر {book} انجام‌شدنی نیست.",
        "This cannot be entered in the book {book}.",
    ),
    "insufficient_unallotted": (
        "اعتبار تخصیص‌نیافته شهر کافی نیست: {amount} خواسته شده و {unallotted} {currency} مانده است. چیزی تخصیص نیافت.",
        "The city's book has not enough left: {amount} asked, {unallotted} {currency} unallotted. Nothing was allotted.",
    ),
    "currency_differs": (
        "واحد پول دفتر {book} ({currency}) با واحد درخواست ({given}) یکی نیست.",
        "The book {book} counts in {currency}, not in {given}.",
    ),
    "amount_differs": (
        "مبلغ پذیرفته‌شده ({accepted}) با مبلغ تأمین‌شده ({reserved} {currency}) یکی نیست.",
        "The accepted amount ({accepted}) is not the reserved one ({reserved} {currency}).",
    ),
    "amount_too_large": (
        "با این مبلغ، موجودی دفتر از حد مجاز ({limit}) بیشتر می‌شود.",
        "With this amount the book would hold more than {limit}.",
    ),
    "entry_conflict": (
        "ثبت {entry} پیش‌تر با محتوای دیگری انجام شده است. چیزی تغییر نکرد.",
        "The entry {entry} exists with another content. Nothing was changed.",
    ),
    # Fields.
    "rule_is_for_districts": (
        "قاعده صف فقط برای دفتر منطقه معنا دارد.",
        "Only a district's book has a waiting rule.",
    ),
    "max_skips_needs_first_fit": (
        "شمار پیشی‌گرفتن‌ها (max_skips) فقط با قاعده first_fit معنا دارد.",
        "max_skips is for the rule first_fit only.",
    ),
    "one_of_district_or_districts": (
        "یا «district» را بنویسید یا «districts» را، نه هر دو را.",
        "Give either district or districts, not both.",
    ),
    "duplicate_district": (
        "منطقه {district} بیش از یک بار آمده است.",
        "The district {district} is named more than once.",
    ),
}
