"""Texts of problems about flags (REG-3): code → (Persian, English)."""

from typing import Final

from shared.web.texts import Texts

FLAG_TEXTS: Final[Texts] = {
    "no_such_flag": ("هشداری با شماره {flag} برای این تشکل ثبت نشده است.", "This organisation has no flag {flag}."),
    "flag_is_resolved": (
        "هشدار {flag} پیش‌تر برطرف شده است. در صورت نیاز، هشدار تازه‌ای ثبت کنید.",
        "Flag {flag} was resolved before. Raise a new one if it is needed.",
    ),
    "flag_level_not_higher": (
        "سطح هشدار فقط بالاتر می‌رود؛ سطح کنونی {level} است.",
        "The level of a flag only rises; it is {level} now.",
    ),
    "blocked_by_flag": (
        "تا برطرف شدن هشدارهای باز این تشکل ({flags}) این کار انجام‌شدنی نیست.",
        "This is not possible while these flags of the organisation stand: {flags}.",
    ),
}
