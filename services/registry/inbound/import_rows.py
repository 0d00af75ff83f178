"""Rows of a spreadsheet → profiles, or what is wrong in which column."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from pydantic import ValidationError

from services.registry.domain.columns import COLUMNS, HOLDERS, REQUIRED, Column
from services.registry.domain.organization_import import RowFault
from services.registry.domain.profile import Profile
from services.registry.inbound.bodies import RegistrationBody
from services.registry.inbound.spreadsheets import EMPTY, Cell, Sheet
from services.registry.usecases.imports import ReadRow, Vocabulary
from shared.contracts.refusals import FieldError, Params, Refusal
from shared.persian.calendar import NoSuchDay, PersianDate, gregorian_date
from shared.persian.identifiers import normalise
from shared.persian.text import latin_digits, search_key, search_tokens
from shared.web.problems import field_error

_SEPARATORS: Final = re.compile(r"[،,؛;|\n]")
_DATE: Final = re.compile(r"([0-9]{4})[/.-]([0-9]{1,2})[/.-]([0-9]{1,2})")
_LAST_PERSIAN_YEAR: Final = 1700  # no year before it is Gregorian here, none after it Persian
_NATIONAL_CODE, _MOBILE = 10, 11  # digits


class ColumnsWrong(Refusal):
    """Columns lack that every row needs, or a column is there twice; ``errors`` names them."""

    code = "columns_wrong"
    kind = "unprocessable"


class Unreadable(Exception):
    """A cell that means nothing in its column."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params: Params = params


@dataclass(frozen=True)
class Places:
    """Where which column is. at: place in the row by column; named: the header as the file has it, by pointer."""

    at: tuple[tuple[int, Column], ...]
    named: Mapping[str, str]
    ignored: tuple[str, ...]


@dataclass
class _Reading:
    """One row being read."""

    body: dict[str, Any] = field(default_factory=dict)
    faults: list[FieldError] = field(default_factory=list)


def find_columns(header: Sequence[str]) -> Places:
    """Return which columns the file has. Raises ColumnsWrong."""
    known = {_header_key(text): column for column in COLUMNS for text in column.headers}
    found: dict[str, tuple[int, Column]] = {}
    errors: list[FieldError] = []
    ignored: list[str] = []
    for place, text in enumerate(header):
        column = known.get(_header_key(text))
        if column is None:
            ignored += [text] if text else []
        elif column.pointer in found:
            errors.append(FieldError(f"/{place}", "column_twice", {"column": text}))
        else:
            found[column.pointer] = place, column
    for column in COLUMNS:
        if column.pointer in REQUIRED and column.pointer not in found:
            errors.append(FieldError("", "column_missing", {"column": f"{column.fa} / {column.en}"}))
    if errors:
        raise ColumnsWrong(errors=errors)
    named = {pointer: header[place] for pointer, (place, _) in found.items()}
    return Places(tuple(found.values()), named, tuple(ignored))


def read_rows(sheet: Sheet, places: Places, words: Vocabulary) -> Sequence[ReadRow]:
    """Return each row as a profile, or with what is wrong in which column."""
    return [_read_row(number, row, places, words) for number, row in sheet.rows]


def _header_key(text: str) -> str:
    return " ".join(search_tokens(text.replace("_", " ")))


def _read_row(number: int, row: Sequence[Cell], places: Places, words: Vocabulary) -> ReadRow:
    reading = _Reading()
    for place, column in places.at:
        cell = row[place] if place < len(row) else EMPTY
        if cell.text:
            try:
                _put(reading.body, column.pointer, _value(cell, column, words))
            except Unreadable as fault:
                reading.faults.append(FieldError(column.pointer, fault.code, fault.params))
    people = _close_ranks(reading.body)
    profile = _profile(reading, people)
    faults = tuple(
        RowFault(column_of(error.pointer, places.named), error.code, {k: str(v) for k, v in error.params.items()})
        for error in reading.faults
    )
    name = str(reading.body.get("names", {}).get("fa", ""))[:300]
    return ReadRow(number, name, profile, faults, _columns(places.named, people))


def _profile(reading: _Reading, people: Sequence[int]) -> Profile | None:
    try:
        profile = RegistrationBody.model_validate(reading.body).to_domain()
    except ValidationError as error:
        known = {fault.pointer for fault in reading.faults}
        found = [field_error({**e, "loc": ("body", *e["loc"])}) for e in error.errors()]
        found = [FieldError(_in_file(f.pointer, people), f.code, f.params) for f in found]
        # What could not be read is missing in the body, too: that is told once.
        reading.faults += [f for f in found if not any(_about(f.pointer, pointer) for pointer in known)]
        return None
    return None if reading.faults else profile


