"""The copy of every organisation's standing (REG-4), as far as review needs it."""

from services.review.domain.opening import KnownStanding
from shared.contracts.registry import StandingChanged
from shared.storage.ports import Copies

REASON_LENGTH = 200  # as case.paused carries it


class Standings:
    """Standings by organisation; a newer sequence replaces an older one, never the other way round."""

    def __init__(self, copies: Copies) -> None:
        self._copies = copies

    async def apply(self, data: StandingChanged, sequence: int) -> None:
        """Keep a standing if it is newer than what is here."""
        permission = data.standing.may_be_decided
        fields = {
            "may_be_decided": permission.allowed,
            "reason": (", ".join(permission.reasons) or data.standing.status)[:REASON_LENGTH],
            "name": data.name,
        }
        await self._copies.apply(data.organization, sequence, fields)

    async def get(self, organization: str) -> KnownStanding | None:
        """Return the newest standing known here, or None."""
        copy = await self._copies.get(organization)
        if copy is None:
            return None
        return KnownStanding(copy["sequence"], copy["may_be_decided"], copy["reason"], copy["name"])
