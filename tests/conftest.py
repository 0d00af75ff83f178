"""Servers for the tests that need real ones, started at the first use, and the line that says which were used."""

import os
from collections.abc import Iterator
from typing import Final

import pytest

from ops.metrics.local import find
from tests import servers

USED: Final = pytest.StashKey[dict[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Prepare the list of used servers."""
    config.stash[USED] = {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which servers the tests used."""
    for name, kind in config.stash[USED].items():
        terminalreporter.write_line(f"{name}: {kind}")


@pytest.fixture(scope="session")
def promtool() -> str:
    """The program ``promtool``, and with it ``prometheus``; without them a test is left out, and fails where CI is set."""
    program = find("promtool")
    if program is None or find("prometheus") is None:
        words = "Prometheus is not here, so this is not checked: sh ops/metrics/fetch.sh"
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)
    return str(program)


@pytest.fixture(scope="session")
def broker(pytestconfig: pytest.Config) -> Iterator[servers.Broker]:
    """A real RabbitMQ."""
    with servers.broker() as running:
        pytestconfig.stash[USED]["RabbitMQ"] = running.kind
        yield running


@pytest.fixture(scope="session")
def rabbit_url(broker: servers.Broker) -> str:
    """AMQP address of a real RabbitMQ."""
    return broker.url


@pytest.fixture(scope="session")
def rabbit_management_url(broker: servers.Broker) -> str:
    """Address of its management API."""
    return broker.management_url


@pytest.fixture(scope="session")
def mongo_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """Connection string of a real MongoDB-wire server."""
    with servers.database() as running:
        pytestconfig.stash[USED]["MongoDB wire"] = running.kind
        yield running.url
