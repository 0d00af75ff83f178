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
    "insufficient_available": (
        "اعتبار آزاد منطقه کافی نیست: {amount} خواسته شده و {available} {currency} آزاد است. چیزی برداشته نشد.",
        "The district's book has not enough available: {amount} asked, {available} {currency} available. Nothing was taken.",
    ),
    "finding_not_found": (
        "مبلغ غیرقابل‌قبولی با شناسه {finding} ثبت نشده است.",
        "There is no finding {finding}.",
    ),
    "finding_exceeds_payment": (
        "مبلغ ({amount}) از مانده این پرداخت ({left} {currency}) بیشتر است.",
        "The amount ({amount}) is more than what is left of the payment ({left} {currency}).",
    ),
    "nothing_open": (
        "از این مبلغ غیرقابل‌قبول چیزی باز نمانده است.",
        "Nothing of this finding is open.",
    ),
    "more_than_open": (
        "مبلغ ({amount}) از مانده باز ({open} {currency}) بیشتر است.",
        "The amount ({amount}) is more than what is open ({open} {currency}).",
    ),
    "review_not_over": (
        "مهلت ارائه مدارک تشکل تا {until} است؛ پیش از آن مبلغی بخشوده نمی‌شود.",
        "The organisation may bring documents until {until}; nothing is written off before.",
    ),
    "findings_open": (
        "در دفتر {book} هنوز {amount} {currency} مبلغ غیرقابل‌قبول تعیین تکلیف نشده است.",
        "Ineligible amounts of {amount} {currency} are open in {book}.",
    ),
    "already_ranked": (
        "ترتیب فراخوان {programme} در این دفتر پیش‌تر تعیین شده است و تغییر نمی‌کند.",
        "The call {programme} has been ranked in this book; its order does not change.",
    ),
    "ranking_due": (
        "تأییدشده‌های فراخوان {programme} در دفتر {book} هنوز در انتظار تعیین ترتیب هستند.",
        "Approvals of the call {programme} in {book} still wait for its ranking.",
    ),
    "book_closed": (
        "سال مالی دفتر {book} بسته شده است. ادامه آن در دفتر {next_book} است.",
        "The year of the book {book} is closed; it goes on in {next_book}.",
    ),
    "not_ready_to_close": (
        "دفتر {book} هنوز بسته‌شدنی نیست: {pending} {currency} در جریان پرداخت و {held} {currency} برای بازنگری نگه داشته شده است.",
        "The book {book} can't be closed yet: {pending} {currency} are pending and {held} {currency} held for appeals.",
    ),
    "year_not_done": (
        "دفتر {book} هنوز بسته یا خالی نشده است. دفتر شهر پس از دفترهای مناطق بسته می‌شود.",
        "The book {book} is not closed or not emptied yet; the city's book is closed after those of the districts.",
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
    "entry_not_reached": (
        "دفتر {book} هنوز به ثبت {seq} نرسیده است؛ آخرین ثبت آن {last} است.",
        "The book {book} has no entry {seq} yet; its last is {last}.",
    ),
    "not_committed": (
        "برای درخواست {request} تعهدی در این دفتر نیست؛ فقط تعهد پرداخت می‌شود.",
        "This book holds no commitment for the request {request}; only a commitment is paid.",
    ),
    "over_committed": (
        "مبلغ ناخالص ({gross}) از مانده پرداخت‌نشده تعهد ({left} {currency}) بیشتر است.",
        "The gross amount ({gross}) is more than what is left of the commitment ({left} {currency}).",
    ),
    "instalment_taken": (
        "برای قسط {instalment} پرداختی در جریان است یا انجام شده است.",
        "A payment of instalment {instalment} is under way or made.",
    ),
    "deductions_exceed_gross": (
        "جمع کسورات باید از مبلغ ناخالص کمتر باشد.",
        "The deductions have to be less than the gross amount.",
    ),
    "standing_forbids_payment": (
        "وضعیت صلاحیت تشکل {organization} اکنون اجازه پرداخت نمی‌دهد.",
        "The standing of the organisation {organization} allows no payment now.",
    ),
    "payments_stopped": (
        "پرداخت‌های درخواست {request} متوقف است، زیرا گزارش آن به‌موقع نرسیده است. پس از پذیرش گزارش می‌توانید ادامه دهید.",
        "The payments of the request {request} are stopped because its report is late. They go on once the report is accepted.",
    ),
    "standing_not_known_yet": (
        "وضعیت صلاحیت تازه تشکل هنوز به این سامانه نرسیده است. لطفاً اندکی بعد دوباره تلاش کنید.",
        "The organisation's newest standing has not arrived here yet. Please try again in a moment.",
    ),
    "payment_not_found": (
        "پرداختی با شناسه {payment} نیست.",
        "There is no payment {payment}.",
    ),
    "wrong_payment_state": (
        "این کار برای پرداختی که در وضعیت «{state}» است انجام‌شدنی نیست.",
        "This can't be done with a payment that is {state}.",
    ),
    "nothing_to_order": (
        "در دفتر {book} پرداخت تأییدشده‌ای که بتوان به بانک فرستاد نیست.",
        "The book {book} has no approved payment that could go to the bank.",
    ),
    "payment_order_not_found": (
        "دستور پرداختی با شناسه {order} نیست.",
        "There is no payment order {order}.",
    ),
    # Cells of a bank's file.
    "bank_file_unreadable": (
        "پرونده خوانده نشد؛ باید CSV با رمزگذاری UTF-8 باشد.",
        "The file can't be read; it has to be CSV in UTF-8.",
    ),
    "bank_file_size": (
        "پرونده باید دست‌کم یک و حداکثر {limit} ردیف داشته باشد.",
        "The file has to have one row at least and {limit} at most.",
    ),
    "column_missing": ("ستون «{column}» در پرونده نیست.", "The file has no column {column}."),
    "column_named_twice": ("نام یک ستون بیش از یک بار آمده است.", "A column is named more than once."),
    "too_many_cells": ("ردیف {row} خانه‌هایی بیش از سرستون‌ها دارد.", "Row {row} has more cells than the header."),
    "not_an_id": ("ردیف {row}: مقدار ستون «{column}» شناسه نیست.", "Row {row}: the column {column} holds no id."),
    "unknown_result": (
        "ردیف {row}: نتیجه باید paid (پرداخت شد) یا failed (پرداخت نشد) باشد.",
        "Row {row}: the result has to be paid or failed.",
    ),
    "reference_missing": (
        "ردیف {row}: شماره پیگیری بانک نوشته نشده است.",
        "Row {row}: the bank's reference is missing.",
    ),
    "bad_reference": (
        "ردیف {row}: شماره پیگیری حداکثر ۴۰ رقم، حرف لاتین یا خط تیره است.",
        "Row {row}: the reference is at most 40 digits, Latin letters or hyphens.",
    ),
    "unknown_reason": (
        "ردیف {row}: دلیل باید یکی از این‌ها باشد: {reasons}.",
        "Row {row}: the reason has to be one of: {reasons}.",
    ),
    "result_named_twice": (
        "ردیف {row}: این پرداخت پیش‌تر در همین پرونده آمده است.",
        "Row {row}: the payment occurs before in this file.",
    ),
    "unknown_payment_order": (
        "ردیف {row}: چنین دستور پرداختی در این دفتر نیست.",
        "Row {row}: this book has no such payment order.",
    ),
    "payment_not_in_order": (
        "ردیف {row}: این پرداخت در این دستور پرداخت نیست.",
        "Row {row}: the payment is not in this order.",
    ),
    "payment_ordered_again": (
        "ردیف {row}: این پرداخت پس از آن در دستور دیگری فرستاده شده است. لطفاً با بانک هماهنگ کنید.",
        "Row {row}: the payment has been sent again in a newer order. Please settle this with the bank.",
    ),
    "result_not_possible": (
        "ردیف {row}: این نتیجه برای پرداختی که در وضعیت «{state}» است ثبت‌شدنی نیست.",
        "Row {row}: this can't become of a payment that is {state}.",
    ),
    "refund_exceeds_payment": (
        "مبلغ استرداد ({amount}) از مانده پرداخت ({left} {currency}) بیشتر است.",
        "The refund ({amount}) is more than what is left of the payment ({left} {currency}).",
    ),
    "approver_must_be_another": (
        "تأییدکننده باید کسی جز تهیه‌کننده پرداخت و تأییدکننده پیشین آن باشد.",
        "Whoever prepared or approved the payment can't approve it; it takes another person.",
    ),
    "persons_unknown": (
        "در این دفتر نمی‌توان تهیه‌کننده و تأییدکننده پرداخت را از هم بازشناخت؛ پرداختی انجام نمی‌شود.",
        "This book can't tell who prepares from who approves; no payment is made.",
    ),
    # Fields.
    "threshold_is_for_districts": (
        "آستانه تأیید سوم فقط برای دفتر منطقه معنا دارد.",
        "Only a district's book has a threshold for the third approval.",
    ),
    "one_of_seq_or_at": (
        "یا شماره ثبت (seq) را بنویسید یا زمان (at) را، نه هر دو را.",
        "Give either seq or at, not both.",
    ),
    "duplicate_deduction": (
        "کسر «{name}» بیش از یک بار آمده است.",
        "The deduction {name} is named more than once.",
    ),
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
    "not_a_later_year": (
        "سال مالی بعد باید پس از {year} باشد.",
        "The next fiscal year has to come after {year}.",
    ),
    "same_district": (
        "منطقه مبدأ و مقصد یکی است.",
        "The money would go to the district it comes from.",
    ),
    "duplicate_district": (
        "منطقه {district} بیش از یک بار آمده است.",
        "The district {district} is named more than once.",
    ),
}
