"""What requests knows of an organisation's standing (REG-4): a copy, with the sequence that a step records as relied on (I9)."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from shared.contracts.refusals import Refusal, RefusalKind
from shared.contracts.registry import Permission, Standing

Step = Literal["may_submit", "may_be_committed"]


@dataclass(frozen=True)
class KnownStanding:
    """The newest standing heard of. ``sequence`` 0 with no standing: nothing was heard of this organisation."""

    organization: str
    sequence: int = 0
    standing: Standing | None = None

    @property
    def status(self) -> str:
        """Status of the organisation, or ``unknown``."""
        return "unknown" if self.standing is None else self.standing.status

    def allows(self, step: Step) -> bool:
        """Tell whether the organisation may do this step now."""
        return self.standing is not None and self._permission(step).allowed

    def require(self, step: Step) -> None:
        """Raise StandingForbids, which carries the standing, unless the step is allowed."""
        if self.allows(step):
            return
        if self.standing is None:
            raise StandingForbids(step=step, organization_status="unknown", reasons="standing_unknown", sequence=0)
        permission = self._permission(step)
        raise StandingForbids(
            step=step,
            organization_status=self.status,
            reasons=", ".join(permission.reasons),
            since=permission.since.isoformat(),
            sequence=self.sequence,
        )

    def _permission(self, step: Step) -> Permission:
        assert self.standing is not None  # noqa: S101 - asked only of a known standing
        return self.standing.may_submit if step == "may_submit" else self.standing.may_be_committed


class StandingForbids(Refusal):
    """The organisation's standing does not allow this step; the params carry the standing (REG-4)."""

    code = "standing_forbids"
    kind: ClassVar[RefusalKind] = "forbidden"
