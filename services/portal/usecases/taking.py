"""Which facts an event gives, and to which rows. Only what a row needs is kept; other fields of the event stay where they are."""

from collections.abc import Callable, Mapping
from datetime import datetime
from statistics import median_low
from typing import Any, Final

from services.portal.domain.facts import Document, Fact
from services.portal.domain.request_row import ASKED
from shared.contracts import budget, participation, registry, requests, review
from shared.contracts.base import EventData
from shared.contracts.envelope import Envelope, instant

Place = tuple[str, str, Fact]
"""Collection, id of the row, fact."""


def places_of(data: EventData, event: Envelope) -> list[Place]:
    """Return the facts of an event, and where they belong. Pure; the same event gives the same facts."""
    return TAKEN[type(data)](data, event)


def _plain(value: Any) -> Any:
    """Return a value of a contract as a document holds it: times as text of one form, so that they compare as text."""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def said_of(data: EventData, *fields: str) -> Document:
    """Return these fields of the event, or all."""
    whole = data.model_dump(include=set(fields) if fields else None)
    return {name: _plain(value) for name, value in whole.items()}


def _fact(slot: str, event: Envelope, said: Mapping[str, Any] | None = None) -> Fact:
    return Fact(slot, event.number, instant(event.time), said or {})


# registry


def _standing(data: registry.StandingChanged, event: Envelope) -> list[Place]:
    return [("organizations", data.organization, _fact("standing", event, said_of(data, "name", "kind", "districts")))]


def _approved(data: registry.OrganizationApproved, event: Envelope) -> list[Place]:
    fact = _fact("approved", event, said_of(data, "name", "kind", "districts"))
    return [("organizations", data.organization, fact)]


def _merged(data: registry.OrganizationMerged, event: Envelope) -> list[Place]:
    fact = _fact("merged", event, said_of(data, "name", "kind", "districts"))
    return [("organizations", data.organization, fact)]


def _district(data: registry.DistrictDefined, event: Envelope) -> list[Place]:
    said = said_of(data, "names", "order", "valid_from", "valid_to", "external_code")
    return [("districts", data.district, _fact("defined", event, said))]


# requests


def _programme(data: requests.ProgrammeOpened, event: Envelope) -> list[Place]:
    said = said_of(
        data, "version", "names", "kind", "fiscal_year", "currency", "districts", "topics", "ceiling", "rule_set", "criteria",
        "opens", "closes", "support", "minimum", "maximum", "questions_until", "grace_until",
    )  # fmt: skip
    return [("programmes", data.programme, _fact("opened", event, said))]


def _programme_closed(data: requests.ProgrammeClosed, event: Envelope) -> list[Place]:
    return [("programmes", data.programme, _fact("closed", event))]


def _submitted(data: requests.Submission, event: Envelope) -> list[Place]:
    first = _fact(f"revision/{data.revision}", event, said_of(data, "submitted_at"))
    return [
        ("requests", data.request, _fact("submitted", event, said_of(data, *ASKED))),
        ("requests", data.request, first),
    ]


def _step(name: str) -> Callable[[requests.RequestFacts, Envelope], list[Place]]:
    def taken(data: requests.RequestFacts, event: Envelope) -> list[Place]:
        return [("requests", data.request, _fact(f"step/{name}", event, said_of(data, "organization", "district")))]

    return taken


def _report(data: requests.ReportAccepted, event: Envelope) -> list[Place]:
    said = said_of(data, "instalment", "amount_reported", "people_reached", "indicator_reached", "final")
    return [("requests", data.request, _fact(f"report_accepted/{data.instalment}", event, said))]


def _reporting(overdue: bool) -> Callable[[requests.ReportFacts, Envelope], list[Place]]:
    def taken(data: requests.ReportFacts, event: Envelope) -> list[Place]:
        return [("requests", data.request, _fact("reporting", event, {"overdue": overdue}))]

    return taken


def _appeal(state: str) -> Callable[[requests.AppealFacts, Envelope], list[Place]]:
    def taken(data: requests.AppealFacts, event: Envelope) -> list[Place]:
        return [("requests", data.request, _fact(f"appeal/{data.case}", event, {"state": state}))]

    return taken


