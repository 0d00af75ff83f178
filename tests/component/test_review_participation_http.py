"""Councils, concerns and what comes of them through review's HTTP API, in a city with requests at every step."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any, Final

import httpx
import pytest

from services.review.outbound.participation import CONCERNS
from shared.web.caller import Caller, Grant
from tests.builders import DISTRICT
from tests.fuzz.stage import Stage
from tests.participation import COUNCIL, NEIGHBOURHOOD

CONCERN: Final = {
    "district": DISTRICT,
    "neighbourhood": NEIGHBOURHOOD,
    "topic": "vacant-houses",
    "severity": 5,
    "evidence": "پنج خانه متروک در دو کوچه.",
}
TERM: Final = {"from": "2026-03-21T00:00:00Z", "until": "2028-03-20T00:00:00Z"}
NUMBERS: Final = count(1)


@pytest.fixture(scope="module")
def made() -> Iterator[Stage]:
    stage = Stage()
    stage.callers["other member"] = Caller("council-2", (Grant("council_member", DISTRICT),))
    yield stage
    stage.close()


@pytest.fixture
def stage(made: Stage) -> Stage:
    made.reset()
    return made


def get(stage: Stage, path: str, who: str | None = None, **params: Any) -> Any:
    """Read as this caller, None: without a token."""
    headers = {} if who is None else {"Authorization": f"Bearer {who}"}
    answer = stage.send("review", {"method": "GET", "url": path, "params": params, "headers": headers})
    assert answer.status_code == 200, answer.text
    return answer.json()


def post(stage: Stage, path: str, body: Any, who: str, **headers: str) -> httpx.Response:
    given = {"Authorization": f"Bearer {who}", "Idempotency-Key": f"key-{next(NUMBERS)}", **headers}
    return stage.send("review", {"method": "POST", "url": path, "json": body, "headers": given})


def done(stage: Stage, path: str, body: Any, who: str, status: int = 200) -> Any:
    answer = post(stage, path, body, who)
    assert answer.status_code == status, answer.text
    return answer.json()


def refused(stage: Stage, path: str, body: Any, who: str, status: int, code: str) -> Any:
    before = stage.snapshot()
    answer = post(stage, path, body, who)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert stage.snapshot() == before
    return answer.json()


def announced(stage: Stage, type: str) -> list[dict[str, Any]]:
    """The data of what review has to announce: nothing is delivered on this stage, so it is all still there."""
    stored = [d for documents in stage.city.stores["review"].by_name.values() for d in documents.documents.values()]
    return [event["data"] for document in stored for event in document["outbox"] if event["type"] == type]


# ---------------------------------------------------------------- councils


def test_the_city_office_sets_up_councils_and_appoints_members(stage: Stage) -> None:
    body = {"district": DISTRICT, "neighbourhood": "noghan", "names": {"fa": "شورای محله نوغان"}}
    council = done(stage, "/councils", body, "office", 201)
    assert council["status"] == "empty"
    refused(stage, "/councils", body, "office", 409, "council_exists")
    members = f"/councils/{council['id']}/members"
    receipt = done(stage, members, {"holder": "council-2", "name": "عضو دوم", **TERM}, "office")
    assert receipt["status"] == "sitting"
    refused(stage, members, {"holder": "council-2", **TERM}, "office", 409, "already_member")

    shown = get(stage, f"/councils/{council['id']}")
    assert [(m["name"], m["sits"], m["holder"]) for m in shown["members"]] == [("عضو دوم", True, None)]
    assert get(stage, f"/councils/{council['id']}", "secretary")["members"][0]["holder"] == "council-2"
    done(stage, f"{members}/1/end", {"reason": "استعفا"}, "office")
    assert get(stage, f"/councils/{council['id']}")["status"] == "empty"
    assert get(stage, "/councils", district=DISTRICT)["total"] == 3
    assert get(stage, "/councils", district="8")["total"] == 0


# ---------------------------------------------------------------- concerns


def test_only_who_sits_on_the_council_reports_a_concern(stage: Stage) -> None:
    refused(stage, "/concerns", CONCERN, "other member", 403, "not_on_the_council")
    done(stage, f"/councils/council:{DISTRICT}/members", {"holder": "council-2", **TERM}, "office")
    done(stage, "/concerns", CONCERN, "other member", 201)  # the district's council speaks for every neighbourhood
    done(stage, f"/councils/{COUNCIL}/members/1/end", {"reason": "استعفا"}, "office")
    refused(stage, "/concerns", CONCERN, "council", 403, "not_on_the_council")


def test_a_concern_is_of_a_neighbourhood_that_has_a_council(stage: Stage) -> None:
    problem = refused(stage, "/concerns", {**CONCERN, "neighbourhood": "nowhere"}, "council", 422, "invalid_fields")
    assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [("/neighbourhood", "no_such_neighbourhood")]


@pytest.mark.parametrize("severity", [0, 6, "4", 2.5, None])
def test_a_severity_is_a_whole_number_from_one_to_five(stage: Stage, severity: Any) -> None:
    refused(stage, "/concerns", {**CONCERN, "severity": severity}, "council", 422, "invalid_fields")


def test_the_public_sees_a_concern_without_evidence_and_remarks(stage: Stage) -> None:
    concern = done(stage, "/concerns", CONCERN, "council", 201)["id"]
    refused(stage, f"/concerns/{concern}/resolve", {"reason": "؟"}, "council", 409, "concern_not_monitored")
    for status, step in (("monitored", "monitor"), ("resolved", "resolve")):
        assert done(stage, f"/concerns/{concern}/{step}", {"reason": "گشت هفتگی"}, "council")["status"] == status
    shown = get(stage, f"/concerns/{concern}")
    assert (shown["status"], shown["severity"], shown["evidence"], shown["remarks"]) == ("resolved", 5, None, None)
    assert shown["resolved_at"] is not None
    inside = get(stage, f"/concerns/{concern}", "secretary")
    assert inside["evidence"] == CONCERN["evidence"]
    assert [remark["reason"] for remark in inside["remarks"]] == ["گشت هفتگی"] * 2
    assert get(stage, f"/concerns/{concern}", "elsewhere")["evidence"] is None


def test_concerns_are_listed_newest_first_by_each_filter(stage: Stage) -> None:
    first = next(iter(stage.city.stores["review"].documents(CONCERNS.collection).documents))
    second = done(stage, "/concerns", CONCERN, "council", 201)["id"]
    done(stage, f"/concerns/{second}/monitor", {"reason": "گشت هفتگی"}, "council")

    def ids(**filters: str) -> list[str]:
        return [item["id"] for item in get(stage, "/concerns", **filters)["items"]]

    assert ids() == ids(district=DISTRICT) == ids(neighbourhood=NEIGHBOURHOOD) == [second, first]
    assert ids(topic="vacant-houses") == ids(status="monitored") == [second]
    assert ids(status="open", topic="vacant-houses") == ids(district="8") == []
    page = get(stage, "/concerns", limit=1)
    assert (page["total"], page["items"][0]["id"]) == (2, second)
    assert get(stage, "/concerns", limit=1, cursor=page["next"])["items"][0]["id"] == first


def test_a_list_is_adopted_from_a_proposed_order_of_its_own_district(stage: Stage) -> None:
    done(stage, "/concerns", CONCERN, "council", 201)
    proposal = done(stage, "/priority-proposals", {"district": DISTRICT}, "secretary", 201)["id"]
    shown = get(stage, f"/priority-proposals/{proposal}")
    assert [(topic["topic"], topic["severity"]) for topic in shown["topics"]] == [
        ("vacant-houses", 5), ("loneliness", 4),
    ]  # fmt: skip
    listed = get(stage, "/priority-proposals", district=DISTRICT)
    assert listed["items"][0]["id"] == proposal

    topics = [{"topic": "vacant-houses", "names": {"fa": "خانه‌های متروک"}, "weight": 5}]
    body = {"district": DISTRICT, "topics": topics, "minutes_number": "1405/12", "proposal": proposal}
    refused(stage, "/priority-lists", {**body, "minutes_number": None}, "secretary", 422, "invalid_fields")
    refused(stage, "/priority-lists", {**body, "proposal": "another"}, "secretary", 422, "invalid_fields")
    refused(stage, "/priority-lists", {**body, "district": "8"}, "elsewhere", 422, "invalid_fields")
    done(stage, "/priority-lists", body, "secretary", 201)
    assert get(stage, f"/priority-lists/district:{DISTRICT}")["proposal"] == proposal
    assert [data["proposal"] for data in announced(stage, "priorities.adopted.v1")] == [proposal]


def test_nothing_is_proposed_where_nothing_is_of_concern(stage: Stage) -> None:
    refused(stage, "/priority-proposals", {"district": "8"}, "elsewhere", 409, "nothing_to_propose")


# ---------------------------------------------------------------- obstacles

QUESTION: Final = "چرا خانم نمونه از منطقه پاسخ نگرفت؟"


def test_an_obstacle_is_reported_with_standing_or_from_a_council(stage: Stage) -> None:
    body = {"district": DISTRICT, "question": QUESTION}
    refused(stage, "/obstacles", body, "other member", 403, "not_on_the_council")
    refused(stage, "/obstacles", {**body, "organization": "another"}, "applicant", 403, "forbidden")
    approved, suspended = stage.city.organizations[0].id, stage.city.organizations[-1].id
    refused(stage, "/obstacles", {**body, "organization": suspended}, "applicant", 403, "no_standing")
    of_organization = done(stage, "/obstacles", {**body, "organization": approved}, "applicant", 201)
    of_council = done(stage, "/obstacles", body, "council", 201)
    assert of_organization["status"] == of_council["status"] == "reported"
    told = announced(stage, "obstacle.reported.v1")
    assert [(data["organization"], data["council"]) for data in told][-2:] == [(approved, None), (None, COUNCIL)]


def test_question_and_answer_are_published_together_without_who_reported(stage: Stage) -> None:
    body = {"district": DISTRICT, "question": QUESTION, "organization": stage.city.organizations[0].id}
    path = f"/obstacles/{done(stage, '/obstacles', body, 'applicant', 201)['id']}"
    assert (get(stage, path)["question"], get(stage, path)["status"]) == (None, "reported")
    assert get(stage, path, "applicant")["question"] == get(stage, path, "secretary")["question"] == QUESTION
    assert get(stage, path, "elsewhere")["question"] is None
    answer = {"question": "چرا پاسخ نرسید؟", "answer": "پاسخ فرستاده شد."}
    refused(stage, f"{path}/answer", answer, "secretary", 409, "obstacle_not_assigned")
    refused(stage, f"{path}/assign", {"office": "اداره فرهنگی"}, "secretary", 422, "invalid_fields")
    done(stage, f"{path}/assign", {"office": "اداره فرهنگی", "person": "city-office"}, "secretary")
    refused(stage, f"{path}/answer", answer, "secretary", 403, "not_assigned_to_you")
    shown = get(stage, path)
    assert (shown["office"], shown["person"], shown["question"]) == ("اداره فرهنگی", None, None)
    assert [item["status"] for item in get(stage, "/obstacles", "office", mine=True)["items"]] == ["assigned"]
    assert get(stage, "/obstacles", mine=True)["total"] == 0

    number = {**answer, "answer": "با ۰۹۱۲۳۴۵۶۷۸۹ تماس بگیرید."}
    refused(stage, f"{path}/answer", number, "office", 422, "invalid_fields")
    assert done(stage, f"{path}/answer", answer, "office")["status"] == "answered"
    shown = get(stage, path)
    assert (shown["question"], shown["answer"], shown["overdue"]) == (answer["question"], answer["answer"], False)
    assert shown["seconds_taken"] is not None
    assert stage.city.organizations[0].id not in str(shown)
    (told,) = announced(stage, "obstacle.answered.v1")
    assert told["question"] == answer["question"]
    assert get(stage, "/obstacles", status="answered", district=DISTRICT, overdue=False)["total"] == 1


def test_a_breach_of_the_term_is_noted_by_the_timer_and_shown(stage: Stage) -> None:
    (first,) = get(stage, "/obstacles")["items"]
    stage.city.now += timedelta(days=40)
    stage.run(stage.city.review.obstacles.sweep())
    assert [data["obstacle"] for data in announced(stage, "obstacle.overdue.v1")] == [first["id"]]
    assert [item["id"] for item in get(stage, "/obstacles", overdue=True)["items"]] == [first["id"]]
    assert stage.run(stage.city.review.obstacles.sweep()) == 0
    stage.city.now -= timedelta(days=40)
