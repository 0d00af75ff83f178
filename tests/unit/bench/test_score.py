"""What is recorded of the services: means per call, and a recording that has a request's whole way."""

from typing import Any

from bench import score
from bench.bare_app import CLOSING, ROUTES, Carry


def command(**of: Any) -> dict[str, Any]:
    plain = {"command": "find", "collection": "cases", "by": "id", "missed": False, "documents": 1, "bytes": 0}
    return {**plain, "history": 0, "outbox": 0, "sets": [], **of}


def test_commands_of_a_kind_become_one_mean_finds_first() -> None:
    made = score.counted(
        [command(command="update", bytes=300), command(bytes=100), command(bytes=200), command(collection="standings")],
        calls=2,
    )
    assert [(c.command, c.collection, c.per_call, c.bytes) for c in made] == [
        ("find", "cases", 1.0, 150.0),
        ("find", "standings", 0.5, 0.0),
        ("update", "cases", 0.5, 300.0),
    ]


def test_updates_that_lost_a_race_are_counted_apart() -> None:
    made = score.counted([command(command="update"), command(command="update", missed=True)], calls=1)
    assert [c.missed for c in made] == [False, True]


def test_what_an_update_changes_of_the_indexed_fields_is_a_share() -> None:
    (made,) = score.counted([command(command="update", sets=["status"]), command(command="update")], calls=2)
    assert made.sets == {"status": 0.5}


def test_the_recording_has_every_call_and_event_on_a_requests_way() -> None:
    recorded = score.load()
    announced = {event for operation in recorded.operations.values() for event in operation.publishes}
    assert announced == {
        "request.submitted.v1", "case.opened.v1", "case.closed.v1", "case.decided.v1",
        "reservation.made.v1", "request.accepted.v1", "commitment.made.v1",
    }  # fmt: skip
    assert announced <= recorded.messages.keys()
    calls = {f"{service} {route}" for service, routes in ROUTES.items() for route in routes}
    assert calls <= recorded.operations.keys()
    assert any(name.endswith(CLOSING) for name in recorded.operations)


def test_fractions_of_a_mean_are_done_now_and_then() -> None:
    carry = Carry()
    assert [carry.whole("find", 0.4) for _ in range(10)] == [0, 0, 1, 0, 1, 0, 0, 1, 0, 1]
    assert sum(carry.whole("update", 1.25) for _ in range(8)) == 10
