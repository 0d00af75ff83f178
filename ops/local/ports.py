"""Loopback ports: finding free ones, and telling who holds a busy one."""

import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

from ops.local.problems import StackProblem

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do: a port in TIME_WAIT is free
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose(names: Iterable[str], remembered: Mapping[str, int], wanted: Mapping[str, int]) -> dict[str, int]:
    """Return a port for each name: the wanted one, else the remembered one if it is free, else a free one.

    Raises StackProblem when a wanted port is busy, or wanted twice.
    """
    chosen: dict[str, int] = {}
    with ExitStack() as held:  # all at once, so that no two names get the same port
        for name in names:
            port = wanted.get(name)
            if port is None:
                earlier = remembered.get(name, 0)
                port = earlier if earlier and earlier not in chosen.values() and is_free(earlier) else _free(held)
            elif port in chosen.values() or not is_free(port):
                raise StackProblem(
                    f"Port {port}, wanted for {name}, is busy: {holder(port)}.",
                    "Stop that program, or choose another port with --port, or leave --port out: then free ports are taken.",
                )
            chosen[name] = port
    return chosen


def _free(held: ExitStack) -> int:
    probe = held.enter_context(socket.socket())
    probe.bind((LOOPBACK, 0))
    port: int = probe.getsockname()[1]
    return port


def holder(port: int) -> str:
    """Say which process listens on the port, as far as this user may see it."""
    inodes = {
        fields[9]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in _lines(table)[1:]
        if (fields := line.split())[3] == "0A" and int(fields[1].rsplit(":", 1)[1], 16) == port  # 0A: LISTEN
    }
    sockets = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").glob("[0-9]*"):
        if not sockets.isdisjoint(_open_files(process)):
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            return f"process {process.name} listens on it ({command[:120]})"
    return "another program listens on it"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def _open_files(process: Path) -> Iterator[str]:
    with suppress(OSError):  # ended meanwhile, or another user's
        for link in list((process / "fd").iterdir()):
            with suppress(OSError):  # closed meanwhile
                yield os.readlink(link)
