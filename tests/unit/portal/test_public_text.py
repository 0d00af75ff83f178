"""PUB-2: what looks like a personal number is taken out of every text that people typed."""

import pytest

from services.portal.domain.public_text import shown


@pytest.mark.parametrize(
    "number",
    [
        "0010350829", "۰۰۱۰۳۵۰۸۲۹", "٠٠١٠٣٥٠٨٢٩", "001-035082-9", "09123456789", "+98 912 345 6789", "۰۹۱۲ ۳۴۵ ۶۷۸۹",
        "IR820540102680020817909002", "IR82 0540 1026 8002 0817 9090 02", "6037-9911-1234-5678",
    ],
)  # fmt: skip
def test_a_number_of_a_person_is_taken_out(number: str) -> None:
    assert shown(f"کارگاه {number} برای خانواده‌ها") == "کارگاه … برای خانواده‌ها"


@pytest.mark.parametrize(
    "text", ["کارگاه ۱۲ جلسه‌ای", "۵۰٬۰۰۰٬۰۰۰٬۰۰۰ ریال", "۱۴۰۵/۰۹/۰۱ تا ۱۴۰۵/۱۰/۰۱", "120 people", "خیابان ۱۷ پلاک ۴۲"]
)
def test_other_numbers_stay(text: str) -> None:
    assert shown(text) == text
