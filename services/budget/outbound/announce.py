"""Entries → contract events.

One entry is announced by at most one event, numbered by the entry's seq, so a reader of a book's events sees every gap that is not one of
the kinds without event (money between books is announced by the district's book, the city's then has nothing to add; a bar when it
refuses).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from shared.contracts.base import EventData
from shared.contracts.budget import (
    AllotmentMade,
    AllotmentWithdrawn,
    AppropriationMade,
    AwardCarriedIn,
    AwardCarriedOut,
    BookClosed,
    BookOpened,
    CityBalance,
    CommitmentMade,
    CommitmentRefused,
    CommitmentReleased,
    DistrictBalance,
    HoldMade,
    HoldReleased,
    IneligibleDocumented,
    IneligibleFound,
    IneligibleWrittenOff,
    PaymentApproved,
    PaymentFailed,
    PaymentGivenUp,
    PaymentMade,
    PaymentPrepared,
    PaymentsOrdered,
    ProgrammeRanked,
    RefundReceived,
    ReservationMade,
    ReservationPaused,
    ReservationRefused,
    ReservationReleased,
    ReservationResumed,
    ReservationWaiting,
    TransferMade,
)
from shared.contracts.envelope import Cause, envelop

# What an anonymised entry is announced with, when the archive is rebuilt.
_WITHHELD: Final[Mapping[str, Any]] = {
    "actor": "withheld",
    "correlation": "withheld",
    "causation": None,
    "traceparent": None,
}


@dataclass(frozen=True, slots=True)
class Terms:
    """Of the book's opening entry, what its events carry."""

    currency: str
    district: str | None


def event_data(entry: Mapping[str, Any], terms: Terms) -> EventData | None:
    """Return what announces the entry, or None for a kind that is not announced."""
    make = _EVENTS[entry["kind"]]
    return None if make is None else make(entry, terms)


def event_of(entry: Mapping[str, Any], terms: Terms) -> dict[str, Any] | None:
    """Return the entry's event, ready to publish; always the same for the same entry."""
    data = event_data(entry, terms)
    if data is None:
        return None
    private = entry.get("private") or _WITHHELD
    cause = Cause(private["actor"], private["correlation"], private["causation"], private["traceparent"])
    at = datetime.fromisoformat(entry["at"])
    return envelop(data, subject=f"book/{entry['book']}", number=entry["seq"], at=at, cause=cause)


