"""Loopback ports of the local stack."""

import socket
from collections.abc import Iterator

import pytest

from ops.local.ports import choose, is_free
from ops.local.problems import StackProblem


@pytest.fixture
def busy() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_every_name_gets_a_free_port_of_its_own() -> None:
    ports = choose([f"p{n}" for n in range(50)], {}, {})
    assert len(set(ports.values())) == 50
    assert all(is_free(port) for port in ports.values())


def test_remembered_ports_are_used_again() -> None:
    before = choose(["registry", "mongo"], {}, {})
    assert choose(["registry", "mongo", "more"], before, {}).items() >= before.items()


def test_a_remembered_port_that_is_busy_now_is_replaced(busy: int) -> None:
    assert choose(["registry"], {"registry": busy}, {})["registry"] != busy


def test_a_wanted_port_that_is_busy_is_an_error_that_says_who_holds_it_and_what_to_do(busy: int) -> None:
    with pytest.raises(StackProblem) as problem:
        choose(["registry"], {}, {"registry": busy})
    assert f"Port {busy}, wanted for registry, is busy: process " in problem.value.what
    assert "--port" in problem.value.next_step
