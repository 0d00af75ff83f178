"""Reads a city from ``districts.csv`` and ``requests.csv``.

districts.csv: district, city, year, budget, currency (more columns are ignored). requests.csv: district, request, title, categories,
amount, votes (more are ignored). UTF-8 with or without a byte order mark; amounts and budgets are whole units of the currency.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.contracts.money import MAX_AMOUNT

DISTRICT_COLUMNS: Final = ("district", "city", "year", "budget", "currency")
REQUEST_COLUMNS: Final = ("district", "request", "title", "categories", "amount", "votes")
TITLE_LENGTH: Final = 2000  # what a request's title may hold
NAME_LENGTH: Final = 120  # of a city or district: both and the request's id make the organisation's name of at most 300
FAULTS_SHOWN: Final = 20  # a person corrects these first and runs again

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_WHOLE: Final = re.compile(r"^[0-9]{1,18}$")
_CURRENCY: Final = re.compile(r"^[A-Z]{3}$")
_NOT_IN_YEAR: Final = re.compile(r"[^A-Za-z0-9-]+")


class BadCity(Exception):
    """The files cannot be used; every fault is named with its file, row and column."""

    def __init__(self, faults: list[str]) -> None:
        more = len(faults) - FAULTS_SHOWN
        shown = faults[:FAULTS_SHOWN] + ([f"… and {more} more"] if more > 0 else [])
        super().__init__("The city cannot be loaded:\n" + "\n".join(f"  {fault}" for fault in shown))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One row of requests.csv. ``amount``: whole units; ``categories``: as given, in their order, without empty ones."""

    request: str
    title: str
    categories: tuple[str, ...]
    amount: int
    votes: int


@dataclass(frozen=True, slots=True)
class CityDistrict:
    """One row of districts.csv with its proposals in the file's order. ``id``: d01 … in the file's order."""

    id: str
    name: str
    budget: int
    proposals: tuple[Proposal, ...]

    def supported(self) -> frozenset[str]:
        """Return the proposals that the working group approves: votes at least the lower median of the district's votes."""
        median = lower_median([proposal.votes for proposal in self.proposals])
        return frozenset(p.request for p in self.proposals if p.votes >= median)


@dataclass(frozen=True, slots=True)
class City:
    """A city in one year, with one currency."""

    name: str
    year: str
    currency: str
    districts: tuple[CityDistrict, ...]

    @property
    def budget(self) -> int:
        """Sum of the districts' budgets: what the city's book is appropriated."""
        return sum(district.budget for district in self.districts)

    @property
    def size(self) -> int:
        """How many proposals."""
        return sum(len(district.proposals) for district in self.districts)


