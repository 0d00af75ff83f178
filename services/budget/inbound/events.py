"""What budget listens to: one subscription a line."""

from typing import Final

from services.budget.usecases import UseCases
from shared.contracts import registry, requests, review
from shared.messaging.subscriptions import Subscriptions

PREFETCH: Final = 128  # two full batches of the journal's writer wait while one is written


def subscribe(to: Subscriptions, uses: UseCases) -> None:
    """Connect the events of registry, review and requests to the use cases.

    A single active consumer per queue, for speed: two writers of one book lose each other's races. The unique index is the guard.
    """
    for announcer in ("registry", "review", "requests"):
        to.edge(announcer, prefetch=PREFETCH, single_active=True)

    to.on(registry.StandingChanged, uses.following.on_standing_changed)
    to.on(review.CaseDecided, uses.following.on_case_decided)
    to.on(requests.RequestAccepted, uses.following.on_request_accepted)
    to.on(requests.RequestWithdrawn, uses.following.on_request_withdrawn)
    to.on(requests.RequestDeclined, uses.following.on_request_declined)
    to.on(requests.RequestLapsed, uses.following.on_request_lapsed)
    to.on(requests.AppealAdmitted, uses.appeals.on_appeal_admitted)
    to.on(requests.AppealEnded, uses.appeals.on_appeal_ended)
    to.on(requests.AppealDecided, uses.appeals.on_appeal_decided)
    to.on(requests.CallDecided, uses.ranking.on_call_decided)
    to.on(requests.CommitmentLimited, uses.following.on_commitment_limited)
    to.on(requests.PaymentsStopped, uses.following.on_payments_stopped)
    to.on(requests.PaymentsAllowed, uses.following.on_payments_allowed)
