"""ops/kubernetes as a cluster would get it: rendered by a real kubectl, which needs no cluster for that."""

import functools
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from ops.local.places import ROOT

FOLDER: Final = ROOT / "ops" / "kubernetes"
FETCHED: Final = ROOT / ".sama" / "kubernetes"
OVERLAYS: Final = ("small-city", "large-city")
BY_MAKE: Final = "SAMA_KUBERNETES_CHECK"  # set by `make kubernetes-check`: nothing may be skipped

Manifest = Mapping[str, Any]


def missing(what: str) -> None:
    """Skip the test, or fail it where everything was to be there."""
    if os.environ.get(BY_MAKE):
        pytest.fail(what)
    pytest.skip(f"{what}; `make kubernetes-check` fetches it")


@functools.cache
def kubectl() -> str:
    """Return a kubectl with kustomize 5."""
    for candidate in (shutil.which("kubectl"), str(FETCHED / "kubectl")):
        if candidate and Path(candidate).exists():
            said = subprocess.run(
                [candidate, "version", "--client"], capture_output=True, text=True, check=False
            ).stdout
            if re.search(r"^Kustomize Version: v[5-9]", said, re.MULTILINE):
                return candidate
    return ""


@functools.cache
def render(folder: str) -> Sequence[Manifest]:
    """Return the manifests of a folder of ops/kubernetes."""
    if not kubectl():
        missing("there is no kubectl with kustomize 5")
    command = [kubectl(), "kustomize", str(FOLDER / folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def city(overlay: str) -> Sequence[Manifest]:
    """Return everything of an overlay."""
    return render(f"overlays/{overlay}")


def of_kind(manifests: Sequence[Manifest], kind: str) -> dict[str, Any]:
    """Return the manifests of a kind by their name."""
    return {manifest["metadata"]["name"]: manifest for manifest in manifests if manifest["kind"] == kind}


def values_of(node: Any, key: str) -> Iterator[Any]:
    """Return every value that this key has, however deep."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            if name == key:
                yield value
            yield from values_of(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from values_of(value, key)
