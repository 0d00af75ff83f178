"""Texts of problems about standings (REG-4): code → (Persian, English)."""

from typing import Final

from shared.web.texts import Texts

STANDING_TEXTS: Final[Texts] = {
    "suspension_already_answered": (
        "پاسخ تشکل به این تعلیق پیش‌تر ثبت شده است.",
        "The organisation has answered this suspension already.",
    ),
    "suspension_answer_overdue": (
        "مهلت پاسخ به تعلیق در {until} به پایان رسیده است.",
        "The term for an answer to the suspension ended at {until}.",
    ),
}
