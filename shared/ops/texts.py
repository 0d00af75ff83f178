"""What operators are told when something is refused: code → (fa, en)."""

from typing import Final

from shared.web.texts import Texts

TEXTS: Final[Texts] = {
    "nothing_to_replay": (
        "این سرویس رویدادهای سرویس‌های دیگر را دریافت نمی‌کند؛ چیزی برای بازپخش نیست.",
        "This service takes no events of others, so there is nothing to replay.",
    ),
    "copies_need_the_beginning": (
        "رونوشت‌ها فقط با بازپخش از آغاز دوباره ساخته می‌شوند.",
        "Copies can only be rebuilt by a replay from the beginning.",
    ),
    "announcement_running": (
        "اعلام دوباره رویدادها هم‌اکنون در حال انجام است. لطفاً تا پایان آن صبر کنید.",
        "Events are being announced again already. Please wait until that has ended.",
    ),
    "bad_start": (
        "آغاز بازپخش باید beginning، یک زمان با منطقه زمانی یا یک شماره جایگاه باشد.",
        "Must be beginning, a time with its zone, or an offset.",
    ),
}
