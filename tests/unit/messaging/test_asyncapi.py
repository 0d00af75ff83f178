"""The AsyncAPI document of a service."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared.contracts.base import EventData
from shared.contracts.envelope import Cause, Envelope, envelop
from shared.contracts.registry import OrganizationSuspended
from shared.contracts.requests import RequestWithdrawn
from shared.contracts.schema_files import FOLDER
from shared.messaging.asyncapi import asyncapi, write_contracts
from shared.messaging.subscriptions import Subscriptions


async def handle(_data: EventData, _event: Envelope) -> None:
    """Do nothing."""


@pytest.fixture
def subscriptions() -> Subscriptions:
    subscriptions = Subscriptions("review")
    subscriptions.on(OrganizationSuspended, handle)
    subscriptions.on(RequestWithdrawn, handle)
    return subscriptions


@pytest.fixture
def document(subscriptions: Subscriptions) -> dict[str, Any]:
    return asyncapi("review", subscriptions)


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def at(document: dict[str, Any], reference: str) -> Any:
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def test_every_reference_leads_somewhere_in_the_document(document: dict[str, Any]) -> None:
    found = set(references(document))

    assert found
    for reference in found:
        assert reference.startswith("#/")
        assert at(document, reference)


def test_it_says_what_the_service_announces_and_where(document: dict[str, Any]) -> None:
    channel = document["channels"]["announces"]
    assert channel["bindings"]["amqp"]["exchange"]["name"] == "sama.review"
    assert "case.decided.v1" in channel["messages"]
    operation = document["operations"]["announce.case.decided.v1"]
    assert operation["action"] == "send"
    assert operation["messages"] == [{"$ref": "#/channels/announces/messages/case.decided.v1"}]


def test_it_says_what_the_service_takes_and_from_which_queues(document: dict[str, Any]) -> None:
    received = {name: op for name, op in document["operations"].items() if op["action"] == "receive"}
    assert sorted(received) == ["take.review.registry", "take.review.requests"]
    assert list(document["channels"]["review.requests"]["messages"]) == ["request.withdrawn.v1"]


def test_an_event_as_published_is_valid_by_the_document(document: dict[str, Any]) -> None:
    data = OrganizationSuspended(
        organization="o1", status="suspended", name="انجمن", kind="association", districts=["d1"], reason="audit"
    )
    event = envelop(data, subject="organization/o1", number=1, at=datetime.now(UTC), cause=Cause("p1", "c1"))
    payload = document["components"]["messages"]["organization.suspended.v1"]["payload"]
    validator = Draft202012Validator({**payload, "components": document["components"]})

    validator.validate(event)
    assert not validator.is_valid(event | {"data": {"organization": "o1"}})
    assert not validator.is_valid(event | {"type": "organization.approved.v1"})


def test_a_service_that_listens_to_nobody_only_announces() -> None:
    document = asyncapi("registry", Subscriptions("registry"))

    assert list(document["channels"]) == ["announces", "shows"]


def test_the_contracts_are_written_where_they_are_committed(tmp_path: Path, subscriptions: Subscriptions) -> None:
    (tmp_path / "services" / "review").mkdir(parents=True)

    written = write_contracts(tmp_path, {"review": subscriptions})

    assert tmp_path / FOLDER / "case.decided.v1.json" in written
    committed = json.loads((tmp_path / "services/review/asyncapi.json").read_text("utf-8"))
    assert committed == asyncapi("review", subscriptions)
    assert write_contracts(tmp_path, {"review": subscriptions}) == [], "nothing changed, nothing written"
