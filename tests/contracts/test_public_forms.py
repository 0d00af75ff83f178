"""What outsiders hear of an internal event: declared for every type, made of named fields alone, and nothing of PUB-2."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import pytest

from shared.contracts import review
from shared.contracts.base import EVENTS, EventData, Names
from shared.contracts.envelope import Cause, envelop
from shared.contracts.public.base import PUBLIC_EVENTS, NotPublic, PublicData, shown_as
from shared.contracts.public.envelope import PublicEnvelope, decode_public
from shared.contracts.public.forms import FORMS, public_form
from shared.contracts.schema_files import SHOWN, schemas
from tests.contracts.examples import example_of

SCHEMAS: Final = schemas()
CAUSE: Final = Cause(
    "person-1", "correlation-1", "causation-1", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
)
AT: Final = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
FORBIDDEN: Final = re.compile(
    r"actor|correlation|causation|trace|national|mobile|phone|email|address|contact|sheba|iban|account|representative|salt|private|digest"
    r"|ballot|vot|tally|score|recus|conflict|beneficiar|reason|standing|paused|person|member$|signed|command|entry$"
)
"""Names of fields that no public form may have: PUB-2, who caused it, what happens inside a case, and texts not edited for the public."""
ALLOWED: Final = {"neighbourhood_member"}  # of a rule set: a kind of seat, no person


def shown(type: str, **data: Any) -> dict[str, Any] | None:
    model = EVENTS[type]
    payload = model.model_validate({**example_of(model), **data})
    return public_form(envelop(payload, subject="noun/1", number=7, at=AT, cause=CAUSE))


@pytest.mark.parametrize("type", sorted(EVENTS))
def test_every_internal_event_says_what_of_it_is_public_or_why_nothing(type: str) -> None:
    assert type in FORMS, f"declare the public form of {type}, or NotPublic with the reason, in shared/contracts/public"
    _model, form = FORMS[type]
    assert form.why if isinstance(form, NotPublic) else callable(form)


def test_an_event_that_nobody_declared_is_not_public() -> None:
    class Undeclared(EventData, type="secret.told.v1", announcer="review"):
        """Nobody has thought about it."""

    try:
        assert public_form(envelop(Undeclared(), subject="noun/1", number=1, at=AT, cause=CAUSE)) is None
    finally:
        del EVENTS["secret.told.v1"]


def test_every_public_event_is_the_form_of_an_internal_one_and_all_its_data_is_its_contracts() -> None:
    made = set()
    for type in EVENTS:
        if (form := shown(type)) is not None:
            made.add(form["type"])
            assert PUBLIC_EVENTS[form["type"]].model_validate(form["data"]).model_dump(mode="json") == form["data"]
    assert made == set(PUBLIC_EVENTS)


@pytest.mark.parametrize("type", sorted(PUBLIC_EVENTS))
def test_a_public_form_has_no_field_that_pub_2_forbids(type: str) -> None:
    names = set(_fields(SCHEMAS[f"{SHOWN}/{type}"]))
    assert {name for name in names - ALLOWED if FORBIDDEN.search(name)} == set()


def test_a_public_event_says_nothing_of_who_and_what_caused_it() -> None:
    form = shown("case.decided.v1")
    assert form is not None
    assert set(form) <= set(PublicEnvelope.model_fields)
    assert [
        told for told in ("person-1", "correlation-1", "causation-1", "0af7651916cd43dd") if told in str(form)
    ] == []


def test_a_field_that_an_internal_event_gets_later_stays_inside() -> None:
    """Also in a part: the form takes what the public contract names, and nothing else."""

    class Renamed(PublicData):
        names: Names

    class Names2(Names):
        born_as: str

    class Later(EventData):
        names: Names2
        witness: str

    later = Later(names=Names2(fa="انجمن", born_as="0010350829"), witness="0010350829")
    assert shown_as(Renamed)(later).model_dump() == {"names": {"fa": "انجمن", "en": None}}


def test_the_id_is_derived_and_the_sequence_is_that_of_the_aggregate() -> None:
    first, again = shown("case.decided.v1"), shown("case.decided.v1")
    assert first is not None
    assert first == again
    event = envelop(
        review.CaseDecided(**example_of(review.CaseDecided)), subject="noun/1", number=7, at=AT, cause=CAUSE
    )
    assert first["id"] != event["id"]
    assert (first["source"], first["subject"], first["sequence"]) == (
        "/sama/public/review", "noun/1", event["sequence"],
    )  # fmt: skip


def test_a_refusal_does_not_say_whose_request_it_was() -> None:
    awarded, refused = (
        shown("case.decided.v1", outcome="approved"),
        shown("case.decided.v1", outcome="rejected", amount=0),
    )
    assert awarded is not None
    assert refused is not None
    assert awarded["data"]["organization"]
    assert refused["data"]["organization"] is None
    assert awarded["data"]["organization"] not in str(refused)


def test_what_was_shown_can_be_read_again() -> None:
    form = shown("case.decided.v1")
    event = decode_public(orjson.dumps(form))
    assert event.payload().model_dump(mode="json") == (form or {})["data"]


def _fields(part: Any) -> Iterator[str]:
    if isinstance(part, Mapping):
        yield from part.get("properties", {})
        for value in part.values():
            yield from _fields(value)
    elif isinstance(part, list):
        for value in part:
            yield from _fields(value)
