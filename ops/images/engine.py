"""The container engine: the one that answers, else Debian's docker.io, run as an ordinary process for as long as it is needed."""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from rich.console import Console

from ops.images.shown import run_shown
from ops.local.places import SAMA
from ops.local.problems import StackProblem

FOLDER: Final = SAMA / "containers"
PACKAGES: Final = {"dockerd": "docker.io", "debootstrap": "debootstrap", "iptables": "iptables"}
SYSTEM_PATH: Final = (
    "/usr/local/sbin:/usr/sbin:/sbin"  # where Debian has dockerd, debootstrap, iptables; not in every user's PATH
)
ANSWER_SECONDS: Final = 10.0
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 90.0  # it stops the containers that still run
LONGEST_SOCKET: Final = 100  # bytes; the kernel takes 107


class NoEngine(StackProblem):
    """No container engine answers, and none can be started here."""


class Engine:
    """A running engine: ``environment`` for docker and compose."""

    def __init__(self, socket: Path | None, kind: str) -> None:
        """socket: of an engine of our own; None: the one that docker finds by itself."""
        self.kind = kind
        self.environment: Mapping[str, str] = _environment(socket)

    def docker(self, *arguments: str, seconds: float = 60.0, given: bytes | None = None) -> str:
        """Run docker and return what it printed. Raises StackProblem with its words."""
        command = ["docker", *arguments]
        try:
            done = subprocess.run(  # noqa: S603 - docker, with the callers' words
                command, input=given, capture_output=True, check=False, timeout=seconds, env=self.environment
            )
        except subprocess.TimeoutExpired as late:
            raise StackProblem(
                f"docker {arguments[0]} did not end in {seconds:.0f} s.", "Look at the engine's log."
            ) from late
        if done.returncode:
            raise StackProblem(
                f"docker {arguments[0]}: {done.stderr.decode(errors='replace').strip()}", "See what it says above."
            )
        return done.stdout.decode().strip()

    def image_label(self, tag: str, label: str) -> str | None:
        """Return a label of an image, "" if it has none; None: there is no such image."""
        try:
            found = self.docker("image", "inspect", "--format", f'{{{{index .Config.Labels "{label}"}}}}', tag)
        except StackProblem:
            return None
        return found.replace("<no value>", "")

    def image_id(self, tag: str) -> str:
        """Return the id of an image, "" if there is none."""
        try:
            return self.docker("image", "inspect", "--format", "{{.Id}}", tag)
        except StackProblem:
            return ""


@contextlib.contextmanager
def engine(screen: Console, folder: Path = FOLDER) -> Iterator[Engine]:
    """Provide an engine; one of our own is stopped at the end, with its containers, and keeps its images. Raises NoEngine."""
    found = _answering(None)
    if found:
        yield Engine(None, f"the engine that runs here ({found})")
        return
    _install(screen, folder)
    if found := _answering(None):  # this system starts what it installs
        yield Engine(None, f"the engine that runs here ({found})")
        return
    socket = _socket(folder)
    with _alone(folder), _ended_by_sigterm():
        yield from _own(screen, folder, socket)


def _own(screen: Console, folder: Path, socket: Path) -> Iterator[Engine]:
    """Provide an engine of our own and end it, whatever happens."""
    process = _start(socket, folder)
    try:
        version = _until_answering(socket, process, folder)
        screen.print(f"  Started a container engine of our own ({version}); data: {folder / 'engine'}")
        yield Engine(socket, f"dockerd {version} of our own")
    finally:
        _stop(process)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Be the only command that runs this checkout's engine, and end what a killed one has left. Raises NoEngine."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "engine.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise NoEngine("The engine of this checkout runs: another command uses it.", "Wait for its end.") from busy
        _end_leftover(folder / "engine/dockerd.pid")
        yield


def _end_leftover(pid_file: Path) -> None:
    with contextlib.suppress(OSError, ValueError):
        pid = int(pid_file.read_text())
        if b"dockerd" not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return  # the number belongs to somebody else by now
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
            time.sleep(0.2)


