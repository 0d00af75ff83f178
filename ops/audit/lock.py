"""The lock files by themselves: everything pinned with hashes, no address of an index. Needs no network."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ops.images.production_lock import packages

ADDRESS: Final = re.compile(r"://|--(?:extra-)?index-url|--find-links|--trusted-host|^-e|@ ", re.MULTILINE)
OURS: Final = ("https://registry.npmjs.org/",)
"""Addresses that npm writes and that name the public registry alone."""


def pinned(lock: str) -> dict[str, str]:
    """Return the packages of a Python lock with their versions, by PyPI's form of their names."""
    return {name: found.lines[0].split("==")[1].split()[0] for name, found in packages(lock).items()}


def check_lock(lock: str) -> Iterator[str]:
    """Yield what is wrong with a Python lock."""
    for name, found in packages(lock).items():
        if not any("--hash=sha256:" in line for line in found.lines):
            yield f"{name} has no hash: whoever controls the network can exchange it; type make lock"
    for match in ADDRESS.finditer(lock):
        yield f"the lock names an address or an option of pip ({match[0]}); type make lock"


def check_node_lock(path: Path) -> Iterator[str]:
    """Yield what is wrong with a package-lock.json: everything needs its hash, and no address but the public registry's."""
    lock: dict[str, Any] = json.loads(path.read_text("utf-8"))
    for name, entry in lock.get("packages", {}).items():
        if not name or entry.get("link"):
            continue  # the project itself
        if not str(entry.get("integrity", "")).startswith("sha512-"):
            yield f"{path}: {name} has no sha512 hash"
        if (address := entry.get("resolved")) and not str(address).startswith(OURS):
            yield f"{path}: {name} names the address of another registry"
