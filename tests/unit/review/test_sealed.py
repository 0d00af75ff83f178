"""REV-5: until closing nothing but the own ballot can be seen, by anybody, in any way the API or the events offer."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.review.domain import case_steps
from services.review.domain.case import Case
from services.review.inbound.views import case_view
from services.review.outbound.announce import announce_case
from shared.storage.ports import Stored
from shared.web.caller import Caller
from tests.unit.review.builders import (
    ASKED,
    AUDITOR,
    CALENDAR,
    CITY,
    HQ,
    NOW,
    SECRETARY,
    World,
    caller,
    closed_case,
    declared,
    form,
    holder,
    member,
    open_case,
    voted,
)
from tests.unit.review.test_events_by_state import ID, cast, opened

READERS: list[Caller] = [
    SECRETARY,
    AUDITOR,
    CITY,
    HQ,
    *(member(seat) for seat in range(1, 7)),
    caller("member-without-seat", "member"),
    caller("both", "secretary", "chair"),
]

ballots = st.dictionaries(
    st.integers(1, 6),
    st.tuples(st.sampled_from(["approve", "reject", "abstain"]), st.integers(1, ASKED), st.integers(16, 25)),
    max_size=5,  # the sixth would close
)


def all_declared() -> Case:
    state = open_case()
    for seat in range(1, 7):
        state = declared(state, seat)
    return state


def with_ballots(cast_by: dict[int, tuple[Any, int, int]]) -> Case:
    state = all_declared()
    for seat, (vote, amount, points) in cast_by.items():
        scores = dict.fromkeys(("need", "plan", "cost"), points)
        ballot = form(vote, amount if vote == "approve" else None, scores=scores, comment=f"{seat} {points}")
        state = voted(state, seat, ballot)
    return state


@given(ballots, st.integers(1, 100))
@settings(max_examples=60)
def test_a_case_looks_the_same_byte_for_byte_whatever_ballots_were_cast(
    cast_by: dict[int, tuple[Any, int, int]], version: int
) -> None:
    state = with_ballots(cast_by)
    assert state.status == "open"
    for reader in READERS:
        before = case_view(Stored(state.id, 7, all_declared(), 1), reader).model_dump_json()
        assert case_view(Stored(state.id, version, state, 1), reader).model_dump_json() == before


@given(ballots)
@settings(max_examples=20)
def test_ballots_declarations_and_drafts_are_never_announced(cast_by: dict[int, tuple[Any, int, int]]) -> None:
    events = [
        event
        for seat in cast_by
        for event in _cast_events(with_ballots({s: b for s, b in cast_by.items() if s != seat}), seat)
    ]
    state = with_ballots(cast_by)
    assert [announced for event in events for announced in announce_case(state, event)] == []


def _cast_events(state: Case, seat: int) -> Any:
    return case_steps.cast(state, seat=seat, subject=holder(seat), form=form(), now=NOW, calendar=CALENDAR)


async def test_no_event_names_who_cast_last() -> None:
    world = World()
    await opened(world)
    for seat in range(1, 7):
        await cast(world, seat)
    closing = next(event for event in world.relay.events if event["type"] == "case.closed.v1")
    assert closing["actor"] == "system:review"
    assert not [e for e in world.relay.events if any(holder(n) in str(e) for n in range(1, 7))]
    assert set(closing["data"]) == {"case", "request", "revision", "organization", "district", "closed_at"}


async def test_the_number_of_announced_events_does_not_count_ballots() -> None:
    sequences = []
    for editions in (1, 4):
        world = World()
        await opened(world)
        for seat in range(1, 7):
            await cast(world, seat)
            for edition in range(1, editions if seat < 6 else 1):
                ballot = form("reject", comment=f"{edition}", replaces=edition)
                await world.uses.cases.cast(ID, seat, ballot, caller=member(seat))
        sequences.append(next(e["sequence"] for e in world.relay.events if e["type"] == "case.closed.v1"))
    assert sequences[0] == sequences[1]


def test_after_closing_the_result_is_seen_inside_only() -> None:
    state = closed_case()
    stored = Stored(state.id, 20, state, 2)
    for reader in (SECRETARY, AUDITOR, member(1), member(5)):
        assert case_view(stored, reader).result is not None
    for reader in (HQ, CITY, caller("member-without-seat", "member")):
        assert case_view(stored, reader).result is None


def test_a_member_with_a_conflict_sees_neither_file_nor_result() -> None:
    state = declared(open_case(), 6, "family")
    for seat in range(1, 6):
        state = voted(state, seat)
    view = case_view(Stored(state.id, 20, state, 2), member(6))
    assert (view.file, view.result) == (None, None)


def test_the_inner_file_opens_with_no_conflict_also_for_a_secretary_who_holds_a_seat() -> None:
    state = open_case()
    both = caller(holder(2), "member", "secretary")
    assert case_view(Stored(state.id, 1, state, 1), both).file is None
    assert case_view(Stored(state.id, 1, declared(state, 2), 1), both).file is not None
    assert case_view(Stored(state.id, 1, state, 1), SECRETARY).file is not None


def test_voters_are_not_named_in_any_view() -> None:
    state = closed_case()
    text = case_view(Stored(state.id, 20, state, 2), AUDITOR).model_dump_json()
    assert not any(holder(n) in text for n in range(1, 7))
