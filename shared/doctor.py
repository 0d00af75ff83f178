"""What a doctor says: findings with a severity, a cause in plain words and the next command to type.

The checks of doctor_checks.py are functions from facts to findings; doctor_facts.py gathers the facts. A service examines itself with
them (``GET /ops/doctor``), and ``sama doctor`` examines the whole system.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["alarm", "warning", "fine"]

ORDER: Final[tuple[Severity, ...]] = ("alarm", "warning", "fine")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    severity: alarm – events, money or the service are in danger or stand still; warning – look at it today; fine.
    code: which kind of finding, e.g. ``queue_without_consumer``; docs/operations.md explains each.
    where: the service, queue, database, … it concerns; what: the cause as a sentence; do: the next step, empty when fine.
    """

    severity: Severity
    code: str
    where: str
    what: str
    do: str = ""


def alarm(code: str, where: str, what: str, do: str) -> Finding:
    """Return an alarm."""
    return Finding("alarm", code, where, what, do)


def warning(code: str, where: str, what: str, do: str) -> Finding:
    """Return a warning."""
    return Finding("warning", code, where, what, do)


def fine(code: str, where: str, what: str) -> Finding:
    """Return the word that something was looked at and is well."""
    return Finding("fine", code, where, what)


def worst(findings: Iterable[Finding]) -> Severity:
    """Return the worst severity; fine when there is nothing."""
    return min((finding.severity for finding in findings), key=ORDER.index, default="fine")


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings, alarms first, otherwise as they came."""
    return sorted(findings, key=lambda finding: ORDER.index(finding.severity))