def _facts(entry: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
    return {"book": entry["book"], "seq": entry["seq"], "entry": entry["_id"], "currency": terms.currency}


def _opened(entry: Mapping[str, Any], terms: Terms) -> EventData:
    facts = entry["facts"]
    return BookOpened(
        **_facts(entry, terms),
        fiscal_year=facts["fiscal_year"],
        district=facts.get("district"),
        waiting_rule=facts.get("waiting_rule"),
        max_skips=facts.get("max_skips"),
        third_approval_above=_amount(facts.get("third_approval_above")),
    )


def _carried_in(entry: Mapping[str, Any], terms: Terms) -> EventData:
    facts = entry["facts"]
    told = {"facts": {**facts, "whole": entry["amount"] + int(facts["paid_before"])}}
    return _about_request(
        {**entry, **told}, terms, model=AwardCarriedIn, take=("state", "from_book", "whole"), after=True
    )


def _ranked(entry: Mapping[str, Any], terms: Terms) -> EventData:
    return ProgrammeRanked(**_facts(entry, terms), **entry["facts"], district=terms.district or "")


def _closed(entry: Mapping[str, Any], terms: Terms) -> EventData:
    year = entry["book"].rpartition("/")[2]
    next_book = entry["facts"]["next_book"]
    return BookClosed(**_facts(entry, terms), fiscal_year=year, district=terms.district, next_book=next_book)


def _amount(text: str | None) -> int | None:
    return None if text is None else int(text)


def _appropriated(entry: Mapping[str, Any], terms: Terms) -> EventData:
    after = CityBalance(**entry["after"])
    return AppropriationMade(**_facts(entry, terms), **entry["facts"], amount=entry["amount"], after=after)


def _allotted(entry: Mapping[str, Any], terms: Terms) -> EventData:
    return AllotmentMade(
        **_facts(entry, terms),
        allotment=entry["subject"],
        district=terms.district or "",
        amount=entry["amount"],
        after=DistrictBalance(**entry["after"]),
        from_district=entry["facts"].get("from"),
    )


def _withdrawn(entry: Mapping[str, Any], terms: Terms) -> EventData:
    facts = entry["facts"]
    told = {
        **_facts(entry, terms),
        "district": terms.district or "",
        "amount": entry["amount"],
        "reason": facts["reason"],
        "after": DistrictBalance(**entry["after"]),
    }
    if entry["kind"] == "withdrawal_out":
        return AllotmentWithdrawn(**told, withdrawal=entry["subject"])
    return TransferMade(**told, transfer=entry["subject"], to_district=facts["to"])


def _about_request(
    entry: Mapping[str, Any], terms: Terms, *, model: type[EventData], take: tuple[str, ...] = (), after: bool = False
) -> EventData:
    """Build the event of a request's entry. ``take``: which of the entry's facts it carries."""
    facts = entry["facts"]
    carried: dict[str, Any] = {name: facts[name] for name in take}
    if after:
        carried["after"] = DistrictBalance(**entry["after"])
    return model(
        **_facts(entry, terms),
        request=entry["subject"],
        organization=facts["organization"],
        district=terms.district or "",
        amount=entry["amount"],
        **carried,
    )


def _held(entry: Mapping[str, Any], terms: Terms) -> EventData:
    return HoldMade(**_hold(entry, terms), disputed=int(entry["facts"]["disputed"]))


def _hold_released(entry: Mapping[str, Any], terms: Terms) -> EventData:
    award = entry["facts"].get("award")
    awarded = None if award is None else int(award["amount"])
    return HoldReleased(**_hold(entry, terms), reason=entry["facts"]["reason"], awarded=awarded)


def _hold(entry: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
    return {
        **_facts(entry, terms),
        "request": entry["subject"],
        "district": terms.district or "",
        "amount": entry["amount"],
        "after": DistrictBalance(**entry["after"]),
    }


def _raised(entry: Mapping[str, Any], terms: Terms) -> EventData:
    """The reservation, or the place on the list, as it is now: whole, and standing still if it does."""
    after = entry["subject_after"]
    told = {**entry, "amount": int(entry["facts"]["remains"])}
    if after["paused"]:
        return _standing_still(told, terms, model=ReservationPaused)
    if after["state"] == "waiting":
        return _waiting(told, terms)
    made = {**told, "facts": {**entry["facts"], "from_waiting": False}}
    return _about_request(made, terms, model=ReservationMade, take=("from_waiting", "standing_sequence"), after=True)


def _waiting(entry: Mapping[str, Any], terms: Terms) -> EventData:
    paused, unranked = entry["subject_after"]["paused"], "programme" in entry["facts"]
    told = {"facts": {**entry["facts"], "paused": paused, "unranked": unranked}}
    return _about_request({**entry, **told}, terms, model=ReservationWaiting, take=("paused", "unranked"))


def _standing_still(entry: Mapping[str, Any], terms: Terms, *, model: type[EventData]) -> EventData:
    state = {"facts": {**entry["facts"], "state": entry["subject_after"]["state"]}}
    return _about_request({**entry, **state}, terms, model=model, take=("state", "standing_sequence"))


def _reservation_released(entry: Mapping[str, Any], terms: Terms) -> EventData:
    state = {"facts": {**entry["facts"], "state": entry["facts"]["from"]}}
    return _about_request({**entry, **state}, terms, model=ReservationReleased, take=("state", "reason"), after=True)


def _commitment_refused(entry: Mapping[str, Any], terms: Terms) -> EventData:
    take = ("reason", "holds") if "holds" in entry["facts"] else ("reason",)
    return _about_request(entry, terms, model=CommitmentRefused, take=take)


def _commitment_released(entry: Mapping[str, Any], terms: Terms) -> EventData:
    facts = entry["facts"]
    told = {
        **facts,
        "remains": None if "remains" not in facts else int(facts["remains"]) + int(facts.get("paid_before", "0")),
        "ended": entry["subject_after"]["state"] == "released",
    }
    take = ("to", "reason", "remains", "ended")
    return _about_request({**entry, "facts": told}, terms, model=CommitmentReleased, take=take, after=True)


def _payment(
    entry: Mapping[str, Any], terms: Terms, *, model: type[EventData], take: tuple[str, ...] = ()
) -> EventData:
    """Build the event of a payment's entry. ``take``: which of the entry's facts it carries beside those of every payment."""
    facts = entry["facts"]
    return model(
        **_facts(entry, terms),
        payment=facts["payment"],
        request=entry["subject"],
        organization=facts["organization"],
        district=terms.district or "",
        instalment=facts["instalment"],
        gross=entry["amount"],
        net=int(facts["net"]),
        deductions=[{"name": d["name"], "amount": int(d["amount"])} for d in facts["deductions"]],
        after=DistrictBalance(**entry["after"]),
        **{name: facts[name] for name in take},
    )


def _ordered(entry: Mapping[str, Any], terms: Terms) -> EventData:
    facts = entry["facts"]
    told = {"order": facts["order"], "payments": facts["payments"], "net": int(facts["net"])}
    return PaymentsOrdered(**_facts(entry, terms), district=terms.district or "", **told)


def _finding(
    entry: Mapping[str, Any], terms: Terms, *, model: type[EventData], take: tuple[str, ...] = ()
) -> EventData:
    facts = entry["facts"]
    return model(
        **_facts(entry, terms),
        request=entry["subject"],
        district=terms.district or "",
        amount=entry["amount"],
        **{name: facts[name] for name in ("finding", "payment", "organization", "instalment", "reason", *take)},
    )


def _refund(entry: Mapping[str, Any], terms: Terms) -> EventData:
    facts = entry["facts"]
    return RefundReceived(
        **_facts(entry, terms),
        payment=facts["payment"],
        request=entry["subject"],
        organization=facts["organization"],
        district=terms.district or "",
        instalment=facts["instalment"],
        amount=entry["amount"],
        finding=facts.get("finding"),
        after=DistrictBalance(**entry["after"]),
    )


_EVENTS: Final[Mapping[str, Callable[[Mapping[str, Any], Terms], EventData] | None]] = {
    "opening": _opened,
    "appropriation": _appropriated,
    "allotment_out": None,
    "allotment_in": _allotted,
    "withdrawal_out": _withdrawn,
    "withdrawal_in": None,
    "transfer_out": _withdrawn,
    "transfer_through": None,
    "reservation_made": partial(
        _about_request, model=ReservationMade, take=("from_waiting", "standing_sequence"), after=True
    ),
    "hold_made": _held,
    "hold_released": _hold_released,
    "reservation_raised": _raised,
    "reservation_waiting": _waiting,
    "reservation_refused": partial(_about_request, model=ReservationRefused, take=("reason",)),
    "reservation_paused": partial(_standing_still, model=ReservationPaused),
    "reservation_resumed": partial(_standing_still, model=ReservationResumed),
    "reservation_released": _reservation_released,
    "commitment_made": partial(_about_request, model=CommitmentMade, take=("standing_sequence",), after=True),
    "commitment_refused": _commitment_refused,
    "commitment_released": _commitment_released,
    "barred": None,
    "year_closed": _closed,
    "programme_ranked": _ranked,
    "carried_through": None,
    "carried_out": partial(_about_request, model=AwardCarriedOut, take=("state", "next_book"), after=True),
    "carried_in": _carried_in,
    "payment_prepared": partial(_payment, model=PaymentPrepared, take=("approvals_needed", "standing_sequence")),
    "payment_approved": partial(
        _payment, model=PaymentApproved, take=("approval", "approvals_needed", "standing_sequence")
    ),
    "payment_made": partial(_payment, model=PaymentMade),
    "payment_failed": partial(_payment, model=PaymentFailed, take=("was", "reason")),
    "refund_received": _refund,
    "ineligible_found": partial(_finding, model=IneligibleFound, take=("review_until",)),
    "ineligible_documented": partial(_finding, model=IneligibleDocumented),
    "ineligible_written_off": partial(_finding, model=IneligibleWrittenOff),
    "payments_ordered": _ordered,
    "payment_given_up": partial(_payment, model=PaymentGivenUp, take=("to", "reason")),
}
