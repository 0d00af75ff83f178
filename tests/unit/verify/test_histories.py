"""A stored state that is not the fold of its history is named with its fields."""

from copy import deepcopy
from typing import Any

import pytest_asyncio

from ops.verify.histories import KINDS, check_history, retell
from services.requests.domain import request_steps
from services.requests.domain.request import Drafted, evolve
from services.requests.outbound.store import REQUESTS
from services.review.outbound.store import CASES
from shared.storage.codec import to_document
from tests.unit.requests.building import NOW, PROGRAMME, RULES, TOPICS, draft, standing
from tests.unit.review.builders import World

Document = dict[str, Any]


@pytest_asyncio.fixture
async def world() -> World:
    world = World()
    await world.set_up_group()
    await world.standing(1)
    await world.submitted()
    return world


def case_of(world: World) -> Document:
    (case,) = world.documents["cases"].documents.values()
    return deepcopy(case)


def test_what_the_services_wrote_is_the_fold_of_its_history(world: World) -> None:
    for kind in KINDS["review"]:
        for document in world.documents[kind.collection].documents.values():
            assert list(check_history(kind, document)) == []


def test_a_changed_state_is_named(world: World) -> None:
    case = case_of(world) | {"status": "decided", "deadline_moves": 7}
    (finding,) = check_history(CASES, case)
    assert finding.what.endswith("in: deadline_moves, status")


def test_what_was_written_before_a_field_came_has_its_default() -> None:
    drafted = draft()
    (submission,) = request_steps.submit(
        drafted, programme=PROGRAMME, rules=RULES, standing=standing(), topics_in_force=TOPICS, by="p", now=NOW
    )
    steps = (Drafted(drafted.id, drafted.organization, drafted.proposal, NOW), submission)
    entry = {"actor": "p", "correlation": "c", "at": NOW}
    document = {
        **to_document(evolve(drafted, submission)),
        "_id": drafted.id,
        "sequence": 1,
        "outbox": [],
        "history": [
            {**entry, "n": n, "type": type(step).__name__, "data": to_document(step)} for n, step in enumerate(steps, 1)
        ],
    }
    assert list(check_history(REQUESTS, document)) == []
    del document["revisions"][0]["certified_at"]
    assert list(check_history(REQUESTS, document)) == []


def test_a_history_with_an_entry_taken_out_is_named(world: World) -> None:
    case = case_of(world)
    del case["history"][0]
    (finding,) = check_history(CASES, case)
    assert "gap" in finding.what


def test_a_history_that_makes_no_sense_is_named(world: World) -> None:
    case = case_of(world)
    case["history"][0] |= {"type": "Unheard"}
    (finding,) = check_history(CASES, case)
    assert "cannot be folded" in finding.what


def test_a_term_that_was_moved_and_a_sequence_that_was_changed_are_named(world: World) -> None:
    case = case_of(world)
    case["sequence"] += 1
    del case["due_at"]
    (finding,) = check_history(CASES, case)
    assert finding.what.endswith("in: due_at, sequence")


def test_an_outbox_with_what_its_history_does_not_tell_is_named(world: World) -> None:
    case = case_of(world)
    (opened,) = retell(CASES, case).events
    case["outbox"] = [opened]
    assert retell(CASES, case).waiting == [opened["id"]]
    case["outbox"] = [{**opened, "time": "2020-01-01T00:00:00.000Z"}]
    (changed,) = check_history(CASES, case)
    assert "event 1 in its outbox is not what its history tells" in changed.what
    case["outbox"] = [{**opened, "id": "invented"}]
    (invented,) = check_history(CASES, case)
    assert "which its history does not tell" in invented.what


def test_a_state_that_absorbs_and_was_left_is_named(world: World) -> None:
    """I4: as if somebody had added an entry after the end."""
    case = case_of(world)
    at = case["history"][0]["at"]
    ended = {"id": case["_id"], "request": "r", "revision": 1, "organization": "o", "district": "7", "at": at}
    for data in ({"type": "CaseWithdrawn", **ended}, {"type": "CaseStalled", "at": at}):
        type = data.pop("type")
        because = "request_withdrawn" if type == "CaseWithdrawn" else "no_quorum"
        entry = {"n": len(case["history"]) + 1, "type": type, "at": at, "actor": "x", "correlation": "x"}
        case["history"].append(entry | {"data": {**data, "because": because, "reason": because}})
    assert any(f.invariant == "I4" and "leaves withdrawn" in f.what for f in check_history(CASES, case))
