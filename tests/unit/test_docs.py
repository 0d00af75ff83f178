"""The documents say what is there: links, files, functions, tests, commands, events and settings that they name exist."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from ops.cli import app
from ops.contracts import subscriptions
from ops.local.services import SERVICES
from services.budget.settings import Settings as BudgetSettings
from services.portal.settings import Settings as PortalSettings
from services.registry.settings import Settings as RegistrySettings
from services.requests.settings import Settings as RequestsSettings
from services.webhooks.settings import Settings as WebhooksSettings
from services.webhooks.usecases.sending import PING
from shared.contracts.base import EVENTS
from shared.contracts.schema_files import schemas
from shared.messaging.subscriptions import Subscriptions
from shared.settings import ServiceSettings

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = (
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "services").glob("*/README.md")),
    *sorted((ROOT / "examples").glob("*/README.md")),
)
FOLDERS: Final = ("services", "shared", "ops", "tests", "docs", "examples", "bench", ".ci")

LINK: Final = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
FENCE: Final = re.compile(r"^(```|~~~)")
QUOTED: Final = re.compile(r"`(?P<text>[^`\n]+)`")
PATH: Final = re.compile(r"^(?P<path>[\w./<>*-]+?)/?(?:(?P<mark>::?)(?P<name>[\w.]+))?$")
EVENT: Final = re.compile(r"\b[a-z_]+\.[a-z_]+\.v[0-9]+\b")
SETTING: Final = re.compile(r"\bSAMA_[A-Z_]+\b")
TARGET: Final = re.compile(r"\bmake ([a-z]+(?:-[a-z]+)*)\b")
COMMAND: Final = re.compile(r"\bsama ((?:load-|dead-)?[a-z]+(?:-env|-city)?)\b")


@dataclass(frozen=True)
class Named:
    """Something that a page names, with where."""

    page: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}: {self.text}"


def _outside_blocks(text: str) -> Iterator[str]:
    """Yield the lines that are not in a fenced block."""
    inside = False
    for line in text.splitlines():
        if FENCE.match(line):
            inside = not inside
        elif not inside:
            yield line


def _named(pattern: re.Pattern[str], group: str) -> list[Named]:
    return [
        Named(str(page.relative_to(ROOT)), match[group])
        for page in PAGES
        for line in _outside_blocks(page.read_text("utf-8"))
        for match in pattern.finditer(line)
    ]


def _quoted_paths() -> list[Named]:
    """Return what is quoted and begins with one of the project's folders, or is a file beside this README."""
    return [
        named
        for named in _named(QUOTED, "text")
        if PATH.match(named.text)
        and (named.text.split("/", 1)[0] in FOLDERS or (ROOT / named.text.split(":")[0]).is_file())
    ]


@cache
def _names_in(file: Path) -> frozenset[str]:
    """Return the functions, classes, methods and constants of a Python file, methods as Class.method."""
    return frozenset(_names(ast.parse(file.read_text("utf-8")).body, ""))


