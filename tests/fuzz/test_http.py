"""Every operation of every OpenAPI document under what Schemathesis makes of it: strange inputs, and plausible ones about what exists.

``SAMA_FUZZ_EXAMPLES`` examples an operation (default 10; `make fuzz` 200), always the same ones; ``SAMA_FUZZ_SEED`` for others.
"""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.transport import Response
from schemathesis.generation.case import Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.contracts.base import ANNOUNCERS
from tests.fuzz.requests import OPEN, plausible, request_of
from tests.fuzz.stage import PUBLIC, Stage

EXAMPLES: Final = int(os.environ.get("SAMA_FUZZ_EXAMPLES", "10"))
SEED: Final = int(os.environ.get("SAMA_FUZZ_SEED", "20261122"))
CHECKS: Final = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
AWAY: Final = ("/ops/doctor", 503)  # its servers are none here; what it finds is in tests/integration
REFUSED: Final = [400, 401, 403, 404, 409, 412, 413, 414, 415, 422, 428]
SETTINGS: Final = settings(
    max_examples=EXAMPLES,
    deadline=None,  # two cores are shared; a slow example is no defect here
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


def _operations() -> Iterator[Any]:
    for service in ANNOUNCERS:
        document = OPEN[service]
        for path, methods in document["paths"].items():
            if path.startswith("/ops/") and service != "requests":
                continue  # the same router in every service
            for method in methods:
                yield pytest.param(service, path, method, id=f"{service} {method.upper()} {path}")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


@pytest.mark.parametrize(("service", "path", "method"), [*_operations()])
def test_every_answer_is_as_documented_and_what_is_refused_changes_nothing_i7(
    stage: Stage, service: str, path: str, method: str
) -> None:
    operation = described(service)[path][method]
    answers: Counter[int] = Counter()

    @seed(SEED)
    @SETTINGS
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        negative = data.draw(st.booleans(), label="strange")
        mode = GenerationMode.NEGATIVE if negative and _takes_something(operation) else GenerationMode.POSITIVE
        case: Case[Any] = data.draw(operation.as_strategy(generation_mode=mode))
        if data.draw(st.sampled_from([True, True, True, False]), label="about what exists"):
            plausible(case, stage, data)
        who = data.draw(st.sampled_from(["everything", *stage.callers]), label="who")
        before = stage.snapshot()
        answer = stage.send(service, request_of(case, service, who))
        answers[answer.status_code] += 1
        assert answer.status_code < 500 or (path, answer.status_code) == AWAY, f"{answer.status_code}: {answer.text}"
        changed = stage.snapshot() != before
        if changed or path.startswith("/ops/"):  # a refused command of an operator leaves its note
            stage.reset()
        if answer.status_code >= 400:
            assert not changed, f"{answer.status_code} {answer.text} and yet something is stored"
            assert_problem(answer.json())
        case.validate_response(Response.from_httpx(answer, verify=False), checks=CHECKS)

    check()
    if EXAMPLES >= 100:
        assert reached(answers, path), f"the handler never did its work: {answers}"


BALLOT: Final = "/cases/{id}/seats/{seat}/ballot"
"""Its work needs an open case, a holder who has declared, the criteria of its programme and the own ballot's ETag, all at once: chance
does not get there; tests/component/test_review_http.py does."""


def described(service: str) -> Any:
    """Return Schemathesis' view of a document; a strange input may also meet a state, a version or a right that refuses it first."""
    config = SchemathesisConfig.from_dict(
        {
            "checks": {"negative_data_rejection": {"expected-statuses": REFUSED}},
            "generation": {"with-security-parameters": False},  # who calls is drawn by the test
        }
    )
    return schemathesis.openapi.from_dict(OPEN[service], config=config)


def _takes_something(operation: Any) -> bool:
    return bool(operation.body or operation.query or operation.path_parameters or operation.headers)


def reached(answers: Counter[int], path: str) -> bool:
    """Tell whether examples got to the work: done, or refused by the state."""
    return (
        path in PUBLIC
        or path == BALLOT
        or any(answers[status] for status in (200, 201, 202, 409))
        or (path == AWAY[0] and answers[503] > 0)
    )


def assert_problem(body: Any) -> None:
    """RELIABILITY.md: which field and why."""
    assert body["title"], body
    assert body["code"], body
    if body["code"] == "invalid_fields":
        assert body["errors"], body
    for error in body["errors"]:
        assert isinstance(error["pointer"], str)
        assert error["code"]
        assert error["message"]
