"""Texts of assisted entry (REG-10): code → (Persian, English)."""

from typing import Final

from shared.web.texts import Texts

ASSISTANCE_TEXTS: Final[Texts] = {
    "assisted_entry_not_used": (
        "در این سامانه ثبت به‌جای متقاضی فعال نیست.",
        "Entering for an applicant is not in use here.",
    ),
    "entry_not_assisted": (
        "این تشکل را اداره‌ای به‌جای متقاضی ثبت نکرده، یا متقاضی پیش‌تر آن را تأیید کرده است.",
        "No office entered this organisation for an applicant, or the applicant has confirmed it already.",
    ),
    "entry_unconfirmed": (
        "پیش از ثبت نهایی، لازم است متقاضی آنچه را اداره وارد کرده است با کد تأیید کند.",
        "The applicant has to confirm by a code what the office entered before it is submitted.",
    ),
    "no_certification_code": (
        "برای مشخصات کنونی کد تأییدی صادر نشده است. لطفاً از اداره کد تازه‌ای بخواهید.",
        "No code was given for the profile as it is now. Please ask the office for a new one.",
    ),
    "certification_code_spent": (
        "مهلت این کد به پایان رسیده یا دفعات مجاز ورود آن تمام شده است. لطفاً از اداره کد تازه‌ای بخواهید.",
        "This code has expired or was tried too often. Please ask the office for a new one.",
    ),
    "certification_code_wrong": (
        "کد واردشده درست نیست. دفعات باقی‌مانده: {tries_left}.",
        "This is not the code that was given. Tries left: {tries_left}.",
    ),
    "certification_same_person": (
        "کد را باید متقاضی وارد کند، نه کسی که آن را دریافت کرده است.",
        "The code is to be entered by the applicant, not by the officer who was told it.",
    ),
}
