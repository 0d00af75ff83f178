"""What a service finds out about itself: each spoiled fact is found, named and given a next step; a healthy service has none."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.doctor import Finding, worst, worst_first
from shared.doctor_checks import check_dependencies, check_patient, check_servers
from shared.doctor_facts import Away, BrokerSeen, DatabaseSeen, QueueSeen, Skew
from shared.messaging.topology import QUORUM, Binding
from tests.unit.doctor.building import EXACT, INDEXES, NOW, UNIQUE, broker, database, patient, queues


def examined(broker: BrokerSeen | Away, database: DatabaseSeen | Away) -> list[Finding]:
    return [
        *check_dependencies("review", broker, database),
        *check_servers(broker, database),
        *check_patient(patient(), broker, database, NOW),
    ]


def wrong(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.code: finding for finding in findings if finding.severity != "fine"}


def test_a_healthy_service_has_only_fine_findings_and_each_part_is_named() -> None:
    findings = examined(broker(), database())
    assert worst(findings) == "fine"
    assert {finding.code for finding in findings} == {"archive", "queues", "outbox", "indexes"}


SPOILED: dict[str, tuple[dict[str, Any], dict[str, Any], str, str]] = {
    # code: what of the broker, what of the database, severity, a part of the sentence
    "queue_without_consumer": ({"queues": queues(review__registry=QueueSeen(12, 0, 0, QUORUM))}, {}, "alarm", "12 events"),
    "queue_growing": ({"queues": queues(review__registry=QueueSeen(1000, 2, 7.0))}, {}, "warning", "grows by 7 a second"),
    "queue_deep": ({"queues": queues(review__registry=QueueSeen(1000, 2, -7.0))}, {}, "warning", "worked off"),
    "queue_different": ({"queues": queues(review__registry=QueueSeen(0, 1))}, {}, "alarm", "x-queue-type"),
    "dead_letters": ({"queues": queues(review__registry__dead=QueueSeen(2, 0, 0, QUORUM))}, {}, "warning", "2 events"),
    "replay_waiting": ({"queues": queues(review__replays=QueueSeen(1, 0, 0, QUORUM))}, {}, "warning", "1 replay"),
    "exchange_missing": ({"exchanges": broker().exchanges - {"sama.budget"}}, {}, "alarm", "sama.budget"),
    "policy_different": ({"policies": {}}, {}, "warning", "is missing"),
    "clock_skew": ({"skew": Skew(timedelta(seconds=-61), timedelta(seconds=0.5))}, {}, "alarm", "61 s behind"),
    "outbox_old": ({}, {"oldest_unsent": NOW - timedelta(seconds=61)}, "alarm", "61 s"),
    "timer_late": ({}, {"overdue": {"cases": "c1"}}, "alarm", "cases c1"),
    "index_unknown": (
        {}, {"indexes": {"cases": {i.name: i for i in INDEXES} | {"old_1": UNIQUE}}}, "warning", "cases.old_1"
    ),
    "restore_unfinished": ({}, {"restoring": True}, "alarm", "only a part"),
}  # fmt: skip


@pytest.mark.parametrize("code", SPOILED)
def test_what_is_spoiled_is_named_with_its_severity_and_a_next_step(code: str) -> None:
    of_broker, of_database, severity, words = SPOILED[code]
    found = wrong(examined(broker(**of_broker), database(**of_database)))
    assert code in found
    assert found[code].severity == severity
    assert found[code].do
    assert words in found[code].what


def test_a_missing_queue_is_named_once_and_its_bindings_are_not_named_beside_it() -> None:
    healthy = broker()
    there = frozenset(b for b in healthy.bindings if b.destination != "review.registry")
    found = examined(broker(bindings=there), database())
    assert [f.what for f in found if f.code == "queue_missing"] == ["queue review.registry is not on the broker"]
    assert not [f for f in found if f.code == "binding_missing"]


def test_each_missing_binding_is_named() -> None:
    lost = Binding("sama.registry", "review.registry", "organization.suspended.v1")
    found = wrong(examined(broker(bindings=broker().bindings - {lost}), database()))
    assert list(found) == ["binding_missing"]
    assert "organization.suspended.v1" in found["binding_missing"].what


@pytest.mark.parametrize(("index", "severity"), [(UNIQUE, "alarm"), (INDEXES[-1], "warning")])
def test_a_missing_index_is_an_alarm_only_if_duplicates_are_possible_without_it(index: object, severity: str) -> None:
    there = {i.name: i for i in INDEXES if i != index}
    assert wrong(examined(broker(), database(indexes={"cases": there})))["index_missing"].severity == severity


@pytest.mark.parametrize(
    "changed",
    [
        {"unique": False}, {"keys": (("request", -1),)}, {"sparse": True}, {"partial": {"request": {"$type": "string"}}},
    ],
)  # fmt: skip
def test_an_index_of_the_same_name_and_another_form_is_an_alarm(changed: dict[str, Any]) -> None:
    there = {i.name: i for i in INDEXES} | {UNIQUE.name: replace(UNIQUE, **changed)}
    assert wrong(examined(broker(), database(indexes={"cases": there})))["index_different"].severity == "alarm"


def test_an_event_that_waits_because_the_broker_is_away_says_so_and_names_the_broker_first() -> None:
    found = wrong(examined(Away("refused"), database(oldest_unsent=NOW - timedelta(hours=1))))
    assert found["broker_away"].severity == "alarm"
    assert "the broker is away" in found["outbox_old"].what
    assert found["outbox_old"].do == "start the broker first"


def test_when_the_database_is_away_the_broker_is_still_looked_at_and_the_other_way_round() -> None:
    assert wrong(examined(broker(policies={}), Away("refused"))).keys() == {"database_away", "policy_different"}
    assert wrong(examined(Away("refused"), database(restoring=True))).keys() == {"broker_away", "restore_unfinished"}


@pytest.mark.parametrize(
    ("ahead", "severity"),
    [(4.9, "fine"), (-5.4, "fine"), (5.6, "warning"), (-60.4, "warning"), (60.6, "alarm")],
)
def test_a_clock_counts_as_wrong_only_beyond_what_the_measuring_may_be_wrong_by(ahead: float, severity: str) -> None:
    skew = replace(EXACT, ahead=timedelta(seconds=ahead))
    assert worst(examined(broker(skew=skew), database())) == severity
    assert worst(examined(broker(), database(skew=skew))) == severity


def test_a_queue_below_the_limit_or_not_yet_counted_is_fine() -> None:
    for seen in (QueueSeen(999, 1, 5.0, QUORUM), QueueSeen(0, None, 0, QUORUM)):
        found = wrong(examined(broker(queues=queues(review__registry=seen)), database()))
        assert found.keys() <= {"queue_different"}


def test_alarms_come_first() -> None:
    findings = [Finding(severity, "c", "w", "x") for severity in ("fine", "alarm", "warning", "alarm")]
    assert [finding.severity for finding in worst_first(findings)] == ["alarm", "alarm", "warning", "fine"]
    assert worst([]) == "fine"
