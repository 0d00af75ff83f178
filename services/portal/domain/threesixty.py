"""Awards as a 360Giving package, version 1.4 (https://standard.threesixtygiving.org), so that they compare with other funders' (PUB-2).

Only what the standard can hold: awards of money that are committed. Refusals have a list of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.portal.domain.facts import Document
from shared.persian.text import ZWNJ

VERSION: Final = "1.4"
TITLE_LENGTH: Final = 140  # the standard asks for fewer than 140 characters


@dataclass(frozen=True, slots=True)
class Publisher:
    """The city as a funder. identifier: of the organisation; prefix: of its grants, given by 360Giving."""

    name: str
    identifier: str
    prefix: str


Names = Mapping[str, str | None]


def is_grant(row: Document) -> bool:
    """Tell whether an award is a grant in the sense of the standard: its money was committed once."""
    return row["award"] and row["support"] == "money" and row["committed_at"] is not None


def grant(
    row: Document, publisher: Publisher, *, topic: Names | None, programme: Names | None, district: Names | None
) -> Document:
    """Return one grant. Amounts are whole units of the currency; approved, committed and paid stay apart."""
    title = row["title"] or row["_id"]
    recipient = f"{publisher.prefix}-org-{row['organization']}"
    shown: Document = {
        "id": f"{publisher.prefix}-{row['_id']}",
        "title": _short(title),
        "description": " – ".join(part for part in (title, row["indicator"]) if part),
        "currency": row["currency"],
        "amountAppliedFor": row["amount_asked"],
        "amountAwarded": row["amount_approved"],
        "amountDisbursed": row["amount_paid"],
        "awardDate": _day(row["decided_at"]),
        "plannedDates": [{"startDate": _day(row["starts_on"]), "endDate": _day(row["ends_on"])}],
        "recipientOrganization": [{"id": recipient, "name": row["organization_name"] or row["organization"]}],
        "fundingOrganization": [{"id": publisher.identifier, "name": publisher.name}],
        "grantProgramme": [_without_none({"code": row["programme"], "title": (programme or {}).get("fa")})],
        "classifications": [
            _without_none({"vocabulary": "SAMA topics", "code": row["topic"], "title": (topic or {}).get("fa")})
        ],
        "beneficiaryLocation": [
            _without_none({"id": row["district"], "name": (district or {}).get("fa"), "countryCode": "IR"})
        ],
        "commitmentTransaction": [
            {
                "id": f"{publisher.prefix}-{row['_id']}-commitment",
                "transactionDate": _day(row["committed_at"]),
                "currency": row["currency"],
                "value": row["amount_committed"],
                "provider": publisher.identifier,
                "recipient": recipient,
            }
        ],
        "disbursementTransaction": [
            {
                "id": f"{publisher.prefix}-payment-{payment['payment']}",
                "transactionDate": _day(payment["at"]),
                "currency": row["currency"],
                "value": payment["amount"],
                "provider": publisher.identifier,
                "recipient": recipient,
            }
            for payment in row["payments"]
        ],
    }
    if not shown["disbursementTransaction"]:
        del shown["disbursementTransaction"]
    if row["starts_on"] is None or row["ends_on"] is None:
        del shown["plannedDates"]
    return shown


def package_head(publisher: Publisher) -> Document:
    """Return the package's own fields; ``grants`` follow."""
    return {
        "version": VERSION,
        "title": publisher.name,
        "publisher": {"identifier": publisher.identifier, "name": publisher.name},
    }


def _short(title: str) -> str:
    return title if len(title) < TITLE_LENGTH else title[: TITLE_LENGTH - 2].rstrip(f" {ZWNJ}") + "…"


def _day(at: str | None) -> str | None:
    return None if at is None else at[:10]


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
