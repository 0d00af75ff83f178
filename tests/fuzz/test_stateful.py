"""Sequences of calls, each fed by the answers of those before (create → read → submit …), as Schemathesis infers them.

Budget is not among them: no answer of it gives owner and year as parameters (test_books.py has its sequences).
"""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.core.transport import Response
from schemathesis.generation.case import Case

from tests.fuzz.requests import request_of
from tests.fuzz.stage import Stage
from tests.fuzz.test_http import CHECKS, SEED, assert_problem, described

EXAMPLES: Final = int(os.environ.get("SAMA_FUZZ_EXAMPLES", "10"))
STEPS: Final = 6


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


@pytest.mark.parametrize("service", ["registry", "requests", "review"])
def test_calls_that_follow_one_another_are_answered_as_documented(stage: Stage, service: str) -> None:
    followed: Counter[int] = Counter()
    base: Any = described(service).as_state_machine()

    class Sequence(base):  # type: ignore[misc]
        """One sequence; every step by one who has every role, so that the state is what decides."""

        def setup(self) -> None:
            stage.reset()

        def call(self, case: Case[Any], **kwargs: Any) -> Response:
            before = stage.snapshot()
            answer = stage.send(service, request_of(case, service, "everything"))
            assert answer.status_code < 500, answer.text
            if answer.status_code >= 400:
                assert stage.snapshot() == before
                assert_problem(answer.json())
            followed[answer.status_code] += 1
            return Response.from_httpx(answer, verify=False)

        def validate_response(self, response: Response, case: Case[Any], **kwargs: Any) -> None:
            case.validate_response(response, checks=CHECKS)

    run = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(SEED)(Sequence), settings=run)
    assert EXAMPLES < 50 or followed[200] + followed[201] > 0, followed  # a few sequences may all be refused
