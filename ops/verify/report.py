"""What a verification looked at and what it found, check by check."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ops.verify.findings import Finding


@dataclass
class Check:
    """One check: its name, the number of what it looked at, and what it found. ``skipped``: why it was not made."""

    name: str
    number: int = 0
    findings: list[Finding] = field(default_factory=list)
    skipped: str = ""


@dataclass
class Report:
    """All checks. ``heads``: hash of the last entry by book."""

    checks: list[Check] = field(default_factory=list)
    books: int = 0
    entries: int = 0
    cases: int = 0
    aggregates: int = 0
    heads: dict[str, str] = field(default_factory=dict)

    @property
    def findings(self) -> Sequence[Finding]:
        """Return what was found, check by check."""
        return [finding for check in self.checks for finding in check.findings]

    @property
    def skipped(self) -> Sequence[Check]:
        """Return the checks that were not made."""
        return [check for check in self.checks if check.skipped]

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """Return everything for machines."""
        return {
            "books": self.books,
            "entries": self.entries,
            "aggregates": self.aggregates,
            "cases": self.cases,
            "violations": len(self.findings),
            "checks": [
                {"check": c.name, "number": c.number, "violations": len(c.findings), "skipped": c.skipped or None}
                for c in self.checks
            ],
            "findings": [{"invariant": f.invariant, "where": f.where, "what": f.what} for f in self.findings],
        }


def judge(name: str, number: int, find: Callable[[], Iterable[Finding]]) -> Check:
    """Run one check. What breaks it is a finding, too: tampered documents may lack anything, and the other checks have to go on."""

    def found() -> Iterator[Finding]:
        try:
            yield from find()
        except Exception as error:  # noqa: BLE001 - see above
            yield Finding("I5", name, f"cannot be checked to its end: {type(error).__name__} {error}")

    return Check(name, number, list(dict.fromkeys(found())))
