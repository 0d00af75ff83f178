"""Whether a changed event schema can stand beside the old one under the same type (DESIGN.md, "Events").

Both directions matter: an old replica reads what a new announcer writes, and a new consumer reads what the archive has kept. So the
only change allowed in place is a new optional field; wider is as incompatible as narrower, because an old reader refuses the wider
value. Everything else is a new ``.v2`` beside ``.v1``. Names, descriptions, examples and defaults may change freely.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

FREE: Final = frozenset(
    {"title", "description", "examples", "default", "deprecated", "$id", "$schema", "$defs", "$comment"}
)
COMPARED: Final = frozenset(
    {"properties", "required", "items", "additionalProperties", "anyOf", "oneOf", "allOf", "enum"}
)


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """Return what breaks readers, each with a JSON pointer into the data; empty if the change is compatible."""
    return list(_Comparison().parts(_Side(old, old), _Side(new, new), ""))


class _Side:
    """A part of one schema document, with its references resolved."""

    def __init__(self, document: Schema, part: Schema) -> None:
        self.document = document
        self.reference = part.get("$ref", "")
        seen: set[str] = set()
        while "$ref" in part:
            reference = part["$ref"]
            if reference in seen or not reference.startswith("#/"):
                raise ValueError(f"reference {reference} cannot be resolved")
            seen.add(reference)
            found: Any = document
            for step in reference.removeprefix("#/").split("/"):
                found = found[step]
            part = {**found, **{key: value for key, value in part.items() if key != "$ref"}}
        self.part = part

    def at(self, part: Schema) -> "_Side":
        return _Side(self.document, part)


class _Comparison:
    """One comparison; a definition that is used in several places, or in itself, is compared once."""

    def __init__(self) -> None:
        self._compared: set[tuple[str, str]] = set()

    def parts(self, old: _Side, new: _Side, pointer: str) -> Iterator[str]:
        if old.reference and new.reference:
            if (old.reference, new.reference) in self._compared:
                return
            self._compared.add((old.reference, new.reference))
        yield from self._fields(old, new, pointer)
        yield from self._alternatives(old, new, pointer)
        yield from _choices(old, new, pointer)
        for keyword in ("items", "additionalProperties"):
            before, after = old.part.get(keyword), new.part.get(keyword)
            if isinstance(before, Mapping) and isinstance(after, Mapping):
                yield from self.parts(old.at(before), new.at(after), f"{pointer}/*")
            elif before != after:
                yield f"{_at(pointer)}: {keyword} changed from {before!r} to {after!r}"
        for keyword in sorted((old.part.keys() | new.part.keys()) - FREE - COMPARED):
            before, after = old.part.get(keyword), new.part.get(keyword)
            if before != after:
                yield f"{_at(pointer)}: {keyword} changed from {before!r} to {after!r}"

    def _fields(self, old: _Side, new: _Side, pointer: str) -> Iterator[str]:
        before, after = old.part.get("properties", {}), new.part.get("properties", {})
        was_required, is_required = set(old.part.get("required", ())), set(new.part.get("required", ()))
        for name in sorted(before.keys() - after.keys()):
            yield f"{pointer}/{name}: removed or renamed"
        for name in sorted(after.keys() - before.keys()):
            if name in is_required:
                yield f"{pointer}/{name}: new and required; archived events do not have it"
        for name in sorted(before.keys() & after.keys()):
            if name in is_required - was_required:
                yield f"{pointer}/{name}: required now; archived events may not have it"
            if name in was_required - is_required:
                yield f"{pointer}/{name}: optional now; old readers require it"
            yield from self.parts(old.at(before[name]), new.at(after[name]), f"{pointer}/{name}")

    def _alternatives(self, old: _Side, new: _Side, pointer: str) -> Iterator[str]:
        for keyword in ("anyOf", "oneOf", "allOf"):
            branches, others = old.part.get(keyword, []), new.part.get(keyword, [])
            if len(branches) != len(others):
                yield f"{_at(pointer)}: {len(branches)} alternatives became {len(others)}"
                continue
            for branch, other in zip(branches, others, strict=True):
                yield from self.parts(old.at(branch), new.at(other), pointer)


def _choices(old: _Side, new: _Side, pointer: str) -> Iterator[str]:
    before, after = old.part.get("enum"), new.part.get("enum")
    if before is None and after is None:
        return
    if removed := [value for value in before or () if value not in (after or ())]:
        yield f"{_at(pointer)}: values {removed} removed; archived events may hold them"
    if added := [value for value in after or () if value not in (before or ())]:
        yield f"{_at(pointer)}: values {added} added; old readers refuse them"


def _at(pointer: str) -> str:
    return pointer or "/"
