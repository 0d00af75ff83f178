"""Where ``sama verify`` looks for the system: the environment first, else what the local stack remembers."""

import json
from pathlib import Path

import pytest

from ops.local.problems import StackProblem
from ops.verify.servers import find


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SAMA_MONGO_URL", "SAMA_MONGO_PREFIX", "SAMA_RABBIT_URL", "SAMA_RABBIT_MANAGEMENT_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ports = {"mongo": 1, "rabbit": 2, "rabbit_management": 3}
    (tmp_path / "state.json").write_text(json.dumps({"ports": ports}))
    (tmp_path / "data" / "rabbit").mkdir(parents=True)
    (tmp_path / "data" / "rabbit" / "password").write_text("word")
    return tmp_path


def test_a_local_stack_is_found_with_its_broker(folder: Path) -> None:
    servers = find(folder)
    assert (servers.mongo_url, servers.prefix) == ("mongodb://127.0.0.1:1/?retryWrites=false", "sama")
    assert servers.broker is not None
    assert servers.broker.url == "amqp://sama:word@127.0.0.1:2/"
    assert servers.broker.management_url == "http://sama:word@127.0.0.1:3"


def test_named_servers_go_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMA_MONGO_URL", "mongodb://elsewhere/")
    monkeypatch.setenv("SAMA_MONGO_PREFIX", "other")
    assert (find(folder).mongo_url, find(folder).prefix) == ("mongodb://elsewhere/", "other")
    assert find(folder).broker is None, "the local broker is not the one of a database elsewhere"
    monkeypatch.setenv("SAMA_RABBIT_URL", "amqp://u:p@broker/v")
    broker = find(folder).broker
    assert broker is not None
    assert (broker.url, broker.vhost, broker.management_url) == ("amqp://u:p@broker/v", "v", "http://u:p@broker:15672")


def test_a_folder_without_a_stack_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StackProblem, match="sama up"):
        find(tmp_path)


def test_a_stack_without_a_readable_secret_has_no_broker_to_look_at(folder: Path) -> None:
    (folder / "data" / "rabbit" / "password").unlink()
    assert find(folder).broker is None
