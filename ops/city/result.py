"""What became of a city: one line per district, as counted from the services or from a fold of the files."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from ops.city.files import City


@dataclass(frozen=True, slots=True)
class DistrictOutcome:
    """``funded`` counts accepted awards, ``committed`` is their sum; amounts in whole units."""

    district: str
    budget: int
    requests: int
    approved: int
    rejected: int
    funded: int
    waiting: int
    committed: int
    available: int


@dataclass(frozen=True, slots=True)
class CityOutcome:
    """All districts, and what the verification of the books said."""

    districts: tuple[DistrictOutcome, ...]
    currency: str
    books_verified: int = 0
    violations: int = 0
    seconds: float = 0.0

    def total(self, column: str) -> int:
        """Return the sum of a column over the districts."""
        return sum(getattr(district, column) for district in self.districts)

    def as_json(self) -> dict[str, Any]:
        """Return the object that ``--json`` writes."""
        return {
            "districts": [asdict(district) for district in self.districts],
            "currency": self.currency,
            "books_verified": self.books_verified,
            "violations": self.violations,
            "seconds": round(self.seconds, 1),
        }


def differences(played: CityOutcome, folded: CityOutcome) -> list[str]:
    """Return, in sentences, what the services and the fold do not agree on; empty: nothing."""
    found = []
    if played.currency != folded.currency:
        found.append(f"currency: {played.currency} in the services, {folded.currency} by the fold")
    here = {district.district: district for district in played.districts}
    for expected in folded.districts:
        got = here.pop(expected.district, None)
        if got is None:
            found.append(f"{expected.district}: is missing in the services")
            continue
        for column in fields(DistrictOutcome):
            one, other = getattr(got, column.name), getattr(expected, column.name)
            if one != other:
                found.append(f"{expected.district}, {column.name}: {one} in the services, {other} by the fold")
    return found + [f"{name}: is not in the files" for name in here]


def table(outcome: CityOutcome, city: City) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of the table for people, with a last row of sums."""
    columns = [column.name for column in fields(DistrictOutcome)]
    rows = [[_cell(getattr(district, column)) for column in columns] for district in outcome.districts]
    rows.append([city.name, *(_cell(outcome.total(column)) for column in columns[1:])])
    return columns, rows


def _cell(value: str | int) -> str:
    return value if isinstance(value, str) else f"{value:,}"
