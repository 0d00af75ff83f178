"""What the timeline tells of what happens beside a registration: flags, and how a standing ends."""

from typing import Any, Final

from services.registry.domain.flags import FlagLevelRaised, FlagRaised, FlagResolved
from services.registry.domain.suspension import Revoked, SuspensionAnswered
from services.registry.domain.validity import Expired, ExpiryWarned

NAMES: Final[dict[type[Any], str]] = {
    SuspensionAnswered: "suspension_answered",
    Revoked: "revoked",
    Expired: "expired",
    ExpiryWarned: "expiry_warned",
    FlagRaised: "flag_raised",
    FlagLevelRaised: "flag_level_raised",
    FlagResolved: "flag_resolved",
}


def details(event: Any) -> dict[str, Any]:
    """Return what of an event may be told."""
    match event:
        case Revoked():
            return {"reason": event.revocation.reason}
        case SuspensionAnswered():
            return {"text": event.answer.text}
        case ExpiryWarned():
            return {"until": event.until, "days_left": event.days_left}
        case FlagRaised() | FlagLevelRaised():
            return {"flag": event.number, "level": event.step.level, "reason": event.step.reason}
        case FlagResolved():
            return {"flag": event.number, "level": event.level, "reason": event.resolution.reason}
    return {}