@contextlib.contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end the command as Ctrl-C does, so that the engine is ended, too."""

    def leave(_number: int, _frame: object) -> None:
        raise SystemExit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _environment(socket: Path | None) -> dict[str, str]:
    env = {**os.environ, "PATH": f"{os.environ.get('PATH', os.defpath)}:{SYSTEM_PATH}"}
    if socket:
        env["DOCKER_HOST"] = f"unix://{socket}"
        env.pop("DOCKER_CONTEXT", None)
    return env


def _answering(socket: Path | None) -> str:
    """Return the version of the engine that answers, or ""."""
    try:
        done = subprocess.run(
            ["docker", "version", "--format", "{{.Server.Version}}"],  # noqa: S607
            capture_output=True, text=True, check=False, timeout=ANSWER_SECONDS, env=_environment(socket),
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def missing_packages(programs: Mapping[str, str]) -> list[str]:
    """Return the Debian packages of those programs that are not here."""
    path = _environment(None)["PATH"]
    return [package for program, package in programs.items() if not shutil.which(program, path=path)]


def install_packages(screen: Console, packages: list[str], folder: Path) -> None:
    """Install Debian packages without starting their services. Raises NoEngine when that cannot be done here."""
    wanted = " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise NoEngine(
            f"No container engine answers, and {wanted} cannot be installed by this user or on this system.",
            f"Start an engine (DOCKER_HOST may name it), or as root on Debian: apt-get install {wanted}",
        )
    # dpkg asks this file whether it may start a service; the engine is started by us, when it is needed.
    policy = Path("/usr/sbin/policy-rc.d")
    mine = not policy.exists()
    if mine:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-y", "-q", "-o", "DPkg::Lock::Timeout=300"]
    try:
        run_shown(
            screen, "Package lists", [*apt, "update"], folder / "logs/apt-update.log", seconds=300, environment=env
        )
        install = [*apt, "install", "--no-install-recommends", *packages]
        run_shown(screen, f"Installing {wanted}", install, folder / "logs/apt.log", seconds=600, environment=env)
    except StackProblem as problem:
        raise NoEngine(problem.what, problem.next_step) from problem
    finally:
        if mine:
            policy.unlink()


def _install(screen: Console, folder: Path) -> None:
    if packages := missing_packages({"docker": "docker.io", **PACKAGES}):
        install_packages(screen, sorted(set(packages)), folder)
    if os.geteuid() != 0:
        raise NoEngine(
            "No container engine answers, and only root may start one.",
            "Start the engine (systemctl start docker), or join the group docker, or set DOCKER_HOST.",
        )


def _socket(folder: Path) -> Path:
    """Return where the engine listens; a path that is too long for a socket gives way to one under /run."""
    socket = folder / "docker.sock"
    return socket if len(os.fsencode(socket)) < LONGEST_SOCKET else Path(f"/run/sama-docker-{os.getpid()}.sock")


def _start(socket: Path, folder: Path) -> "subprocess.Popen[bytes]":
    home = folder / "engine"
    home.mkdir(parents=True, exist_ok=True)
    (home / "dockerd.pid").unlink(missing_ok=True)
    with (home / "dockerd.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603
            [
                shutil.which("dockerd", path=_environment(None)["PATH"]) or "dockerd", "--host", f"unix://{socket}",
                "--data-root", str(home / "data"), "--exec-root", str(home / "exec"), "--pidfile", str(home / "dockerd.pid"),
            ],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=_environment(None),
        )  # fmt: skip


def _until_answering(socket: Path, process: "subprocess.Popen[bytes]", folder: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if version := _answering(socket):
            return version
        time.sleep(0.3)
    log = folder / "engine/dockerd.log"
    last = "\n".join(log.read_text(errors="replace").splitlines()[-3:])
    raise NoEngine(
        f"The container engine did not start:\n{last}", f"Its log: {log}. In a container, it needs to be privileged."
    )


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
