"""docker-compose.yml and what belongs to it: syntax, and the rules that one file for Compose v2 and docker-compose 1.29 has to keep."""

import re
import shutil
import subprocess
from importlib import import_module
from typing import Any

import pytest
import yaml

from ops.contracts import subscriptions
from ops.images.recipes import recipes, settings
from ops.images.rights import LISTENS, outsider_permissions, rabbit_permissions
from ops.images.serve import command
from ops.local.places import ROOT
from ops.local.services import GRACEFUL_SECONDS, SERVICES
from shared.settings import ServiceSettings
from tests.servers import MONGO_IMAGE, RABBIT_IMAGE

TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
PARTS: dict[str, Any] = {
    name: part for name, part in COMPOSE["services"].items() if part.get("profiles") != ["metrics"]
}
METRICS: dict[str, Any] = {
    name: part for name, part in COMPOSE["services"].items() if part.get("profiles") == ["metrics"]
}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
CADDYFILE = (ROOT / "ops" / "caddy" / "Caddyfile").read_text()
ENV = dict(line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if re.match(r"[A-Z]", line))

SECOND = {"s": 1, "m": 60}


def default(text: str) -> str:
    """Return what a setting of the file is when .env says nothing."""
    match = re.fullmatch(r"\$\{\w+:-(.+)\}", text)
    assert match is not None, text
    return match[1]


def seconds(text: str) -> int:
    return int(text[:-1]) * SECOND[text[-1]]


def test_all_parts_are_there() -> None:
    assert PARTS.keys() == {*SERVICES, "rabbitmq", "mongo", "provision", "operator", "caddy"}


def test_nothing_that_only_one_of_the_two_composes_understands_is_used() -> None:
    assert COMPOSE.keys() <= {"services", "networks", "volumes", "secrets"} | {
        key for key in COMPOSE if key.startswith("x-")
    }
    assert not re.search(r"start_interval|\$\{[A-Z_]+:\+|\$\{[^}]*\$\{|host_ip|\binclude:|required:", TEXT)
    assert "RUN --mount" not in DOCKERFILE
    assert "# syntax" not in DOCKERFILE


@pytest.mark.parametrize("service", SERVICES)
def test_what_scales_has_neither_a_container_name_nor_a_port_of_the_host(service: str) -> None:
    assert PARTS[service].keys().isdisjoint({"container_name", "ports", "hostname"})


@pytest.mark.parametrize("name", sorted(PARTS.keys() - {"provision", "operator"}))
def test_every_lasting_part_is_restarted_and_has_a_healthcheck(name: str) -> None:
    assert PARTS[name]["restart"] == "unless-stopped"
    assert PARTS[name]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", PARTS)
def test_parts_wait_for_what_they_need(name: str) -> None:
    conditions = {needed: wait["condition"] for needed, wait in PARTS[name].get("depends_on", {}).items()}
    expected: dict[str, str] = {}
    if name in SERVICES:
        expected = {"provision": "service_completed_successfully"}
    elif name == "provision":
        expected = {"rabbitmq": "service_healthy", "mongo": "service_healthy"}
    elif name == "caddy":
        expected = dict.fromkeys(SERVICES, "service_healthy")
    assert conditions == expected


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_time_to_finish_and_its_own_users(service: str) -> None:
    part = PARTS[service]
    assert seconds(part["stop_grace_period"]) > GRACEFUL_SECONDS
    settings = part["environment"]
    assert settings["SAMA_MONGO_URL"].startswith(f"mongodb://{service}:${{SAMA_{service.upper()}_PASSWORD}}@mongo")
    assert settings["SAMA_MONGO_URL"].endswith(f"authSource=sama_{service}&${{SAMA_MONGO_OPTIONS:-replicaSet=sama}}")
    assert settings["SAMA_RABBIT_URL"].startswith(f"amqp://{service}:")
    assert part["build"]["args"]["SERVICE"] == service


def test_the_servers_data_outlives_their_containers() -> None:
    assert PARTS["rabbitmq"]["hostname"] == "rabbitmq"
    used = {volume.split(":")[0] for part in COMPOSE["services"].values() for volume in part.get("volumes", [])}
    assert COMPOSE["volumes"].keys() <= used
    assert {"rabbitmq", "mongo"} <= COMPOSE["volumes"].keys()


def test_the_servers_are_current_and_exact_and_the_same_as_in_the_tests() -> None:
    assert default(PARTS["rabbitmq"]["image"]) == RABBIT_IMAGE
    assert default(PARTS["mongo"]["image"]) == MONGO_IMAGE
    assert re.fullmatch(r"rabbitmq:4\.\d+\.\d+-management", RABBIT_IMAGE)
    assert re.fullmatch(r"mongo:8\.\d+\.\d+", MONGO_IMAGE)
    assert "--replSet" in PARTS["mongo"]["entrypoint"][2]


def test_only_the_proxy_is_reachable_and_only_from_this_machine_unless_told_otherwise() -> None:
    assert [name for name, part in PARTS.items() if "ports" in part] == ["caddy"]
    assert PARTS["caddy"]["ports"][0].startswith("${SAMA_BIND:-127.0.0.1}:")
    assert COMPOSE["networks"]["back"]["internal"] is True


def test_the_profile_of_metrics_is_confined_and_listens_on_this_machine_alone() -> None:
    assert METRICS.keys() == {"prometheus", "grafana"}
    for name, part in METRICS.items():
        assert all(
            re.fullmatch(rf"127\.0\.0\.1:\$\{{SAMA_{name.upper()}_PORT:-\d+}}:\d+", port) for port in part["ports"]
        )
        assert (part["read_only"], part["cap_drop"], part["restart"]) == (True, ["ALL"], "unless-stopped")
        assert part["healthcheck"]["test"][0] == "CMD"
        assert re.fullmatch(rf"\$\{{SAMA_{name.upper()}_IMAGE:-[a-z/]+:v?\d+\.\d+\.\d+}}", part["image"])
        mounted = [volume.split(":") for volume in part["volumes"] if volume.startswith("./")]
        assert all((ROOT / source).exists() and how == "ro" for source, _, how in mounted)


