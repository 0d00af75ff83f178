"""The review of dependencies finds what it is there for."""

import json
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from ops.audit.advisories import Unreachable, ask, look_up
from ops.audit.licences import check_licence, licence_of
from ops.audit.lock import check_lock, check_node_lock, pinned
from ops.cli import app
from ops.local.places import ROOT

LOCK = (ROOT / "requirements.lock").read_text()
ONE = "left-pad==1.0 \\\n    --hash=sha256:aa\n    # via x\n"


def test_the_lock_of_the_project_is_in_order() -> None:
    assert list(check_lock(LOCK)) == []
    assert pinned(LOCK).keys() >= {"fastapi", "pymongo", "secantusdb"}


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        ("left-pad==1.0\n", "no hash"),
        (f"--index-url https://x/simple\n{ONE}", "address"),
        ("left-pad @ https://x/left-pad.whl \\\n    --hash=sha256:aa\n", "address"),
    ],
)
def test_a_lock_without_hash_or_with_an_address_is_wrong(lock: str, said: str) -> None:
    assert any(said in line for line in check_lock(lock))
    assert not list(check_lock(ONE))


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"version": "1", "integrity": "sha512-x"}, []),
        ({"version": "1", "integrity": "sha512-x", "resolved": "https://registry.npmjs.org/a/-/a.tgz"}, []),
        ({"version": "1", "integrity": "sha1-x"}, ["no sha512"]),
        ({"version": "1"}, ["no sha512"]),
        ({"version": "1", "integrity": "sha512-x", "resolved": "https://elsewhere/a.tgz"}, ["another registry"]),
    ],
)
def test_a_node_lock_needs_hashes_and_names_no_other_registry(
    tmp_path: Path, entry: dict[str, str], said: list[str]
) -> None:
    path = tmp_path / "package-lock.json"
    path.write_text(json.dumps({"packages": {"": {"name": "us"}, "node_modules/a": entry}}))
    found = list(check_node_lock(path))
    assert len(found) == len(said)
    assert all(part in line for part, line in zip(said, found, strict=True))


@pytest.mark.parametrize(
    ("metadata", "licence", "fine"),
    [
        ({"license_expression": "MIT"}, "MIT", True),
        ({"license_expression": "MPL-2.0 AND (Apache-2.0 OR MIT)"}, "MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ({"license_expression": "GPL-3.0-only OR MIT"}, "GPL-3.0-only OR MIT", True),
        ({"license_expression": "GPL-3.0-only AND MIT"}, "GPL-3.0-only AND MIT", False),
        ({"license_expression": "Apache-2.0 WITH LLVM-exception"}, "Apache-2.0 WITH LLVM-exception", True),
        ({"classifier": ["License :: OSI Approved :: BSD License"]}, "BSD-3-Clause", True),
        ({"license": "Apache License 2.0"}, "Apache-2.0", True),
        ({"license": "Proprietary"}, "Proprietary", False),
        ({}, "", False),
    ],
)
def test_licences_are_read_and_judged(metadata: dict[str, Any], licence: str, fine: bool) -> None:
    assert licence_of(metadata) == licence
    assert (not list(check_licence("a", metadata))) is fine


def test_an_exception_is_named_with_its_reason() -> None:
    assert list(check_licence("secantusdb", {"license_expression": "GPL-2.0-only"})) == []


def test_advisories_are_asked_for_by_version() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        queries = json.loads(request.content)["queries"]
        results = [{"vulns": [{"id": "PYSEC-1"}]} if q["package"]["name"] == "bad" else {} for q in queries]
        return httpx.Response(200, json={"results": results})

    assert ask({"bad": "1.0", "good": "2.0"}, httpx.MockTransport(answer)) == {"bad": ["PYSEC-1"]}


@pytest.mark.parametrize(
    "answer", [httpx.Response(503), httpx.Response(200, text="no"), httpx.Response(200, json={"results": []})]
)
def test_advisories_that_do_not_come_are_not_taken_for_none(answer: httpx.Response) -> None:
    with pytest.raises(Unreachable):
        ask({"a": "1"}, httpx.MockTransport(lambda _: answer))


@pytest.mark.parametrize(
    ("version", "hit"), [("1.0", False), ("1.1", True), ("1.9", True), ("2.0", False), ("3.0", True), ("3.1", False)]
)
def test_advisories_are_looked_up_in_the_archive(tmp_path: Path, version: str, hit: bool) -> None:
    span = [{"introduced": "1.1"}, {"fixed": "2.0"}]
    advisory = {
        "id": "PYSEC-2",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "Left_Pad"},
                "versions": ["3.0"],
                "ranges": [{"type": "ECOSYSTEM", "events": span}],
            }
        ],
    }
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("PYSEC-2.json", json.dumps(advisory))
        files.writestr("PYSEC-3.json", json.dumps({**advisory, "id": "PYSEC-3", "withdrawn": "2026-01-01T00:00:00Z"}))
    assert look_up({"left-pad": version}, archive) == ({"left-pad": ["PYSEC-2"]} if hit else {})


def test_what_was_not_looked_at_is_said_loudly() -> None:
    done = CliRunner().invoke(app, ["audit", "--offline"])
    assert done.exit_code == 0, done.output
    assert "NOT LOOKED AT: ADVISORIES" in done.output
