"""The servers of a deployment on this machine: a broker and a database with TLS alone for clients, with users and rights."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pymongo import MongoClient

from ops.local.mongo import MongoServer
from ops.local.places import PACKAGES
from ops.local.ports import LOOPBACK, choose
from ops.local.rabbit import PORTS, RabbitNode, find_installation
from ops.local.services import SERVICES
from tests.integration.security.certificates import Authority
from tests.waiting import until

OPTIONS = "retryWrites=false&maxPoolSize=8"


@dataclass
class Deployment:
    """Where everything is. passwords: of the services' users, by service."""

    folder: Path
    authority: Authority
    ports: dict[str, int]
    rabbit_admin: str = ""
    passwords: dict[str, str] = field(default_factory=lambda: {name: secrets.token_hex(8) for name in SERVICES})
    admin_password: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def rabbit_management(self) -> str:
        """The management API with TLS, as administrator."""
        return self.management(self.rabbit_admin)

    def management(self, user: str) -> str:
        """The management API with TLS as ``user:password``."""
        return f"https://{user}@{LOOPBACK}:{self.ports['management_tls']}"

    def amqp(self, user: str, host: str = LOOPBACK) -> str:
        """The broker with TLS as ``user:password``."""
        return f"amqps://{user}@{host}:{self.ports['amqp_tls']}/"

    def mongo(self, user: str, database: str, host: str = LOOPBACK) -> str:
        """The database with TLS as ``user:password`` of a database."""
        return f"mongodb://{user}@{host}:{self.ports['mongo']}/?tls=true&authSource={database}&{OPTIONS}"

    @property
    def mongo_admin(self) -> str:
        """The database as its administrator."""
        return self.mongo(f"admin:{self.admin_password}", "admin")


@asynccontextmanager
async def deployment(folder: Path) -> AsyncIterator[Deployment]:
    """Run both servers, without any user but the administrators."""
    authority = Authority(folder, "authority")
    server = authority.sign("server", LOOPBACK, "servers.sama.internal")
    ports = choose([*PORTS, "amqp_tls", "management_tls", "mongo"], {}, {})
    made = Deployment(folder, authority, ports)
    node = RabbitNode(find_installation(PACKAGES), folder / "rabbit", folder / "rabbit.log", ports)
    extra = folder / "rabbit" / "conf.d"
    extra.mkdir(parents=True)
    (extra / "50-tls.conf").write_text(
        f"""
listeners.ssl.local = {LOOPBACK}:{ports["amqp_tls"]}
ssl_options.cacertfile = {authority.file}
ssl_options.certfile = {server.certificate}
ssl_options.keyfile = {server.key}
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = false
management.ssl.ip = {LOOPBACK}
management.ssl.port = {ports["management_tls"]}
management.ssl.cacertfile = {authority.file}
management.ssl.certfile = {server.certificate}
management.ssl.keyfile = {server.key}
""".lstrip()
    )
    node.start()
    try:
        await node.ready(300)  # a busy machine; seven seconds on an idle one
        made.rabbit_admin = urlsplit(node.url).netloc.rpartition("@")[0]
        async with _database(made, ["--tls-cert-file", str(server.certificate), "--tls-key-file", str(server.key)]):
            yield made
    finally:
        await node.stop()


@asynccontextmanager
async def _database(made: Deployment, tls: list[str]) -> AsyncIterator[None]:
    """SecantusDB: its first user is made before it asks for users."""
    data, log, port = made.folder / "mongo", made.folder / "mongo.log", made.ports["mongo"]
    data.mkdir()
    (data / "secantusd.toml").touch()  # also where there is a mongod: its command line is another one
    open_to_all = MongoServer(data, log, port)
    open_to_all.start()
    try:
        await open_to_all.ready(120)
        await asyncio.to_thread(_first_user, open_to_all.url, made.admin_password)
    finally:
        await open_to_all.stop()
    closed = MongoServer(data, log, port, ["--auth", *tls])
    closed.start()
    try:
        await until(
            lambda: asyncio.to_thread(_answers, made), seconds=120, what="the database with TLS and users answers"
        )
        yield
    finally:
        await closed.stop()


def _first_user(url: str, password: str) -> None:
    with MongoClient[dict[str, object]](url) as client:
        client.admin.command("createUser", "admin", pwd=password, roles=[{"role": "root", "db": "admin"}])


def _answers(made: Deployment) -> bool:
    from pymongo.errors import PyMongoError

    try:
        with MongoClient[dict[str, object]](
            made.mongo_admin, serverSelectionTimeoutMS=1000, tlsCAFile=str(made.authority.file)
        ) as client:
            client.admin.command("ping")
    except PyMongoError:
        return False
    return True
