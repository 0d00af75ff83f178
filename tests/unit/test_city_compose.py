"""The compose file of further cities: the same parts as docker-compose.yml's, kept apart."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from ops.cli import app
from ops.images.city_compose import KEYS
from ops.local.places import ROOT
from ops.local.services import SERVICES
from tests.cities import city_toml

BASE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Two cities, each in a folder of its own."""
    for name in ("ray", "qom"):
        (tmp_path / name).mkdir()
        city_toml(tmp_path / name / "city.toml", name)
    return [str(tmp_path / name / "city.toml") for name in ("ray", "qom")]


@pytest.fixture
def made(files: list[str]) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["compose-city", *files])
    assert done.exit_code == 0, done.output
    parsed: dict[str, Any] = yaml.safe_load(done.output)
    return parsed


def test_every_city_has_all_parts_of_its_own(made: dict[str, Any]) -> None:
    wanted = {f"{city}-{part}" for city in ("ray", "qom") for part in (*SERVICES, "provision", "caddy")}
    assert made["services"].keys() == wanted
    assert made["services"].keys().isdisjoint(BASE["services"])


def test_a_citys_service_has_its_users_databases_and_file_and_nothing_of_the_first_citys(made: dict[str, Any]) -> None:
    part = made["services"]["ray-review"]
    settings = part["environment"]
    assert settings["SAMA_CITY_FILE"] == "/etc/sama/city/city.toml"
    assert settings["SAMA_MONGO_URL"].startswith("mongodb://ray-review:${SAMA_RAY_REVIEW_PASSWORD:?")
    assert "authSource=city_ray_review&" in settings["SAMA_MONGO_URL"]
    assert settings["SAMA_TRUSTED_PROXIES"] == "ray-caddy"
    assert not settings.keys() & {"SAMA_JWKS", "SAMA_ISSUER", "SAMA_CALENDAR", "SAMA_MONGO_PREFIX", "SAMA_RABBIT_VHOST"}
    assert re.search(r"@rabbitmq:5672$", settings["SAMA_RABBIT_URL"]), "the virtual host is the file's"
    assert settings["SAMA_CERTIFICATION_KEY"].startswith("${SAMA_RAY_CERTIFICATION_KEY:?")
    (folder,) = part["volumes"]
    assert folder.endswith(":/etc/sama/city:ro")
    assert part["read_only"] is True
    assert part["cap_drop"] == ["ALL"]
    assert part["healthcheck"] == BASE["services"]["review"]["healthcheck"]


def test_a_citys_proxy_reaches_its_own_services_alone(made: dict[str, Any]) -> None:
    assert made["services"]["ray-caddy"]["networks"] == ["edge", "ray"]
    for service in SERVICES:
        usual: dict[str, Any] = {
            name: {} for name in BASE["services"][service]["networks"]
        }  # webhooks needs a way out, too
        assert made["services"][f"ray-{service}"]["networks"] == {**usual, "ray": {"aliases": [service]}}
    assert made["networks"]["ray"] == {"internal": True}


def test_compose_env_prints_all_that_the_file_asks_for(made: dict[str, Any], files: list[str]) -> None:
    done = CliRunner().invoke(app, ["compose-env", "--city", files[0], "--city", files[1], "--port", "9001"])
    assert done.exit_code == 0, done.output
    env = dict(line.split("=", 1) for line in done.output.splitlines() if "=" in line)
    asked = set(re.findall(r"\$\{(SAMA_(?:RAY|QOM)_\w+)", yaml.safe_dump(made)))
    assert env.keys() == asked
    assert (env["SAMA_RAY_PORT"], env["SAMA_QOM_PORT"]) == ("9001", "9002")
    secrets = [value for name, value in env.items() if not name.endswith("PORT")]
    assert len(set(secrets)) == len(secrets) == 2 * (len(SERVICES) + len(KEYS))
    assert all(len(secret) >= 32 for secret in secrets)


def test_cities_that_would_meet_get_no_file(files: list[str]) -> None:
    done = CliRunner().invoke(app, ["compose-city", files[0], files[0]])
    assert (done.exit_code, "would meet" in done.output) == (2, True)


@pytest.mark.skipif(not shutil.which("docker-compose"), reason="docker-compose is not installed")
def test_docker_compose_reads_both_files_together(files: list[str], tmp_path: Path) -> None:
    run = CliRunner()
    (tmp_path / "cities.yml").write_text(run.invoke(app, ["compose-city", *files]).output)
    env = (ROOT / ".env.example").read_text()
    env += run.invoke(app, ["compose-env", "--city", files[0], "--city", files[1]]).output
    (tmp_path / "env").write_text(env)
    done = subprocess.run(
        ["docker-compose", "--env-file", str(tmp_path / "env"), "-f", "docker-compose.yml", "-f", str(tmp_path / "cities.yml"),
         "config", "--quiet"],
        cwd=ROOT, env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
