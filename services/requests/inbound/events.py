"""What requests listens to: one subscription a line."""

from services.requests.usecases import UseCases
from shared.contracts import budget, registry, review
from shared.messaging.subscriptions import Subscriptions


def subscribe(to: Subscriptions, uses: UseCases) -> None:
    """Connect the events of registry, review and budget to the use cases."""
    to.on(registry.StandingChanged, uses.knowing.standing_changed)
    to.on(registry.DistrictDefined, uses.knowing.district_defined)

    to.on(review.RuleSetAdopted, uses.knowing.rule_set_adopted)
    to.on(review.PrioritiesAdopted, uses.knowing.priorities_adopted)
    to.on(review.CaseOpened, uses.following.case_opened)
    to.on(review.CaseDeadlineMoved, uses.following.case_deadline_moved)
    to.on(review.CasePaused, uses.following.case_paused)
    to.on(review.CaseResumed, uses.following.case_resumed)
    to.on(review.CaseStalled, uses.following.case_stalled)
    to.on(review.CaseContinued, uses.following.case_continued)
    to.on(review.CaseExcepted, uses.following.case_excepted)
    to.on(review.CaseChangesRequested, uses.following.case_changes_requested)
    to.on(review.CaseClosed, uses.following.case_closed)
    to.on(review.CaseDecided, uses.following.case_decided)
    to.on(review.CaseDecidedV2, uses.following.case_decided)
    to.on(review.PanelDecided, uses.following.panel_decided)

    to.on(budget.BookOpened, uses.knowing.book_opened)
    to.on(budget.BookClosed, uses.knowing.book_closed)
    to.on(budget.AwardCarriedIn, uses.following.award_carried_in)
    to.on(budget.BookHeadPublished, uses.heads.head_published)
    to.on(budget.ReservationMade, uses.following.reservation_made)
    to.on(budget.ReservationWaiting, uses.following.reservation_waiting)
    to.on(budget.ReservationRefused, uses.following.reservation_refused)
    to.on(budget.ReservationPaused, uses.following.reservation_paused)
    to.on(budget.ReservationResumed, uses.following.reservation_resumed)
    to.on(budget.ReservationReleased, uses.following.reservation_released)
    to.on(budget.HoldReleased, uses.following.hold_released)
    to.on(budget.CommitmentMade, uses.following.commitment_made)
    to.on(budget.CommitmentRefused, uses.following.commitment_refused)
    to.on(budget.CommitmentReleased, uses.following.commitment_released)
    to.on(budget.PaymentPrepared, uses.following.payment_prepared)
    to.on(budget.PaymentMade, uses.following.payment_made)
    to.on(budget.PaymentFailed, uses.following.payment_failed)
    to.on(budget.PaymentGivenUp, uses.following.payment_given_up)
    to.on(budget.RefundReceived, uses.following.refund_received)
    to.on(budget.IneligibleFound, uses.following.ineligible_found)
    to.on(budget.IneligibleDocumented, uses.following.ineligible_documented)
    to.on(budget.IneligibleWrittenOff, uses.following.ineligible_written_off)
