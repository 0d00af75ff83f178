"""The 360Giving package keeps the rules of version 1.4.

The rules are written down here from the standard's documentation (https://standard.threesixtygiving.org/en/1.4/technical/reference/):
its schema file is on no package registry, so it is not here.
"""

from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest_asyncio
from jsonschema import Draft202012Validator

from tests.builders import ASKED
from tests.component.test_portal_http import client_of, told

DATE: Final = {"type": "string", "pattern": r"^[0-9]{4}-(0[1-9]|1[012])-(0[1-9]|[12][0-9]|3[01])$"}
TEXT: Final = {"type": "string", "minLength": 1}
AMOUNT: Final = {"type": "number", "minimum": 0}
CURRENCY: Final = {"type": "string", "pattern": "^[A-Z]{3}$"}


def thing(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def many(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "items": of}


ORGANIZATION: Final = thing(["id", "name"], id=TEXT, name=TEXT)
TRANSACTION: Final = thing(
    ["id", "transactionDate", "currency", "value"],
    id=TEXT, transactionDate=DATE, currency=CURRENCY, value=AMOUNT, provider=TEXT, recipient=TEXT,
)  # fmt: skip
GRANT: Final = thing(
    [
        "id", "title", "description", "currency", "amountAwarded", "awardDate", "recipientOrganization", "fundingOrganization",
    ],
    id={"type": "string", "pattern": "^360G-[A-Za-z0-9]+-.+$"},
    title={"type": "string", "minLength": 1, "maxLength": 140},
    description=TEXT, currency=CURRENCY, amountAppliedFor=AMOUNT, amountAwarded=AMOUNT, amountDisbursed=AMOUNT,
    awardDate=DATE,
    plannedDates=many(thing(["startDate"], startDate=DATE, endDate=DATE)),
    recipientOrganization=many(ORGANIZATION),
    fundingOrganization=many(ORGANIZATION),
    grantProgramme=many(thing([], code=TEXT, title=TEXT)),
    classifications=many(thing([], vocabulary=TEXT, code=TEXT, title=TEXT)),
    beneficiaryLocation=many(thing([], id=TEXT, name=TEXT, countryCode={"const": "IR"})),
    commitmentTransaction=many(TRANSACTION),
    disbursementTransaction=many(TRANSACTION),
)  # fmt: skip
PACKAGE: Final = thing(
    ["grants"],
    version={"type": "string", "pattern": r"^(\d+\.)(\d+)$"},
    title=TEXT,
    publisher=thing(["name"], identifier=TEXT, name=TEXT),
    grants={"type": "array", "minItems": 1, "uniqueItems": True, "items": GRANT},
)


@pytest_asyncio.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of((await told()).portal) as client:
        yield client


async def test_the_package_keeps_the_rules_of_the_standard(web: httpx.AsyncClient) -> None:
    package = (await web.get("/public/360giving")).json()
    assert [error.message for error in Draft202012Validator(PACKAGE).iter_errors(package)] == []
    assert package["version"] == "1.4"
    broken = {**package, "grants": [{**package["grants"][0], "amountAwarded": "1"}]}
    assert list(Draft202012Validator(PACKAGE).iter_errors(broken))


async def test_asked_awarded_committed_and_disbursed_stay_apart(web: httpx.AsyncClient) -> None:
    (grant,) = (await web.get("/public/360giving")).json()["grants"]
    assert (grant["amountAppliedFor"], grant["amountAwarded"], grant["amountDisbursed"]) == (ASKED, ASKED, ASKED // 2)
    assert [one["value"] for one in grant["commitmentTransaction"]] == [ASKED]
    assert sum(one["value"] for one in grant["disbursementTransaction"]) == grant["amountDisbursed"]
    assert grant["currency"] == "IRR"
    assert "…" not in grant["recipientOrganization"][0]["name"]


async def test_only_committed_awards_of_money_are_grants(web: httpx.AsyncClient) -> None:
    awards = (await web.get("/public/awards")).json()["items"]
    grants = (await web.get("/public/360giving")).json()["grants"]
    committed = [award["id"] for award in awards if award["committed_at"]]
    assert [grant["id"] for grant in grants] == [f"360G-example-{id}" for id in committed]
    assert len(awards) > len(grants)
