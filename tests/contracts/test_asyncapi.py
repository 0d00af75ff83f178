"""The committed AsyncAPI documents are those of the code, and say what the services really do."""

import json
from typing import Any

import pytest

from ops.contracts import asyncapi_path, differences, subscriptions
from ops.local.places import ROOT
from ops.local.services import SERVICES
from shared.contracts.base import EVENTS
from shared.contracts.public.base import PUBLIC_EVENTS
from shared.messaging.asyncapi import asyncapi


@pytest.fixture(scope="module")
def listening() -> Any:
    """What each service listens to."""
    return subscriptions()


@pytest.mark.parametrize("service", SERVICES)
def test_the_committed_document_is_what_the_code_says(service: str, listening: Any) -> None:
    committed = json.loads(asyncapi_path(ROOT, service).read_text("utf-8"))
    assert committed == asyncapi(service, listening[service]), "type `sama contracts write` and commit the difference"


def test_all_committed_contracts_are_up_to_date() -> None:
    assert differences(ROOT) == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_announced_event_and_every_public_one_is_a_send_operation(service: str, listening: Any) -> None:
    document = asyncapi(service, listening[service])
    sent = {name for name, operation in document["operations"].items() if operation["action"] == "send"}
    announced = {f"announce.{name}" for name, model in EVENTS.items() if model.announcer == service}
    shown = {f"show.{name}" for name, model in PUBLIC_EVENTS.items() if model.announcer == service}
    assert sent == announced | shown


def test_every_reference_of_a_document_leads_somewhere(listening: Any) -> None:
    for service in SERVICES:
        document = asyncapi(service, listening[service])
        for reference in _references(document):
            found: Any = document
            for step in reference.removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]


def test_no_service_listens_to_itself(listening: Any) -> None:
    for service, listens in listening.items():
        assert service not in {edge.announcer for edge in listens.edges}


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [reference for value in part.values() for reference in _references(value)]
    if isinstance(part, list):
        return [reference for value in part for reference in _references(value)]
    return []
