"""The manifests against the project: what they name exists in it, and what it needs is in them."""

import base64
import functools
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from pydantic import SecretStr
from starlette.requests import HTTPConnection

from ops.contracts import application
from ops.images.serve import PORT
from ops.local.places import ROOT
from ops.local.services import GRACEFUL_SECONDS, SERVICES
from shared.messaging.subscriptions import PREFETCH
from shared.settings import ServiceSettings
from shared.web.proxies import BehindProxies
from shared.web.rates import address_of
from tests.unit.kubernetes.rendered import FOLDER, OVERLAYS, Manifest, city, of_kind, render, values_of

COMPOSE: Final[dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
OF_THE_IMAGE: Final = {"SAMA_SERVICE", "SAMA_ROOT_PATH"}
"""Settings of ops/images/serve.py."""
CODES: Final = [
    {"name": "SAMA_CERTIFICATION_KEY", "valueFrom": {"secretKeyRef": {"name": "sama-certification", "key": "key"}}}
]
NEEDED_MORE: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("registry", "requests", "review"), CODES),
    "webhooks": [
        {"name": "SAMA_WEBHOOK_KEYS", "valueFrom": {"secretKeyRef": {"name": "sama-webhooks", "key": "keys"}}}
    ],
}
MADE_ELSEWHERE: Final = {("sama-rabbitmq-default-user", "username"), ("sama-rabbitmq-default-user", "password")}
"""By RabbitMQ's operator; cert-manager's sama-tls is referred to as a whole."""


def image_of(service: str) -> str:
    return f"sama-{service}"


def official(part: str) -> str:
    """Return the image of a part of docker-compose.yml when .env names no other."""
    return str(COMPOSE[part]["image"]).partition(":-")[2].removesuffix("}")


def container(manifest: Manifest) -> Any:
    (only,) = manifest["spec"]["template"]["spec"]["containers"]
    return only


def deployments(overlay: str = "small-city") -> dict[str, Any]:
    return of_kind(city(overlay), "Deployment")


def jobs_and_deployments() -> list[Any]:
    return [*deployments().values(), *of_kind(city("small-city"), "Job").values()]


def environment(manifest: Manifest) -> dict[str, str]:
    """Return the plain variables, as they are written."""
    return {variable["name"]: variable.get("value", "") for variable in container(manifest)["env"]}


# ------------------------------------------------------------ the services


def test_every_service_is_deployed_and_nothing_else_is() -> None:
    written = {path.parent.name for path in (ROOT / "services").glob("*/main.py")}
    assert {f"sama-{service}" for service in written} == deployments().keys()
    assert written >= set(SERVICES)


@pytest.mark.parametrize("folder", sorted(path.name for path in (FOLDER / "services").iterdir() if path.is_dir()))
def test_services_differ_by_their_names_and_by_what_they_need_more(folder: str) -> None:
    """A rule of the network that one has more is looked at in test_network.py."""
    own = [manifest for manifest in render(f"services/{folder}") if manifest["metadata"]["name"] == f"sama-{folder}"]
    renamed = yaml.safe_load(yaml.safe_dump(list(render("services/portal"))).replace("portal", folder))
    for manifest in renamed:
        if manifest["kind"] == "Deployment":
            container(manifest)["env"] += NEEDED_MORE.get(folder, [])
    assert own == renamed


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_images_are_those_of_compose(overlay: str) -> None:
    for name, deployment in deployments(overlay).items():
        service = name.removeprefix("sama-")
        assert container(deployment)["image"] == COMPOSE[service]["image"] == f"{image_of(service)}:local"
    for job in of_kind(city(overlay), "Job").values():
        assert container(job)["image"] == COMPOSE["provision"]["image"]
    assert of_kind(city(overlay), "RabbitmqCluster")["sama-rabbitmq"]["spec"]["image"] == official("rabbitmq")
    assert f"mongo:{of_kind(city(overlay), 'MongoDBCommunity')['sama-mongodb']['spec']['version']}" == official("mongo")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_everything_is_in_the_citys_namespace(overlay: str) -> None:
    assert {m["metadata"].get("namespace") for m in city(overlay) if m["kind"] != "Namespace"} == {"sama"}


# ------------------------------------------------------------ settings


def common_settings() -> Any:
    (found,) = (found for name, found in of_kind(city("small-city"), "ConfigMap").items() if "settings" in name)
    return found