@pytest.mark.parametrize("service", SERVICES)
def test_the_proxy_follows_the_replicas_of_a_service(service: str) -> None:
    assert re.search(
        rf"handle_path /api/{service}/\*.*?dynamic a {service} 8000 \{{\s+refresh 2s", CADDYFILE, re.DOTALL
    )
    assert PARTS[service]["environment"]["SAMA_ROOT_PATH"] == f"/api/{service}"


@pytest.mark.parametrize("name", PARTS)
def test_nothing_can_gain_rights_or_write_beside_its_data(name: str) -> None:
    part = PARTS[name]
    assert part["read_only"] is True
    assert part["cap_drop"] == ["ALL"]
    assert part["security_opt"] == ["no-new-privileges:true"]
    assert part.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "caddy" else [])
    assert "root" not in part.get("user", "" if part["image"].startswith("sama-") else "root"), (
        "the image's own user is root"
    )


def test_the_images_are_the_same_whether_named_in_the_file_or_in_the_example() -> None:
    for name, value in re.findall(r"\$\{(SAMA_[A-Z]+_(?:IMAGE|OPTIONS)):-([^}]+)\}", TEXT):
        assert ENV[name] == value


def test_every_image_that_is_built_goes_into_a_setting_of_the_file() -> None:
    assert settings(recipes()).keys() <= ENV.keys()
    official = {f"SAMA_{name.upper()}_IMAGE" for name in METRICS}
    assert {name for name in ENV if name.endswith("_IMAGE")} - official <= settings(recipes()).keys()


def test_every_setting_of_the_file_is_explained_in_the_example() -> None:
    assert set(re.findall(r"\$\{(\w+)", TEXT)) == ENV.keys()


def settings_of(service: str) -> set[str]:
    of: type[ServiceSettings] = import_module(f"services.{service}.settings").Settings
    return {f"SAMA_{name.upper()}" for name in of.model_fields}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_its_own_settings_of_the_page_and_none_that_it_does_not_know(service: str) -> None:
    page = set(re.findall(r"`(SAMA_[A-Z_]+)`", (ROOT / "docs" / "operations.md").read_text()))
    common = {f"SAMA_{name.upper()}" for name in ServiceSettings.model_fields}
    given = PARTS[service]["environment"].keys()
    assert (settings_of(service) - common) & page <= given
    assert given <= settings_of(service) | {"SAMA_ROOT_PATH"}
    assert any(
        volume.endswith(f":{PARTS[service]['environment']['SAMA_CALENDAR']}:ro") for volume in PARTS[service]["volumes"]
    )


@pytest.mark.parametrize("service", SERVICES)
def test_what_the_example_leaves_empty_is_the_default(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    of: type[ServiceSettings] = import_module(f"services.{service}.settings").Settings
    monkeypatch.setenv("SAMA_WEBHOOK_LOCAL", "true")
    before = of()
    for name, value in ENV.items():
        if not value:
            monkeypatch.setenv(name, "")
    assert of() == before


def test_the_image_runs_as_nobody_special_and_without_a_shell() -> None:
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)
    assert re.search(r'^ENTRYPOINT \["python", "-m", "ops.images.serve"\]$', DOCKERFILE, re.MULTILINE)
    copied = set(re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE))
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert all(path.split("/")[0] in allowed for paths in copied for path in paths.split())


def test_the_image_starts_the_service_that_it_was_built_for() -> None:
    assert "services.review.main:app" in command("review", "/api/review")
    with pytest.raises(ValueError, match="has to be one of"):
        command("", "")


def test_a_services_broker_user_publishes_only_to_its_own_exchange() -> None:
    grants = rabbit_permissions("review")
    assert re.search(grants["write"], "sama.review")
    assert re.search(grants["write"], "review.requests.dead")
    assert re.search(grants["write"], "sama.public")
    assert not re.search(grants["write"], "sama.budget")
    assert not re.search(grants["write"], "amq.default")  # it reaches every queue
    assert not re.search(grants["read"], "budget.review")
    assert not re.search(grants["read"], "sama.registry.private")
    assert not re.search(grants["configure"], "budget.review")
    assert not re.search(grants["configure"], "sama.archive")


def test_the_table_of_rights_knows_who_listens_to_whom() -> None:
    listens = {service: tuple(edge.announcer for edge in found.edges) for service, found in subscriptions().items()}
    assert listens == {service: LISTENS[service] for service in listens}
    assert LISTENS.keys() == {*SERVICES}


def test_an_outsider_reads_the_public_stream_and_nothing_else() -> None:
    grants = outsider_permissions()
    assert re.search(grants["read"], "sama.public")
    assert not any(
        re.search(grants["read"], name) for name in ("sama.archive", "samaxpublic", "review.requests", "sama.publicity")
    )
    assert not any(re.search(grants[right], "sama.public") for right in ("configure", "write"))


@pytest.mark.skipif(not shutil.which("docker-compose"), reason="docker-compose is not installed")
def test_docker_compose_reads_the_file() -> None:
    done = subprocess.run(
        ["docker-compose", "--env-file", ".env.example", "config", "--quiet"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not shutil.which("caddy"), reason="caddy is not installed")
def test_caddy_reads_its_file() -> None:
    done = subprocess.run(
        ["caddy", "validate", "--config", "ops/caddy/Caddyfile", "--adapter", "caddyfile"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
