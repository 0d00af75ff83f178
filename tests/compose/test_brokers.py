"""The messaging tests on both RabbitMQ lines that matter: 4.0 and 4.3 count redeliveries differently."""

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest
from rich.console import Console

from ops.images.build import Builder
from ops.images.engine import Engine
from ops.images.host import host_settings
from ops.local.places import ROOT
from ops.local.problems import StackProblem
from tests.waiting import until

READY_SECONDS = 90.0
RUN_SECONDS = 580.0
MESSAGING = ["tests/integration/messaging"]
POISON = ["tests/integration/faults/test_f10_poison.py"]


@contextmanager
def _broker(docker: Engine, image: str) -> Iterator[dict[str, str]]:
    """Provide a broker in a container: the settings that name it."""
    name, password = f"sama-broker-{secrets.token_hex(4)}", secrets.token_hex(12)
    run = ["run", "--detach", "--name", name, "--hostname", name, "--env", "RABBITMQ_DEFAULT_USER=sama"]
    run += ["--env", f"RABBITMQ_DEFAULT_PASS={password}", image]
    docker.docker(*run)
    try:
        address = docker.docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", name)
        yield {
            "SAMA_RABBIT_URL": f"amqp://sama:{password}@{address}:5672/",
            "SAMA_RABBIT_MANAGEMENT_URL": f"http://sama:{password}@{address}:15672",
        }
    finally:
        with suppress(StackProblem):
            docker.docker("rm", "--force", "--volumes", name)


@pytest.mark.parametrize("line", ["4.0", "4.3"])
async def test_the_messaging_rules_hold_on(docker: Engine, screen: Console, line: str) -> None:
    Builder(docker, screen, host_settings()).build({f"rabbitmq-{line}"})
    with _broker(docker, f"sama-base-rabbitmq:{line}") as given:

        async def answers() -> bool:
            with suppress(httpx.TransportError):
                async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
                    told = await client.get(f"{given['SAMA_RABBIT_MANAGEMENT_URL']}/api/overview")
                    return told.is_success and str(told.json()["rabbitmq_version"]).startswith(line)
            return False

        await until(answers, seconds=READY_SECONDS, what=f"RabbitMQ {line} answers")
        for tests in (MESSAGING, POISON):
            told = await asyncio.to_thread(_run, tests, given)
            screen.print(f"  RabbitMQ {line}: {told.strip().splitlines()[-1]}")
            assert "given by SAMA_RABBIT_URL" in told


def _run(tests: list[str], given: dict[str, str]) -> str:
    """Run tests in a process of their own, on the broker given; return what they said."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    env = {**os.environ, **given}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=RUN_SECONDS)
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout
