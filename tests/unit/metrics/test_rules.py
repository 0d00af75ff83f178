"""The rules and dashboards ask for what the services export, and people find out what an alert means."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any, Final

import promql_parser as promql
import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest

from ops.local.services import SERVICES
from ops.metrics.local import METRICS, RULES
from tests.unit.metrics.exported import ALIKE, FIGURES, VALUES, series
from tests.unit.metrics.files import RUNBOOK, Query, Rule, alerts, dashboards, queries, rules
from tests.unit.metrics.promql import OF_TARGETS, Mistake, added_up, asked, labels_of

OF_PROMETHEUS: Final = {
    "up": OF_TARGETS,
    "ALERTS": frozenset({"alertname", "alertstate", "severity", "audience"}) | OF_TARGETS,
}
CONFIGURATION: Final = METRICS / "prometheus.yml"
SECTION: Final = re.compile(r"^### (\w+)$\n(.*?)(?=^#|\Z)", re.MULTILINE | re.DOTALL)
POINTS: Final = ("What it means", "How to see it", "What to do", "When to wake somebody")
SEVERITIES: Final = ("critical", "warning", "info")
AUDIENCES: Final = ("operator", "city_office")
EVERYTHING: Final[Sequence[Rule | Query]] = (*rules(), *queries())


def known() -> dict[str, frozenset[str]]:
    """Return every series that can be asked for: exported, Prometheus's own, recorded."""
    found = {name: labels | OF_TARGETS for name, labels in series().items()} | OF_PROMETHEUS
    for rule in rules():
        if rule.record is not None:
            found[rule.record] = labels_of(promql.parse(rule.expr), found)
    return found


KNOWN: Final = known()


def said(program: str, *arguments: str, given: str = "") -> str:
    """Return what promtool says of something that is right."""
    done = subprocess.run([program, *arguments], input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


# ---------------------------------------------------------------- promtool


def test_prometheus_reads_its_configuration_and_rules(promtool: str) -> None:
    assert "SUCCESS" in said(promtool, "check", "config", str(CONFIGURATION))


def test_promtool_finds_nothing_odd_in_the_names_of_figures(promtool: str) -> None:
    """Those of Python's own collectors are not ours to name."""
    page = CollectorRegistry(auto_describe=False)
    for figure in FIGURES:
        page.register(figure)
    said(promtool, "check", "metrics", given=generate_latest(page).decode())


def test_promtool_finds_nothing_odd_in_the_rules(promtool: str) -> None:
    said(promtool, "check", "rules", "--lint-fatal", *map(str, sorted(RULES.glob("*.yml"))))


@pytest.mark.parametrize("name", sorted(path.stem for path in RULES.glob("*.yml") if path.stem != "shared"))
def test_alerts_fire_when_they_should_and_only_then(promtool: str, name: str) -> None:
    said(promtool, "test", "rules", str(METRICS / "tests" / f"{name}.yml"))


@pytest.mark.parametrize("rule", alerts(), ids=str)
def test_every_alert_has_a_story_in_which_it_fires_and_one_in_which_it_does_not(rule: Rule) -> None:
    stories = yaml.safe_load((METRICS / "tests" / f"{rule.file}.yml").read_text("utf-8"))["tests"]
    told = [
        bool(expected["exp_alerts"])
        for story in stories
        for expected in story["alert_rule_test"]
        if expected["alertname"] == rule.alert
    ]
    assert {True, False} <= set(told)


# ---------------------------------------------------------------- what is asked for


@pytest.mark.parametrize("query", EVERYTHING, ids=str)
def test_only_series_and_labels_are_asked_for_that_the_services_export(query: Rule | Query) -> None:
    try:
        labels_of(promql.parse(query.expr), KNOWN)
    except Mistake as mistake:
        pytest.fail(mistake.words)


@pytest.mark.parametrize("query", EVERYTHING, ids=str)
def test_a_label_is_compared_with_what_it_can_be(query: Rule | Query) -> None:
    for selector in asked(promql.parse(query.expr)):
        for label, value, pattern in selector.matchers:
            possible = VALUES.get((selector.name, label))
            if label == "job":
                possible = frozenset(SERVICES)
            if possible is not None:
                assert set(value.split("|") if pattern else [value]) <= possible, f"{selector.name}: {label}={value}"


@pytest.mark.parametrize("query", EVERYTHING, ids=str)
def test_what_all_replicas_show_alike_is_never_added_up(query: Rule | Query) -> None:
    """Money of two replicas is not twice the money: max by its labels, or each instance by itself."""
    assert list(added_up(promql.parse(query.expr), ALIKE)) == []


@pytest.mark.parametrize("rule", alerts(), ids=str)
def test_a_text_names_only_labels_that_the_alert_has(rule: Rule) -> None:
    named = {name for text in rule.annotations.values() for name in re.findall(r"\$labels\.(\w+)", text)}
    assert named <= labels_of(promql.parse(rule.expr), KNOWN)


@pytest.mark.parametrize("query", queries(), ids=str)
def test_a_legend_names_only_labels_that_the_query_gives(query: Query) -> None:
    assert set(re.findall(r"\{\{(\w+)\}\}", query.legend)) <= labels_of(promql.parse(query.expr), KNOWN)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("sama_no_such_thing", "there is no metric"),
        ('sama_cases{town="7"}', "has no label"),
        ("sum by (status) (sama_waiting_requests)", "what is aggregated has only"),
        ("sama_ready == on (queue) sama_queue_ready", "the sides have"),
        ("max by (queue) (sama_queue_ready) > max by (service) (sama_ready)", "do not match"),
    ],
)
def test_a_wrong_query_is_found(wrong: str, words: str) -> None:
    with pytest.raises(Mistake) as caught:
        labels_of(promql.parse(wrong), KNOWN)
    assert words in caught.value.words


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sum by (district) (sama_waiting_money)", ["sama_waiting_money"]),
        ("sum(max by (district) (sama_waiting_money))", []),
        ("sum by (instance) (sama_city_money)", []),
        ("sum(sama_queue_ready) / count(sama_ready)", ["sama_queue_ready"]),
    ],
)
def test_adding_up_is_found(query: str, found: list[str]) -> None:
    assert list(added_up(promql.parse(query), ALIKE)) == found


# ---------------------------------------------------------------- what people are told


@pytest.mark.parametrize("rule", alerts(), ids=str)
def test_an_alert_says_whose_it_is_how_bad_what_happened_and_where_to_read_on(rule: Rule) -> None:
    assert rule.labels["severity"] in SEVERITIES
    assert rule.labels["audience"] in AUDIENCES
    assert rule.annotations["summary"].endswith((".", ").", '"'))
    assert rule.annotations["description"].endswith(".")
    assert rule.annotations["runbook"] == f"docs/runbook.md#{str(rule.alert).lower()}"


def test_every_alert_has_its_section_in_the_runbook_and_no_section_is_of_none() -> None:
    sections = SECTION.findall(RUNBOOK.read_text("utf-8"))
    assert sorted(name for name, _ in sections) == sorted(str(rule.alert) for rule in alerts())
    for name, text in sections:
        assert re.findall(r"^- \*\*(.+?):\*\*", text, re.MULTILINE) == list(POINTS), name


@pytest.mark.parametrize("rule", alerts(), ids=str)
def test_the_runbook_says_the_severity_of_an_alert(rule: Rule) -> None:
    (text,) = (text for name, text in SECTION.findall(RUNBOOK.read_text("utf-8")) if name == rule.alert)
    assert text.lstrip().startswith(f"`{rule.labels['severity']}` · `{rule.labels['audience']}`")


def test_alerts_of_the_city_office_wake_nobody() -> None:
    assert [
        str(r) for r in alerts() if r.labels["audience"] == "city_office" and r.labels["severity"] == "critical"
    ] == []


