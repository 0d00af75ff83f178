"""Which topic a proposal's categories give: the first category that is mapped decides; none: the default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

DEFAULT: Final = "other"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of the loaded city's priority list, with its Persian and English name and its weight."""

    id: str
    fa: str
    en: str
    weight: int = 10


TOPICS: Final[tuple[Topic, ...]] = (
    Topic("welfare", "رفاه اجتماعی", "Welfare", 30),
    Topic("health", "سلامت", "Health", 25),
    Topic("education", "آموزش", "Education", 20),
    Topic("culture", "فرهنگ", "Culture", 20),
    Topic("sport", "ورزش", "Sport", 15),
    Topic("environment", "محیط زیست", "Environment", 15),
    Topic("public_space", "فضای عمومی", "Public space", 10),
    Topic("mobility", "حمل‌ونقل و معابر", "Mobility", 10),
    Topic(DEFAULT, "سایر موضوع‌ها", "Other topics", 5),
)

BY_CATEGORY: Final[Mapping[str, str]] = {
    "welfare": "welfare",
    "social aid": "welfare",
    "health": "health",
    "education": "education",
    "culture": "culture",
    "sport": "sport",
    "environmental protection": "environment",
    "urban greenery": "environment",
    "public space": "public_space",
    "public transit and roads": "mobility",
}
"""Categories in lower case, as participatory-budgeting collections name them."""


def topic_of(categories: Sequence[str], mapping: Mapping[str, str] = BY_CATEGORY, default: str = DEFAULT) -> str:
    """Return the topic of the first category that is mapped, whatever its case; else the default."""
    for category in categories:
        topic = mapping.get(" ".join(category.split()).casefold())
        if topic is not None:
            return topic
    return default
