"""How this machine reaches Debian's packages and the Python package index, so that images can be built the same way.

None of it ends in an image that runs: it is mounted while a base image is made, and kept only in the image that builds the services.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

AUTHORITIES: Final = Path(
    "/usr/local/share/ca-certificates"
)  # where Debian keeps the certificates that an administrator added
MIRROR: Final = "http://deb.debian.org/debian"
PIP_SETTINGS: Final = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "retries")
HERE_ONLY: Final = re.compile(r"^(file:|/|\.)")  # a folder of this machine is not there in a container
APT_SETTING: Final = re.compile(
    r'^Acquire::(?!IndexTargets|Changelogs|AllowTLS|CompressionTypes|Languages|https::CaInfo)\S+ ".+";$'
)


@dataclass(frozen=True, slots=True)
class HostSettings:
    """apt: lines of apt.conf; pip: text of pip.conf; authorities: certificate files to trust besides Debian's; mirror: of Debian."""

    apt: str
    pip: str
    authorities: tuple[Path, ...]
    mirror: str = MIRROR


def host_settings(
    apt: Path | None = None, pip: Path | None = None, authorities: Path | None = None, mirror: str | None = None
) -> HostSettings:
    """Return the given files' settings, and this machine's own for what is not given. authorities: one file or a folder of .crt files."""
    where = authorities or AUTHORITIES
    return HostSettings(
        apt.read_text() if apt else _apt_of_host(),
        pip.read_text() if pip else pip_conf(_pip_of_host()),
        (where,) if where.is_file() else tuple(sorted(where.glob("*.crt"))),
        mirror or MIRROR,
    )


def apt_conf(dump: str) -> str:
    """Return what ``apt-config dump`` says about fetching: proxies, validity of release files, retries."""
    return "".join(f"{line}\n" for line in dump.splitlines() if APT_SETTING.match(line))


def pip_conf(listed: str) -> str:
    """Return pip.conf of what ``pip config list`` printed, without what is only on this machine; the last word counts, as in pip."""
    found: dict[str, str] = {}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        setting = name.rpartition(".")[2]
        if setting in PIP_SETTINGS and value:
            words = [word for word in str(ast.literal_eval(value)).split() if not HERE_ONLY.match(word)]
            if words:
                found[setting] = " ".join(words)
    # pip's own list of authorities would not know the added ones; Debian's, which update-ca-certificates writes, does.
    found["cert"] = "/etc/ssl/certs/ca-certificates.crt"
    return "[global]\n" + "".join(f"{name} = {value}\n" for name, value in found.items())


def _apt_of_host() -> str:
    return apt_conf(_said(["apt-config", "dump"]))


def _pip_of_host() -> str:
    return _said([sys.executable, "-m", "pip", "config", "list"])


def _said(command: list[str], environment: Mapping[str, str] | None = None) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=environment)  # noqa: S603 - written above
    except (OSError, subprocess.SubprocessError):
        return ""  # no such program here: its own defaults hold
    return done.stdout
