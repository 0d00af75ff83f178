"""Field visits through review's HTTP API, in a city with requests at every step (REV-13)."""

from collections.abc import Iterator
from itertools import count
from typing import Any, Final

import httpx
import pytest

from shared.web.caller import Caller, Grant
from tests.builders import DISTRICT, SEATS
from tests.component.test_review_participation_http import announced, done, get, refused
from tests.fuzz.stage import VOTED, Stage
from tests.visits import OFFICER, PNG

HALF_VOTED, SIGNED = 2, 4  # requests of the stage, by their number
PLAN: Final = {"starts_at": "2026-12-05T06:30:00Z", "purpose": "دیدن محل برگزاری"}
KEYS: Final = count(1)


@pytest.fixture(scope="module")
def made() -> Iterator[Stage]:
    stage = Stage()
    stage.callers["officer"] = OFFICER
    for seat in SEATS:
        stage.callers[f"seat {seat}"] = Caller(f"seat-{seat}", (Grant("member", DISTRICT),))
    yield stage
    stage.close()


@pytest.fixture
def stage(made: Stage) -> Stage:
    made.reset()
    return made


def case(stage: Stage, request: int) -> str:
    return stage.run(stage.city.case_of(stage.city.drafted[request]))


def planned(stage: Stage, request: int, **fields: Any) -> str:
    """Plan a visit of seat 1 and the officer; return its path."""
    officer = {"person": OFFICER.subject, "name": "کارشناس", "office": "اداره فرهنگی"}
    body = {**PLAN, "seats": [1], "officers": [officer], **fields}
    return f"/visits/{done(stage, f'/cases/{case(stage, request)}/visits', body, 'secretary', 201)['id']}"


def report(stage: Stage, **fields: Any) -> dict[str, Any]:
    return {"date": stage.city.now.date().isoformat(), "visitors": [2], "findings": "سالن آماده است.", **fields}


def picture(stage: Stage, path: str, who: str = "officer", content: bytes = PNG, **params: str) -> httpx.Response:
    given = {"caption": "سالن", "without_persons": "true", **params}
    headers = {"Authorization": f"Bearer {who}", "Idempotency-Key": given.pop("key", f"picture-{next(KEYS)}")}
    sent = {"method": "POST", "url": f"{path}/pictures", "content": content, "params": given, "headers": headers}
    return stage.send("review", sent)


def read(stage: Stage, path: str, who: str) -> httpx.Response:
    return stage.send("review", {"method": "GET", "url": path, "headers": {"Authorization": f"Bearer {who}"}})


def kept(stage: Stage) -> dict[str, bytes]:
    return stage.city.stores["review"].files("visit_pictures").contents


def test_a_visit_is_planned_reported_and_seen_with_the_file(stage: Stage) -> None:
    path = planned(stage, HALF_VOTED)
    elsewhere, of_case = "/visits?district=8", f"/cases/{case(stage, HALF_VOTED)}/visits"
    assert done(stage, f"{path}/report", report(stage), "officer")["status"] == "reported"
    shown = get(stage, path, "secretary")
    assert (shown["phase"], shown["report"]["findings"], shown["report"]["visitors"]) == (
        "before_decision", "سالن آماده است.", [2],
    )  # fmt: skip
    assert [(v["number"], v["seat"], v["name"]) for v in shown["visitors"]] == [(1, 1, None), (2, None, "کارشناس")]
    assert get(stage, of_case, "seat 3")["items"][0]["id"] == shown["id"]
    for place in (path, of_case):
        answer = read(stage, place, "seat 5")  # has not declared
        assert (answer.status_code, answer.json()["code"]) == (403, "file_closed")
        assert read(stage, place, "nobody").status_code == 403
    assert read(stage, elsewhere, "secretary").status_code == 403
    refused(stage, f"{path}/report", report(stage), "officer", 409, "visit_over")
    (told,) = announced(stage, "visit.reported.v1")
    assert (told["phase"], told["visitors"], told["pictures"]) == ("before_decision", 1, 0)


