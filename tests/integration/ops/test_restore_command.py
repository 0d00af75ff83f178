"""The commands around a restore: a service that still runs, a prefix beside the system, and a local stack that is down."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient
from typer.testing import CliRunner

from ops.backup.order import SERVICES
from ops.cli import app
from ops.local.mongo import MongoServer
from ops.local.ports import choose


@contextmanager
def answering(service: str) -> Iterator[str]:
    """Something that says at /health/live that it is a service."""

    class Live(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"status": "ok", "service": service}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Live) as server:
        server_thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        server_thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server_thread.join()


def sama(*words: str) -> tuple[int, str]:
    answer = CliRunner().invoke(app, list(words))
    return answer.exit_code, answer.output


@pytest.fixture
def prefix(mongo_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name = f"sama_rc_{uuid4().hex[:8]}"
    monkeypatch.setenv("SAMA_MONGO_URL", mongo_url)
    monkeypatch.setenv("SAMA_MONGO_PREFIX", name)
    with MongoClient[dict[str, Any]](mongo_url) as client:
        client[f"{name}_review"]["cases"].insert_one({"_id": "c1"})
        yield name
        for service in SERVICES:
            client.drop_database(f"{name}_{service}")
            client.drop_database(f"{name}_2_{service}")


def cases(mongo_url: str, prefix: str) -> list[str]:
    with MongoClient[dict[str, Any]](mongo_url) as client:
        return sorted(case["_id"] for case in client[f"{prefix}_review"]["cases"].find())


def test_a_service_that_still_runs_is_not_restored_and_a_stopped_one_is(
    prefix: str, mongo_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup, none = str(tmp_path / "backup"), str(tmp_path / "no-stack")
    assert sama("backup", backup, "--folder", none)[0] == 0
    with MongoClient[dict[str, Any]](mongo_url) as client:
        client[f"{prefix}_review"]["cases"].insert_one({"_id": "c2"})
    with answering("review") as review, answering("budget") as budget:
        monkeypatch.setenv("SAMA_REVIEW_URL", f"http://127.0.0.1:1,{review}")
        code, said = sama("restore", backup, "--folder", none, "--replace", "review")
        assert code == 2
        assert f"review still runs at {review}" in said
        assert cases(mongo_url, prefix) == ["c1", "c2"]
        # Another service that runs, or another program on the port of a stopped one, is no reason.
        monkeypatch.setenv("SAMA_REVIEW_URL", budget)
        monkeypatch.setenv("SAMA_BUDGET_URL", budget)
        code, said = sama("restore", backup, "--folder", none, "--replace", "review")
    assert code == 0, said
    assert "review stays on hold" in said
    assert "sama reconcile" in said
    assert cases(mongo_url, prefix) == ["c1"]
    with MongoClient[dict[str, Any]](mongo_url) as client:  # the others know what it has forgotten (F15)
        assert client[f"{prefix}_review"]["holds"].count_documents({}) == 1
        assert client[f"{prefix}_budget"]["holds"].count_documents({}) == 0


def test_beside_a_running_system_a_backup_is_restored_under_a_new_prefix_only(
    prefix: str, mongo_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup, none = str(tmp_path / "backup"), str(tmp_path / "no-stack")
    assert sama("backup", backup, "--folder", none)[0] == 0
    with answering("review") as review:
        monkeypatch.setenv("SAMA_REVIEW_URL", review)
        assert sama("restore", backup, "--folder", none, "--into-prefix", f"{prefix}_2")[0] == 0
        assert cases(mongo_url, f"{prefix}_2") == ["c1"]
        code, said = sama("restore", backup, "--folder", none, "--into-prefix", f"{prefix}_2")
        assert (code, "not empty" in said) == (2, True)
        code, said = sama("restore", backup, "--folder", none, "--into-prefix", prefix)
        assert (code, "still runs" in said) == (2, True)


async def test_the_data_of_a_local_stack_that_is_down_can_be_saved_and_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SAMA_MONGO_URL", "SAMA_MONGO_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    stack = tmp_path / "stack"
    (stack / "logs").mkdir(parents=True)
    port = choose(["mongo"], {}, {})["mongo"]
    (stack / "state.json").write_text(json.dumps({"ports": {"mongo": port}, "owner": 0, "processes": {}}))

    async def with_server(act: Any) -> Any:
        server = MongoServer(stack / "data" / "mongo", stack / "logs" / "mongo.log", port)
        server.start()
        try:
            await server.ready()
            with MongoClient[dict[str, Any]](server.url) as client:
                return act(client["sama_review"]["cases"])
        finally:
            await server.stop()

    await with_server(lambda cases: cases.insert_one({"_id": "c1"}))
    code, said = await asyncio.to_thread(sama, "backup", str(tmp_path / "backup"), "--folder", str(stack))
    assert code == 0, said
    await with_server(lambda cases: cases.update_one({"_id": "c1"}, {"$set": {"changed": True}}))
    words = ("restore", str(tmp_path / "backup"), "--folder", str(stack), "--replace", "review")
    code, said = await asyncio.to_thread(sama, *words)
    assert code == 0, said
    assert await with_server(lambda cases: list(cases.find())) == [{"_id": "c1"}]