def _appeal_overdue(data: requests.AppealAnswerOverdue, event: Envelope) -> list[Place]:
    return [("requests", data.request, _fact(f"breach/appeal_answer/{data.case}", event))]


def _clock(data: requests.ClockBreached, event: Envelope) -> list[Place]:
    return [("requests", data.request, _fact(f"breach/{data.clock}/{data.revision}", event))]


def _plan(data: requests.PlanRevised, event: Envelope) -> list[Place]:
    return [("requests", data.request, _fact("changed/plan", event, said_of(data, "people_reached", "indicator")))]


def _amended(data: requests.AgreementAccepted, event: Envelope) -> list[Place]:
    """An ending is told by its own event, so its agreement changes nothing that is shown."""
    if data.about == "ending":
        return []
    said = said_of(data, "people_reached", "indicator", "starts_on", "ends_on")
    return [("requests", data.request, _fact(f"changed/{data.agreement}", event, said))]


# review


def _case(name: str, *fields: str) -> Callable[[review.CaseFacts, Envelope], list[Place]]:
    def taken(data: review.CaseFacts, event: Envelope) -> list[Place]:
        said = said_of(data, "revision", "organization", *fields)
        return [("requests", data.request, _fact(f"{name}/{data.case}", event, said))]

    return taken


def _hold(state: str, *fields: str) -> Callable[[review.CaseFacts, Envelope], list[Place]]:
    def taken(data: review.CaseFacts, event: Envelope) -> list[Place]:
        said = {"state": state, "reason": None, **said_of(data, "revision", "organization", *fields)}
        return [("requests", data.request, _fact(f"hold/{data.case}", event, said))]

    return taken


def _stalled(data: review.CaseStalled, event: Envelope) -> list[Place]:
    """Without a quorum at the moved deadline the case's term has passed, too (REQ-14)."""
    late = [("requests", data.request, _fact(f"breach/case/{data.case}", event))]
    return [*_hold("stalled", "reason")(data, event), *(late if data.reason == "no_quorum" else ())]


def _decided(data: review.Decided, event: Envelope) -> list[Place]:
    said = said_of(
        data, "case", "revision", "organization", "district", "programme", "fiscal_year", "book", "topic", "outcome",
        "amount_asked", "amount", "currency", "mean_score_hundredths", "topic_weight", "issued_at", "signed",
    )  # fmt: skip
    if isinstance(data, review.CaseDecidedV2):
        said |= said_of(data, "support", "services")
    said["public_reason"] = getattr(data, "public_reason", None)
    said["spread"] = [_spread(score) for score in data.scores if score.scores]
    return [("requests", data.request, _fact(f"decided/{data.case}", event, said))]


def _spread(score: review.CriterionScore) -> Document:
    """How far the ballots lay apart in one criterion, in points of its weight; no ballot can be told from it by name."""
    return {
        "criterion": score.criterion,
        "weight": score.weight,
        "lowest": min(score.scores),
        "median": median_low(score.scores),
        "highest": max(score.scores),
    }


def _priorities(data: review.PrioritiesAdopted, event: Envelope) -> list[Place]:
    said = said_of(data, "version", "district", "topics", "minutes_number")
    fact = Fact("adopted", data.version, instant(event.time), said)
    return [("priority_lists", "city" if data.district is None else f"district:{data.district}", fact)]


def _rule_set(data: review.RuleSetAdopted, event: Envelope) -> list[Place]:
    said = {"rule_set": data.rule_set.id, "version": data.rule_set.version, **said_of(data, "names", "rules")}
    said["rules"] = data.rules.model_dump(mode="json")
    return [("rule_sets", f"{data.rule_set.id}@{data.rule_set.version}", _fact("adopted", event, said))]


def _meeting(name: str, *fields: str) -> Callable[[participation.MeetingFacts, Envelope], list[Place]]:
    def taken(data: participation.MeetingFacts, event: Envelope) -> list[Place]:
        said = said_of(data, "district", "working_group", *fields)
        return [("meetings", data.meeting, _fact(name, event, said))]

    return taken