# ---------------------------------------------------------------- dashboards

PERSIAN: Final = re.compile(r"[آ-ی]{3}")
FOR_THE_OFFICE: Final = ("money", "people")


def panels() -> Sequence[tuple[str, Mapping[str, Any]]]:
    return [(name, panel) for name, dashboard in dashboards().items() for panel in dashboard["panels"]]


def _id(value: Any) -> str | None:
    return str(value["title"]) if isinstance(value, dict) else None


def test_health_money_people_and_scale_have_a_dashboard_with_an_id_of_its_own() -> None:
    assert dashboards().keys() == {"health", "money", "people", "scale"}
    assert {name: dashboard["uid"] for name, dashboard in dashboards().items()} == {
        name: f"sama-{name}" for name in dashboards()
    }
    for dashboard in dashboards().values():
        ids = [panel["id"] for panel in dashboard["panels"]]
        assert len(ids) == len(set(ids))
        assert "sama" in dashboard["tags"]


@pytest.mark.parametrize("name", list(dashboards()))
def test_a_dashboard_asks_the_data_source_that_one_chooses(name: str) -> None:
    dashboard = dashboards()[name]
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    assert [v["query"] for v in dashboard["templating"]["list"] if v["type"] == "datasource"] == ["prometheus"]
    for panel in dashboard["panels"]:
        assert [panel["datasource"], *(target["datasource"] for target in panel["targets"])] == [chosen] * (
            1 + len(panel["targets"])
        )


@pytest.mark.parametrize(("name", "panel"), panels(), ids=_id)
def test_a_panel_has_a_title_a_unit_and_says_what_it_shows(name: str, panel: Mapping[str, Any]) -> None:
    assert panel["title"]
    assert panel["fieldConfig"]["defaults"]["unit"]
    english = panel["description"].split("\n\n")[0]
    assert len(english.split()) >= 1
    assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
    if name in FOR_THE_OFFICE:
        assert PERSIAN.search(panel["description"])
        assert not re.search("[يكـ]", panel["description"])


@pytest.mark.parametrize("name", FOR_THE_OFFICE)
def test_a_dashboard_of_the_city_office_is_described_in_persian_too(name: str) -> None:
    assert PERSIAN.search(dashboards()[name]["description"])


def test_every_panel_has_its_alert_or_says_why_not_and_every_alert_its_panel() -> None:
    named: set[str] = set()
    for name, panel in panels():
        last = panel["description"].split("\n\n")[-1]
        match = re.fullmatch(r"Alert: (\w+(?:, \w+)*)|No alert: .+", last)
        assert match, f"{name}: {panel['title']}"
        named |= set(match[1].split(", ")) if match[1] else set()
    assert named == {str(rule.alert) for rule in alerts()}


# ---------------------------------------------------------------- how Grafana finds them


def test_grafana_is_given_the_dashboards_and_its_data_source() -> None:
    provisioning = METRICS / "grafana" / "provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text("utf-8"))["datasources"]
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "sama.yml").read_text("utf-8"))["providers"]
    scraped = yaml.safe_load(CONFIGURATION.read_text("utf-8"))["global"]["scrape_interval"]
    assert (source["type"], source["jsonData"]["timeInterval"]) == ("prometheus", scraped)
    assert provider["options"]["path"] == "/etc/grafana/dashboards"


def test_prometheus_asks_the_dns_for_every_service_and_names_the_job_by_it() -> None:
    (job,) = yaml.safe_load(CONFIGURATION.read_text("utf-8"))["scrape_configs"]
    (found,) = job["dns_sd_configs"]
    assert (sorted(found["names"]), found["type"], found["port"]) == (sorted(SERVICES), "A", 8000)
    assert job["relabel_configs"] == [{"source_labels": ["__meta_dns_name"], "target_label": "job"}]
