"""``docs/events.md``, made of the contracts: every event, its fields, an example, who announces and who takes it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from shared.contracts.base import ANNOUNCERS, EVENTS, Announced
from shared.contracts.envelope import EVENT_LIMIT
from shared.contracts.public.base import PUBLIC_EVENTS, NotPublic
from shared.contracts.public.forms import FORMS, public_form
from shared.contracts.schema_files import ENVELOPE, FOLDER, SHOWN, examples, schemas
from shared.messaging.subscriptions import Subscriptions
from shared.messaging.topology import ARCHIVE, PUBLIC, exchange_of

Schema = Mapping[str, Any]
Event = Mapping[str, Any]

PAGE: Final = "docs/events.md"
TOP: Final = Path(__file__).with_name("events_page.md")  # the text above the events: what is promised, how to connect


def events_page(root: Path, subscriptions: Mapping[str, Subscriptions]) -> str:
    """Return the page."""
    documents, real = schemas(), examples(root)
    takers = _takers(subscriptions)
    lines = [_filled(TOP.read_text("utf-8")), "## Attributes of every public event", ""]
    lines += [*_table(documents[f"{SHOWN}/{ENVELOPE}"]), "", "## Public events", ""]
    lines += [f"On `{PUBLIC}`, for everybody who was given an address.", "", *_contents("Public: ", PUBLIC_EVENTS), ""]
    shown = {form["type"]: form for event in real.values() if (form := public_form(event)) is not None}
    for type, model in _ordered(PUBLIC_EVENTS):
        lines += [f"### Public: {type}", "", _says(model), ""]
        lines += [f"Announced by {model.announcer}. {_schema(f'{SHOWN}/{type}')}", ""]
        lines += _event(documents[f"{SHOWN}/{type}"], shown[type])
    lines += ["## Attributes of every internal event", "", *_table(documents[ENVELOPE]), "", "## Internal events", ""]
    lines += [f"Between the services, and kept in `{ARCHIVE}`.", "", *_contents("", EVENTS), ""]
    for type, model in _ordered(EVENTS):
        lines += [f"### {type}", "", _says(model), ""]
        lines += [
            f"Announced by {model.announcer} on `{exchange_of(model.announcer)}`; {takers[type]}. {_schema(type)}",
            "",
        ]
        lines += [_publicly(type), "", *_event(documents[type], real[type])]
    return "\n".join(lines).rstrip() + "\n"


def _filled(text: str) -> str:
    return text.replace("{limit}", f"{EVENT_LIMIT // 1024:,} KiB")


def _ordered(register: Mapping[str, type[Announced]]) -> Sequence[tuple[str, type[Announced]]]:
    """Return the events, announcer by announcer."""
    return sorted(register.items(), key=lambda item: (ANNOUNCERS.index(item[1].announcer), item[0]))


def _contents(before: str, register: Mapping[str, type[Announced]]) -> Iterator[str]:
    for announcer in ANNOUNCERS:
        names = [type for type, model in _ordered(register) if model.announcer == announcer]
        links = (f"[{name}](#{_anchor(before + name)})" for name in names)
        yield f"- {announcer}: {', '.join(links)}"


def _anchor(heading: str) -> str:
    return "".join(c for c in heading.lower() if c.isalnum() or c in " -_").replace(" ", "-")


def _takers(subscriptions: Mapping[str, Subscriptions]) -> Mapping[str, str]:
    found: dict[str, list[str]] = {type: [] for type in EVENTS}
    for service, listens in subscriptions.items():
        for edge in listens.edges:
            for type in edge.handlers:
                found[type].append(service)
    return {
        type: f"taken by {', '.join(takers)}" if takers else "taken by no service" for type, takers in found.items()
    }


def _publicly(type: str) -> str:
    _model, form = FORMS[type]
    if isinstance(form, NotPublic):
        return f"Not public: {form.why}."
    return f"Outsiders get [its public form](#{_anchor(f'Public: {type}')})."


def _schema(name: str) -> str:
    return f"[Schema](../{FOLDER}/{name}.json)"


def _event(schema: Schema, example: Event) -> Iterator[str]:
    yield from _table(schema)
    yield from ["", "```json", json.dumps(example, ensure_ascii=False, indent=1), "```", ""]


def _table(schema: Schema) -> Iterator[str]:
    yield "| field | type | meaning |"
    yield "|---|---|---|"
    for name, part, optional in fields_of(schema, schema, ""):
        meaning = meaning_of(schema, part).replace("|", "\\|")
        yield f"| `{name}` | {_type(schema, part)}{', optional' if optional else ''} | {meaning} |"


def fields_of(schema: Schema, part: Schema, before: str) -> Iterator[tuple[str, Schema, bool]]:
    """Yield every field with its dotted name, those of parts after the part; whether it may be missing or null."""
    required = part.get("required", ())
    for name, field in part.get("properties", {}).items():
        yield before + name, field, name not in required
        inner = _resolved(schema, _present(field))
        many = "[]" if inner.get("type") == "array" else ""
        inner = _resolved(schema, inner["items"]) if many else inner
        if "properties" in inner:
            yield from fields_of(schema, inner, f"{before}{name}{many}.")


def _present(part: Schema) -> Schema:
    """Return what the value is when it is not null."""
    choices = [choice for choice in part.get("anyOf", ()) if choice.get("type") != "null"]
    return choices[0] if choices else part


def _resolved(schema: Schema, part: Schema) -> Schema:
    if "$ref" not in part:
        return part
    found: Schema = schema["$defs"][part["$ref"].rpartition("/")[2]]
    return found


def meaning_of(schema: Schema, part: Schema) -> str:
    """Return what a field means, of itself or of what it holds, as one line of Markdown; empty if nobody said."""
    found = (
        part.get("description")
        or _present(part).get("description")
        or _resolved(schema, _present(part)).get("description", "")
    )
    return " ".join(str(found).replace("``", "`").split())


def _type(schema: Schema, part: Schema) -> str:
    kind = _resolved(schema, _present(part))
    if "enum" in kind:
        return " / ".join(f"`{value}`" for value in kind["enum"])
    if "const" in kind:
        return f"`{kind['const']}`"
    if kind.get("type") == "array":
        return f"list of {_type(schema, kind['items'])}"
    if kind.get("format") == "date-time":
        return "time"
    return {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(kind.get("type", ""), "object")


def _says(model: type[Announced]) -> str:
    return " ".join((model.__doc__ or "").replace("``", "`").split())
