"""What review listens to, one subscription a line."""

from services.review.usecases import UseCases
from shared.contracts.registry import StandingChanged
from shared.contracts.requests import (
    AppealAdmitted,
    AppealEnded,
    RequestLapsed,
    RequestSubmitted,
    RequestSubmittedV2,
    RequestWithdrawn,
)
from shared.messaging.subscriptions import Subscriptions


def subscribe(to: Subscriptions, uses: UseCases) -> None:
    """Bind every event to its use case."""
    to.on(StandingChanged, uses.cases.standing_changed)
    to.on(RequestSubmitted, uses.cases.submitted)
    to.on(RequestSubmittedV2, uses.cases.submitted)
    to.on(RequestWithdrawn, uses.cases.withdrawn)
    to.on(RequestLapsed, uses.cases.lapsed)
    to.on(AppealAdmitted, uses.cases.appeal_admitted)
    to.on(AppealEnded, uses.cases.appeal_ended)
