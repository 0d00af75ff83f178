"""The order of reading: who follows before whom it follows, so that nothing in a backup is unknown to its source."""

from ops.backup.order import OWN, SERVICES, books, collections
from ops.contracts import subscriptions


def test_every_edge_is_read_from_its_end_except_the_two_that_the_decision_names() -> None:
    backwards = {
        (edge.announcer, edge.consumer)
        for listens in subscriptions().values()
        for edge in listens.edges
        if SERVICES.index(edge.consumer) > SERVICES.index(edge.announcer)
    }
    assert backwards == {("requests", "review"), ("budget", "requests")}


def test_copies_and_cursors_come_before_what_the_service_owns() -> None:
    assert collections("budget", ["entries", "cursors", "standings"]) == ["cursors", "standings", "entries"]
    assert collections("review", ["rule_sets", "cases", "standings", "working_groups"]) == [
        "standings", "cases", "working_groups", "rule_sets",
    ]  # fmt: skip


def test_files_come_after_what_names_them() -> None:
    found = ["documents.chunks", "documents.files", "organizations", "floors", "districts", "organization_imports"]
    assert collections("registry", found) == [
        "floors", "organization_imports", "organizations", "districts", "documents.files", "documents.chunks",
    ]  # fmt: skip


def test_every_kind_of_aggregate_has_its_place() -> None:
    from ops.verify.histories import KINDS

    for service, kinds in KINDS.items():
        assert set(OWN[service]) == {kind.collection for kind in kinds}


def test_the_districts_books_come_before_the_citys_from_which_their_money_came() -> None:
    assert books(["city/1405", "district:7/1405", "city/1404", "district:10/1404"]) == [
        "district:10/1404", "district:7/1405", "city/1404", "city/1405",
    ]  # fmt: skip
