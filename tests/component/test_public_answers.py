"""PUB-2: every public answer of every service and every public event of a whole story, searched for what nobody may see.

Public is what answers without a token. Searched for: what the story's people typed of themselves, every number that is a well-formed
national code, mobile or Sheba, votes by name, and the salts of the books' private parts.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson
import pytest

from services.portal.domain import request_row
from services.portal.inbound.tables import TABLES
from services.registry.domain.profile import Account
from services.review.domain.published_text import holds_personal_number
from shared.contracts.public.forms import public_form
from tests.builders import ASKED, DISTRICT, SEATS, YEAR
from tests.component.test_portal_http import client_of, reported
from tests.fuzz.requests import OPEN
from tests.fuzz.stage import PUBLIC, Stage
from tests.portal import Portal

SHEBA: Final = "IR820540102680020817909002"
TYPED: Final = (
    "0010350829", "0076229645", "09123456789", "09123456780", "05130000000", "1619735744", SHEBA, SHEBA[2:],
    "نماینده ۱", "نماینده ۲", "خیابان نمونه",
)  # fmt: skip
OF_BALLOTS: Final = ("نظر کلی", '"vote"', '"approve"', '"abstain"')
RANDOM: Final = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}|[0-9a-f]{32,}")
"""Ids and hashes: runs of digits in them are nobody's."""
APART: Final = re.compile(r'[",\r\n]+')
NAMES_SEATS: Final = "/working-groups"  # who holds a seat is public, and no vote stands beside it

Told = list[tuple[str, str]]
"""Where, and the text."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage()
    stage.run(_go_on(stage))
    yield stage
    stage.close()


async def _go_on(stage: Stage) -> None:
    """Add to the stage what it has not: an account, a payment and its refund, a refusal, a report in which a number was typed."""
    city = stage.city
    await city.allot(2 * ASKED)
    paid, refused = await city.organization(Account(SHEBA, "organization")), await city.organization()
    await city.bus.settle()
    requests = [await city.draft(organization) for organization in (paid, refused)]
    for request in requests:
        await city.submit(request)
        await city.bus.settle()
    await city.decide(requests[0])
    await city.decide(requests[1], "reject")
    await city.bus.settle()
    await city.accept(requests[0])
    await city.bus.settle()
    payment = await city.prepare_payment(requests[0], 1_000)
    await city.approve_payment(payment)
    await city.pay(payment)
    await city.refund(payment, 10)
    await city.bus.settle()
    await city.bus.publish([reported(requests[0], 1)])
    await stage.portal.follow(city.bus.archive)


def personal(told: Told, salts: Sequence[str]) -> list[tuple[str, str]]:
    """Return where something stands that nobody may see, and what."""
    found = []
    for where, text in told:
        words = [*TYPED, *OF_BALLOTS, *salts, *(() if NAMES_SEATS in where else (f'"seat-{seat}"' for seat in SEATS))]
        found += [(where, word) for word in words if word in text]
        parts = APART.split(RANDOM.sub("", text))
        found += [(where, part) for part in parts if not part.startswith(":") and holds_personal_number(part)]
    return found


def salts_of(stage: Stage) -> list[str]:
    return [entry["private"]["salt"] for entry in stage.city.entries.stored]


def _paths(stage: Stage, template: str) -> Iterator[str]:
    """Yield a path with everything that exists in the place of its parameters."""
    noun = template.removeprefix("/public").split("/")[1]
    names = re.findall(r"{(\w+)}", template)
    known: dict[str, list[Any]] = {
        **stage.ids,
        "id": stage.ids.get(noun, ["none"]),
        "table": list(TABLES),
        "district": [DISTRICT],
        "organization": stage.ids["organizations"],
    }
    found: list[dict[str, Any]] = [{}]
    for name in names:
        found = [{**one, name: value} for one in found for value in dict.fromkeys(known.get(name, ["none"]))]
    yield from (template.format(**one) for one in found)


def _answers(stage: Stage) -> Told:
    told: Told = []
    for service, document in OPEN.items():
        for template, methods in document["paths"].items():
            if "get" not in methods or template in PUBLIC:
                continue
            known = {parameter["name"] for parameter in methods["get"].get("parameters", ())}
            params: dict[str, Any] = {"limit": 100} if "limit" in known else {}
            for path in _paths(stage, template):
                query = {**params, "book": f"district:{DISTRICT}/{YEAR}"} if template == "/book-heads" else params
                answer = stage.send(service, {"method": "GET", "url": path, "params": query})
                if answer.status_code == 200:
                    told.append((f"{service} {path}", answer.text))
    return told


def test_no_public_answer_of_a_whole_story_holds_what_nobody_may_see(stage: Stage) -> None:
    told = _answers(stage)
    assert {where.split()[0] for where, _ in told} == {"registry", "requests", "review", "budget", "portal"}
    assert len(told) > 60
    for part in ("/public/awards/", "/public/downloads/", "/public/refusals", "/entries", "/payments", NAMES_SEATS):
        assert any(part in where for where, _ in told), part
    assert personal(told, salts_of(stage)) == []


def test_no_public_event_of_a_whole_story_holds_what_nobody_may_see(stage: Stage) -> None:
    forms = [form for event in stage.city.bus.archive if (form := public_form(event)) is not None]
    told = [(form["type"], orjson.dumps(form).decode()) for form in forms]
    assert len({where for where, _ in told}) > 20
    assert personal(told, salts_of(stage)) == []


@pytest.mark.parametrize(
    "planted",
    [
        "۰۰۱۰۳۵۰۸۲۹", "کد ملی 158-325-0689", "+98 912 345 67 89", "IR06 2960 0000 0010 0324 2000 01", "seat-3", "salt",
    ],
)  # fmt: skip
def test_what_is_planted_is_found(stage: Stage, planted: str) -> None:
    said = salts_of(stage)[3] if planted == "salt" else planted
    assert personal([("somewhere", orjson.dumps({"text": said}).decode())], salts_of(stage))


async def test_a_number_that_portal_did_not_take_out_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_row, "shown", lambda text: text)
    portal = await Portal().follow(stage.city.bus.archive)
    async with client_of(portal) as web:
        answer = await web.get("/public/awards", params={"limit": 100})
    assert [where for where, _ in personal([("awards", answer.text)], [])] == ["awards"]
