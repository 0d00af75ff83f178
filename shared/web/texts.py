"""Texts of problems in Persian and English: code → (fa, en). Services add their own; ``{name}`` is filled from the refusal's params."""

from collections.abc import Mapping
from typing import Final, Literal

Language = Literal["fa", "en"]
Texts = Mapping[str, tuple[str, str]]

TEXTS: Final[Texts] = {
    "invalid_fields": (
        "بعضی از مقدارها درست نیست. لطفاً موارد زیر را اصلاح کنید.",
        "Some values are not right. Please correct the fields below.",
    ),
    "not_found": ("موردی با این شناسه پیدا نشد.", "Nothing was found under this id."),
    "forbidden": (
        "شما اجازه انجام این کار را ندارید.",
        "You are not allowed to do this. It needs one of these roles, in the right district: {roles}.",
    ),
    "method_not_allowed": ("این روش برای این نشانی پذیرفته نیست.", "This method is not allowed here."),
    "unauthenticated": (
        "لطفاً وارد شوید. نشان دسترسی (توکن) همراه درخواست نیست یا معتبر نیست.",
        "Please sign in: the request has no valid token ({reason}).",
    ),
    "stale_version": (
        "این پرونده پس از آخرین مشاهده شما تغییر کرده است. لطفاً دوباره آن را باز کنید و تغییر خود را از نو ثبت کنید.",
        "This changed since you last read it. Please read it again and repeat your change.",
    ),
    "version_required": (
        "برای این تغییر، سرایند If-Match با آخرین ETag لازم است.",
        "This change needs the header If-Match with the ETag that you last read.",
    ),
    "too_busy": (
        "همین حالا چند نفر روی این مورد کار می‌کنند. چیزی تغییر نکرد؛ لطفاً دوباره تلاش کنید.",
        "Several people are changing this right now. Nothing was changed; please try again.",
    ),
    "too_many_changes": (
        "این پرونده بیش از اندازه تغییر کرده است و تغییر دیگری نمی‌پذیرد. لطفاً با پشتیبانی تماس بگیرید.",
        "This was changed too often to be changed again. Please contact the office.",
    ),
    "duplicate_value": (
        "این مقدار پیش‌تر برای مورد دیگری ثبت شده است: {field}.",
        "Another record holds this value already: {field}.",
    ),
    "idempotency_key_required": (
        "سرایند Idempotency-Key لازم است تا تکرار درخواست، کار را دو بار انجام ندهد.",
        "The header Idempotency-Key (1 to 200 characters) is needed, so that a repeat does not do the work twice.",
    ),
    "idempotency_key_reused": (
        "این Idempotency-Key پیش‌تر با محتوای دیگری به کار رفته است.",
        "This Idempotency-Key was used with another request before. Use a new key for a new request.",
    ),
    "storage_unavailable": (
        "پایگاه داده موقتاً پاسخ نمی‌دهد و معلوم نیست کار انجام شده باشد. لطفاً همین درخواست را با همان Idempotency-Key تکرار کنید.",
        "The database is away for a moment, so it is not known to be done. Repeat the request with the same Idempotency-Key.",
    ),
    "request_timed_out": (
        "پاسخ در زمان مقرر آماده نشد و معلوم نیست کار انجام شده باشد. لطفاً همین درخواست را با همان Idempotency-Key تکرار کنید.",
        "There was no answer in time, so it is not known to be done. Repeat the request with the same Idempotency-Key.",
    ),
    "broker_unavailable": (
        "سامانه موقتاً در دسترس نیست. چیزی ثبت نشد؛ لطفاً چند لحظه دیگر دوباره تلاش کنید.",
        "The message broker is away for a moment. Nothing was changed; please try again shortly.",
    ),
    "keys_unavailable": (
        "در حال حاضر بررسی هویت شما ممکن نیست. چیزی ثبت نشد؛ لطفاً چند لحظه دیگر دوباره تلاش کنید.",
        "Tokens cannot be checked for a moment: the issuer's keys are away. Nothing was changed; please try again shortly.",
    ),
    "internal_error": (
        "خطایی پیش‌بینی‌نشده رخ داد. لطفاً با ذکر شماره پیگیری {correlation} به پشتیبانی خبر دهید.",
        "Something unexpected went wrong. Please report the tracking number {correlation}.",
    ),
    "body_too_large": ("حجم درخواست بیش از {limit} بایت است.", "The request is larger than {limit} bytes."),
    "bad_request": ("درخواست خوانا نیست.", "The request could not be read."),
    "bad_cursor": ("نشانگر صفحه درست نیست.", "The cursor is not one that this service gave."),
    # Fields: pydantic's error types.
    "missing": ("این مورد لازم است.", "This is required."),
    "extra_forbidden": ("این مورد شناخته نیست.", "This field is not known."),
    "string_type": ("باید متن باشد.", "Must be text."),
    "string_too_short": ("متن کوتاه است؛ دست‌کم {min_length} نویسه.", "Too short: at least {min_length} characters."),
    "string_too_long": ("متن بلند است؛ حداکثر {max_length} نویسه.", "Too long: at most {max_length} characters."),
    "string_pattern_mismatch": ("قالب این مقدار درست نیست.", "The format is not right."),
    "int_type": ("باید عدد صحیح باشد.", "Must be a whole number."),
    "int_parsing": ("باید عدد صحیح باشد.", "Must be a whole number."),
    "bool_type": ("باید درست یا نادرست باشد.", "Must be true or false."),
    "list_type": ("باید فهرست باشد.", "Must be a list."),
    "dict_type": ("باید مجموعه‌ای از نام و مقدار باشد.", "Must be an object."),
    "model_attributes_type": ("باید مجموعه‌ای از نام و مقدار باشد.", "Must be an object."),
    "greater_than_equal": ("نباید کمتر از {ge} باشد.", "Must be at least {ge}."),
    "greater_than": ("باید بیشتر از {gt} باشد.", "Must be more than {gt}."),
    "less_than_equal": ("نباید بیشتر از {le} باشد.", "Must be at most {le}."),
    "less_than": ("باید کمتر از {lt} باشد.", "Must be less than {lt}."),
    "too_short": ("دست‌کم {min_length} مورد لازم است.", "At least {min_length} items are needed."),
    "too_long": ("حداکثر {max_length} مورد پذیرفته است.", "At most {max_length} items are allowed."),
    "literal_error": ("مقدارهای پذیرفته: {expected}.", "Must be one of: {expected}."),
    "datetime_parsing": ("زمان خوانا نیست.", "Not a readable time; use ISO 8601, e.g. 2026-11-22T08:30:00Z."),
    "datetime_from_date_parsing": ("زمان خوانا نیست.", "Not a readable time; use ISO 8601, e.g. 2026-11-22T08:30:00Z."),
    "timezone_aware": ("زمان باید منطقه زمانی داشته باشد.", "The time needs its zone, e.g. …Z."),
    "date_from_datetime_parsing": ("تاریخ خوانا نیست.", "Not a readable date; use YYYY-MM-DD."),
    "json_invalid": ("محتوای درخواست JSON درستی نیست.", "The body is not valid JSON."),
    "value_error": ("این مقدار درست نیست.", "Not valid: {error}."),
}

