"""I8 as ``sama verify`` checks it."""

from typing import Any

from ops.verify.money import check_approvals, check_city, check_ends, subject_states

Entry = dict[str, Any]


def city(*entries: Entry) -> list[Entry]:
    return list(entries)


def appropriated(amount: int) -> Entry:
    return {"kind": "appropriation", "amount": amount, "subject": None, "after": {"unallotted": amount}}


def sent(allotment: str, amount: int, left: int) -> Entry:
    shares = [{"allotment": allotment, "district": "7", "amount": str(amount)}]
    return {
        "kind": "allotment_out",
        "amount": amount,
        "subject": "k",
        "facts": {"shares": shares},
        "after": {"unallotted": left},
    }


def arrived(allotment: str, amount: int) -> Entry:
    return {"kind": "allotment_in", "amount": amount, "subject": allotment, "after": {"allotted": amount}}


def about(request: str, state: str) -> Entry:
    return {"kind": "reservation_made", "subject": request, "subject_after": {"state": state}, "after": {"allotted": 0}}


def test_money_that_arrived_or_is_in_flight_is_in_order() -> None:
    books = {"city/1405": city(appropriated(100), sent("a1", 60, 40))}
    assert list(check_city("1405", books)) == []
    assert list(check_city("1405", {**books, "district:7/1405": [arrived("a1", 60)]})) == []
    assert list(check_city("1404", books)) == []


def test_money_that_arrived_otherwise_than_it_left_is_named() -> None:
    books = {
        "city/1405": city(appropriated(100), sent("a1", 60, 40)),
        "district:7/1405": [arrived("a1", 61)],
    }
    (finding,) = check_city("1405", books)
    assert "= 101" in str(finding)


def test_every_approval_is_in_exactly_one_place() -> None:
    decisions = [{"case": "c", "request": name, "amount": 1} for name in ("r1", "r2", "r3", "r4")]
    books = {
        "district:7/1405": [about("r1", "waiting"), about("r1", "reserved"), about("r2", "reserved")],
        "district:8/1405": [about("r2", "reserved"), about("r4", "lost")],
    }
    findings = [str(finding) for finding in check_approvals(decisions, subject_states(books))]
    assert len(findings) == 3
    assert "r2" in findings[0]
    assert "several books" in findings[0]
    assert "no book knows it" in findings[1]
    assert "unknown state" in findings[2]


def test_a_book_whose_end_was_cut_off_is_shorter_than_what_was_announced() -> None:
    """I2, F14: the chain itself does not show it."""
    announced = {"city/1405": 2, "district:7/1405": 5, "district:8/1405": 1}
    assert list(check_ends(announced, {"city/1405": 2, "district:7/1405": 6, "district:8/1405": 1})) == []
    cut = [(f.invariant, f.where) for f in check_ends(announced, {"city/1405": 2, "district:7/1405": 4})]
    assert cut == [("I2", "district:7/1405"), ("I2", "district:8/1405")]