def _obstacle(name: str) -> Callable[[participation.ObstacleFacts, Envelope], list[Place]]:
    def taken(data: participation.ObstacleFacts, event: Envelope) -> list[Place]:
        return [("obstacles", data.obstacle, _fact(name, event, said_of(data, "district")))]

    return taken


# budget


def _opened(data: budget.BookOpened, event: Envelope) -> list[Place]:
    return [("books", data.book, _fact("opened", event, said_of(data, "currency", "waiting_rule")))]


def _head(data: budget.BookHeadPublished, event: Envelope) -> list[Place]:
    fact = Fact("head", data.seq, instant(event.time), said_of(data, "seq", "hash", "at"))
    return [("books", data.book, fact)]


def _book_closed(data: budget.BookClosed, event: Envelope) -> list[Place]:
    return [("books", data.book, _fact("closed", event, said_of(data, "next_book")))]


def _ranked(data: budget.ProgrammeRanked, event: Envelope) -> list[Place]:
    return [("programmes", data.programme, _fact(f"ranked/{data.book}", event, said_of(data, "district", "order")))]


def _balance(data: Any, event: Envelope) -> list[Place]:
    return [("books", data.book, _fact("balance", event, said_of(data, "currency", "after")))]


def _appropriated(data: budget.AppropriationMade, event: Envelope) -> list[Place]:
    said = said_of(data, "amount", "approval_number", "approved_on", "budget_code")
    return [*_balance(data, event), ("books", data.book, _fact(f"appropriation/{data.seq}", event, said))]


def _holding(data: budget.RequestEntryFacts, event: Envelope, state: str | None) -> Place:
    said = {**said_of(data, "organization", "district", "amount"), "state": state}
    return ("requests", data.request, _fact(f"holding/{data.book}", event, said))


def _waiting(data: budget.ReservationWaiting, event: Envelope) -> list[Place]:
    return [_holding(data, event, "waiting")]


def _reserved(data: budget.ReservationMade, event: Envelope) -> list[Place]:
    return [*_balance(data, event), _holding(data, event, "reserved")]


def _refused(data: budget.ReservationRefused, event: Envelope) -> list[Place]:
    return [_holding(data, event, None)]


def _released(data: budget.ReservationReleased, event: Envelope) -> list[Place]:
    return [*_balance(data, event), _holding(data, event, None)]


def _committed(data: budget.CommitmentMade, event: Envelope) -> list[Place]:
    committed = ("requests", data.request, _fact(f"committed/{data.book}", event, said_of(data, "amount")))
    return [*_balance(data, event), _holding(data, event, "committed"), committed]


def _not_committed(data: budget.CommitmentRefused, event: Envelope) -> list[Place]:
    return [("requests", data.request, _fact(f"not_committed/{data.book}", event, said_of(data, "reason", "holds")))]


def _uncommitted(data: budget.CommitmentReleased, event: Envelope) -> list[Place]:
    """What remains is an obligation still; where that is not said, what payments have taken."""
    if data.remains is not None:
        collection, id, fact = _holding(data, event, "committed")
        left = Fact(fact.slot, fact.number, fact.at, {**fact.said, "amount": data.remains})
        return [*_balance(data, event), (collection, id, left)]
    return [*_balance(data, event), _holding(data, event, "reserved" if data.to == "reserved" else "as_paid")]


def _carried_out(data: budget.AwardCarriedOut, event: Envelope) -> list[Place]:
    return [*_balance(data, event), _holding(data, event, None)]


def _carried_in(data: budget.AwardCarriedIn, event: Envelope) -> list[Place]:
    """It is in the next year's book (BUD-9): of a commitment the whole obligation, with what closed years paid."""
    collection, id, fact = _holding(data, event, data.state)
    here = Fact(fact.slot, fact.number, fact.at, {**fact.said, "amount": data.whole})
    return [*_balance(data, event), (collection, id, here)]


def _payment(state: str) -> Callable[[budget.PaymentFacts, Envelope], list[Place]]:
    def taken(data: budget.PaymentFacts, event: Envelope) -> list[Place]:
        said = {**said_of(data, "gross", "net", "instalment"), "state": state}
        return [*_balance(data, event), ("requests", data.request, _fact(f"payment/{data.payment}", event, said))]

    return taken