INVALID_VALUE: Final = ("این مقدار درست نیست.", "This value is not valid.")


def choose_language(accept_language: str | None) -> Language:
    """Return fa unless English is preferred: the first of both named by Accept-Language (quality values are honoured)."""
    best: tuple[float, Language] = (0.0, "fa")
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.strip().partition(";")
        quality = 1.0
        if parameters.strip().startswith("q="):
            try:
                quality = float(parameters.strip()[2:])
            except ValueError:
                continue
        language: Language | None = {"fa": "fa", "en": "en"}.get(tag.strip().lower()[:2])  # type: ignore[assignment]
        if language is not None and quality > best[0]:
            best = (quality, language)
    return best[1]


class Catalogue:
    """All texts of one service."""

    def __init__(self, texts: Texts) -> None:
        self._texts = {**TEXTS, **texts}

    def text(self, code: str, language: Language, params: Mapping[str, object]) -> str:
        """Return the text of a code, filled. An unknown code gives a neutral sentence, never an error."""
        template = self._texts.get(code, INVALID_VALUE)[0 if language == "fa" else 1]
        try:
            return template.format(**params)
        except (KeyError, IndexError):
            return template

    def knows(self, code: str) -> bool:
        """Tell whether the code has a text; tests ask it for every refusal."""
        return code in self._texts
