"""Published advisories (OSV's data base, which has PyPI's): asked over the network, or looked up in its downloaded archive."""

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import httpx
from packaging.version import InvalidVersion, Version

from ops.images.production_lock import normal

SERVICE: Final = "https://api.osv.dev/v1/querybatch"
ECOSYSTEM: Final = "PyPI"
ANSWER_SECONDS: Final = 20.0


class Unreachable(Exception):
    """The advisories could not be asked for."""


def ask(pinned: Mapping[str, str], transport: httpx.BaseTransport | None = None) -> Mapping[str, Sequence[str]]:
    """Return package → ids of the advisories against its pinned version. Raises Unreachable."""
    names = sorted(pinned)
    queries = [{"package": {"name": name, "ecosystem": ECOSYSTEM}, "version": pinned[name]} for name in names]
    try:
        with httpx.Client(timeout=ANSWER_SECONDS, transport=transport) as client:
            answer = client.post(SERVICE, json={"queries": queries}).raise_for_status().json()
        found = [[known["id"] for known in result.get("vulns", [])] for result in answer["results"]]
    except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreachable(f"{SERVICE}: {error or type(error).__name__}") from error
    if len(found) != len(names):
        raise Unreachable(f"{SERVICE} answered about {len(found)} of {len(names)} packages")
    return {name: ids for name, ids in zip(names, found, strict=True) if ids}


def look_up(pinned: Mapping[str, str], archive: Path) -> Mapping[str, Sequence[str]]:
    """Return the same from the data base's archive for PyPI (``all.zip``), fetched elsewhere. Raises Unreachable."""
    found: dict[str, list[str]] = {}
    try:
        with zipfile.ZipFile(archive) as files:
            for file in files.namelist():
                advisory = json.loads(files.read(file))
                for name in {name for name in _hit(advisory, pinned) if not advisory.get("withdrawn")}:
                    found.setdefault(name, []).append(advisory["id"])
    except (OSError, zipfile.BadZipFile, ValueError, KeyError) as error:
        raise Unreachable(f"{archive}: {error}") from error
    return found


def _hit(advisory: Mapping[str, Any], pinned: Mapping[str, str]) -> Iterator[str]:
    for affected in advisory.get("affected", []):
        name = normal(affected.get("package", {}).get("name", ""))
        if affected.get("package", {}).get("ecosystem") == ECOSYSTEM and name in pinned:
            version = pinned[name]
            ranges = [span for span in affected.get("ranges", []) if span.get("type") == "ECOSYSTEM"]
            if version in affected.get("versions", []) or any(_within(version, span["events"]) for span in ranges):
                yield name


def _within(version: str, events: Sequence[Mapping[str, str]]) -> bool:
    """Tell whether a version lies in a range: events introduced, fixed and last_affected, oldest first."""
    try:
        at, inside = Version(version), False
        for event in events:
            if "introduced" in event:
                inside = inside or event["introduced"] == "0" or at >= Version(event["introduced"])
            elif ("fixed" in event and at >= Version(event["fixed"])) or (
                "last_affected" in event and at > Version(event["last_affected"])
            ):
                inside = False
    except InvalidVersion:
        return False
    return inside
