"""What ``sama verify`` compares between services: a true city passes every check, and each way of tampering is named by the right one."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from ops.verify.archive import check_archive
from ops.verify.copies import check_copies, check_outboxes
from ops.verify.effects import check_effects
from ops.verify.facts import check_facts
from ops.verify.findings import Finding
from ops.verify.snapshot import Snapshot
from ops.verify.standings import check_standings
from ops.verify.system import verify
from tests.builders import BOOK
from tests.unit.verify.world import Document, Stored, city

CHECKS = (check_outboxes, check_copies, check_facts, check_effects, check_standings)


@pytest_asyncio.fixture(scope="module")
async def true() -> Stored:
    return Stored(await city())


@pytest.fixture
def stored(true: Stored) -> Stored:
    return deepcopy(true)


def found(snapshot: Snapshot) -> list[Finding]:
    return [finding for check in CHECKS for finding in check(snapshot)]


def request(stored: Stored, status: str) -> Document:
    return next(d for d in stored.of("requests", "requests").values() if d["status"] == status)


def suspended(stored: Stored) -> Document:
    return next(d for d in stored.of("registry", "organizations").values() if d["status"] == "suspended")


def entry(stored: Stored, kind: str) -> Document:
    return next(e for e in stored.of("budget", "entries").values() if e["kind"] == kind)


def test_a_true_city_passes_every_check(true: Stored) -> None:
    report = verify(true.read)
    assert report.findings == []
    assert [check.name for check in report.skipped] == [
        "events in the archive",
        "public events",
        "queues of dead letters",
    ]
    snapshot = true.snapshot()
    assert list(check_archive(true.archived(), snapshot.told, snapshot.waiting)) == []
    statuses = {document["status"] for document in snapshot.states["request"].values()}
    assert statuses == {"in_progress", "waiting", "rejected", "withdrawn", "reserved", "in_review"}


# ---------------------------------------------------------------- copies, facts, effects, standings


def an_old_copy(stored: Stored) -> None:
    stored.one("review", "standings")["sequence"] -= 1


def a_changed_copy(stored: Stored) -> None:
    stored.one("budget", "standings")["may_be_committed"] ^= True


def a_lost_copy(stored: Stored) -> None:
    stored.of("requests", "districts").clear()


def a_copy_of_nothing(stored: Stored) -> None:
    stored.of("requests", "books")["city/1300"] = stored.one("requests", "books") | {"_id": "city/1300"}


def an_outbox_left(stored: Stored) -> None:
    stored.of("budget", "cursors")[BOOK]["published_seq"] -= 2


def a_fact_dropped(stored: Stored) -> None:
    del request(stored, "waiting")["book_facts"][0]


def a_fact_changed(stored: Stored) -> None:
    request(stored, "in_progress")["book_facts"][0]["amount"] += 1


def a_fact_invented(stored: Stored) -> None:
    facts = request(stored, "in_review")["book_facts"]
    facts.append(request(stored, "in_progress")["book_facts"][0])


def a_request_lost(stored: Stored) -> None:
    del stored.of("requests", "requests")[request(stored, "in_progress")["_id"]]


def a_case_lost(stored: Stored) -> None:
    cases = stored.of("review", "cases")
    del cases[next(id for id, case in cases.items() if case["status"] == "open")]


def another_submission(stored: Stored) -> None:
    stored.one("review", "cases")["submission"]["amount_asked"] += 1


def an_approval_nowhere(stored: Stored) -> None:
    entries, id = stored.of("budget", "entries"), request(stored, "waiting")["_id"]
    del entries[f"wait:{id}"]


def another_amount(stored: Stored) -> None:
    entry(stored, "reservation_waiting")["amount"] += 1


def two_reservations(stored: Stored) -> None:
    made = entry(stored, "reservation_made")
    stored.of("budget", "entries")["again"] = made | {"_id": "again", "seq": 99}


def an_acceptance_unheard(stored: Stored) -> None:
    entries = stored.of("budget", "entries")
    del entries[entry(stored, "commitment_made")["_id"]]


def an_end_unheard(stored: Stored) -> None:
    entries = stored.of("budget", "entries")
    del entries[entry(stored, "reservation_released")["_id"]]


def a_mark_forgotten(stored: Stored) -> None:
    organization = suspended(stored)["_id"]
    next(d for d in stored.of("requests", "requests").values() if d["organization"] == organization)["suspension"] = (
        None
    )


def a_place_going_on(stored: Stored) -> None:
    entries, organization = stored.of("budget", "entries"), suspended(stored)["_id"]
    paused = [e for e in entries.values() if e["kind"] == "reservation_paused"]
    del entries[next(e["_id"] for e in paused if e["facts"]["organization"] == organization)]


def a_place_standing_still(stored: Stored) -> None:
    entry(stored, "reservation_waiting")["subject_after"]["paused"] = True


def a_reservation_on_no_standing(stored: Stored) -> None:
    entry(stored, "reservation_made")["facts"]["standing_sequence"] = 77


def a_commitment_without_record(stored: Stored) -> None:
    del entry(stored, "commitment_made")["facts"]["standing_sequence"]


def a_commitment_that_was_forbidden(stored: Stored) -> None:
    entry(stored, "commitment_made")["facts"]["standing_sequence"] = 2  # registered, not yet approved


def a_commitment_that_raced(stored: Stored) -> None:
    """As if the suspension had come before the commitment, and nobody had seen it."""
    committed = entry(stored, "commitment_made")
    organization = stored.of("registry", "organizations")[committed["facts"]["organization"]]
    last = organization["history"][-1]
    organization["history"].append(
        {
            "n": last["n"] + 1,
            "type": "Suspended",
            "actor": "x",
            "correlation": "x",
            "at": last["at"] + timedelta(seconds=1),
        }
    )
    since = last["at"] + timedelta(seconds=1)
    organization["history"][-1]["data"] = {"reason": "x", "by": "x", "at": since}
    committed["at"] = (since + timedelta(days=1)).isoformat()


def a_submission_on_a_standing_that_forbids(stored: Stored) -> None:
    document = request(stored, "in_review")
    submitted = next(e for e in document["history"] if e["type"] == "Submitted")
    submitted["data"]["revision"]["standing_sequence"] = 2


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (an_old_copy, "the copy is of"),
        (a_changed_copy, "the copy differs from its source in: may_be_committed"),
        (a_lost_copy, "there is no copy"),
        (a_copy_of_nothing, "its source does not know"),
        (an_outbox_left, "is not announced"),
        (a_fact_dropped, "it has not heard of book"),
        (a_fact_changed, "differs in: amount"),
        (a_fact_invented, "which nobody announced"),
        (a_request_lost, "requests does not know it"),
        (a_case_lost, "review has no case of it"),
        (another_submission, "differs in: amount_asked"),
        (an_approval_nowhere, "no book knows it"),
        (another_amount, "were approved, the book has"),
        (two_reservations, "it has 2 reservations"),
        (an_acceptance_unheard, "the book has not answered"),
        (an_end_unheard, "it is withdrawn, and district:7/1405 has it reserved"),
        (a_mark_forgotten, "not marked as suspended"),
        (a_place_going_on, "it is reserved and does not stand still"),
        (a_place_standing_still, "it is waiting and stands still"),
        (a_reservation_on_no_standing, "which does not exist"),
        (a_commitment_without_record, "it records no sequence"),
        (a_commitment_that_was_forbidden, "which forbids it"),
        (a_commitment_that_raced, "forbade it already"),
        (a_submission_on_a_standing_that_forbids, "request.submitted relied on standing 2"),
    ],
)
def test_tampering_is_named(stored: Stored, tamper: Callable[[Stored], None], says: str) -> None:
    tamper(stored)
    assert says in " | ".join(map(str, found(stored.snapshot())))


# ---------------------------------------------------------------- the archive


def events_of(stored: Stored, part: bytes) -> list[int]:
    return [n for n, body in enumerate(stored.archive) if part in body]


def an_event_lost(stored: Stored) -> None:
    del stored.archive[events_of(stored, b'"case.decided.v1"')[0]]


def an_event_changed(stored: Stored) -> None:
    place = events_of(stored, b'"commitment.made.v1"')[0]
    stored.archive[place] = stored.archive[place].replace(b'"amount":30000000', b'"amount":30000001')


def another_actor(stored: Stored) -> None:
    place = events_of(stored, b'"request.accepted.v1"')[0]
    stored.archive[place] = stored.archive[place].replace(b'"actor":"owner', b'"actor":"somebody')


def twice_with_other_content(stored: Stored) -> None:
    place = events_of(stored, b'"commitment.made.v1"')[0]
    stored.archive.append(stored.archive[place].replace(b'"amount":30000000', b'"amount":30000001'))


def no_event(stored: Stored) -> None:
    stored.archive.append(b"nonsense")


def a_history_shortened(stored: Stored) -> None:
    """Whole and consistent, but the archive knows more."""
    document = request(stored, "withdrawn")
    assert document["history"].pop()["type"] in ("Withdrawn", "BookNoted")
    document["history"] = [e for e in document["history"] if e["type"] != "Withdrawn"]


def an_outbox_dropped(stored: Stored) -> None:
    """The service saved, and somebody emptied the outbox before it was announced."""
    del stored.archive[events_of(stored, b'"organization.approved.v1"')[0]]


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (an_event_lost, "case.decided.v1 was announced and is not in the archive"),
        (an_event_changed, "commitment.made.v1 in the archive is not what its history tells"),
        (another_actor, "names another cause or actor"),
        (twice_with_other_content, "twice with different content"),
        (no_event, "it is no event of ours"),
        (a_history_shortened, "the archive has request.withdrawn.v1, which no history and no book knows"),
        (an_outbox_dropped, "organization.approved.v1 was announced and is not in the archive"),
    ],
)
def test_an_archive_that_differs_is_named(stored: Stored, tamper: Callable[[Stored], None], says: str) -> None:
    tamper(stored)
    snapshot, archived = stored.snapshot(), stored.archived()
    findings = [*archived.findings, *check_archive(archived, snapshot.told, snapshot.waiting)]
    assert says in " | ".join(map(str, findings))


def test_what_waits_in_an_outbox_need_not_be_in_the_archive(stored: Stored) -> None:
    last = events_of(stored, b'"subject":"book/district:7/1405"')[-1]
    body = stored.archive.pop(last)
    stored.of("budget", "cursors")[BOOK]["published_seq"] -= 1
    snapshot = stored.snapshot()
    assert body
    assert list(check_archive(stored.archived(), snapshot.told, snapshot.waiting)) == []
    assert [f.where for f in check_outboxes(snapshot)] == [BOOK]


def test_an_anonymised_entry_may_lack_the_actor_that_the_archive_names(stored: Stored) -> None:
    for document in stored.of("budget", "entries").values():
        del document["private"]
    snapshot = stored.snapshot()
    assert list(check_archive(stored.archived(), snapshot.told, snapshot.waiting)) == []


def test_an_event_of_an_older_version_without_a_field_that_came_later_is_the_same(stored: Stored) -> None:
    """F16: what a new optional field adds is its default."""
    place = events_of(stored, b'"reservation.waiting.v1"')[0]
    stored.archive[place] = stored.archive[place].replace(b'"paused":false', b'"unheard_of":1')
    snapshot = stored.snapshot()
    assert list(check_archive(stored.archived(), snapshot.told, snapshot.waiting)) == []


# ---------------------------------------------------------------- a system at work


class AtWork:
    """Reads a city in which something is put right after some looks."""

    def __init__(self, stored: Stored, tamper: Callable[[Stored], None], looks: int) -> None:
        self._true, self._tampered = stored, deepcopy(stored)
        tamper(self._tampered)
        self._left = looks

    def read(self, service: str, collection: str, where: Any) -> Iterator[Document]:
        if (service, collection) == ("budget", "cursors"):  # the first that is read
            self._left -= 1
        return iter((self._tampered if self._left >= 0 else self._true).read(service, collection, where))


def test_what_is_on_its_way_is_looked_for_again_before_it_is_a_finding(stored: Stored) -> None:
    assert verify(AtWork(stored, an_old_copy, 2).read, on_its_way_seconds=30).findings == []
    late = verify(AtWork(stored, an_old_copy, 1_000).read, on_its_way_seconds=0.1)
    assert [finding.invariant for finding in late.findings] == ["I5"]


def test_a_document_that_lacks_everything_ends_no_check_but_its_own(stored: Stored) -> None:
    for name in ("facts", "subject_after", "after"):
        entry(stored, "commitment_made").pop(name)
    stored.one("review", "standings").pop("may_be_decided")
    stored.one("registry", "organizations").pop("history")
    says = " | ".join(map(str, verify(stored.read).findings))
    assert "fields are missing" in says or "not readable" in says or "cannot be checked" in says
    assert "the copy differs from its source in: may_be_decided" in says or "its source does not know" in says
