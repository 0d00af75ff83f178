"""The rules and dashboards as they are in ops/metrics."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import yaml

from ops.local.places import ROOT
from ops.metrics.local import METRICS, RULES

LABEL_VALUES: Final = re.compile(r"label_values\((\w+), (\w+)\)")
RUNBOOK: Final = ROOT / "docs" / "runbook.md"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; ``alert`` or ``record`` is its name."""

    file: str
    alert: str | None
    record: str | None
    expr: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]

    def __str__(self) -> str:
        return self.alert or str(self.record)


@dataclass(frozen=True, slots=True)
class Query:
    """A query of a panel. ``legend``: with labels in double braces."""

    dashboard: str
    panel: str
    expr: str
    legend: str

    def __str__(self) -> str:
        return f"{self.dashboard}/{self.panel}"


@cache
def rules() -> tuple[Rule, ...]:
    """Return all rules, in order."""
    return tuple(
        Rule(
            path.stem, rule.get("alert"), rule.get("record"), rule["expr"], rule.get("labels", {}), rule.get("annotations", {})
        )
        for path in sorted(RULES.glob("*.yml"))
        for group in yaml.safe_load(path.read_text("utf-8"))["groups"]
        for rule in group["rules"]
    )  # fmt: skip


def alerts() -> tuple[Rule, ...]:
    """Return the rules that alert."""
    return tuple(rule for rule in rules() if rule.alert is not None)


@cache
def dashboards() -> Mapping[str, Any]:
    """Return the dashboards by file name."""
    folder = METRICS / "grafana" / "dashboards"
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}


def queries() -> tuple[Query, ...]:
    """Return the queries of all panels and variables."""
    return tuple(_queries())


def _queries() -> Iterator[Query]:
    for name, dashboard in dashboards().items():
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                yield Query(name, panel["title"], target["expr"], target["legendFormat"])
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query" and (of := LABEL_VALUES.fullmatch(variable["query"]["query"])):
                yield Query(
                    name, f"variable {variable['name']}", f"count by ({of[2]}) (max by ({of[2]}) ({of[1]}))", ""
                )
