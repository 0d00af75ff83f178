"""Licences: known, and of a kind that the project may be run and given away with."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

ALLOWED: Final = frozenset(
    {
        "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0",
        "Python-2.0", "Unlicense", "Zlib",
    }
)  # fmt: skip
EXCEPTIONS: Final[Mapping[str, str]] = {
    "fpdf2": "LGPL-3.0: a library beside ours, unmodified, that anyone who runs SAMA may replace (decision 53)",
    "promql-parser": "MIT, by the LICENSE file in its wheel; its metadata does not name it",
    "secantusdb": "a separate program for trying out and for tests, never linked and not in the images (decision 4)",
}
"""Packages with another licence, and why it is right nevertheless."""

OLD_WORDS: Final[Mapping[str, str]] = {
    "apache software license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "bsd license": "BSD-3-Clause",
    "bsd": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}
PREFIX: Final = "License :: "


def licence_of(metadata: Mapping[str, Any]) -> str:
    """Return a package's licence as an SPDX expression, from its own metadata (pip's JSON form); empty: it says none."""
    if expression := metadata.get("license_expression"):
        return str(expression)
    classified = [
        text.removeprefix(PREFIX).split(" :: ")[-1]
        for text in metadata.get("classifier", [])
        if text.startswith(PREFIX)
    ]
    said = [text for text in classified if text != "OSI Approved"] or [
        str(metadata.get("license") or "").strip().split("\n")[0]
    ]
    return " OR ".join(OLD_WORDS.get(text.lower(), text) for text in said if text)


def check_licence(name: str, metadata: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a package's licence. Every part of an AND has to be allowed, one part of an OR."""
    licence = licence_of(metadata)
    if name in EXCEPTIONS:
        return
    if not licence:
        yield f"{name} says no licence: look at its source, then add it to EXCEPTIONS with what was found"
    elif not _allowed(licence):
        yield f"{name} is under {licence}, which is not in the list of allowed licences (ops/audit/licences.py)"


def _allowed(licence: str) -> bool:
    """Judge an SPDX expression with one level of brackets; ``WITH`` an exception only adds rights."""
    bracket = re.compile(r"\(([^()]*)\)")
    while match := bracket.search(licence):
        licence = licence.replace(match[0], "MIT" if _allowed(match[1]) else "refused")
    licence = re.sub(r"\s+WITH\s+\S+", "", licence)
    return any(all(part.strip() in ALLOWED for part in way.split(" AND ")) for way in licence.split(" OR "))