def settings_of(service: str) -> set[str]:
    settings: type[ServiceSettings] = import_module(f"services.{service}.settings").Settings
    return {f"SAMA_{name.upper()}" for name in settings.model_fields}


def test_every_setting_exists_in_the_service_that_gets_it() -> None:
    settings = common_settings()
    for name, deployment in deployments().items():
        known = settings_of(name.removeprefix("sama-")) | OF_THE_IMAGE
        assert container(deployment)["envFrom"] == [{"configMapRef": {"name": settings["metadata"]["name"]}}]
        given = {*settings["data"], *environment(deployment)} - {"USERNAME", "PASSWORD"}
        assert given <= known
    assert all(f'"{name}"' in (ROOT / "ops/images/serve.py").read_text() for name in OF_THE_IMAGE)


def test_every_secret_setting_of_a_service_comes_from_a_secret() -> None:
    for service in SERVICES:
        fields = import_module(f"services.{service}.settings").Settings.model_fields
        secret = {
            f"SAMA_{name.upper()}"
            for name, field in fields.items()
            if field.annotation is SecretStr and name not in ServiceSettings.model_fields
        }
        assert secret == {entry["name"] for entry in NEEDED_MORE.get(service, [])}


def test_every_service_gets_the_calendar_of_the_city() -> None:
    (calendar,) = (found for name, found in of_kind(city("small-city"), "ConfigMap").items() if "calendar" in name)
    example = (ROOT / "examples" / "mashhad" / "calendar.json").read_text("utf-8")
    assert calendar["data"] == {"calendar.json": example}
    for deployment in deployments().values():
        (volume,) = (v for v in deployment["spec"]["template"]["spec"]["volumes"] if v["name"] == "calendar")
        (mount,) = (m for m in container(deployment)["volumeMounts"] if m["name"] == "calendar")
        assert volume["configMap"]["name"] == calendar["metadata"]["name"]
        assert environment(deployment)["SAMA_CALENDAR"] == f"{mount['mountPath']}/calendar.json"


@pytest.mark.parametrize("manifest", ["deployments", "jobs"])
def test_a_variable_is_put_together_from_earlier_ones(manifest: str) -> None:
    """Kubernetes leaves $(NAME) as it is when NAME comes later or never."""
    for found in deployments().values() if manifest == "deployments" else of_kind(city("small-city"), "Job").values():
        seen: set[str] = set()
        for variable in container(found)["env"]:
            assert set(re.findall(r"\$\((\w+)\)", variable.get("value", ""))) <= seen
            seen.add(variable["name"])


def test_services_are_told_where_their_servers_are_and_log_in_as_themselves() -> None:
    (mongo,) = of_kind(city("small-city"), "MongoDBCommunity")
    (rabbit,) = of_kind(city("small-city"), "RabbitmqCluster")
    settings = common_settings()
    prefix = settings["data"]["SAMA_MONGO_PREFIX"]
    login = "$(USERNAME):$(PASSWORD)"
    for deployment in deployments().values():
        given = environment(deployment)
        database = f"{prefix}_$(SAMA_SERVICE)"
        assert (
            given["SAMA_MONGO_URL"] == f"mongodb://{login}@{mongo}-svc:27017/?replicaSet={mongo}&authSource={database}"
        )
        assert given["SAMA_RABBIT_URL"] == f"amqp://{login}@{rabbit}:5672/"
        assert given["SAMA_RABBIT_MANAGEMENT_URL"] == f"http://{login}@{rabbit}:15672"
        assert given["SAMA_ROOT_PATH"] == "/api/$(SAMA_SERVICE)"


def test_the_provision_job_gets_what_it_reads() -> None:
    (job,) = of_kind(city("small-city"), "Job").values()
    given = environment(job).keys()
    assert given >= {"SAMA_MONGO_ADMIN_URL", "SAMA_RABBIT_ADMIN_URL"}
    assert "SAMA_MONGO_MEMBER" not in given  # the operator makes the replica set
    passwords = {name.removeprefix("sama-").upper() for name in deployments()}
    assert {name for name in given if name.endswith("_PASSWORD") and name.startswith("SAMA_")} == {
        f"SAMA_{service}_PASSWORD" for service in passwords
    }
    assert container(job)["command"] == COMPOSE["provision"]["entrypoint"]


# ------------------------------------------------------------ health and stopping


@functools.cache
def paths_of(service: str) -> set[str]:
    return set(application(service).openapi()["paths"])