def lower_median(values: list[int]) -> int:
    """Return the median; of an even number of values the lower of the two in the middle; 0 of none."""
    return sorted(values)[(len(values) - 1) // 2] if values else 0


def read_city(folder: Path) -> City:
    """Read both files. Raises BadCity."""
    faults: list[str] = []
    districts = _rows(folder / "districts.csv", DISTRICT_COLUMNS, faults)
    requests = _rows(folder / "requests.csv", REQUEST_COLUMNS, faults)
    if faults:
        raise BadCity(faults)
    heads = [_head(row, faults) for row in districts]
    _check_heads(heads, faults)
    proposals = _by_district(requests, {head.name for head in heads}, faults)
    if faults:
        raise BadCity(faults)
    width = max(2, len(str(len(heads))))
    return City(
        name=heads[0].city,
        year=heads[0].year,
        currency=heads[0].currency,
        districts=tuple(
            CityDistrict(f"d{place:0{width}}", head.name, head.budget, tuple(proposals.get(head.name, ())))
            for place, head in enumerate(heads, 1)
        ),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    place: str
    cells: Mapping[str, str]

    def text(self, column: str, longest: int) -> str:
        return clean(self.cells[column])[:longest].strip()

    def needed(self, column: str, longest: int, faults: list[str]) -> str:
        text = self.text(column, longest)
        if not text:
            faults.append(f"{self.place}, {column}: is empty")
        return text

    def whole(self, column: str, least: int, faults: list[str]) -> int:
        text = self.cells[column].strip()
        if not _WHOLE.match(text) or not least <= int(text) <= MAX_AMOUNT:
            faults.append(f"{self.place}, {column}: {text!r} is not a whole number from {least} on")
            return least
        return int(text)


@dataclass(frozen=True, slots=True)
class _Head:
    place: str
    name: str
    city: str
    year: str
    currency: str
    budget: int


def clean(text: str) -> str:
    """Return the text on one line, in composed form (NFC), without control characters and doubled spaces."""
    return " ".join(unicodedata.normalize("NFC", _CONTROL.sub(" ", text)).split())


def _rows(path: Path, columns: tuple[str, ...], faults: list[str]) -> list[_Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_read(path.name, csv.DictReader(file, strict=True), columns, faults))
    except FileNotFoundError:
        faults.append(f"{path}: there is no such file")
    except IsADirectoryError:
        faults.append(f"{path}: is a folder")
    except PermissionError:
        faults.append(f"{path}: may not be read")
    except UnicodeDecodeError as error:
        faults.append(f"{path.name}: is not UTF-8 (byte {error.start}); save it as UTF-8")
    except csv.Error as error:
        faults.append(f"{path.name}: is not well-formed CSV: {error}")
    return []


def _read(name: str, reader: "csv.DictReader[str]", columns: tuple[str, ...], faults: list[str]) -> Iterator[_Row]:
    header = [column.strip() for column in reader.fieldnames or ()]
    reader.fieldnames = header
    missing = [column for column in columns if column not in header]
    if missing:
        faults.append(f"{name}: has no column {', '.join(missing)}; its columns are {', '.join(header) or 'none'}")
        return
    for cells in reader:
        place = f"{name} line {reader.line_num}"
        if None in cells or None in cells.values():
            faults.append(f"{place}: does not have {len(header)} cells like the first line")
        else:
            yield _Row(place, cells)


def _head(row: _Row, faults: list[str]) -> _Head:
    currency = row.needed("currency", 10, faults).upper()
    if currency and not _CURRENCY.match(currency):
        faults.append(f"{row.place}, currency: {currency!r} is not a code of three letters such as PLN")
    given = row.needed("year", 20, faults)
    year = _NOT_IN_YEAR.sub("-", given).strip("-")
    if given and not year:
        faults.append(f"{row.place}, year: {given!r} has no digit or Latin letter")
    return _Head(
        place=row.place,
        name=row.needed("district", NAME_LENGTH, faults),
        city=row.needed("city", NAME_LENGTH, faults),
        year=year,
        currency=currency,
        budget=row.whole("budget", 0, faults),
    )


def _check_heads(heads: list[_Head], faults: list[str]) -> None:
    if not heads:
        faults.append("districts.csv: has no district")
        return
    seen: set[str] = set()
    for head in heads:
        if head.name in seen:
            faults.append(f"{head.place}, district: {head.name!r} is there twice")
        seen.add(head.name)
        for column in ("city", "year", "currency"):
            here, first = getattr(head, column), getattr(heads[0], column)
            if here != first:
                faults.append(f"{head.place}, {column}: {here!r} differs from {first!r}; load one {column} at a time")
    if sum(head.budget for head in heads) > MAX_AMOUNT:
        faults.append("districts.csv: the budgets add up to more than a book can hold")


def _by_district(rows: list[_Row], known: set[str], faults: list[str]) -> dict[str, list[Proposal]]:
    found: dict[str, list[Proposal]] = {}
    seen: set[tuple[str, str]] = set()
    for row in rows:
        district = row.text("district", NAME_LENGTH)
        request = row.needed("request", 40, faults)
        if district not in known:
            faults.append(f"{row.place}, district: {district!r} is not in districts.csv")
        if (district, request) in seen:
            faults.append(f"{row.place}, request: {request!r} is there twice in {district}")
        seen.add((district, request))
        found.setdefault(district, []).append(
            Proposal(
                request=request,
                title=row.text("title", TITLE_LENGTH) or f"({request})",  # a proposal without a title is still one
                categories=tuple(filter(None, (clean(part) for part in row.cells["categories"].split(",")))),
                amount=row.whole("amount", 1, faults),
                votes=row.whole("votes", 0, faults),
            )
        )
    return found
