"""Texts of the problems of portal: code → (Persian, English)."""

from shared.web.texts import Texts

TEXTS: Texts = {
    "figures_not_found": (
        "برای این محدوده و سال مالی هنوز آماری ساخته نشده است.",
        "There are no figures of this scope and fiscal year yet.",
    ),
}