@pytest.mark.parametrize("service", SERVICES)
def test_probes_ask_what_the_service_answers(service: str) -> None:
    found = container(deployments()[f"sama-{service}"])
    asked = {kind: found[kind]["httpGet"] for kind in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert {probe["path"] for probe in asked.values()} <= paths_of(service)
    assert found["ports"] == [{"name": "http", "containerPort": PORT}]
    assert {probe["port"] for probe in asked.values()} == {"http"}
    # A replica counts once it can do everything; what all of them depend on must not take them all away later (decision 27).
    assert asked["startupProbe"]["path"] == "/health/ready"
    assert asked["readinessProbe"]["path"] == asked["livenessProbe"]["path"] == "/health/live"


@pytest.mark.parametrize("service", SERVICES)
def test_who_stops_has_the_time_that_it_takes(service: str) -> None:
    pod = deployments()[f"sama-{service}"]["spec"]["template"]["spec"]
    settings = ServiceSettings()
    unannounced = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    readiness = pod["containers"][0]["readinessProbe"]
    open_calls, handlers, announcing = GRACEFUL_SECONDS, settings.graceful_seconds, settings.publish_seconds
    assert unannounced >= readiness["periodSeconds"]
    assert pod["terminationGracePeriodSeconds"] > unannounced + open_calls + handlers + announcing


def test_a_new_replica_is_there_before_an_old_one_goes() -> None:
    for deployment in deployments().values():
        assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
        assert deployment["spec"]["replicas"] >= 2


# ------------------------------------------------------------ secrets


def referred_secrets() -> set[tuple[str, str]]:
    """Return name and key of every secret that the manifests refer to."""
    found: set[tuple[str, str]] = set()
    for manifest in city("large-city"):
        for key in ("secretKeyRef", "passwordSecretRef"):
            found |= {(reference["name"], reference["key"]) for reference in values_of(manifest, key)}
        for references in values_of(manifest, "secretTargetRef"):
            found |= {(reference["name"], reference["key"]) for reference in references}
        for mounted in values_of(manifest, "mountPath"):
            if str(mounted) == "/run/secrets/sama":
                path = Path(environment(manifest)["SAMA_JWKS"])
                assert str(path.parent) == mounted
                found.add(("sama-jwks", path.name))
    return found


def made_secrets(keys: Path) -> list[Any]:
    done = subprocess.run(["sh", str(FOLDER / "secrets.sh"), str(keys)], capture_output=True, text=True, check=True)
    return list(yaml.safe_load_all(done.stdout))


def test_every_secret_that_is_needed_is_made_and_every_one_made_is_needed(tmp_path: Path) -> None:
    keys = tmp_path / "jwks.json"
    keys.write_text('{"keys": [{"kty": "OKP", "x": "abc"}]}')
    made = made_secrets(keys)
    by_key = {
        (secret["metadata"]["name"], key): value
        for secret in made
        for key, value in {**secret.get("stringData", {}), **secret.get("data", {})}.items()
    }
    assert by_key.keys() | MADE_ELSEWHERE == referred_secrets()
    assert json.loads(base64.b64decode(by_key["sama-jwks", "jwks.json"])) == json.loads(keys.read_text())
    passwords = [value for (_name, key), value in by_key.items() if key == "password"]
    assert len(set(passwords)) == len(passwords)
    assert all(re.fullmatch(r"[0-9a-f]{48}", password) for password in passwords)
    for name, deployment in deployments().items():
        assert by_key[name, "username"] == name.removeprefix("sama-")
        needed = {
            entry["valueFrom"]["secretKeyRef"]["name"] for entry in NEEDED_MORE.get(name.removeprefix("sama-"), [])
        }
        assert {reference["name"] for reference in values_of(deployment, "secretKeyRef")} == {name} | needed


def test_a_private_key_is_never_given_to_the_services(tmp_path: Path) -> None:
    keys = tmp_path / "private.json"
    keys.write_text('{"kty": "OKP", "d": "secret", "x": "abc"}')
    done = subprocess.run(["sh", str(FOLDER / "secrets.sh"), str(keys)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "private key" in done.stderr
    assert not done.stdout


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_manifest_contains_a_secret(overlay: str) -> None:
    assert not of_kind(city(overlay), "Secret")
    for manifest in city(overlay):
        for url in re.findall(r"\w+://[^\s\"]*@", json.dumps(manifest)):
            assert re.fullmatch(r"\w+://(\$\(\w+\)|admin):\$\(\w+\)@", url)


# ------------------------------------------------------------ the pods' rights


def test_pods_are_nobody_special_and_can_write_nothing_but_what_is_mounted() -> None:
    user = re.search(r"^USER (\d+):(\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert user is not None
    for manifest in jobs_and_deployments():
        pod = manifest["spec"]["template"]["spec"]
        assert pod["securityContext"] == {
            "runAsNonRoot": True,
            "runAsUser": int(user[1]),
            "runAsGroup": int(user[2]),
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        assert container(manifest)["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert pod["automountServiceAccountToken"] is False
        assert container(manifest)["resources"]["limits"].keys() == {"memory"}
    accounts = of_kind(city("small-city"), "ServiceAccount")
    assert accounts.keys() == deployments().keys()
    assert all(account["automountServiceAccountToken"] is False for account in accounts.values())


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_everything_that_lasts_has_a_budget_of_disruptions(overlay: str) -> None:
    selectors = [
        budget["spec"]["selector"]["matchLabels"] for budget in of_kind(city(overlay), "PodDisruptionBudget").values()
    ]
    pods = [deployment["spec"]["template"]["metadata"]["labels"] for deployment in deployments(overlay).values()]
    servers = [{"app.kubernetes.io/name": "sama-rabbitmq"}, {"app": "sama-mongodb-svc"}]
    for labels in [*pods, *servers]:
        assert sum(selector.items() <= labels.items() for selector in selectors) == 1
    assert len(selectors) == len(pods) + len(servers)


def test_replicas_are_spread_over_nodes_and_zones() -> None:
    for deployment in deployments().values():
        pod = deployment["spec"]["template"]
        spread = {
            rule["topologyKey"]: rule["labelSelector"]["matchLabels"]
            for rule in pod["spec"]["topologySpreadConstraints"]
        }
        assert spread.keys() == {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}
        for selector in spread.values():
            assert selector.items() <= pod["metadata"]["labels"].items()
            assert "app.kubernetes.io/component" in selector  # its own replicas, not those of others


# ------------------------------------------------------------ the way in


def routes() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, route in of_kind(city("small-city"), "HTTPRoute").items():
        if name != "sama-to-https":
            yield name.removeprefix("sama-"), route


def test_every_service_is_reached_under_its_own_path() -> None:
    (gateway,) = of_kind(city("small-city"), "Gateway").values()
    listeners = {listener["name"]: listener for listener in gateway["spec"]["listeners"]}
    assert listeners["https"]["tls"]["certificateRefs"] == [{"name": "sama-tls"}]
    assert {service for service, _route in routes()} == set(SERVICES)
    for service, route in routes():
        (parent,) = route["spec"]["parentRefs"]
        assert parent["name"] == gateway["metadata"]["name"]
        assert parent["sectionName"] == "https"
        api = route["spec"]["rules"][1]
        assert api["matches"] == [{"path": {"type": "PathPrefix", "value": f"/api/{service}"}}]
        for rule in route["spec"]["rules"]:
            (backend,) = rule["backendRefs"]
            (port,) = of_kind(city("small-city"), "Service")[backend["name"]]["spec"]["ports"]
            assert backend == {"name": f"sama-{service}", "port": port["port"]}
            assert port["port"] == PORT
            assert port["targetPort"] == "http"


def test_health_and_figures_are_not_for_the_public() -> None:
    for service, route in routes():
        kept = route["spec"]["rules"][0]
        assert [match["path"] for match in kept["matches"]] == [
            {"type": "Exact", "value": f"/api/{service}/metrics"},
            {"type": "PathPrefix", "value": f"/api/{service}/health"},
        ]
        rewritten = kept["filters"][0]["urlRewrite"]["path"]["replaceFullPath"]
        assert rewritten not in paths_of(service)
        assert {"/metrics", "/health/live", "/health/ready"} <= paths_of(service)


def test_without_tls_there_is_only_the_way_to_it() -> None:
    to_https = of_kind(city("small-city"), "HTTPRoute")["sama-to-https"]["spec"]
    assert to_https["parentRefs"] == [{"name": "sama", "sectionName": "http"}]
    assert [rule["filters"][0]["requestRedirect"]["scheme"] for rule in to_https["rules"]] == ["https"]


async def test_a_caller_is_known_by_the_address_that_the_gateway_saw() -> None:
    """What the caller itself claims before it does not count, nor what somebody outside the cluster claims."""
    seen: list[str] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(address_of(HTTPConnection(scope)))

    trusted = environment(deployments()["sama-review"])["SAMA_TRUSTED_PROXIES"]
    behind = BehindProxies(app, trusted)
    for sender in ("10.1.2.3", "203.0.113.9"):
        headers = [(b"x-forwarded-for", b"198.51.100.1, 203.0.113.7")]
        scope: Any = {"type": "http", "client": (sender, 40000), "scheme": "http", "headers": headers}
        await behind(scope, None, None)  # type: ignore[arg-type]
    assert seen == ["address 203.0.113.7", "address 203.0.113.9"]


# ------------------------------------------------------------ scaling


def triggers() -> list[Any]:
    (scaled,) = of_kind(city("large-city"), "ScaledObject").values()
    found: list[Any] = scaled["spec"]["triggers"]
    return found


def test_review_follows_the_queues_that_it_reads_and_its_cpu() -> None:
    edges = application("review").state.subscriptions.edges
    queues = {trigger["metadata"]["queueName"] for trigger in triggers() if trigger["type"] == "rabbitmq"}
    assert queues == {edge.queue for edge in edges}
    assert [trigger["type"] for trigger in triggers()].count("cpu") == 1
    assert all(edge.prefetch == PREFETCH and not edge.single_active for edge in edges)
    requests = container(deployments("large-city")["sama-review"])["resources"]["requests"]
    assert "cpu" in requests  # what the percentage is of


def test_the_triggers_ask_the_broker_as_review_knows_it() -> None:
    (login,) = of_kind(city("large-city"), "TriggerAuthentication").values()
    for trigger in triggers():
        if trigger["type"] != "rabbitmq":
            continue
        assert trigger["authenticationRef"] == {"name": login["metadata"]["name"]}
        assert trigger["metadata"].keys() == {"host", "protocol", "vhostName", "mode", "value", "queueName"}
        assert trigger["metadata"]["host"] == "http://sama-rabbitmq.sama.svc:15672/"
        assert trigger["metadata"]["vhostName"] == "/"
        assert trigger["metadata"]["mode"] == "QueueLength"
        assert int(trigger["metadata"]["value"]) >= 3 * PREFETCH
    assert {reference["parameter"] for reference in login["spec"]["secretTargetRef"]} == {"username", "password"}
    assert {reference["name"] for reference in login["spec"]["secretTargetRef"]} == {"sama-review"}


def test_what_scales_says_no_number_of_its_own_and_never_falls_below_two() -> None:
    (scaled,) = of_kind(city("large-city"), "ScaledObject").values()
    target = scaled["spec"]["scaleTargetRef"]["name"]
    assert "replicas" not in deployments("large-city")[target]["spec"]
    assert scaled["spec"]["minReplicaCount"] >= 2
    assert scaled["spec"]["maxReplicaCount"] > scaled["spec"]["minReplicaCount"]


def test_budget_is_not_scaled_because_its_queues_have_one_active_consumer() -> None:
    assert all(edge.single_active for edge in application("budget").state.subscriptions.edges)
    scaled = {s["spec"]["scaleTargetRef"]["name"] for s in of_kind(city("large-city"), "ScaledObject").values()}
    assert "sama-budget" not in scaled


# ------------------------------------------------------------ the servers


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_broker_and_database_outlive_one_of_their_members(overlay: str) -> None:
    rabbit = of_kind(city(overlay), "RabbitmqCluster")["sama-rabbitmq"]["spec"]
    mongo = of_kind(city(overlay), "MongoDBCommunity")["sama-mongodb"]["spec"]
    assert rabbit["replicas"] == mongo["members"] == 3
    assert "cluster_partition_handling = pause_minority" in rabbit["rabbitmq"]["additionalConfig"]
    apart = [rabbit["affinity"], mongo["statefulSet"]["spec"]["template"]["spec"]["affinity"]]
    for affinity in apart:
        (rule,) = affinity["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        assert rule["topologyKey"] == "kubernetes.io/hostname"
    for resources in (
        rabbit["resources"],
        mongo["statefulSet"]["spec"]["template"]["spec"]["containers"][0]["resources"],
    ):
        assert resources["requests"]["memory"] == resources["limits"]["memory"]


def test_the_databases_users_beside_the_services_are_few_and_none_writes_their_data() -> None:
    mongo = of_kind(city("small-city"), "MongoDBCommunity")["sama-mongodb"]["spec"]
    roles = {user["name"]: {role["name"] for role in user["roles"]} for user in mongo["users"]}
    assert roles == {"admin": {"userAdminAnyDatabase"}, "operator": {"readAnyDatabase", "clusterMonitor"}}
