"""Who reaches whom under the rules of the network: both ends have to allow it, as Kubernetes judges."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest

from ops.images.serve import PORT
from tests.unit.kubernetes.rendered import city, of_kind, render

NAMESPACE: Final = "sama"
RABBIT: Final = {
    "app.kubernetes.io/name": "sama-rabbitmq",
    "app.kubernetes.io/component": "rabbitmq",
    "app.kubernetes.io/part-of": "rabbitmq",
}
"""Labels that RabbitMQ's operator gives its pods."""
MONGO: Final = {"app": "sama-mongodb-svc"}
"""Labels that MongoDB's operator gives its pods."""


@dataclass(frozen=True)
class Place:
    """A pod by its labels; namespace: labels of another namespace, None: the city's own. address: outside of the cluster."""

    labels: Mapping[str, str]
    namespace: Mapping[str, str] | None = None
    address: str = ""


def pod(service: str) -> Place:
    return Place(of_kind(city("small-city"), "Deployment")[f"sama-{service}"]["spec"]["template"]["metadata"]["labels"])


JOB: Final = Place({"app.kubernetes.io/name": "sama-provision", "sama-access": "tools"})
BROKER: Final = Place(RABBIT)
DATABASE: Final = Place(MONGO)
DNS: Final = Place({"k8s-app": "kube-dns"}, {"kubernetes.io/metadata.name": "kube-system"})
OUTSIDE: Final = Place({}, {}, address="203.0.113.7")


def other(access: str) -> Place:
    return Place({"app": "anything"}, {"sama-access": access})


def policies(extra: str = "") -> list[Any]:
    found = list(of_kind(city("large-city"), "NetworkPolicy").values())
    return found + (list(of_kind(render(f"services/{extra}"), "NetworkPolicy").values()) if extra else [])


def matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    return selector is None or (selector.get("matchLabels") or {}).items() <= labels.items()


def is_peer(peer: Mapping[str, Any], place: Place) -> bool:
    if "ipBlock" in peer:
        return bool(place.address) and peer["ipBlock"]["cidr"] == "0.0.0.0/0"
    if place.address:
        return False
    if "namespaceSelector" in peer:
        namespace = place.namespace if place.namespace is not None else {"kubernetes.io/metadata.name": NAMESPACE}
        return matches(peer["namespaceSelector"], namespace) and matches(peer.get("podSelector"), place.labels)
    return place.namespace is None and matches(peer["podSelector"], place.labels)


def is_port(rule: Mapping[str, Any], port: int) -> bool:
    if "ports" not in rule:
        return True
    first = [PORT if opened["port"] == "http" else opened["port"] for opened in rule["ports"]]
    last = [opened.get("endPort", begin) for opened, begin in zip(rule["ports"], first, strict=True)]
    return any(begin <= port <= end for begin, end in zip(first, last, strict=True))


def allowed(direction: str, at: Place, peer: Place, port: int, rules: list[Any]) -> bool:
    """Whether the policies of the pod ``at`` let it talk with ``peer``; a pod of another namespace has none of ours."""
    if at.namespace is not None:
        return True
    mine = [
        p["spec"]
        for p in rules
        if matches(p["spec"]["podSelector"], at.labels) and direction in p["spec"]["policyTypes"]
    ]
    assert mine, "no policy selects it, so everything would be allowed"
    side, ends = ("ingress", "from") if direction == "Ingress" else ("egress", "to")
    return any(
        is_port(rule, port) and (ends not in rule or any(is_peer(end, peer) for end in rule[ends]))
        for policy in mine
        for rule in policy.get(side, ())
    )


def reaches(source: Place, target: Place, port: int, extra: str = "") -> bool:
    rules = policies(extra)
    return allowed("Egress", source, target, port, rules) and allowed("Ingress", target, source, port, rules)


def test_what_has_to_talk_can() -> None:
    for service in ("registry", "requests", "review", "budget"):
        assert reaches(pod(service), BROKER, 5672)
        assert reaches(pod(service), BROKER, 15672)
        assert reaches(pod(service), DATABASE, 27017)
        assert reaches(pod(service), DNS, 53)
        assert reaches(pod(service), other("telemetry"), 4318)
        assert reaches(other("gateway"), pod(service), 8000)
        assert reaches(other("prometheus"), pod(service), 8000)
        assert reaches(JOB, pod(service), 8000)
    assert reaches(JOB, BROKER, 15672)
    assert reaches(JOB, DATABASE, 27017)
    assert reaches(JOB, DNS, 53)
    assert reaches(other("keda"), BROKER, 15672)
    assert reaches(other("prometheus"), BROKER, 15692)
    for port in (4369, 25672, 6010, 35672):
        assert reaches(BROKER, BROKER, port)
    assert reaches(DATABASE, DATABASE, 27017)


@pytest.mark.parametrize("service", ["registry", "requests", "review", "budget"])
def test_services_talk_by_events_alone(service: str) -> None:
    for target in ("registry", "requests", "review", "budget"):
        # Each end refuses by itself.
        assert not allowed("Egress", pod(service), pod(target), 8000, policies())
        assert not allowed("Ingress", pod(target), pod(service), 8000, policies())
    assert not reaches(pod(service), OUTSIDE, 443)
    assert not reaches(pod(service), other("anything"), 443)
    assert not reaches(pod(service), BROKER, 25672)


def test_nobody_else_reaches_anything() -> None:
    stranger = Place({"app": "stranger"})
    for target, port in ((BROKER, 5672), (BROKER, 15672), (DATABASE, 27017), (pod("budget"), 8000)):
        assert not reaches(other("elsewhere"), target, port)
        assert not reaches(OUTSIDE, target, port)
        assert not allowed("Egress", stranger, target, port, policies())
        assert not allowed("Ingress", target, stranger, port, policies())
    assert not reaches(other("keda"), DATABASE, 27017)
    assert not reaches(other("gateway"), BROKER, 15672)
    assert not reaches(BROKER, DATABASE, 27017)


def test_webhooks_alone_calls_outside_and_only_by_tls() -> None:
    labels = of_kind(render("services/webhooks"), "Deployment")["sama-webhooks"]["spec"]["template"]["metadata"][
        "labels"
    ]
    assert reaches(Place(labels), OUTSIDE, 443, "webhooks")
    assert not reaches(Place(labels), OUTSIDE, 80, "webhooks")
    assert not reaches(pod("review"), OUTSIDE, 443, "webhooks")
    assert reaches(Place(labels), DATABASE, 27017, "webhooks")


def test_who_has_the_label_that_opens_doors() -> None:
    """Everything whose pods carry part-of: sama is a service; nothing else gets the services' rights by accident."""
    labelled = [
        manifest["metadata"]["name"]
        for manifest in city("large-city")
        if manifest["kind"] in ("Deployment", "Job", "StatefulSet")
        and manifest["spec"]["template"]["metadata"]["labels"].get("app.kubernetes.io/part-of") == "sama"
    ]
    assert sorted(labelled) == sorted(of_kind(city("large-city"), "Deployment"))