def test_a_conflict_shuts_out_who_was_to_go(stage: Stage) -> None:
    path = planned(stage, HALF_VOTED)
    declaration = f"/cases/{case(stage, HALF_VOTED)}/seats/1/declaration"
    done(stage, declaration, {"conflict": "family", "note": "خویشاوند"}, "seat 1")
    refused(stage, f"{path}/report", report(stage), "seat 1", 403, "not_a_visitor")
    assert read(stage, path, "seat 1").status_code == 403
    stage.callers["officer of theirs"] = Caller(
        OFFICER.subject, (Grant("applicant", None, stage.city.organizations[HALF_VOTED].id),)
    )
    refused(stage, f"{path}/report", report(stage), "officer of theirs", 403, "not_a_visitor")


def test_what_was_approved_is_visited_and_nothing_between_closing_and_decision(stage: Stage) -> None:
    body = {**PLAN, "seats": [1]}
    refused(stage, f"/cases/{case(stage, VOTED)}/visits", body, "secretary", 409, "case_not_visited")
    refused(stage, f"/cases/{case(stage, HALF_VOTED)}/visits", PLAN, "secretary", 422, "invalid_fields")
    assert get(stage, planned(stage, SIGNED), "secretary")["phase"] == "in_execution"


def test_the_secretary_cancels_a_visit_that_was_not_made(stage: Stage) -> None:
    path = planned(stage, HALF_VOTED)
    assert done(stage, f"{path}/cancel", {"reason": "باران"}, "secretary")["status"] == "cancelled"
    refused(stage, f"{path}/report", report(stage), "officer", 409, "visit_over")
    assert picture(stage, path).status_code == 409
    assert len(announced(stage, "visit.cancelled.v1")) == 1


def test_lists_are_paged_and_show_nothing_of_what_was_found(stage: Stage) -> None:
    paths = [planned(stage, request) for request in (HALF_VOTED, SIGNED)]
    done(stage, f"{paths[0]}/report", report(stage), "officer")
    found = get(stage, "/visits", "secretary", limit=2, district=DISTRICT)
    assert (len(found["items"]), found["total"]) == (2, 3)  # one was there
    assert {"report", "purpose", "pictures"} & set(found["items"][0]) == set()
    assert get(stage, "/visits", "secretary", phase="in_execution")["total"] == 1
    assert get(stage, "/visits", "secretary", status="reported")["total"] == 1
    assert get(stage, "/visits", "officer", mine=True)["total"] == 3
    assert get(stage, "/visits", "nobody", mine=True)["total"] == 0
    assert read(stage, "/visits", "officer").status_code == 403


def test_pictures_are_taken_without_persons_only_and_handed_out_to_be_saved(stage: Stage) -> None:
    path, before = planned(stage, HALF_VOTED), dict(kept(stage))
    for wrong, code in (
        ({"without_persons": "false"}, "pictures_show_no_persons"),
        ({"content": b"%PDF-1.7"}, "not_a_picture"),
    ):
        answer = picture(stage, path, **wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert picture(stage, path, who="seat 3").status_code == 403
    assert kept(stage) == before
    first, again = picture(stage, path, key="k"), picture(stage, path, key="k")
    assert (first.status_code, again.json(), again.headers["idempotent-replayed"]) == (201, first.json(), "true")
    assert len(kept(stage)) == len(before) + 1
    download = read(stage, first.headers["location"], "seat 3")
    assert (download.content, download.headers["content-type"]) == (PNG, "image/png")
    assert download.headers["content-disposition"].startswith("attachment; ")
    assert download.headers["cache-control"] == "private, no-store"
    assert read(stage, first.headers["location"], "seat 5").status_code == 403


def test_a_picture_that_shows_somebody_is_erased_and_that_it_was_there_stays(stage: Stage) -> None:
    path, before = planned(stage, HALF_VOTED), dict(kept(stage))
    place = picture(stage, path).headers["location"]
    assert done(stage, f"{place}/remove", {"reason": "چهره یک کودک دیده می‌شود."}, "secretary")["status"] == "removed"
    assert kept(stage) == before
    assert read(stage, place, "officer").json()["code"] == "picture_not_found"
    assert get(stage, path, "secretary")["pictures"][0]["removed_because"] == "چهره یک کودک دیده می‌شود."
    done(stage, f"{place}/remove", {"reason": "دوباره"}, "officer")
    refused(stage, f"{path}/pictures/none/remove", {"reason": "نیست"}, "officer", 404, "picture_not_found")
