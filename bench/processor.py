"""How much processor time processes have taken, from the kernel's books (Linux)."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

TICKS: Final = os.sysconf("SC_CLK_TCK")
CORES: Final = os.cpu_count() or 1


def seconds_of(roots: Iterable[int]) -> float:
    """Return the processor seconds (user and system) that these processes and all their living descendants have taken so far."""
    return sum(map(_seconds, family(roots)))


def busy_seconds() -> float:
    """Return the processor seconds that everything on this machine has taken since it started, over all cores."""
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(
        int, Path("/proc/stat").read_text().split(maxsplit=10)[1:9]
    )
    return (user + nice + system + irq + softirq + steal) / TICKS


def family(roots: Iterable[int]) -> list[int]:
    """Return these processes and all their descendants."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue  # it ended meanwhile
        children.setdefault(parent, []).append(int(status.parent.name))
    found = list(dict.fromkeys(roots))
    for pid in found:
        found.extend(child for child in children.get(pid, ()) if child not in found)
    return found


def _seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0  # it ended meanwhile
    return (int(fields[11]) + int(fields[12])) / TICKS
