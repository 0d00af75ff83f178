"""Texts of problems about merging (REG-5): code → (Persian, English)."""

from typing import Final

from shared.web.texts import Texts

MERGING_TEXTS: Final[Texts] = {
    "merged_had_standing": (
        "این تشکل ({status}) صلاحیت داشته است و ممکن است پرداختی در جریان داشته باشد؛ ادغام آن در تشکل دیگر ممکن نیست.",
        "This organisation has had a standing (it is {status}), so money may be pending: it is not merged into another.",
    ),
}
