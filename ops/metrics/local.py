"""Prometheus as a process beside a local stack: the same rules as in the compose file, with the stack's addresses."""

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from ops.local.places import PACKAGES, ROOT
from ops.local.problems import StackProblem
from ops.local.processes import Child, until_ready

METRICS: Final = ROOT / "ops" / "metrics"
RULES: Final = METRICS / "rules"
START_SECONDS: Final = 30.0


def find(program: str) -> Path | None:
    """Return ``prometheus`` or ``promtool``: of the system, or as ops/metrics/fetch.sh unpacked it; None: neither."""
    unpacked = PACKAGES / "usr" / "bin" / program
    found = shutil.which(program) or (str(unpacked) if os.access(unpacked, os.X_OK) else None)
    return None if found is None else Path(found)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often is looked, and how long something has to be so before it is told (None: as each rule says)."""

    seconds: float = 15
    patience_seconds: float | None = None


def write(folder: Path, services: Mapping[str, Sequence[str]], pace: Pace) -> Path:
    """Write rules and configuration for these base addresses by service; return the configuration's path."""
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    for rules in RULES.glob("*.yml"):
        (folder / "rules" / rules.name).write_text(_hurried(rules.read_text("utf-8"), pace), "utf-8")
    interval = f"{round(pace.seconds * 1000)}ms"
    configuration = {
        "global": {"scrape_interval": interval, "evaluation_interval": interval},
        "rule_files": ["rules/*.yml"],
        "scrape_configs": [
            {
                "job_name": service,
                "scrape_timeout": interval,
                "static_configs": [{"targets": [urlsplit(url).netloc for url in urls]}],
            }
            for service, urls in services.items()
        ],
    }
    path = folder / "prometheus.yml"
    path.write_text(json.dumps(configuration, indent=2), "utf-8")  # which is YAML, too
    return path


def _hurried(rules: str, pace: Pace) -> str:
    if pace.patience_seconds is None:
        return rules
    return re.sub(r"^( +for:) \S+$", rf"\1 {round(pace.patience_seconds * 1000)}ms", rules, flags=re.MULTILINE)


class Prometheus:
    """A Prometheus that looks at these services until it is stopped. Raises StackProblem when it cannot start."""

    def __init__(
        self, folder: Path, services: Mapping[str, Sequence[str]], port: int, pace: Pace | None = None
    ) -> None:
        program = find("prometheus")
        if program is None:
            raise StackProblem("Prometheus is not installed.", "Type: sh ops/metrics/fetch.sh")
        self.url = f"http://127.0.0.1:{port}"
        pages = program.parents[1] / "share" / "prometheus" / "web"
        self._child = Child(
            name="prometheus",
            command=[
                str(program),
                f"--config.file={write(folder, services, pace or Pace())}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                *([f"--web.local-assets={pages}"] if pages.is_dir() else []),
            ],
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(folder)},
            log=folder / "prometheus.log",
            cwd=folder,
        )

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self._child.start()
        await until_ready(self._child, self._ready, START_SECONDS)

    async def stop(self) -> None:
        """Stop it."""
        await self._child.stop()

    async def _ready(self) -> bool:
        async with httpx.AsyncClient(trust_env=False, timeout=2) as http:
            try:
                return (await http.get(f"{self.url}/-/ready")).is_success
            except httpx.HTTPError:
                return False
