"""Documents ↔ dataclasses."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from shared.contracts.durations import Duration
from shared.contracts.review import RuleSetRef
from shared.storage.codec import from_document, to_document


@dataclass(frozen=True)
class Inner:
    n: int
    note: str | None = None


@dataclass(frozen=True)
class Outer:
    name: str
    at: datetime
    day: date | None
    inner: Inner | None
    many: tuple[Inner, ...]
    by_key: dict[str, Inner]
    rule_set: RuleSetRef
    term: Duration | None = None


def test_a_dataclass_survives_the_way_through_a_document() -> None:
    value = Outer(
        "انجمن",
        datetime(2026, 11, 22, 8, 30, tzinfo=UTC),
        date(2026, 11, 22),
        Inner(1),
        (Inner(2, "x"), Inner(3)),
        {"a": Inner(4)},
        RuleSetRef(id="mashhad", version=2),
        Duration(working_days=15),
    )
    document = to_document(value)
    assert isinstance(document["at"], datetime)
    assert document["rule_set"] == {"id": "mashhad", "version": 2}
    assert from_document(document, Outer) == value


def test_a_document_of_an_older_version_gets_defaults_and_unknown_fields_are_ignored() -> None:
    assert from_document({"n": 1, "gone": True}, Inner) == Inner(1)