def _about(pointer: str, known: str) -> bool:
    return pointer == known or known.startswith(f"{pointer}/") or pointer.startswith(f"{known}/")


def _value(cell: Cell, column: Column, words: Vocabulary) -> Any:
    text = cell.text
    match column.form:
        case "identifier":
            return _identifier(cell, column)
        case "date":
            return _day(text)
        case "texts":
            return [*_parts(text)]
        case "kind":
            return _word(text, words.kinds, "unknown_kind", kinds=", ".join(dict.fromkeys(words.kinds.values())))
        case "districts":
            return [_word(part, words.districts, "district_unknown_word", word=part[:80]) for part in _parts(text)]
        case "holder":
            return _word(text, _HOLDERS, "holder_unknown", holders="، ".join(names[0] for names in HOLDERS.values()))
    return text


_HOLDERS: Final = {search_key(word): holder for holder, names in HOLDERS.items() for word in names}


def _word(text: str, words: Mapping[str, str], code: str, **params: str) -> str:
    found = words.get(search_key(text))
    if found is None:
        raise Unreadable(code, **params)
    return found


def _parts(text: str) -> Iterator[str]:
    return (part.strip() for part in _SEPARATORS.split(text) if part.strip())


def _identifier(cell: Cell, column: Column) -> str:
    """Return the identifier's text. A spreadsheet that took it for a number has dropped the zeros it began with: that is told."""
    digits = normalise(cell.text)
    short = digits.isascii() and digits.isdigit()
    if column.pointer.endswith("/national_code") and short and len(digits) < _NATIONAL_CODE:
        raise Unreadable("leading_zeros_lost", digits=_NATIONAL_CODE)
    if column.pointer.endswith("/mobile") and cell.number and short and len(digits) < _MOBILE:
        raise Unreadable("leading_zeros_lost", digits=_MOBILE)
    return cell.text


def _day(text: str) -> str:
    """Return the day as ISO text; a year before 1700 is of the Persian calendar."""
    found = _DATE.fullmatch(latin_digits(text).split()[0])
    if found is None:
        raise Unreadable("date_unreadable")
    year, month, day = (int(part) for part in found.groups())
    try:
        if year < _LAST_PERSIAN_YEAR:
            return gregorian_date(PersianDate(year, month, day)).isoformat()
        return date(year, month, day).isoformat()
    except (NoSuchDay, ValueError, OverflowError) as error:
        raise Unreadable("date_unreadable") from error


def _put(body: dict[str, Any], pointer: str, value: Any) -> None:
    """Set a value in the body; people are kept by their number until the ranks are closed."""
    *way, last = pointer.removeprefix("/").split("/")
    for step in way:
        body = body.setdefault(step, {})
    body[last] = value


def _close_ranks(body: dict[str, Any]) -> Sequence[int]:
    """Make a list of the people who are given; return the number in the file of each, from 0."""
    people = body.pop("representatives", {})
    numbers = sorted(people, key=int)
    if numbers:
        body["representatives"] = [people[number] for number in numbers]
    return [int(number) for number in numbers]


def _in_file(pointer: str, people: Sequence[int]) -> str:
    """Return a pointer into the profile as one into the file's columns, where people keep their number."""
    steps = pointer.split("/")
    if steps[1:2] == ["representatives"] and len(steps) > 2:
        steps[2] = str(people[int(steps[2])])
    return "/".join(steps)


def column_of(pointer: str, named: Mapping[str, str]) -> str:
    """Return the header of a pointer's column as the file has it; of one that the file lacks, the header that it would have."""
    for candidate in _upwards(pointer):
        if candidate in named:
            return named[candidate]
    inside = [header for known, header in named.items() if known.startswith(f"{pointer}/")]
    standard = [column.fa for column in COLUMNS if _about(column.pointer, pointer)]
    return (*inside, *standard, pointer)[0]


def _upwards(pointer: str) -> Iterator[str]:
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]


def _columns(named: Mapping[str, str], people: Sequence[int]) -> Mapping[str, str]:
    """Return the headers by pointers into the row's profile, whose people stand close."""
    others = {pointer: header for pointer, header in named.items() if not pointer.startswith("/representatives/")}
    for place, number in enumerate(people):
        prefix = f"/representatives/{number}/"
        others |= {
            f"/representatives/{place}/{pointer.removeprefix(prefix)}": header
            for pointer, header in named.items()
            if pointer.startswith(prefix)
        }
    return others
