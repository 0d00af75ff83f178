"""A private RabbitMQ node as a plain process: own name, ports, folders and user; nothing of a system-wide RabbitMQ is touched."""

import asyncio
import os
import secrets
import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from ops.local.ports import LOOPBACK
from ops.local.problems import StackProblem
from ops.local.processes import Child, until_ready

SYSTEM = Path("/usr/lib/rabbitmq/bin")  # where Debian puts the real scripts; those in /usr/sbin change the user
READY_SECONDS = 90.0  # measured 7 on two cores; a slow disk recovering a large archive needs longer
USER = "sama"
NODE = "sama@localhost"  # the same for every folder: the data names its node, and each node has an epmd of its own
PORTS = ("rabbit", "rabbit_management", "rabbit_distribution", "rabbit_epmd")
ERLANG_ARGUMENTS = " ".join(
    [
        "-kernel inet_dist_use_interface {127,0,0,1}",
        "+fnl",  # file names as plain bytes: with a Persian folder name the management plugin fails otherwise
        "+sbwt none +sbwtdcpu none +sbwtdio none",  # idle schedulers sleep: the services share the cores
    ]
)


@dataclass(frozen=True, slots=True)
class Installation:
    """Where RabbitMQ's scripts and Erlang are. unpacked: the root of Debian packages unpacked without installing them."""

    scripts: Path
    unpacked: Path | None = None

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """Return the inherited environment without foreign RabbitMQ settings, with what an unpacked installation needs."""
        env = {k: v for k, v in inherited.items() if not k.startswith(("RABBITMQ_", "ERL_"))}
        env.pop("NOTIFY_SOCKET", None)
        if self.unpacked:
            usr = self.unpacked / "usr"
            env["PATH"] = f"{usr}/bin:{env.get('PATH', os.defpath)}"
            libraries = [str(folder) for folder in sorted((usr / "lib").glob("*-linux-gnu*"))]
            env["LD_LIBRARY_PATH"] = ":".join([*libraries, env.get("LD_LIBRARY_PATH", "")]).strip(":")
        return env


def find_installation(packages: Path) -> Installation:
    """Return the installed RabbitMQ, or the one unpacked under ``packages``. Raises StackProblem when there is none."""
    if (SYSTEM / "rabbitmq-server").exists() and shutil.which("erl"):
        return Installation(SYSTEM)
    scripts = packages / "usr" / "lib" / "rabbitmq" / "bin"
    if (scripts / "rabbitmq-server").exists():
        return Installation(scripts, packages)
    raise StackProblem(
        "RabbitMQ is not installed, and SAMA_RABBIT_URL names no broker.",
        "Type `make setup`, or `sudo apt-get install rabbitmq-server`, or set SAMA_RABBIT_URL and SAMA_RABBIT_MANAGEMENT_URL.",
    )


