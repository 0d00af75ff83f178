"""What the timeline tells of what happens beside a registration: flags, and how a standing ends."""

from typing import Any, Final

from services.registry.domain.appeals import AppealAnswered, Appealed
from services.registry.domain.flags import FlagLevelRaised, FlagRaised, FlagResolved
from services.registry.domain.merging import Absorbed, MergedInto, MergerCompleted
from services.registry.domain.proposals import ChangeProposed, ProposalAccepted, ProposalDenied
from services.registry.domain.suspension import Revoked, SuspensionAnswered
from services.registry.domain.validity import Expired, ExpiryWarned
from shared.certification import Certified, CodeGiven, WrongCodeEntered

NAMES: Final[dict[type[Any], str]] = {
    SuspensionAnswered: "suspension_answered",
    Revoked: "revoked",
    Expired: "expired",
    ExpiryWarned: "expiry_warned",
    FlagRaised: "flag_raised",
    FlagLevelRaised: "flag_level_raised",
    FlagResolved: "flag_resolved",
    MergedInto: "merged",
    MergerCompleted: "merger_completed",
    Absorbed: "absorbed",
    ChangeProposed: "change_proposed",
    ProposalAccepted: "change_accepted",
    ProposalDenied: "change_denied",
    Appealed: "appealed",
    AppealAnswered: "appeal_answered",
    CodeGiven: "confirmation_code_given",
    WrongCodeEntered: "confirmation_code_wrong",
    Certified: "entry_confirmed",
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
    return _objection(event)


def _objection(event: Any) -> dict[str, Any]:
    match event:
        case MergedInto():
            return {"survivor": event.merger.survivor, "reason": event.merger.reason}
        case Absorbed():
            return {"organization": event.other, "parts": list(event.parts)}
        case ChangeProposed():
            return {"proposal": event.proposal.number, "fields": list(event.proposal.fields)}
        case ProposalAccepted():
            return {"proposal": event.number}
        case ProposalDenied():
            return {"proposal": event.number, "reason": event.reason}
        case Appealed():
            return {"appeal": event.appeal.number, "against": event.appeal.against, "grounds": event.appeal.grounds}
        case AppealAnswered():
            return {"appeal": event.number, "outcome": event.answer.outcome, "reason": event.answer.reason}
    return {}
