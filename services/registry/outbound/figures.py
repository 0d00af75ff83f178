"""What registry shows of organisations that wait, for Prometheus. Every replica shows the same: read it with ``max``."""

from typing import Final

from prometheus_client import Gauge

from shared.contracts.registry import OrganizationStatus
from shared.storage.ports import Documents
from shared.telemetry import Ages, Values

ORGANIZATIONS: Final = Gauge(
    "sama_organizations",
    "Organisations by status, those that nobody waits for counted every five minutes: how many wait for the office?",
    ("status",),
)
OLDEST_ORGANIZATION: Final = Gauge(
    "sama_oldest_organization_seconds",
    "Time since the organisation that is longest in a status came into it; 0: none: how long does one wait to be verified?",
    ("status",),
)

WAITING: Final[tuple[OrganizationStatus, ...]] = ("submitted", "changes_requested", "suspended")
"""Where somebody waits for the office, or the office for somebody: few at a time."""
AT_REST: Final[tuple[OrganizationStatus, ...]] = ("draft", "approved", "rejected", "expired", "revoked")
AT_REST_SECONDS: Final = 300.0  # as many as there ever were, and no alert needs them


class Figures:
    """Looks at the organisations. Raises Unavailable."""

    def __init__(self, organizations: Documents) -> None:
        self._organizations = organizations
        self._waiting, self._at_rest = Values(ORGANIZATIONS), Values(ORGANIZATIONS)
        self._oldest = Ages(OLDEST_ORGANIZATION)

    async def waiting(self) -> None:
        """Count who waits, and note since when the first does."""
        groups = await self._organizations.groups({"status": {"$in": WAITING}}, ("status",), earliest="status_since")
        none: dict[tuple[str, ...], float] = {(status,): 0 for status in WAITING}
        self._waiting.look(none | {group.values: group.count for group in groups})
        self._oldest.look(dict.fromkeys(none) | {group.values: group.earliest for group in groups})

    async def at_rest(self) -> None:
        """Count all others."""
        groups = await self._organizations.groups({"status": {"$in": AT_REST}}, ("status",))
        self._at_rest.look({group.values: group.count for group in groups})