@dataclass
class RabbitNode:
    """The node: its folder (settings, data, cookie), log, and four loopback ports (see PORTS).

    name: unlike that of every node on the same port mapper; mapped: that port mapper is another's and runs already;
    more: lines for its settings.
    """

    installation: Installation
    folder: Path
    log: Path
    ports: Mapping[str, int]
    name: str = NODE
    mapped: bool = False
    more: Sequence[str] = ()
    _password: str = field(default="", init=False, repr=False)
    _epmd: Child | None = field(default=None, init=False)
    _node: Child | None = field(default=None, init=False)
    _started: bool = field(default=False, init=False)

    @property
    def url(self) -> str:
        """AMQP address with user and password."""
        return f"amqp://{USER}:{self._password}@{LOOPBACK}:{self.ports['rabbit']}/"

    @property
    def management_url(self) -> str:
        """Address of the management API with user and password."""
        return f"http://{USER}:{self._password}@{LOOPBACK}:{self.ports['rabbit_management']}"

    @property
    def children(self) -> Sequence[Child]:
        """The processes, in the order they are stopped."""
        return [child for child in (self._node, self._epmd) if child]

    def start(self) -> None:
        """Write the settings and start the port mapper and the node."""
        env = self._settings()
        if not self.mapped:
            self._epmd = port_mapper(env, self.log.with_name("epmd.log"), self.folder)
        self._node = Child(
            "RabbitMQ", [str(self.installation.scripts / "rabbitmq-server")], env, self.log, self.folder,
            stop_seconds=30, parent_death=signal.SIGTERM,  # a clean stop takes 6 s and needs nobody's help
        )  # fmt: skip
        for child in reversed(self.children):
            child.start()

    async def ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait until the broker speaks AMQP and its management API says that all is well. Raises StackProblem."""
        assert self._node is not None, "start() comes first"  # noqa: S101
        await until_ready(self._node, self._answers, seconds)
        self._was_ready.touch()
        self._started = True

    async def stop(self) -> None:
        """Stop the node cleanly, then its port mapper. A node that still starts does not listen to SIGTERM, so it is killed."""
        if self._node and not self._started:
            self._node.kill()
        for child in self.children:
            await child.stop()

    @property
    def _was_ready(self) -> Path:
        """A file that says that the data is whole: what a start left that never became ready may be half made, and nobody has used it."""
        return self.folder / "was_ready"

    async def _answers(self) -> bool:
        try:
            async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
                healthy = await client.get(f"{self.management_url}/api/health/checks/virtual-hosts")
            return healthy.status_code == httpx.codes.OK and await speaks_amqp(LOOPBACK, self.ports["rabbit"])
        except httpx.HTTPError:
            return False

    def _settings(self) -> dict[str, str]:
        home, extra = self.folder / "home", self.folder / "conf.d"
        for folder in (self.folder, home, extra, self.folder / "log"):
            folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        if not self._was_ready.exists():
            shutil.rmtree(self.folder / "mnesia", ignore_errors=True)
        # The broker takes the user from its settings only while its data is empty, so the password lives beside the data.
        self._password = _keep_secret(self.folder / "password")
        _keep_secret(home / ".erlang.cookie")
        config = self.folder / "rabbitmq.conf"
        config.write_text(self._config())
        plugins = self.folder / "enabled_plugins"
        plugins.write_text("[rabbitmq_management].\n")
        return self.installation.environment(os.environ) | {
            "HOME": str(home),
            "ERL_EPMD_PORT": str(self.ports["rabbit_epmd"]),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_DIST_PORT": str(self.ports["rabbit_distribution"]),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(config),
            "RABBITMQ_CONFIG_FILES": str(extra),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG_ARGUMENTS,
            "RUNNING_UNDER_SYSTEMD": "true",  # the script then becomes the broker, so our signals reach it
        }

    def _config(self) -> str:
        return "\n".join(
            [
                f"listeners.tcp.local = {LOOPBACK}:{self.ports['rabbit']}",
                f"management.tcp.ip = {LOOPBACK}",
                f"management.tcp.port = {self.ports['rabbit_management']}",
                f"default_user = {USER}",
                f"default_pass = {self._password}",
                "raft.wal_max_size_bytes = 64000000",  # the default, 512 MB, is kept in memory until it is full
                "log.console = true",
                "log.console.level = warning",
                *self.more,
                "",
            ]
        )


def port_mapper(env: Mapping[str, str], log: Path, folder: Path) -> Child:
    """Return the process by which nodes find one another's ports, on ERL_EPMD_PORT of the environment.

    Erlang would start it as a daemon that outlives everything; ours is a child like the others.
    """
    return Child(
        "the port mapper of RabbitMQ (epmd)",
        ["epmd", "-port", env["ERL_EPMD_PORT"], "-address", LOOPBACK],
        env, log, folder, stop_seconds=2,
    )  # fmt: skip


async def speaks_amqp(host: str, port: int) -> bool:
    """Tell whether an AMQP 0-9-1 server answers the protocol header."""
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(b"AMQP\x00\x00\x09\x01")
                return await reader.readexactly(1) == b"\x01"  # a method frame: Connection.Start
            finally:
                writer.close()
    except (OSError, EOFError):
        return False


def _keep_secret(path: Path) -> str:
    """Return the secret of the file, made at the first call; readable by the owner alone."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(20))
    return path.read_text()
