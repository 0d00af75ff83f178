"""The edge: calls are counted by the real caller's address behind Caddy, bodies are bounded, answers carry the security headers."""

import json
import textwrap
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import httpx
import pytest

from tests.compose.project import Project

BURST: Final = 20
CALLER: Final = textwrap.dedent("""
    import collections, json, sys, urllib.error, urllib.request
    number, pretend = int(sys.argv[1]), sys.argv[2] == "pretend"
    found, waits = collections.Counter(), []
    for turn in range(number):
        call = urllib.request.Request("http://caddy/api/registry/districts")
        if pretend:
            call.add_header("X-Forwarded-For", f"203.0.113.{turn}")
        try:
            found[urllib.request.urlopen(call, timeout=20).status] += 1
        except urllib.error.HTTPError as error:
            found[error.code] += 1
            waits.append(error.headers.get("Retry-After"))
    print(json.dumps({"statuses": found, "waits": sorted(set(map(str, waits)))}))
""")


def _calls(project: Project, number: int, *, pretend: bool = False) -> Any:
    """Call from a container, thus an address, of its own. pretend: with another X-Forwarded-For each time."""
    words = [
        "run",
        "--rm",
        "--network",
        f"{project.name}_edge",
        project.settings["SAMA_PYTHON_IMAGE"],
        "python",
        "-c",
        CALLER,
    ]
    return json.loads(project.engine.docker(*words, str(number), "pretend" if pretend else "honest", seconds=120))


def test_one_address_is_told_to_wait_while_another_goes_on(project: Project) -> None:
    with (
        project.changed({"SAMA_RATE_PER_SECOND": "0.2", "SAMA_RATE_BURST": str(BURST)}, "registry"),
        ThreadPoolExecutor() as both,
    ):
        greedy = both.submit(_calls, project, 3 * BURST)
        modest = both.submit(_calls, project, BURST // 2)
        assert modest.result()["statuses"] == {"200": BURST // 2}
        refused = greedy.result()["statuses"]["429"]
        assert 2 * BURST - 10 <= refused <= 2 * BURST  # a few came back meanwhile
        assert all(1 <= int(wait) <= 5 for wait in greedy.result()["waits"])
        # Saying that one is somebody else changes nothing: Caddy does not pass it on.
        assert _calls(project, 2 * BURST, pretend=True)["statuses"]["429"] >= BURST - 10


@pytest.mark.parametrize("size", [3_000_000, 12_000_000], ids=["by the service", "at the door"])
def test_a_huge_body_is_refused_with_the_reason(project: Project, size: int) -> None:
    for _ in range(5):  # the answer comes while the body is on its way: every time, not by luck
        answer = httpx.post(
            f"{project.origin}/api/registry/organizations", content=b"x" * size, timeout=30, trust_env=False
        )
        assert answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
        assert answer.json()["code"] == "body_too_large"


def test_answers_carry_the_security_headers_and_tell_no_version(project: Project) -> None:
    for path in ("/api/registry/districts", "/elsewhere"):
        headers = httpx.get(f"{project.origin}{path}", timeout=30, trust_env=False).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors" in headers["Content-Security-Policy"]
        assert "Server" not in headers


def test_figures_and_health_are_not_for_outside(project: Project) -> None:
    for path in ("metrics", "health/ready"):
        assert (
            httpx.get(f"{project.origin}/api/registry/{path}", timeout=30, trust_env=False).status_code
            == httpx.codes.NOT_FOUND
        )
