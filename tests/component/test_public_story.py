"""What outsiders hear of a whole story, and what they never do (PUB-1, PUB-2): every public event is searched for everything personal."""

import json
from typing import Any

from services.registry.domain.profile import Account
from shared.contracts.public.forms import public_form
from tests.builders import ASKED, CHAIR, HEADQUARTERS, OFFICE, REGISTRAR, SEATS, SECRETARY, City

SHEBA = "IR820540102680020817909002"
ACTORS = [caller.subject for caller in (OFFICE, HEADQUARTERS, REGISTRAR, SECRETARY, CHAIR)]


async def played() -> City:
    """A city in which one organisation gets an award, one is refused, one waits, one is suspended, one withdraws."""
    city = await City().found(money=2 * ASKED)
    organizations = [await city.organization(Account(SHEBA, "organization"))]
    organizations += [await city.organization() for _ in range(4)]
    await city.bus.settle()
    requests = [await city.draft(organization) for organization in organizations]
    for request in requests:
        await city.submit(request)
        await city.bus.settle()
    awarded, refused, suspended, waiting, withdrawn = requests
    for request in (awarded, suspended, waiting, withdrawn):
        await city.decide(request)
        await city.bus.settle()
    await city.decide(refused, "reject")
    await city.bus.settle()
    await city.accept(awarded)
    await city.suspend(suspended.organization)
    await city.bus.settle()
    await city.reinstate(suspended.organization)
    await city.withdraw(withdrawn)
    await city.bus.settle()
    assert [await city.status(request) for request in requests] == [
        "in_progress", "rejected", "reserved", "waiting", "withdrawn",
    ]  # fmt: skip
    return city


def shown(city: City) -> list[dict[str, Any]]:
    return [form for event in city.bus.archive if (form := public_form(event)) is not None]


async def test_no_public_event_of_a_story_has_anything_personal_and_no_vote() -> None:
    city = await played()
    personal = ["0010350829", "0076229645", "09123456789", "09123456780", "05130000000", "1619735744", SHEBA, SHEBA[2:]]
    personal += ["نماینده ۱", "نماینده ۲", "خیابان نمونه", "نظر کلی", "با اولویت محله", "مهلت مجوز", "مجوز تمدید"]
    personal += [f"seat-{seat}" for seat in SEATS] + [organization.owner.subject for organization in city.organizations]
    personal += [*ACTORS, "system:", "correlation-", 'approve"', "abstain"]
    salts = [entry["private"]["salt"] for entry in city.entries.stored]
    told = "\n".join(json.dumps(form, ensure_ascii=False) for form in shown(city))
    assert len(salts) > 10
    assert len(shown(city)) > 20
    assert [word for word in (*personal, *salts) if word in told] == []


async def test_of_a_case_nothing_is_public_before_its_decision() -> None:
    city = await City().found()
    organization = await city.organization()
    await city.bus.settle()
    request = await city.draft(organization)
    await city.submit(request)
    await city.bus.settle()
    await city.vote(request)
    await city.bus.settle()
    case = await city.case_of(request)
    assert [form for form in shown(city) if request.id in json.dumps(form) or case in json.dumps(form)] == []
    await city.sign(request)
    await city.bus.settle()
    told = [form for form in shown(city) if request.id in json.dumps(form)]
    assert [form["type"] for form in told] == ["case.decided.v1", "reservation.made.v1"]


async def test_the_story_tells_who_got_what_where_for_what_and_how_much() -> None:
    city = await played()
    forms = shown(city)
    names = {f["data"]["organization"]: f["data"]["name"] for f in forms if f["type"] == "organization.approved.v1"}
    programmes = {f["data"]["programme"]: f["data"]["names"]["fa"] for f in forms if f["type"] == "programme.opened.v1"}
    decided = {f["data"]["request"]: f["data"] for f in forms if f["type"] == "case.decided.v1"}
    committed = [f["data"] for f in forms if f["type"] == "commitment.made.v1"]
    (award,) = committed
    decision = decided[award["request"]]
    assert award["organization"] == city.organizations[0].id
    assert names[award["organization"]].startswith("گروه مسجدی شماره")
    assert (award["district"], award["amount"], award["currency"]) == (decision["district"], ASKED, "IRR")
    assert (programmes[decision["programme"]], decision["topic"]) == ("حمایت از برنامه‌های محله", "addiction")
    assert [d["organization"] for d in decided.values() if d["outcome"] == "rejected"] == [None]


async def test_numbers_grow_within_a_subject_and_no_id_comes_twice() -> None:
    forms = shown(await played())
    assert len({form["id"] for form in forms}) == len(forms)
    for subject in {form["subject"] for form in forms}:
        numbers = [int(form["sequence"]) for form in forms if form["subject"] == subject]
        assert numbers == sorted(set(numbers))
