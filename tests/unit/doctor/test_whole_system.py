"""What only the whole system shows: services, versions, books, nodes and disks; and where the system is."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ops.doctor.checks import (
    DISK_ALARM,
    DISK_WARNING,
    HEAD_LATE,
    check_books,
    check_disks,
    check_members,
    check_nodes,
    check_replicas,
    check_webhooks,
    diagnose,
    nothing_seen,
)
from ops.doctor.facts import BookSeen, BooksSeen, Disk, Facts, Node, ServiceSeen, WebhookSeen
from ops.doctor.system import NoSystem, find_system, service_addresses
from shared.doctor import Finding, worst
from shared.doctor_facts import Away, QueueSeen
from shared.messaging.topology import PUBLIC
from tests.unit.doctor.building import EXACT, NOW, broker, database, patient, queues

NODE = Node("rabbit@one", True, False, False, 100 << 30, 50 << 20, ())
BOOK = BookSeen("district:7/1405", 12, True, None)
REVIEW = ServiceSeen("review", "http://127.0.0.1:8003", skew=EXACT, contracts="v2")
HEALTHY = Facts(
    at=NOW,
    patients={"review": patient()},
    broker=broker(),
    nodes=(NODE,),
    databases={"review": database()},
    services=(REVIEW,),
    unknown=(),
    books=BooksSeen((BOOK,), guarded=True),
    webhooks=(WebhookSeen("w1", None, None, 0),),
    disks=(Disk("the disk", 100 << 30, 200 << 30),),
    declared={"review": "v2"},
)


def codes(findings: list[Finding]) -> dict[str, str]:
    return {finding.code: finding.severity for finding in findings if finding.severity != "fine"}


def test_a_healthy_system_is_fine() -> None:
    assert worst(diagnose(HEALTHY)) == "fine"
    assert not nothing_seen(HEALTHY)


def test_a_service_is_not_ready_with_its_own_reasons_one_line_each() -> None:
    sick = replace(REVIEW, problems=("queue review.requests has no consumer", "the database does not answer: refused"))
    found = [f.what for f in diagnose(replace(HEALTHY, services=(sick,))) if f.code == "service_not_ready"]
    assert found == [f"it is not ready: {problem}" for problem in sick.problems]


def test_a_service_whose_clock_is_wrong_is_said_by_its_address() -> None:
    late = replace(REVIEW, skew=replace(EXACT, ahead=timedelta(seconds=-20)))
    (found,) = [f for f in diagnose(replace(HEALTHY, services=(late,))) if f.severity != "fine"]
    assert (found.code, found.severity, REVIEW.url in found.where) == ("clock_skew", "warning", True)


def test_nothing_is_said_of_the_nodes_of_a_broker_that_is_away_and_a_user_without_rights_is_no_fault() -> None:
    unseen = replace(HEALTHY, nodes=Away("/api/nodes answered 401"))
    assert [finding.severity for finding in diagnose(unseen) if finding.code == "nodes_unseen"] == ["fine"]
    assert not [f for f in diagnose(replace(unseen, broker=Away("refused"))) if f.code == "nodes_unseen"]


def test_a_service_that_does_not_answer_or_whose_address_is_unknown_is_said() -> None:
    away = ServiceSeen("review", "http://127.0.0.1:8003", away="refused")
    found = diagnose(replace(HEALTHY, services=(away,), unknown=("budget",)))
    assert codes(found) == {"service_away": "alarm", "service_unknown": "warning"}
    assert any("SAMA_BUDGET_URL" in finding.do for finding in found)


def test_replicas_of_two_versions_and_one_unlike_this_command_are_told_apart() -> None:
    older = replace(REVIEW, url="http://127.0.0.1:8004", contracts="v1")
    assert codes(diagnose(replace(HEALTHY, services=(REVIEW, older)))) == {"versions_differ": "warning"}
    assert codes(diagnose(replace(HEALTHY, services=(older,)))) == {"version_unlike_here": "warning"}


def test_one_broker_for_all_services_is_said_to_be_away_once() -> None:
    both = {"review": patient(), "budget": replace(patient(), service="budget")}
    facts = replace(
        HEALTHY, patients=both, broker=Away("refused"), databases=dict.fromkeys(both, database()), nodes=Away("x")
    )
    assert [finding.code for finding in diagnose(facts) if finding.severity != "fine"] == ["broker_away"]


def test_nothing_was_seen_only_if_broker_databases_and_services_are_all_away() -> None:
    gone = replace(
        HEALTHY,
        broker=Away("refused"),
        databases={"review": Away("refused")},
        services=(replace(REVIEW, away="refused"),),
    )
    assert nothing_seen(gone)
    assert not nothing_seen(replace(gone, services=(REVIEW,)))
    assert not nothing_seen(replace(gone, broker=broker()))


@pytest.mark.parametrize(
    ("books", "expected"),
    [
        (BooksSeen((replace(BOOK, there=False),), True), {"book_cut_off": "alarm"}),
        (BooksSeen((replace(BOOK, unheaded_since=NOW - HEAD_LATE - timedelta(seconds=1)),), True), {"head_late": "warning"}),
        (BooksSeen((replace(BOOK, unheaded_since=NOW - HEAD_LATE),), True), {}),
        (BooksSeen((BOOK,), False), {"validator_missing": "alarm"}),
    ],
)  # fmt: skip
def test_books_that_are_cut_off_unheaded_or_unguarded_are_found(books: BooksSeen, expected: dict[str, str]) -> None:
    assert codes(list(check_books(books, NOW))) == expected


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (replace(NODE, running=False), {"node_down": "alarm"}),
        (replace(NODE, memory_alarm=True), {"memory_alarm": "alarm"}),
        (replace(NODE, disk_alarm=True, disk_free=0), {"disk_alarm": "alarm"}),
        (replace(NODE, disk_free=DISK_WARNING - 1), {"disk_low": "warning"}),
        (replace(NODE, partitions=("rabbit@two",)), {"partition": "alarm"}),
    ],
)
def test_alarms_of_the_brokers_nodes_are_found(node: Node, expected: dict[str, str]) -> None:
    assert codes(list(check_nodes((node,)))) == expected


@pytest.mark.parametrize(
    ("free", "expected"),
    [(DISK_ALARM - 1, {"disk_full": "alarm"}), (DISK_WARNING - 1, {"disk_low": "warning"}), (DISK_WARNING, {})],
)
def test_little_space_is_found(free: int, expected: dict[str, str]) -> None:
    assert codes(list(check_disks([Disk("here", free, 1 << 40)]))) == expected


@pytest.fixture
def remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("MONGO_URL", "MONGO_PREFIX", "RABBIT_URL", "RABBIT_MANAGEMENT_URL", "REVIEW_URL"):
        monkeypatch.delenv(f"SAMA_{name}", raising=False)
    ports = {"mongo": 1, "rabbit": 2, "rabbit_management": 3, "review": 4, "review-2": 5, "budget": 6}
    (tmp_path / "state.json").write_text(json.dumps({"ports": ports, "owner": 0, "processes": {}}))
    (tmp_path / "data" / "rabbit").mkdir(parents=True)
    (tmp_path / "data" / "rabbit" / "password").write_text("secret")
    return tmp_path


def test_a_local_stack_is_found_with_all_its_replicas(remembered: Path) -> None:
    system = find_system(remembered)
    assert system.mongo_url.startswith("mongodb://127.0.0.1:1/")
    assert system.rabbit_url == "amqp://sama:secret@127.0.0.1:2/"
    assert system.rabbit_management_url == "http://sama:secret@127.0.0.1:3"
    assert system.services["review"] == ("http://127.0.0.1:4", "http://127.0.0.1:5")
    assert system.services["registry"] == ()


def test_addresses_of_the_environment_come_first(remembered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMA_MONGO_URL", "mongodb://db/")
    monkeypatch.setenv("SAMA_MONGO_PREFIX", "city")
    monkeypatch.setenv("SAMA_RABBIT_URL", "amqp://u:p@mq/")
    monkeypatch.setenv("SAMA_REVIEW_URL", "http://r1:8000, http://r2:8000/")
    system = find_system(remembered)
    assert (system.mongo_url, system.mongo_prefix) == ("mongodb://db/", "city")
    assert system.rabbit_management_url == "http://u:p@mq:15672"
    assert service_addresses(remembered)["review"] == ("http://r1:8000", "http://r2:8000")


def test_no_stack_and_no_addresses_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAMA_MONGO_URL", raising=False)
    with pytest.raises(NoSystem, match="sama up"):
        find_system(tmp_path)


def test_a_webhook_that_was_given_up_or_does_not_keep_up_is_said() -> None:
    healthy = broker()
    full = replace(healthy, queues={**healthy.queues, PUBLIC: QueueSeen(5_000, 1)})
    seen = {
        "well": WebhookSeen("well", None, NOW - timedelta(minutes=59), 4_500),
        "dead": WebhookSeen("dead", "failing", NOW, 4_999),
        "down": WebhookSeen("down", None, NOW - timedelta(minutes=61), 4_999),
        "slow": WebhookSeen("slow", None, None, 3_000),
    }
    found = {f.where: f.code for f in check_webhooks(tuple(seen.values()), full, NOW) if f.severity == "warning"}
    assert found == {
        "webhook dead": "webhook_dead",
        "webhook down": "webhooks_behind",
        "webhook slow": "webhooks_behind",
    }


def test_too_few_replicas_are_told_with_the_number_that_would_do_and_the_command() -> None:
    busy = replace(REVIEW, wanted=3)
    (found,) = check_replicas((busy, replace(busy, url="http://127.0.0.1:8004", wanted=2)))
    assert (found.code, found.severity, found.where) == ("replicas_wanted", "warning", "review")
    assert "3 replicas would" in found.what
    assert "2 run" in found.what
    assert "--scale review=3" in found.do


def test_enough_replicas_are_fine_and_silence_is_no_finding() -> None:
    (found,) = check_replicas((replace(REVIEW, wanted=1),))
    assert (found.severity, found.what) == ("fine", "1 replica would do, 1 run")
    assert list(check_replicas((REVIEW,))) == []
    assert list(check_replicas((replace(REVIEW, wanted=2, away="refused"),))) == []


def test_a_queue_on_fewer_nodes_than_three_is_told_once_the_broker_has_them() -> None:
    lonely = broker(
        queues=queues(review__registry=QueueSeen(0, 1, members=1), sama__archive=QueueSeen(0, 0, members=3))
    )
    nodes = tuple(replace(NODE, name=f"rabbit@{n}") for n in ("one", "two", "three"))
    (found,) = check_members(lonely, nodes)
    assert (found.code, found.severity) == ("queue_members", "warning")
    assert "review.registry" in found.what
    assert "sama.archive" not in found.what
    assert list(check_members(lonely, nodes[:1])) == []
    assert list(check_members(lonely, Away("401"))) == []
