"""Meetings and their minutes through review's HTTP API, in a city with requests at every step (REV-12)."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import pytest

from services.review.inbound import meetings_http
from services.review.inbound.minutes_pdf import minutes_pdf
from services.review.outbound.store import CASES
from tests.builders import DISTRICT
from tests.component.test_review_participation_http import announced, done, get, post, refused
from tests.fuzz.stage import Stage

MINUTES: Final = {"number": "1405/12", "date": "2026-12-01", "text": "پرونده‌ها بررسی شد."}


@pytest.fixture(scope="module")
def made() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


@pytest.fixture
def stage(made: Stage) -> Stage:
    made.reset()
    return made


def cases(stage: Stage, status: str) -> list[str]:
    stored = stage.city.stores["review"].documents(CASES.collection).documents
    return [id for id, document in stored.items() if document["status"] == status]


def called(stage: Stage, *agenda: dict[str, Any]) -> str:
    """Call a meeting that has begun; return its path."""
    starts_at = (stage.city.now - timedelta(hours=1)).isoformat()
    body = {"district": DISTRICT, "starts_at": starts_at, "place": "سالن جلسات", "agenda": list(agenda)}
    return f"/meetings/{done(stage, '/meetings', body, 'secretary', 201)['id']}"


def page(stage: Stage, path: str, who: str) -> Any:
    return stage.send(
        "review", {"method": "GET", "url": f"{path}/minutes", "headers": {"Authorization": f"Bearer {who}"}}
    )


def test_an_agenda_holds_opened_cases_of_the_district_once_each_and_free_items(stage: Stage) -> None:
    case = cases(stage, "open")[0]
    body = {"district": DISTRICT, "starts_at": "2026-12-01T06:30:00Z", "place": "سالن"}
    for agenda, code in (
        ([{"case": "another"}], "no_such_case"),
        ([{}], "case_or_title"),
        ([{"case": case, "title": "نشست"}], "case_or_title"),
        ([{"case": case}, {"case": case}], "case_repeated"),
    ):
        problem = refused(stage, "/meetings", {**body, "agenda": agenda}, "secretary", 422, "invalid_fields")
        assert [error["code"] for error in problem["errors"]] == [code]
    elsewhere = {**body, "district": "8", "agenda": [{"title": "گزارش"}]}
    problem = refused(stage, "/meetings", elsewhere, "elsewhere", 422, "invalid_fields")
    assert problem["errors"][0]["code"] == "no_such_working_group"
    path = called(stage, {"title": "گزارش دبیر"}, {"case": case})
    shown = get(stage, path, "secretary")
    assert [(item["title"], item["case"]) for item in shown["agenda"]] == [("گزارش دبیر", None), ("نشست خانواده", case)]


def test_only_seats_that_were_held_are_present(stage: Stage) -> None:
    path = called(stage, {"title": "گزارش دبیر"})
    for seats, code in (([9], "seat_not_filled"), ([1, 1], "seat_repeated")):
        problem = refused(stage, f"{path}/attendance", {"seats": seats}, "secretary", 422, "invalid_fields")
        assert [error["code"] for error in problem["errors"]] == [code]
    done(stage, f"{path}/attendance", {"seats": [2, 1]}, "secretary")
    assert [attendee["seat"] for attendee in get(stage, path, "secretary")["present"]] == [1, 2]


def test_only_who_holds_the_chairs_seat_adopts_and_only_what_was_read(stage: Stage) -> None:
    path = called(stage, {"title": "گزارش دبیر"})
    refused(stage, f"{path}/minutes", MINUTES, "secretary", 409, "no_attendance")
    done(stage, f"{path}/attendance", {"seats": [1, 2]}, "secretary")
    refused(stage, f"{path}/minutes/adopt", {"edition": 1}, "chair", 409, "no_minutes")
    assert page(stage, path, "secretary").status_code == 409
    for edition in (1, 2):
        assert done(stage, f"{path}/minutes", MINUTES, "secretary")["edition"] == edition
    refused(stage, f"{path}/minutes/adopt", {"edition": 2}, "everything", 403, "not_the_chair")  # sits on seat 2
    refused(stage, f"{path}/minutes/adopt", {"edition": 1}, "chair", 409, "minutes_changed")
    assert get(stage, path)["minutes"] is None
    assert done(stage, f"{path}/minutes/adopt", {"edition": 2}, "chair")["status"] == "adopted"
    assert get(stage, path)["minutes"] == {"number": "1405/12", "date": "2026-12-01", "edition": 2}
    refused(stage, f"{path}/minutes", MINUTES, "secretary", 409, "meeting_over")
    assert [data["attended"] for data in announced(stage, "meeting.minutes_adopted.v1")] == [2]


def test_minutes_tell_the_tally_of_decided_cases_only(stage: Stage) -> None:
    decided, closed = cases(stage, "decided")[0], cases(stage, "closed")[0]
    path = called(stage, {"case": decided}, {"case": closed})
    done(stage, f"{path}/attendance", {"seats": [1, 2, 3, 4, 5, 6]}, "secretary")
    done(stage, f"{path}/minutes", MINUTES, "secretary")
    done(stage, f"{path}/minutes/adopt", {"edition": 1}, "chair")
    answer = page(stage, path, "secretary")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.text.count("موافق") == 1
    assert answer.text.count("تصمیم هنوز صادر نشده است") == 1


def test_the_public_sees_neither_cases_nor_who_was_present(stage: Stage) -> None:
    case = cases(stage, "open")[0]
    path = called(stage, {"title": "گزارش دبیر"}, {"case": case})
    done(stage, f"{path}/attendance", {"seats": [1, 2]}, "secretary")
    for who in (None, "elsewhere", "applicant"):
        shown = get(stage, path, who)
        assert (shown["items"], [item["title"] for item in shown["agenda"]]) == (2, ["گزارش دبیر"])
        assert shown["present"] is None
        assert case not in str(shown)
    assert page(stage, path, "elsewhere").status_code == 403
    assert get(stage, "/meetings", district=DISTRICT)["total"] == 2
    assert get(stage, "/meetings", district="8")["total"] == 0


def test_a_meeting_is_cancelled_before_it_is_held(stage: Stage) -> None:
    path = called(stage, {"title": "گزارش دبیر"})
    assert done(stage, f"{path}/cancel", {"reason": "تعطیلی"}, "secretary")["status"] == "cancelled"
    assert post(stage, f"{path}/attendance", {"seats": [1]}, "secretary").status_code == 409
    listed = stage.send("review", {"method": "GET", "url": "/meetings", "params": {"status": "cancelled"}})
    assert listed.json()["total"] == 1


def test_a_pdf_is_made_outside_the_loop_and_handed_out_to_be_saved(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = called(stage, {"title": "گزارش دبیر"})
    done(stage, f"{path}/attendance", {"seats": [1, 2]}, "secretary")
    done(stage, f"{path}/minutes", MINUTES, "secretary")
    threads: list[int] = []

    def noted(*given: Any) -> bytes:
        threads.append(threading.get_ident())
        return minutes_pdf(*given)

    monkeypatch.setattr(meetings_http, "minutes_pdf", noted)
    url, headers = f"{path}/minutes.pdf", {"Authorization": "Bearer secretary"}
    answer = stage.send("review", {"method": "GET", "url": url, "headers": headers})
    assert (answer.content[:5], answer.headers["content-type"]) == (b"%PDF-", "application/pdf")
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert threads != [threading.get_ident()], "the loop runs in this thread"
