"""Checks the last line of ``sama demo --once``: ``python -m ops.demo.check FILE`` (or standard input); exit 1 names what is wrong."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

NUMBERS: Final = (
    "districts", "organizations", "requests", "approved", "rejected", "no_quorum_moves", "funded", "waiting", "allotted",
    "committed", "books_verified", "violations",
)  # fmt: skip
FIELDS: Final = (*NUMBERS[:10], "currency", *NUMBERS[10:], "seconds")
EXACT: Final = {"districts": 13, "allotted": 50_000_000_000, "currency": "IRR", "books_verified": 14, "violations": 0}
SOME: Final = ("organizations", "requests", "approved", "rejected", "no_quorum_moves", "funded", "waiting", "committed")


def faults(output: str) -> list[str]:
    """Return what is wrong with the last line of the demo's output; empty: nothing."""
    lines = output.rstrip("\n").splitlines()
    try:
        result = json.loads(lines[-1]) if lines else None
    except ValueError:
        result = None
    if not isinstance(result, dict):
        return [f"the last line is not a JSON object: {lines[-1][:200] if lines else 'there is no output'}"]
    if tuple(result) != FIELDS:
        return [f"its fields are {', '.join(result)}; they should be {', '.join(FIELDS)}"]
    return [*_wrong_values(result), *_disagreements(result)]


def _wrong_values(result: dict[str, Any]) -> list[str]:
    found = [f"{name} is {result[name]!r}, not a whole number" for name in NUMBERS if type(result[name]) is not int]
    if found:
        return found
    found += [f"{name} is {result[name]!r}, not {value!r}" for name, value in EXACT.items() if result[name] != value]
    found += [f"{name} is {result[name]}: the story has some" for name in SOME if result[name] < 1]
    return found


def _disagreements(result: dict[str, Any]) -> list[str]:
    found = []
    if result["approved"] + result["rejected"] > result["requests"]:
        found.append("more was decided than requested")
    if result["funded"] + result["waiting"] > result["approved"]:
        found.append("more is funded or waits than was approved")
    if result["committed"] > result["allotted"]:
        found.append("more is committed than was allotted")
    return found


def main(arguments: Sequence[str]) -> int:
    """Check a file or standard input."""
    output = Path(arguments[0]).read_text(encoding="utf-8") if arguments else sys.stdin.read()
    found = faults(output)
    for fault in found:
        sys.stderr.write(f"demo: {fault}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
