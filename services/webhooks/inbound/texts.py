"""Texts of the problems of webhooks: code → (Persian, English)."""

from shared.web.texts import Texts

TEXTS: Texts = {
    "webhook_ended": (
        "این اشتراک پایان یافته است و دیگر تغییر نمی‌کند. در صورت نیاز اشتراک تازه‌ای بسازید.",
        "This webhook was ended and does not change any more. Please make a new one if you need it.",
    ),
    "too_many_webhooks": (
        "حداکثر {limit} اشتراک پذیرفته است. لطفاً نخست به یکی از اشتراک‌های پیشین پایان دهید.",
        "At most {limit} webhooks are allowed. Please end one that you no longer need.",
    ),
    "url_not_readable": (
        "این نشانی خوانا نیست. نشانی کامل را، بدون نام کاربری و بدون بخش پس از #، بنویسید.",
        "This address cannot be read. Give it whole, without user name and without a part after #.",
    ),
    "url_not_https": (
        "نشانی باید با https آغاز شود.",
        "The address has to begin with https.",
    ),
    "url_not_public": (
        "این نشانی در اینترنت همگانی نیست.",
        "This is no address of the public Internet.",
    ),
    "event_type_unknown": (
        "رویداد همگانی با این نام وجود ندارد: {type}.",
        "There is no public event of this type: {type}.",
    ),
}