def _names(body: list[ast.stmt], prefix: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield prefix + node.name
            yield from _names(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + node.name
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield prefix + node.target.id
        elif isinstance(node, ast.Assign):
            yield from (prefix + target.id for target in node.targets if isinstance(target, ast.Name))


@pytest.mark.parametrize("named", _named(LINK, "target"), ids=str)
def test_every_relative_link_leads_to_a_file_and_a_heading(named: Named) -> None:
    if "://" in named.text or named.text.startswith("mailto:"):
        return
    path, _, heading = named.text.partition("#")
    page = ROOT / named.page
    target = (page.parent / path).resolve() if path else page
    assert target.exists()
    if heading:
        assert heading in {_anchor(line) for line in target.read_text("utf-8").splitlines() if line.startswith("#")}


def _anchor(heading: str) -> str:
    words = heading.lstrip("#").strip().lower()
    return "".join(c for c in words if c.isalnum() or c in " -_").replace(" ", "-")


@pytest.mark.parametrize("named", _quoted_paths(), ids=str)
def test_every_named_file_exists_and_holds_what_is_named_in_it(named: Named) -> None:
    match = PATH.match(named.text)
    assert match is not None
    pattern = re.sub(r"<[^>]*>", "*", match["path"])
    found = sorted(ROOT.glob(pattern))
    assert found, "no such file"
    if match["name"]:
        assert all(match["name"] in _names_in(file) for file in found)


def test_every_named_event_is_in_the_contracts() -> None:
    schemas()  # imports every announcer's contracts
    assert [
        str(named)
        for named in _named(re.compile(f"(?P<event>{EVENT.pattern})"), "event")
        if named.text not in (*EVENTS, PING)
    ] == []


def test_every_command_that_is_named_can_be_typed() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+(?:-[a-z]+)*):", makefile, re.MULTILINE))
    commands = set(_commands())
    for page in PAGES:
        text = page.read_text("utf-8")
        typed = "\n".join([*QUOTED.findall(text), *(line for line in text.splitlines() if line.startswith("    "))])
        assert set(TARGET.findall(typed)) <= targets, page
        assert set(COMMAND.findall(typed)) <= commands, page


def _commands() -> Iterator[str]:
    from typer.main import get_command

    group = get_command(app)
    yield from group.list_commands(None)  # type: ignore[attr-defined]


def test_the_table_of_events_is_who_announces_and_who_takes_them() -> None:
    schemas()
    taken: dict[str, list[str]] = {name: [] for name in EVENTS}
    for service, listens in _listening().items():
        for edge in listens.edges:
            for event in edge.handlers:
                taken[event].append(service)
    wanted = {
        name: (EVENTS[name].announcer, ", ".join(sorted(takers, key=SERVICES.index)) or "–")
        for name, takers in taken.items()
    }
    assert {row[0]: (row[1], row[2]) for row in _table("architecture.md", 3) if EVENT.fullmatch(row[0])} == wanted


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_readme_says_what_it_listens_to_and_announces(service: str) -> None:
    schemas()
    lines = (ROOT / "services" / service / "README.md").read_text("utf-8").splitlines()
    points = [line for line in lines if line.startswith("- **")]
    assert [point.split("**")[1] for point in points] == ["owns", "listens to", "announces", "stores"]
    listened = {event for edge in _listening()[service].edges for event in edge.handlers}
    announced = {name for name, model in EVENTS.items() if model.announcer == service}
    assert (set(_events_of(points[1])), set(_events_of(points[2]))) == (listened, announced)


@cache
def _listening() -> Mapping[str, Subscriptions]:
    return subscriptions()


def _events_of(line: str) -> Iterator[str]:
    """Yield the events of a line in which a noun is not repeated: ``request.submitted``, ``withdrawn``."""
    noun = ""
    for text in QUOTED.findall(line):
        found = re.fullmatch(r"(?P<name>[a-z_]+(\.[a-z_]+)?)(\.v(?P<version>[0-9]+))?", text)
        if found and not text.startswith("sama."):
            first, _, rest = found["name"].partition(".")
            noun, verb = (first, rest) if rest else (noun, first)
            yield f"{noun}.{verb}.v{found['version'] or 1}"


def test_the_table_of_settings_is_that_of_the_services() -> None:
    rows = {row[0]: row[1] for row in _table("operations.md", 3) if SETTING.fullmatch(row[0])}
    fields = {name: field for name, field in ServiceSettings.model_fields.items() if name != "service"}
    wanted: Mapping[str, str] = {f"SAMA_{name.upper()}": _default(field) for name, field in fields.items()}
    assert {name: default for name, default in rows.items() if name in wanted} == wanted


def test_every_other_setting_of_the_page_is_read_somewhere() -> None:
    own = {f"SAMA_{name.upper()}" for name in ServiceSettings.model_fields}
    sources = [
        ROOT / "docker-compose.yml",
        ROOT / ".env.example",
        *(ROOT / "ops").rglob("*.py"),
        *(ROOT / "ops").rglob("*.sh"),
    ]
    own |= {
        f"SAMA_{name.upper()}"
        for of in (BudgetSettings, PortalSettings, RegistrySettings, RequestsSettings, WebhooksSettings)
        for name in of.model_fields
    }
    read = {name for source in sources for name in SETTING.findall(source.read_text("utf-8"))}
    named = {name for page in PAGES for name in SETTING.findall(page.read_text("utf-8"))}
    assert sorted(named - own - read) == []


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is PydanticUndefined or value is None:
        return "–"
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _table(page: str, width: int) -> Iterator[list[str]]:
    for line in (ROOT / "docs" / page).read_text("utf-8").splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == width:
            yield cells
