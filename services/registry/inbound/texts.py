"""Texts of registry's problems: code → (Persian, English)."""

from typing import Final

from services.registry.inbound.assistance_texts import ASSISTANCE_TEXTS
from services.registry.inbound.flag_texts import FLAG_TEXTS
from services.registry.inbound.merging_texts import MERGING_TEXTS
from services.registry.inbound.objection_texts import OBJECTION_TEXTS
from services.registry.inbound.standing_texts import STANDING_TEXTS
from shared.web.texts import Texts

TEXTS: Final[Texts] = {
    **FLAG_TEXTS,
    **ASSISTANCE_TEXTS,
    **STANDING_TEXTS,
    **OBJECTION_TEXTS,
    **MERGING_TEXTS,
    # Refusals.
    "organization_wrong_status": (
        "این کار در وضعیت کنونی تشکل ({status}) انجام‌شدنی نیست. وضعیت لازم: {needed}.",
        "This is not possible while the organisation is {status}; it would have to be {needed}.",
    ),
    "organization_already_registered": (
        "تشکلی با این شناسه پیش‌تر ثبت شده است.",
        "An organisation is registered under this id already.",
    ),
    "fields_not_open": (
        "در این مرحله فقط موارد خواسته‌شده برای اصلاح، تغییرپذیر است.",
        "Only the parts that were named for correction can be changed now.",
    ),
    "profile_incomplete": (
        "مشخصات تشکل کامل نیست. لطفاً موارد زیر را تکمیل کنید.",
        "The profile is not complete. Please complete the parts below.",
    ),
    "checklist_not_passed": (
        "تأیید تشکل ممکن نیست: پاسخ بعضی از پرسش‌های راستی‌آزمایی منفی است یا داده نشده است.",
        "The organisation cannot be approved: some questions of the checklist are answered no, or not answered.",
    ),
    "duplicates_unresolved": (
        "تشکل‌های مشابه هنوز بررسی نشده‌اند: {organizations}.",
        "Likely duplicates are not resolved yet: {organizations}.",
    ),
    "not_a_likely_duplicate": (
        "تشکل {organization} مشابه این تشکل شناخته نشده است.",
        "The organisation {organization} is not a likely duplicate of this one.",
    ),
    "legal_id_taken": (
        "این شناسه ملی برای تشکل دیگری ثبت شده است.",
        "Another organisation has this legal id.",
    ),
    "own_organization": (
        "درباره تشکلی که خود ثبت یا وارد کرده‌اید یا نماینده آن هستید، نمی‌توانید تصمیم بگیرید.",
        "You cannot decide about an organisation that you registered, entered or act for.",
    ),
    # Identifiers (REG-9).
    "national_code_length": ("کد ملی باید ۱۰ رقم باشد.", "A national code has 10 digits."),
    "national_code_equal_digits": (
        "کد ملی با ده رقم یکسان پذیرفته نیست.",
        "Ten equal digits are not a national code.",
    ),
    "national_code_check_digit": (
        "ساختار کد ملی درست نیست: رقم کنترل نمی‌خواند.",
        "The structure of the national code is not right: its check digit does not fit.",
    ),
    "legal_id_length": ("شناسه ملی باید ۱۱ رقم باشد.", "A legal id has 11 digits."),
    "legal_id_zeros": (
        "ساختار شناسه ملی درست نیست: رقم‌های چهارم تا نهم همه صفر است.",
        "The structure of the legal id is not right: its digits 4 to 9 are all zero.",
    ),
    "legal_id_check_digit": (
        "ساختار شناسه ملی درست نیست: رقم کنترل نمی‌خواند.",
        "The structure of the legal id is not right: its check digit does not fit.",
    ),
    "sheba_length": ("شماره شبا باید IR و ۲۴ رقم باشد.", "A Sheba is IR and 24 digits."),
    "sheba_check_digits": (
        "ساختار شماره شبا درست نیست: رقم‌های کنترل نمی‌خواند.",
        "The structure of the Sheba is not right: its check digits do not fit.",
    ),
    "mobile_structure": (
        "شماره تلفن همراه باید با ۰۹ آغاز شود و ۱۱ رقم باشد.",
        "A mobile number has 11 digits and begins with 09.",
    ),
    "postal_code_length": ("کد پستی باید ۱۰ رقم باشد.", "A postal code has 10 digits."),
    # Parts of the profile (REG-1).
    "required_for_submission": ("این مورد برای ارسال لازم است.", "This is needed before it can be submitted."),
    "not_applicable_to_kind": (
        "این مورد برای این نوع تشکل کاربرد ندارد؛ لطفاً آن را خالی بگذارید.",
        "This does not apply to this kind of organisation; please leave it out.",
    ),
    "reason_needed_without_legal_id": (
        "بدون شناسه ملی، نوشتن دلیل لازم است.",
        "Without a legal id a reason is needed.",
    ),
    "reason_beside_legal_id": (
        "با وجود شناسه ملی، دلیلِ نداشتن آن باید خالی باشد.",
        "There is a legal id, so the reason for having none has to be left out.",
    ),
    "licence_not_yet_valid": ("اعتبار مجوز هنوز آغاز نشده است.", "The licence is not valid yet."),
    "licence_expired": ("اعتبار مجوز به پایان رسیده است.", "The licence has expired."),
    "too_few_representatives": (
        "دست‌کم {least} نماینده لازم است.",
        "At least {least} representatives are needed.",
    ),
    "joint_account_needs_two_representatives": (
        "برای حساب مشترک، دست‌کم دو نماینده لازم است.",
        "A joint account needs two representatives at least.",
    ),
    "representative_named_twice": (
        "این شخص دو بار در فهرست نمایندگان آمده است.",
        "This person is named twice among the representatives.",
    ),
    "contact_needs_a_way": (
        "شماره تلفن یا نشانی رایانامه را بنویسید.",
        "Give a telephone number or an e-mail address.",
    ),
    "part_stays": ("«{part}» را می‌توان تغییر داد، اما نمی‌توان حذف کرد.", "{part} can be changed, not taken away."),
    "unknown_kind": ("نوع تشکل شناخته نیست. نوع‌ها: {kinds}.", "No such kind of organisation. There are: {kinds}."),
    "unknown_district": ("چنین منطقه‌ای اکنون وجود ندارد.", "There is no such district now."),
    "named_twice": ("این مورد دو بار آمده است.", "This is named twice."),
    "field_not_open": ("این مورد برای اصلاح باز نیست.", "This part is not open for correction."),
    "not_a_profile_field": ("«{field}» بخشی از مشخصات تشکل نیست.", "{field} is not a part of the profile."),
    # Verification (REG-2).
    "question_applies": (
        "این پرسش برای این تشکل کاربرد دارد؛ پاسخ «بله» یا «خیر» لازم است.",
        "This question applies to this organisation: answer yes or no.",
    ),
    "comment_needed": ("برای این پاسخ، توضیح لازم است.", "This answer needs a comment."),
    "answered_no": ("پاسخ این پرسش «خیر» است.", "This question is answered no."),
    "not_answered": ("به این پرسش پاسخ داده نشده است.", "This question is not answered."),
    "no_answer_given": ("دست‌کم به یک پرسش پاسخ دهید.", "Answer one question at least."),
    "unknown_organization": ("تشکلی با این شناسه پیدا نشد.", "There is no organisation of this id."),
    # Lists and districts.
    "no_word_to_search": ("متن جست‌وجو واژه‌ای ندارد.", "There is no word to search for."),
    "ends_before_it_begins": ("پایان پیش از آغاز است.", "It ends before it begins."),
    # Documents.
    "unknown_file_type": (
        "نوع پرونده پذیرفته نیست. لطفاً PDF، PNG، JPEG، DOCX یا XLSX (بدون ماکرو) بفرستید.",
        "This type of file is not taken. Please send PDF, PNG, JPEG, DOCX or XLSX (without macros).",
    ),
    "unknown_document_kind": (
        "نوع سند شناخته نیست. نوع‌ها: {kinds}.",
        "No such kind of document. There are: {kinds}.",
    ),
    "document_required": ("سند لازم بارگذاری نشده است: {kind}.", "A document is needed: {kind}."),
    "documents_closed": (
        "در وضعیت کنونی تشکل ({status}) نمی‌توانید این کار را با اسناد انجام دهید.",
        "While the organisation is {status} you cannot do this with its documents.",
    ),
    "too_many_documents": (
        "تشکل حداکثر {limit} سند می‌تواند داشته باشد.",
        "An organisation has at most {limit} documents.",
    ),
    "document_not_found": ("این تشکل سندی با این شناسه ندارد.", "The organisation has no document of this id."),
    # Imports.
    "import_wrong_status": (
        "درباره ردیف‌های این پرونده پیش‌تر تصمیم دیگری گرفته شده است ({status}).",
        "Other rows of this import were chosen before ({status}).",
    ),
    "import_has_bad_rows": (
        "{bad} ردیف ایراد دارد، پس همه ردیف‌ها را نمی‌توان وارد کرد. پرونده را اصلاح کنید یا فقط ردیف‌های درست را بخواهید.",
        "{bad} rows have faults, so not all can be imported. Correct the file, or ask for the good rows.",
    ),
    "nothing_to_import": (
        "ردیفی برای وارد کردن نمانده است.",
        "There is no row to import.",
    ),
    "spreadsheet_unreadable": (
        "پرونده خوانا نیست. لطفاً XLSX یا CSV با رمزگذاری UTF-8 بفرستید.",
        "The file cannot be read. Please send XLSX, or CSV in UTF-8.",
    ),
    "row_unreadable": ("ردیف {row} خوانا نیست.", "Row {row} cannot be read."),
    "spreadsheet_old_format": (
        "پرونده از نوع قدیمی اکسل (XLS) یا دارای گذرواژه است. لطفاً آن را با قالب XLSX ذخیره کنید.",
        "The file is of the old Excel format (XLS), or protected by a password. Please save it as XLSX.",
    ),
    "spreadsheet_too_large": (
        "پرونده بزرگ است: حداکثر {rows} ردیف در هر بار. لطفاً آن را در چند پرونده بفرستید.",
        "The file is too large: at most {rows} rows at once. Please send it in several files.",
    ),
    "spreadsheet_empty": (
        "زیر سطر عنوان، ردیفی نیست.",
        "There is no row below the header.",
    ),
    "columns_wrong": (
        "ستون‌های پرونده درست نیست. لطفاً موارد زیر را اصلاح کنید.",
        "The columns of the file are not right. Please correct what is named below.",
    ),
    "column_missing": ("ستون «{column}» در پرونده نیست.", "The file has no column {column}."),
    "column_twice": ("ستون «{column}» دو بار آمده است.", "The column {column} is there twice."),
    "leading_zeros_lost": (
        "این شماره باید {digits} رقم باشد؛ صفرهای آغاز آن افتاده است. قالب این ستون را «متن» بگذارید و شماره را کامل بنویسید.",
        "This number has {digits} digits; the zeros it began with are lost. Format the column as text and write it in full.",
    ),
    "date_unreadable": (
        "تاریخ خوانا نیست؛ نمونه: ۱۴۰۴/۰۱/۱۵.",
        "Not a readable date; write it as 1404/01/15 or 2025-04-04.",
    ),
    "holder_unknown": (
        "صاحب حساب شناخته نیست. مقدارهای پذیرفته: {holders}.",
        "Not a known holder of an account. One of: {holders}.",
    ),
    "district_unknown_word": ("منطقه «{word}» شناخته نیست.", "There is no district {word}."),
    "outside_your_districts": (
        "منطقه {district} در حوزه شما نیست.",
        "The district {district} is not one of yours.",
    ),
    "export_too_large": (
        "فهرست بزرگ است؛ حداکثر {limit} تشکل در یک پرونده. لطفاً فهرست را محدودتر کنید.",
        "The list is too long: at most {limit} organisations in one file. Please filter it.",
    ),
    "legal_id_in_row": (
        "این شناسه ملی در ردیف {row} هم آمده است.",
        "Row {row} has this legal id, too.",
    ),
}
