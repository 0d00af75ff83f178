"""Texts of problems about proposed changes (REG-6) and appeals (REG-7): code → (Persian, English)."""

from typing import Final

from shared.web.texts import Texts

OBJECTION_TEXTS: Final[Texts] = {
    "no_such_proposal": (
        "پیشنهاد تغییری با شماره {proposal} برای این تشکل ثبت نشده است.",
        "This organisation has made no proposal {proposal}.",
    ),
    "proposal_not_pending": (
        "پیشنهاد {proposal} دیگر در انتظار بررسی نیست (وضعیت: {status}).",
        "Proposal {proposal} does not wait any more: it is {status}.",
    ),
    "nothing_proposed": ("این پیشنهاد تغییری در مشخصات تشکل نمی‌دهد.", "This would change nothing in the profile."),
    "nothing_to_appeal": (
        "تصمیمی که بتوان به آن اعتراض کرد وجود ندارد (وضعیت تشکل: {status}).",
        "There is no decision to appeal against: the organisation is {status}.",
    ),
    "appeal_overdue": (
        "مهلت درخواست بازنگری در {until} به پایان رسیده است.",
        "The term for an appeal ended at {until}.",
    ),
    "already_appealed": (
        "برای این تصمیم پیش‌تر درخواست بازنگری ثبت شده است.",
        "There is an appeal against this decision already.",
    ),
    "no_such_appeal": (
        "درخواست بازنگری با شماره {appeal} برای این تشکل ثبت نشده است.",
        "This organisation has made no appeal {appeal}.",
    ),
    "appeal_is_answered": (
        "به درخواست بازنگری {appeal} پیش‌تر پاسخ داده شده است.",
        "Appeal {appeal} was answered before.",
    ),
    "own_decision": (
        "کسی که تصمیم گرفته است نمی‌تواند به درخواست بازنگری همان تصمیم پاسخ دهد.",
        "Nobody answers an appeal against their own decision.",
    ),
}
