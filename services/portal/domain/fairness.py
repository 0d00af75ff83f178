"""Fairness figures (HQ-2): who asks and who gets, how ballots spread, how much few get. Shares in hundredths of a percent."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from services.portal.domain.facts import Document

DIMENSIONS: Final = ("district", "topic", "kind", "organization_kind")
WHOLE: Final = 10_000  # hundredths of a percent
LARGEST: Final = 10


def fairness_of(rows: Sequence[Document], counted: Sequence[Document], *, first_awards: Mapping[str, str]) -> Document:
    """Return the figures. counted: the rows in the scope's currency, whose amounts may be added up."""
    awards = [row for row in rows if row["award"]]
    organizations = {row["organization"] for row in awards}
    ids = {row["_id"] for row in awards}
    first = sum(first_awards.get(organization) in ids for organization in organizations)
    decided = [row for row in rows if row["outcome"] is not None]
    return {
        "acceptance": share(len(awards), len(decided)),
        "awards": len(awards),
        "amount_approved": sum(row["amount_approved"] for row in counted),
        "rates": {dimension: _rates(rows, counted, dimension) for dimension in DIMENSIONS},
        "organizations_awarded": len(organizations),
        "first_time_organizations": first,
        "first_time_share": share(first, len(organizations)),
        "spread": _spread(rows),
        **_concentration(counted),
    }


def share(part: int, whole: int) -> int | None:
    """Return part of whole in hundredths of a percent, rounded half to even; None of nothing."""
    return None if whole == 0 else round(Fraction(part * WHOLE, whole))


def gini(amounts: Sequence[int]) -> int | None:
    """Return the Gini coefficient of amounts in ten-thousandths: 0 all get the same, towards 10,000 one gets all."""
    n, total = len(amounts), sum(amounts)
    if total == 0:
        return None
    ranked = sum(place * amount for place, amount in enumerate(sorted(amounts), start=1))
    return round((Fraction(2 * ranked, n * total) - Fraction(n + 1, n)) * WHOLE)


def _rates(rows: Sequence[Document], counted: Sequence[Document], dimension: str) -> list[Document]:
    values = sorted({row[dimension] for row in rows if row[dimension] is not None})
    found = []
    for value in values:
        here = [row for row in rows if row[dimension] == value]
        money = [row for row in counted if row[dimension] == value]
        decided = sum(row["outcome"] is not None for row in here)
        approved = sum(row["award"] for row in here)
        found.append(
            {
                "value": value,
                "requests": len(here),
                "decided": decided,
                "approved": approved,
                "acceptance": share(approved, decided),
                "amount_asked": sum(row["amount_asked"] for row in money),
                "amount_approved": sum(row["amount_approved"] for row in money),
                "amount_committed": sum(row["amount_committed"] for row in money),
                "amount_paid": sum(row["amount_paid"] for row in money),
            }
        )
    return found


def _spread(rows: Sequence[Document]) -> list[Document]:
    """How far ballots lay apart, by criterion: the mean over cases of (highest − lowest) / weight. No seat: events tell none."""
    found: dict[str, list[Document]] = {}
    for row in rows:
        for one in row["spread"] or ():
            found.setdefault(one["criterion"], []).append(one)
    return [
        {
            "criterion": criterion,
            "cases": len(cases),
            "mean_spread": round(
                sum((Fraction((one["highest"] - one["lowest"]) * WHOLE, one["weight"]) for one in cases), Fraction(0))
                / len(cases)
            ),
            "widest_spread": max(round(Fraction((c["highest"] - c["lowest"]) * WHOLE, c["weight"])) for c in cases),
        }
        for criterion, cases in sorted(found.items())
    ]


def _concentration(rows: Sequence[Document]) -> Document:
    """How much of what was committed the organisations have that have most."""
    by_organization: dict[str, int] = {}
    for row in rows:
        if row["amount_committed"]:
            held = by_organization.get(row["organization"], 0)
            by_organization[row["organization"]] = held + row["amount_committed"]
    amounts = sorted(by_organization.values(), reverse=True)
    return {
        "amount_committed": sum(amounts),
        "organizations_committed": len(amounts),
        "largest_ten_amount": sum(amounts[:LARGEST]),
        "largest_ten_share": share(sum(amounts[:LARGEST]), sum(amounts)),
        "gini": gini(amounts),
    }