def _refund(data: budget.RefundReceived, event: Envelope) -> list[Place]:
    said = said_of(data, "amount", "payment")
    slot = f"refund/{data.book}#{data.seq}"
    return [*_balance(data, event), ("requests", data.request, _fact(slot, event, said))]


TAKEN: Final[Mapping[type[EventData], Callable[[Any, Envelope], list[Place]]]] = {
    registry.StandingChanged: _standing,
    registry.OrganizationApproved: _approved,
    registry.OrganizationMerged: _merged,
    registry.DistrictDefined: _district,
    requests.ProgrammeOpened: _programme,
    requests.ProgrammeClosed: _programme_closed,
    requests.RequestSubmitted: _submitted,
    requests.RequestSubmittedV2: _submitted,
    requests.RequestWithdrawn: _step("withdrawn"),
    requests.RequestLapsed: _step("lapsed"),
    requests.RequestDeclined: _step("declined"),
    requests.RequestAccepted: _step("accepted"),
    requests.RequestClosed: _step("closed"),
    requests.ReportAccepted: _report,
    requests.PaymentsStopped: _reporting(overdue=True),
    requests.PaymentsAllowed: _reporting(overdue=False),
    requests.RequestCancelled: _step("cancelled"),
    requests.RequestEndedByAgreement: _step("ended_by_agreement"),
    requests.PlanRevised: _plan,
    requests.AgreementAccepted: _amended,
    requests.AppealLodged: _appeal("lodged"),
    requests.AppealAdmitted: _appeal("admitted"),
    requests.AppealRefused: _appeal("refused"),
    requests.AppealEnded: _appeal("ended"),
    requests.AppealAnswerOverdue: _appeal_overdue,
    requests.ClockBreached: _clock,
    review.CaseOpened: _case("opened"),
    review.CaseChangesRequested: _case("changes_requested"),
    review.CaseStalled: _stalled,
    review.CaseExcepted: _hold("exception", "reason"),
    review.CaseContinued: _hold("goes_on"),
    review.CaseWithdrawn: _hold("over"),
    review.CaseClosed: _case("closed"),
    review.CaseDecided: _decided,
    review.CaseDecidedV2: _decided,
    review.PrioritiesAdopted: _priorities,
    review.RuleSetAdopted: _rule_set,
    participation.MeetingCalled: _meeting("called", "starts_at", "place", "items"),
    participation.MeetingCancelled: _meeting("cancelled"),
    participation.MinutesAdopted: _meeting("minutes", "number", "date", "attended"),
    participation.ObstacleReported: _obstacle("reported"),
    participation.ObstacleAssigned: _obstacle("assigned"),
    participation.ObstacleOverdue: _obstacle("overdue"),
    participation.ObstacleAnswered: _obstacle("answered"),
    budget.BookOpened: _opened,
    budget.BookClosed: _book_closed,
    budget.ProgrammeRanked: _ranked,
    budget.BookHeadPublished: _head,
    budget.AppropriationMade: _appropriated,
    budget.AllotmentMade: _balance,
    budget.AllotmentWithdrawn: _balance,
    budget.TransferMade: _balance,
    budget.ReservationMade: _reserved,
    budget.ReservationWaiting: _waiting,
    budget.ReservationRefused: _refused,
    budget.ReservationReleased: _released,
    budget.CommitmentMade: _committed,
    budget.CommitmentRefused: _not_committed,
    budget.CommitmentReleased: _uncommitted,
    budget.PaymentPrepared: _payment("prepared"),
    budget.PaymentApproved: _payment("approved"),
    budget.PaymentMade: _payment("made"),
    budget.PaymentFailed: _payment("failed"),
    budget.PaymentGivenUp: _payment("given_up"),
    budget.RefundReceived: _refund,
    budget.AwardCarriedOut: _carried_out,
    budget.AwardCarriedIn: _carried_in,
}
"""Every event that portal takes. What is not here changes no figure and no public row: docs/decisions/0044 says why, event by event."""
