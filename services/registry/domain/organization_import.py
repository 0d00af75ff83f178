"""An import of organisations from one spreadsheet: examined first, then its good rows become drafts (docs/decisions/0034).

examined → registering → done

The rows are kept as they were parsed, so that what is registered is what the examination showed. Nothing is verified by an import.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from services.registry.domain.profile import Profile
from shared.contracts.refusals import Refusal
from shared.contracts.registry import OrganizationStatus

ImportStatus = Literal["examined", "registering", "done"]
Choice = Literal["all", "good", "new"]
"""all: only if every row is good; good: rows without a fault; new: those of them that resemble nobody."""

Likeness = Literal["same_name", "same_sheba", "same_legal_id"]
FileFormat = Literal["xlsx", "csv"]


@dataclass(frozen=True)
class SourceFile:
    """The file as it was read. size: bytes; encoding, delimiter: of a CSV; ignored: columns that nothing was taken from."""

    name: str
    format: FileFormat
    size: int
    sha256: str
    encoding: str | None = None
    delimiter: str | None = None
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowFault:
    """What is wrong in one cell. column: as named in the file; code: has a text, filled with params."""

    column: str
    code: str
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RowDuplicate:
    """A likely duplicate: an organisation that is registered, or another row of the file."""

    grounds: tuple[Likeness, ...]
    organization: str | None = None
    row: int | None = None


@dataclass(frozen=True)
class ImportRow:
    """One row. row: its number in the spreadsheet, from 1; profile: None if it has a fault, so that bad data is not kept."""

    row: int
    name: str
    profile: Profile | None
    faults: tuple[RowFault, ...] = ()
    duplicates: tuple[RowDuplicate, ...] = ()


@dataclass(frozen=True)
class RowOutcome:
    """What became of a chosen row. code: why it was not submitted although that was asked for."""

    row: int
    organization: str
    status: OrganizationStatus
    code: str | None = None


@dataclass(frozen=True)
class OrganizationImport:
    """State. by: who examined, and so registers (token subject); chosen_at: when rows were chosen."""

    id: str
    status: ImportStatus
    file: SourceFile
    rows: tuple[ImportRow, ...]
    by: str
    at: datetime
    choice: Choice | None = None
    submit: bool = False
    correlation: str = ""
    chosen_at: datetime | None = None
    outcomes: tuple[RowOutcome, ...] = ()
    done_at: datetime | None = None


@dataclass(frozen=True)
class Examined:
    """The dry run: the rows with what is wrong in them."""

    id: str
    file: SourceFile
    rows: tuple[ImportRow, ...]
    by: str
    at: datetime


@dataclass(frozen=True)
class Chosen:
    """These rows are to be registered, and submitted if asked for and complete. correlation: of the call."""

    choice: Choice
    submit: bool
    correlation: str
    at: datetime


@dataclass(frozen=True)
class RowsRegistered:
    """Some of the chosen rows are organisations now."""

    outcomes: tuple[RowOutcome, ...]
    at: datetime


ImportEvent = Examined | Chosen | RowsRegistered


class ImportWrongStatus(Refusal):
    """Rows of this import were chosen before, in another way."""

    code = "import_wrong_status"


class ImportHasBadRows(Refusal):
    """All rows were asked for, and some have faults."""

    code = "import_has_bad_rows"
    kind = "unprocessable"


class NothingToImport(Refusal):
    """No row is left of those that were asked for."""

    code = "nothing_to_import"
    kind = "unprocessable"


def examine(
    state: OrganizationImport | None, *, id: str, file: SourceFile, rows: Sequence[ImportRow], by: str, now: datetime
) -> Sequence[ImportEvent]:
    """Keep what the dry run found. Raises ImportWrongStatus if there is an import of this id."""
    if state is not None:
        raise ImportWrongStatus(status=state.status)
    return [Examined(id, file, tuple(rows), by, now)]


def choose(
    state: OrganizationImport, choice: Choice, submit: bool, *, correlation: str, now: datetime
) -> Sequence[ImportEvent]:
    """Have rows registered; the same choice again does nothing. Raises ImportWrongStatus, ImportHasBadRows, NothingToImport."""
    if state.status != "examined":
        if (state.choice, state.submit) == (choice, submit):
            return []
        raise ImportWrongStatus(status=state.status)
    bad = sum(bool(row.faults) for row in state.rows)
    if choice == "all" and bad:
        raise ImportHasBadRows(bad=bad)
    if not chosen(state.rows, choice):
        raise NothingToImport()
    return [Chosen(choice, submit, correlation, now)]


def chosen(rows: Sequence[ImportRow], choice: Choice) -> Sequence[ImportRow]:
    """Return the rows that a choice takes; a row with a fault is never among them."""
    good = [row for row in rows if not row.faults and row.profile is not None]
    return [row for row in good if not row.duplicates] if choice == "new" else good


def pending(state: OrganizationImport) -> Sequence[ImportRow]:
    """Return the chosen rows that are not registered yet, in order."""
    if state.choice is None:
        return []
    registered = {outcome.row for outcome in state.outcomes}
    return [row for row in chosen(state.rows, state.choice) if row.row not in registered]


def note_registered(
    state: OrganizationImport, outcomes: Sequence[RowOutcome], *, now: datetime
) -> Sequence[ImportEvent]:
    """Note what became of rows; what another replica noted before stays."""
    waiting = {row.row for row in pending(state)}
    fresh = tuple(outcome for outcome in outcomes if outcome.row in waiting)
    return [RowsRegistered(fresh, now)] if fresh else []


def due_at(state: OrganizationImport) -> datetime | None:
    """Return since when rows wait to be registered."""
    return state.chosen_at if state.status == "registering" else None


def evolve(state: OrganizationImport | None, event: ImportEvent) -> OrganizationImport:
    """Fold one event into the state."""
    if isinstance(event, Examined):
        return OrganizationImport(event.id, "examined", event.file, event.rows, event.by, event.at)
    assert state is not None  # noqa: S101 - every history begins with Examined
    match event:
        case Chosen():
            return replace(
                state,
                status="registering",
                choice=event.choice,
                submit=event.submit,
                correlation=event.correlation,
                chosen_at=event.at,
            )
        case RowsRegistered():
            after = replace(state, outcomes=(*state.outcomes, *event.outcomes))
            return after if pending(after) else replace(after, status="done", done_at=event.at)


# ---------------------------------------------------------------- likely duplicates


@dataclass(frozen=True)
class Traits:
    """By what an organisation is taken for another (REG-5). names: keys; legal_id: only a registered one's is compared here."""

    names: tuple[str, ...]
    districts: tuple[str, ...]
    sheba: str | None = None
    legal_id: str | None = None


def likeness(one: Traits, other: Traits) -> tuple[Likeness, ...]:
    """Return why two are likely the same: a normalised name in a shared district, the Sheba, or the legal id."""
    grounds: list[Likeness] = []
    if not set(one.districts).isdisjoint(other.districts) and not set(one.names).isdisjoint(other.names):
        grounds.append("same_name")
    if one.sheba is not None and one.sheba == other.sheba:
        grounds.append("same_sheba")
    if one.legal_id is not None and one.legal_id == other.legal_id:
        grounds.append("same_legal_id")
    return tuple(grounds)


COMPARED: Final[Mapping[str, str]] = {
    "names": "keys.names",
    "sheba": "profile.account.sheba",
    "legal_id": "profile.legal_id",
}
"""Traits by which a candidate is looked for, and where an organisation has them."""
