"""The real servers of the integration tests: given by the environment, else containers, else the private servers of the local stack.

All of them are used over their addresses alone, so a test cannot tell which it got; the end of the run says it.
"""

import asyncio
import os
import shutil
import socket
import tempfile
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.local.given import management_url
from ops.local.mongo import MongoServer
from ops.local.places import PACKAGES
from ops.local.ports import choose
from ops.local.rabbit import PORTS, RabbitNode, find_installation

RABBIT_IMAGE = "rabbitmq:4.1.4-management"  # as in docker-compose.yml
MONGO_IMAGE = "mongo:8.0.13"
ENGINE_SECONDS = 2  # a container engine that needs longer to say hello is not used
MANAGEMENT_PORT = 15672


@dataclass(frozen=True, slots=True)
class Broker:
    """A running broker: AMQP address, management address, and what it is."""

    url: str
    management_url: str
    kind: str


@dataclass(frozen=True, slots=True)
class Database:
    """A running MongoDB-wire server: connection string and what it is."""

    url: str
    kind: str


@contextmanager
def broker() -> Iterator[Broker]:
    """Provide a broker until the context ends."""
    if url := os.environ.get("SAMA_RABBIT_URL"):
        yield Broker(
            url, os.environ.get("SAMA_RABBIT_MANAGEMENT_URL") or management_url(url), "given by SAMA_RABBIT_URL"
        )
    elif has_image(RABBIT_IMAGE):
        with _rabbit_container() as container:
            yield container
    else:
        with _folder() as folder:
            node = RabbitNode(
                find_installation(PACKAGES), folder / "data", folder / "rabbit.log", choose(PORTS, {}, {})
            )
            with _running(node):
                yield Broker(node.url, node.management_url, f"a private node of {node.installation.scripts}")


@contextmanager
def database() -> Iterator[Database]:
    """Provide a MongoDB-wire server until the context ends."""
    if url := os.environ.get("SAMA_MONGO_URL"):
        yield Database(url, "given by SAMA_MONGO_URL")
    elif has_image(MONGO_IMAGE):
        with _mongo_container() as container:
            yield container
    else:
        with _folder() as folder:
            server = MongoServer(folder / "data", folder / "mongo.log", choose(["mongo"], {}, {})["mongo"])
            with _running(server):
                yield Database(server.url, f"a private {server.kind}")


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="sama-tests-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(server: RabbitNode | MongoServer) -> Iterator[None]:
    """Run the server from a thread that lives as long as it does: a child is tied to the thread that started it."""
    ready: Future[None] = Future()
    stop: Future[None] = Future()

    async def live() -> None:
        try:
            server.start()
            await server.ready()
        except Exception as error:  # noqa: BLE001 - raised again in the thread that waits
            ready.set_exception(error)
        else:
            ready.set_result(None)
            await asyncio.wrap_future(stop)
        finally:
            await server.stop()

    thread = threading.Thread(target=lambda: asyncio.run(live()), name=f"{type(server).__name__}", daemon=True)
    thread.start()
    try:
        ready.result()
        yield
    finally:
        stop.set_result(None)
        thread.join()


def has_image(image: str) -> bool:
    """Tell whether a container engine answers quickly and has the image already: a test run does not wait for downloads."""
    if not _engine_listens():
        return False
    with _quiet():
        try:
            import docker  # type: ignore[import-untyped]
            from docker.errors import DockerException  # type: ignore[import-untyped]

            with closing(docker.from_env(timeout=ENGINE_SECONDS)) as engine:
                engine.images.get(image)
        except (ImportError, DockerException, OSError):
            return False
    return True


def _engine_listens() -> bool:
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not host.startswith("unix://"):
        return True  # far away, and meant
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(ENGINE_SECONDS)
        return probe.connect_ex(host.removeprefix("unix://")) == 0


@contextmanager
def _rabbit_container() -> Iterator[Broker]:
    with _quiet():
        from testcontainers.community.rabbitmq import RabbitMqContainer

        container = RabbitMqContainer(RABBIT_IMAGE).with_exposed_ports(MANAGEMENT_PORT)
    with container as running:
        host, port = running.get_container_host_ip(), running.get_exposed_port(MANAGEMENT_PORT)
        parameters = running.get_connection_params()
        user, password = parameters.credentials.username, parameters.credentials.password
        yield Broker(
            f"amqp://{user}:{password}@{parameters.host}:{parameters.port}/",
            f"http://{user}:{password}@{host}:{port}",
            f"a container of {RABBIT_IMAGE}",
        )


@contextmanager
def _mongo_container() -> Iterator[Database]:
    with _quiet():
        from testcontainers.community.mongodb import MongoDbContainer
    with MongoDbContainer(MONGO_IMAGE) as running:
        yield Database(
            f"{running.get_connection_url()}/?retryWrites=false&authSource=admin", f"a container of {MONGO_IMAGE}"
        )


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():  # others' deprecations at import are not ours to fail for
        warnings.simplefilter("ignore")
        yield
