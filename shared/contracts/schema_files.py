"""The JSON Schemas of all events, as committed under ``shared/contracts/schemas``; the public ones in its folder ``public``."""

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from shared.contracts.base import ANNOUNCERS, EVENTS
from shared.contracts.compatibility import incompatibilities
from shared.contracts.envelope import Envelope
from shared.contracts.public.base import PUBLIC_EVENTS
from shared.contracts.public.envelope import PublicEnvelope

FOLDER: Final = "shared/contracts/schemas"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
ENVELOPE: Final = "envelope"
SHOWN: Final = "public"
EXAMPLES: Final = "shared/contracts/examples.json"


class IncompatibleChange(Exception):
    """A committed schema would change in a way that breaks readers; announce a new version beside it instead."""


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of every event's data by its type, and of the ``envelope``; of what is public under ``public/<type>``."""
    for announcer in ANNOUNCERS:
        import_module(f"shared.contracts.{announcer}")
        import_module(f"shared.contracts.public.{announcer}")
    models: dict[str, Any] = {**dict(sorted(EVENTS.items())), ENVELOPE: Envelope}
    models |= {f"{SHOWN}/{name}": model for name, model in sorted(PUBLIC_EVENTS.items())}
    models[f"{SHOWN}/{ENVELOPE}"] = PublicEnvelope
    return {
        name: {"$schema": DIALECT, "$id": f"schemas/{name}.json", **model.model_json_schema()}
        for name, model in models.items()
    }


def committed(root: Path) -> dict[str, dict[str, Any]]:
    """Return the committed schemas by name."""
    folder = root / FOLDER
    return {
        path.relative_to(folder).as_posix().removesuffix(".json"): json.loads(path.read_text("utf-8"))
        for path in sorted(folder.rglob("*.json"))
    }


def examples(root: Path) -> dict[str, dict[str, Any]]:
    """Return a real event of each internal type, as published, by type; docs/events.md shows them."""
    found: dict[str, dict[str, Any]] = json.loads((root / EXAMPLES).read_text("utf-8"))
    return found


def problems(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Compare two sets of schemas; return every incompatible change."""
    found = [f"{name}: no longer announced, but in the archive for ever" for name in sorted(old.keys() - new.keys())]
    for name in sorted(old.keys() & new.keys()):
        found += [f"{name}{'' if p.startswith('/') else ' '}{p}" for p in incompatibilities(old[name], new[name])]
    return found


def write_schemas(root: Path) -> list[Path]:
    """Bring the committed schemas up to date; return what was written. Raises IncompatibleChange and then writes nothing.

    Before a first release, whoever means an incompatible change deletes the file first.
    """
    new = schemas()
    if broken := problems({name: s for name, s in committed(root).items() if name in new}, new):
        raise IncompatibleChange("\n".join(broken))
    folder = root / FOLDER
    (folder / SHOWN).mkdir(parents=True, exist_ok=True)
    return [path for name, schema in new.items() if write_json(path := folder / f"{name}.json", schema)]


def write_json(path: Path, document: Mapping[str, Any]) -> bool:
    """Write the document as it is committed; True if the file changed."""
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    if path.exists() and path.read_text("utf-8") == text:
        return False
    path.write_text(text, "utf-8")
    return True
