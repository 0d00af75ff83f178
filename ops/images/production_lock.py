"""Prints the part of requirements.lock that the services need: without the local database, which is GPL, and without tools.

``python ops/images/production_lock.py requirements.lock pyproject.toml > production.lock``; the standard library alone, since it runs in
the image's build. A package belongs to it if pyproject.toml names it in ``dependencies``, or if one that belongs to it requires it (the
``# via`` lines).
"""

import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
PINNED = re.compile(rf"({NAME.pattern})==")


@dataclass(frozen=True, slots=True)
class Pinned:
    """One package of the lock: its lines as they are, and the packages that require it."""

    lines: tuple[str, ...]
    required_by: frozenset[str]


def normal(name: str) -> str:
    """Return a package name as PyPI compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def packages(lock: str) -> dict[str, Pinned]:
    """Read a lock file as pip-compile writes it."""
    blocks: dict[str, list[str]] = {}
    current: list[str] = []
    for line in lock.splitlines():
        if match := PINNED.match(line):
            current = blocks.setdefault(normal(match[1]), [])
        if not line.startswith("#"):
            current.append(line)
    return {name: Pinned(tuple(lines), _required_by(lines)) for name, lines in blocks.items()}


def _required_by(lines: list[str]) -> frozenset[str]:
    comments = [line.strip().removeprefix("#").strip().removeprefix("via").strip() for line in lines if "#" in line]
    return frozenset(normal(match[0]) for comment in comments if (match := NAME.match(comment)))


def direct(pyproject: str) -> frozenset[str]:
    """Return the packages that ``dependencies`` names."""
    named = tomllib.loads(pyproject)["project"]["dependencies"]
    return frozenset(normal(match[0]) for text in named if (match := NAME.match(text)))


def needed(lock: dict[str, Pinned], roots: frozenset[str]) -> set[str]:
    """Return the roots and all that they require."""
    found = set(roots)
    while more := {name for name, pinned in lock.items() if name not in found and pinned.required_by & found}:
        found |= more
    return found


def production_lock(lock: str, pyproject: str) -> str:
    """Return the lock of the services. Raises KeyError when a dependency is not pinned."""
    pinned = packages(lock)
    return "\n".join(line for name in sorted(needed(pinned, direct(pyproject))) for line in pinned[name].lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(production_lock(Path(sys.argv[1]).read_text(), Path(sys.argv[2]).read_text()))
