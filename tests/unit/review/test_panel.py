"""The panel of an appeal (REQ-13): who it is, and what its result makes of the appealed decision."""

from dataclasses import replace

import pytest

from services.review.domain.appealed import Appealed
from services.review.domain.case import Case
from services.review.domain.case_steps import PanelJudgesAsSubmitted, receive_appeal, request_changes, try_open
from services.review.domain.opening import Opening
from services.review.domain.panel import panel, panel_id, seats_of, verdict
from services.review.domain.result import Outcome, Result
from services.review.domain.working_group import Seat, Term, WorkingGroup
from shared.contracts.review import FieldReason, RuleSetRef
from tests.unit.review.builders import CALENDAR, NOW, closed_case, holder, opening, then

YEAR = NOW.replace(year=NOW.year + 1)


def group(district: str, holders: list[str]) -> WorkingGroup:
    """Return a working group whose seats are held by these."""
    term = {who: Term(who, None, NOW, YEAR) for who in holders}
    seats = tuple(Seat(n, "expert", n == 1, term[who], began=True) for n, who in enumerate(holders, 1))
    return WorkingGroup(f"wg-{district}", district, RuleSetRef(id="mashhad", version=1), 3, seats, constituted=True)


def people(district: str, count: int = 4) -> list[str]:
    return [f"{district}-{n}" for n in range(count)]


def appealed(sat: tuple[str, ...] = (), outcome: Outcome = "rejected", amount: int = 0) -> Appealed:
    return Appealed("case-1", "wg-7", outcome, amount, sat)


def chosen(groups: list[WorkingGroup], sat: tuple[str, ...] = (), district: str = "7") -> str | None:
    found = panel(groups, appealed(sat), district, NOW)
    return None if found is None else found.district


def test_the_panel_is_the_next_districts_group_that_can_decide() -> None:
    """Numbers in their order, then names, then around the city; never the group that decided."""
    groups = [group(district, people(district)) for district in ("10", "7", "2", "samen", "8")]
    assert chosen(groups) == "8"
    assert chosen([g for g in groups if g.district != "8"]) == "10"
    assert chosen([g for g in groups if g.district not in ("8", "10")]) == "samen"
    assert chosen([g for g in groups if g.district in ("7", "2")]) == "2"
    assert chosen([g for g in groups if g.district == "7"]) is None
    assert chosen([group("8", people("8", 2)), group("10", people("10"))]) == "10"  # too few to decide


def test_who_sat_in_the_case_stays_out_of_its_panel() -> None:
    eight = group("8", ["7-1", "8-1", "8-2", "8-3"])
    assert [seat.holder for seat in seats_of(eight, appealed(("7-1",)), NOW)] == ["8-1", "8-2", "8-3"]
    assert chosen([eight], ("7-1", "8-1")) is None  # too few are left


def panel_case() -> Case:
    """Return the panel's case about a closed case, still without a panel."""
    first = closed_case()
    return then(None, receive_appeal(None, id=panel_id(first.id), appealed_case=first, now=NOW))


def test_the_panels_case_is_about_the_same_revision_and_keeps_who_sat() -> None:
    case = panel_case()
    assert (case.id, case.status, case.submission) == (panel_id(closed_case().id), "awaiting", closed_case().submission)
    assert case.appealed is not None
    assert case.appealed.sat == tuple(holder(seat) for seat in range(1, 7))
    assert all(case.has_sat(holder(seat)) for seat in range(1, 7))  # no substitute, and not in another group either
    assert not case.has_sat("somebody else")
    assert receive_appeal(case, id=case.id, appealed_case=closed_case(), now=NOW) == []


def test_the_panels_case_comes_before_its_district_and_is_not_sent_back() -> None:
    prepared: Opening = replace(opening(), sits_in="8")
    case = panel_case()
    opened = then(case, try_open(case, prepared, now=NOW, calendar=CALENDAR))
    assert (opened.status, opened.district, opened.deciding_district, opened.keeping_district) == (
        "open",
        "7",
        "8",
        "8",
    )
    with pytest.raises(PanelJudgesAsSubmitted):
        request_changes(opened, [FieldReason(pointer="/title", reason="روشن‌تر")], now=NOW)


def result(outcome: Outcome, amount: int) -> Result:
    counted = closed_case().result
    assert counted is not None
    return replace(counted, outcome=outcome, amount=amount)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (("rejected", 0), ("approved", 5), ("overturned", 5)),
        (("rejected", 0), ("approved", 0), ("overturned", 0)),  # a service
        (("rejected", 0), ("rejected", 0), ("confirmed", 0)),
        (("approved", 5), ("approved", 6), ("overturned", 6)),
        (("approved", 5), ("approved", 5), ("confirmed", 5)),
        (("approved", 5), ("approved", 4), ("confirmed", 5)),
        (("approved", 5), ("rejected", 0), ("confirmed", 5)),
    ],
)
def test_an_appeal_never_costs_anything(
    before: tuple[Outcome, int], after: tuple[Outcome, int], said: tuple[str, int]
) -> None:
    assert verdict(appealed((), *before), result(*after)) == said
