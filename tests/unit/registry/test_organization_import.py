"""An import takes what its examination showed, and no row with a fault whatever is asked."""

from functools import reduce
from typing import Any

import bson
import pytest

from services.registry.domain import organization_import as domain
from services.registry.domain.organization_import import (
    Choice,
    ImportEvent,
    ImportHasBadRows,
    ImportRow,
    ImportWrongStatus,
    NothingToImport,
    OrganizationImport,
    RowDuplicate,
    RowFault,
    RowOutcome,
    SourceFile,
    Traits,
    likeness,
)
from services.registry.outbound.store import IMPORTS
from shared.storage.codec import from_document, to_document
from tests.unit.registry.samples import LATER, NOW, association, mosque_group
from tests.unit.registry.test_store import OPTIONS

FILE = SourceFile("تشکل‌ها.csv", "csv", 100, "0" * 64, "utf-8", ",", ("یادداشت",))
GOOD = ImportRow(2, "یک", mosque_group())
ALIKE = ImportRow(3, "دو", association(), duplicates=(RowDuplicate(("same_name",), organization="o"),))
BAD = ImportRow(4, "سه", None, faults=(RowFault("نوع", "unknown_kind", {"kinds": "x"}),))


def examined(*rows: ImportRow) -> OrganizationImport:
    return domain.evolve(None, *domain.examine(None, id="i", file=FILE, rows=rows, by="office", now=NOW))


def after(state: OrganizationImport, events: Any) -> OrganizationImport:
    return reduce(domain.evolve, events, state)


def chosen(state: OrganizationImport, choice: Choice) -> OrganizationImport:
    return after(state, domain.choose(state, choice, False, correlation="c", now=LATER))


@pytest.mark.parametrize(("choice", "rows"), [("good", [2, 3]), ("new", [2])])
def test_a_row_with_a_fault_is_never_taken_and_one_that_resembles_another_only_if_asked(
    choice: Choice, rows: list[int]
) -> None:
    state = chosen(examined(GOOD, ALIKE, BAD), choice)
    assert [row.row for row in domain.pending(state)] == rows


def test_all_is_refused_while_a_row_has_a_fault() -> None:
    with pytest.raises(ImportHasBadRows) as refused:
        chosen(examined(GOOD, BAD), "all")
    assert refused.value.params == {"bad": 1}
    assert len(domain.pending(chosen(examined(GOOD, ALIKE), "all"))) == 2


def test_nothing_is_not_imported() -> None:
    with pytest.raises(NothingToImport):
        chosen(examined(BAD), "good")
    with pytest.raises(NothingToImport):
        chosen(examined(ALIKE), "new")


def test_the_same_choice_again_changes_nothing_and_another_is_refused() -> None:
    state = chosen(examined(GOOD, ALIKE), "new")
    assert domain.choose(state, "new", False, correlation="d", now=LATER) == []
    for choice, submit in (("good", False), ("new", True)):
        with pytest.raises(ImportWrongStatus):
            domain.choose(state, choice, submit, correlation="d", now=LATER)  # type: ignore[arg-type]


def test_it_is_due_until_every_chosen_row_is_registered_and_each_is_noted_once() -> None:
    state = chosen(examined(GOOD, ALIKE), "good")
    assert domain.due_at(examined(GOOD)) is None
    assert domain.due_at(state) == LATER
    state = after(state, domain.note_registered(state, [RowOutcome(2, "o2", "draft")], now=LATER))
    assert (state.status, domain.due_at(state)) == ("registering", LATER)
    assert domain.note_registered(state, [RowOutcome(2, "o2", "draft")], now=LATER) == []
    state = after(
        state, domain.note_registered(state, [RowOutcome(3, "o3", "draft"), RowOutcome(4, "x", "draft")], now=LATER)
    )
    assert (state.status, domain.due_at(state), len(state.outcomes)) == ("done", None, 2)


def test_likeness_is_a_name_in_a_shared_district_the_sheba_or_the_legal_id() -> None:
    one = Traits(("الف",), ("7",), "IR1", "10")
    assert likeness(one, Traits(("الف",), ("8",))) == ()
    assert likeness(one, Traits(("الف", "ب"), ("8", "7"))) == ("same_name",)
    assert likeness(one, Traits(("ب",), ("8",), "IR1", "10")) == ("same_sheba", "same_legal_id")
    assert likeness(Traits((), ("7",)), Traits((), ("7",))) == ()


@pytest.mark.parametrize(
    "value",
    [
        examined(GOOD, ALIKE, BAD),
        chosen(examined(GOOD), "good"),
        domain.Examined("i", FILE, (GOOD, ALIKE, BAD), "office", NOW),
        domain.Chosen("new", True, "c", NOW),
        domain.RowsRegistered((RowOutcome(2, "o", "draft", "legal_id_taken"),), NOW),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_stored_is_read_back_the_same(value: Any) -> None:
    stored = bson.decode(bson.encode(to_document(value)), OPTIONS)
    assert from_document(stored, type(value)) == value


def test_every_event_has_a_place_in_history() -> None:
    assert set(IMPORTS.events) == set(ImportEvent.__args__)
