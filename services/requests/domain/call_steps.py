"""When a ranked call is ranked: once it takes no more requests and its last case is over (BUD-5)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from services.requests.domain.calls import Approvals, CallDecided
from services.requests.domain.programme import Programme
from services.requests.domain.request import SupportRequest
from services.requests.domain.statuses import Status

UNDECIDED: Final[tuple[Status, ...]] = ("submitted", "in_review", "changes_requested")


def holds_up(request: SupportRequest) -> bool:
    """Tell whether the ranking of its call waits for it: it may yet be approved, and not only by headquarters (REV-7)."""
    return request.status in UNDECIDED and request.proposal.support == "money" and not request.case.excepted


def decide_call(state: Programme, *, approved: Mapping[str, Sequence[str]], now: datetime) -> Sequence[CallDecided]:
    """Say, once, that no case of the call is awaited; the caller has seen that none holds it up. ``approved``: by district."""
    if state.status != "closed" or state.terms.waiting_rule != "ranked" or state.cases_over_at is not None:
        return []
    editions = (state.terms, *(past.terms for past in state.past))
    districts = sorted({district for terms in editions for district in terms.districts} | set(approved))
    return [CallDecided(tuple(Approvals(d, tuple(sorted(approved.get(d, ())))) for d in districts), now)]
