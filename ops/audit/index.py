"""What the package index says, asked by pip itself with the person's own settings: is every pinned file still there and not yanked?"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.images.production_lock import normal


class IndexTrouble(Exception):
    """pip could not fetch what the lock pins: the end of what it said."""


@dataclass(frozen=True, slots=True)
class Released:
    """One pinned release as the index has it; metadata in pip's JSON form."""

    yanked: str | None
    metadata: Mapping[str, Any]


def released(lock: Path) -> Mapping[str, Released]:
    """Return every package of the lock. pip compares each file with its hash on the way. Raises IndexTrouble."""
    with tempfile.TemporaryDirectory(prefix="sama-audit-") as folder:
        report = Path(folder) / "report.json"
        done = _pip(
            "install", "--dry-run", "--no-deps", "--ignore-installed", "--require-hashes", "-r", str(lock), "--report", str(report)
        )  # fmt: skip
        if done.returncode != 0:
            raise IndexTrouble(done.stderr.strip()[-600:])
        found = json.loads(report.read_text("utf-8"))["install"]
    return {normal(one["metadata"]["name"]): _released(one) for one in found}


def outdated() -> Mapping[str, tuple[str, str]]:
    """Return package → (installed, newest) of what has a newer release; nothing when the index does not answer."""
    done = _pip("list", "--outdated", "--format", "json")
    try:
        return {normal(one["name"]): (one["version"], one["latest_version"]) for one in json.loads(done.stdout)}
    except ValueError:
        return {}


def _released(one: Mapping[str, Any]) -> Released:
    return Released(one.get("yanked_reason", "without a reason") if one.get("is_yanked") else None, one["metadata"])


def _pip(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command: Sequence[str] = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - arguments of this module
