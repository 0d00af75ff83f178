"""What a service listens to, and the topology that follows from it."""

import re

import pytest

from shared.contracts.base import ANNOUNCERS, EventData
from shared.contracts.envelope import Envelope
from shared.contracts.registry import OrganizationRejected, OrganizationSuspended
from shared.contracts.requests import RequestSubmitted
from shared.messaging.broker import MessagingSettings
from shared.messaging.subscriptions import PREFETCH, Subscriptions
from shared.messaging.topology import EDGE_POLICY, KEPT_POLICY, Binding, Topology


async def handle(_data: EventData, _event: Envelope) -> None:
    """Do nothing."""


def review() -> Subscriptions:
    subscriptions = Subscriptions("review")
    subscriptions.on(OrganizationSuspended, handle)
    subscriptions.on(OrganizationRejected, handle)
    subscriptions.on(RequestSubmitted, handle)
    return subscriptions


def test_there_is_one_edge_and_queue_per_announcer() -> None:
    edges = review().edges

    assert [(edge.queue, sorted(edge.handlers)) for edge in edges] == [
        ("review.registry", ["organization.rejected.v1", "organization.suspended.v1"]),
        ("review.requests", ["request.submitted.v1"]),
    ]
    assert {edge.prefetch for edge in edges} == {PREFETCH}


def test_a_prefetch_of_the_whole_consumer_is_that_of_every_edge() -> None:
    subscriptions = Subscriptions("review", prefetch=1)
    subscriptions.on(OrganizationSuspended, handle)
    subscriptions.edge("registry", prefetch=128)

    assert [edge.prefetch for edge in subscriptions.edges] == [1]
    with pytest.raises(ValueError, match="no limit"):
        Subscriptions("review", prefetch=0)


def test_an_edge_has_its_own_prefetch_and_may_have_a_single_active_consumer() -> None:
    subscriptions = review()
    subscriptions.edge("requests", prefetch=128, single_active=True)

    requests = subscriptions.edge_of("request.submitted.v1")

    assert requests is not None
    assert (requests.prefetch, requests.single_active) == (128, True)
    assert Topology.of(subscriptions).queues["review.requests"]["x-single-active-consumer"] is True


def test_an_edge_without_handlers_has_no_queue() -> None:
    subscriptions = review()
    subscriptions.edge("budget", prefetch=5)

    assert "review.budget" not in Topology.of(subscriptions).queues


def test_a_second_handler_for_a_type_is_refused() -> None:
    with pytest.raises(ValueError, match="already"):
        review().on(OrganizationSuspended, handle)


def test_a_base_class_of_events_cannot_be_subscribed_to() -> None:
    with pytest.raises(ValueError, match="names no type"):
        review().on(EventData, handle)


def test_no_prefetch_limit_is_refused_rule_1() -> None:
    with pytest.raises(ValueError, match="no limit"):
        review().edge("registry", prefetch=0)


def test_an_unknown_announcer_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown announcer"):
        review().edge("weather")


def test_every_queue_is_replicated_and_its_rejects_go_to_its_own_dead_letters() -> None:
    topology = Topology.of(review())

    assert topology.queues["review.registry"] == {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": "review.own",
        "x-dead-letter-routing-key": "review.registry.dead",
    }
    assert Binding("review.own", "review.registry.dead", "review.registry.dead") in topology.bindings
    assert topology.queues["review.registry.dead"] == {"x-queue-type": "quorum"}
    assert topology.queues["review.replays"] == {"x-queue-type": "quorum"}


def test_the_archive_and_the_stream_for_outsiders_are_whole_even_by_a_service_that_listens_to_nobody() -> None:
    topology = Topology.of(Subscriptions("registry"))

    archive = {Binding(f"sama.{announcer}", "sama.archive", "#") for announcer in ANNOUNCERS}
    public = {Binding("sama.public", "sama.public", "#"), Binding(*["sama.public.replays"] * 3)}
    assert topology.bindings == archive | public
    assert topology.queues == {
        "sama.archive": {"x-queue-type": "stream"},
        "sama.public": {"x-queue-type": "stream"},
        "sama.public.replays": {"x-queue-type": "quorum"},
    }


def test_what_is_missing_is_named() -> None:
    topology = Topology.of(review())
    everything = topology.bindings | {Binding("", name, name) for name in topology.queues}
    assert not topology.missing(everything)

    lost = {
        Binding("", "review.requests", "review.requests"),
        Binding("sama.registry", "review.registry", "organization.rejected.v1"),
    }
    missing = topology.missing(everything - lost)

    assert str(missing) == ("queue review.requests, binding sama.registry → review.registry (organization.rejected.v1)")


@pytest.mark.parametrize(
    ("queue", "edge", "kept"),
    [
        ("review.requests", True, False),
        ("portal.budget", True, False),
        ("review.requests.dead", False, True),
        ("review.replays", False, True),
        ("sama.archive", False, False),
        ("sama.public", False, False),
        ("sama.public.replays", False, True),
    ],
)
def test_a_queue_has_the_policy_of_its_kind(queue: str, edge: bool, kept: bool) -> None:
    assert (bool(re.search(EDGE_POLICY.pattern, queue)), bool(re.search(KEPT_POLICY.pattern, queue))) == (edge, kept)


@pytest.mark.parametrize(
    ("url", "vhost"),
    [("amqp://u:p@h:5672/", "/"), ("amqp://u:p@h:5672", "/"), ("amqp://u:p@h/city", "city"), ("amqp://h/%2F", "/")],
)
def test_the_virtual_host_is_the_one_of_the_url(url: str, vhost: str) -> None:
    assert MessagingSettings(url, "http://h").vhost == vhost
