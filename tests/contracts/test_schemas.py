"""The committed JSON Schemas, and that an incompatible change is found out (DESIGN.md, "Events")."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from ops.events_page import fields_of, meaning_of
from shared.contracts.base import EVENTS
from shared.contracts.compatibility import incompatibilities
from shared.contracts.public.forms import public_form
from shared.contracts.schema_files import (
    ENVELOPE,
    FOLDER,
    SHOWN,
    IncompatibleChange,
    committed,
    examples,
    problems,
    schemas,
    write_schemas,
)
from tests.contracts.examples import played

ROOT = Path(__file__).resolve().parents[2]

Schema = dict[str, Any]


def test_no_contract_changed_in_a_way_that_breaks_readers() -> None:
    assert problems(committed(ROOT), schemas()) == [], "announce a new version (.v2) beside the old one"


def test_the_committed_schemas_are_those_of_the_contracts() -> None:
    assert committed(ROOT) == schemas(), "write the contracts again (shared/contracts/schema_files.py)"


def test_every_schema_is_a_valid_json_schema() -> None:
    for schema in schemas().values():
        Draft202012Validator.check_schema(schema)


async def test_the_committed_examples_are_what_a_played_city_announces_one_of_each_type() -> None:
    assert examples(ROOT) == await played(), "type `python -m tests.contracts.examples` and commit the difference"
    assert set(examples(ROOT)) == set(EVENTS)


@pytest.mark.parametrize("name", sorted(examples(ROOT)))
def test_every_example_is_valid_as_its_schemas_say_and_its_public_form_too(name: str) -> None:
    event = examples(ROOT)[name]
    for schema, instance in ((name, event["data"]), (ENVELOPE, event)):
        Draft202012Validator(schemas()[schema]).validate(instance)
    if (form := public_form(event)) is not None:
        for schema, instance in ((f"{SHOWN}/{form['type']}", form["data"]), (f"{SHOWN}/{ENVELOPE}", form)):
            Draft202012Validator(schemas()[schema]).validate(instance)


def test_every_field_says_what_it_means() -> None:
    """docs/events.md shows it."""
    silent = {
        f"{name}: {part}"
        for name, schema in schemas().items()
        for part, field, _optional in fields_of(schema, schema, "")
        if not meaning_of(schema, field)
    }
    assert silent == set(), "give the field a description in its contract"


@pytest.fixture
def old() -> Schema:
    """A real schema: nested objects, references, choices, lists, bounds, optional fields."""
    return copy.deepcopy(schemas()["case.decided.v1"])


def test_an_unchanged_schema_is_compatible(old: Schema) -> None:
    assert incompatibilities(old, copy.deepcopy(old)) == []


def add_optional(new: Schema) -> None:
    new["properties"]["note"] = {"type": "string", "default": ""}


def add_optional_nested(new: Schema) -> None:
    new["$defs"]["Tally"]["properties"]["late"] = {"type": "integer", "default": 0}


def reword(new: Schema) -> None:
    new["description"] = "Other words."
    new["properties"]["amount"]["description"] = "Other words."
    new["properties"]["reason"]["title"] = "Why"


def move_definition(new: Schema) -> None:
    new["$defs"]["Counted"] = new["$defs"].pop("Tally")
    new["properties"]["tally"] = {"$ref": "#/$defs/Counted"}


@pytest.mark.parametrize(
    "change", [add_optional, add_optional_nested, reword, move_definition], ids=lambda c: c.__name__
)
def test_a_compatible_change_is_accepted(old: Schema, change: Callable[[Schema], None]) -> None:
    new = copy.deepcopy(old)
    change(new)
    assert incompatibilities(old, new) == []


def remove(new: Schema) -> None:
    del new["properties"]["topic"]


def remove_optional(new: Schema) -> None:
    del new["properties"]["signed_by_seat_kind"]


def rename(new: Schema) -> None:
    new["properties"]["theme"] = new["properties"].pop("topic")


def add_required(new: Schema) -> None:
    new["properties"]["note"] = {"type": "string"}
    new["required"].append("note")


def require(new: Schema) -> None:
    new["required"].append("signed_by_seat_kind")


def no_longer_require(new: Schema) -> None:
    new["required"].remove("reason")


def narrow_type(new: Schema) -> None:
    new["properties"]["signed_by_seat_kind"] = {"type": "string"}


def change_type(new: Schema) -> None:
    new["properties"]["amount"]["type"] = "string"


def narrow_enum(new: Schema) -> None:
    new["properties"]["outcome"]["enum"].remove("rejected")


def widen_enum(new: Schema) -> None:
    new["properties"]["outcome"]["enum"].append("postponed")


def narrow_length(new: Schema) -> None:
    new["properties"]["reason"]["maxLength"] = 10


def add_minimum(new: Schema) -> None:
    new["properties"]["amount"]["minimum"] = 1


def add_pattern(new: Schema) -> None:
    new["properties"]["reason"]["pattern"] = "^a"


def change_nested(new: Schema) -> None:
    del new["$defs"]["Tally"]["properties"]["abstain"]


def change_list_items(new: Schema) -> None:
    new["$defs"]["CriterionScore"]["properties"]["scores"]["items"]["type"] = "number"


def list_to_value(new: Schema) -> None:
    del new["$defs"]["CriterionScore"]["properties"]["scores"]["items"]


def refuse_unknown_fields(new: Schema) -> None:
    new["additionalProperties"] = False


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (remove, "/topic: removed"),
        (remove_optional, "/signed_by_seat_kind: removed"),
        (rename, "/topic: removed or renamed"),
        (add_required, "/note: new and required"),
        (require, "/signed_by_seat_kind: required now"),
        (no_longer_require, "/reason: optional now"),
        (narrow_type, "/signed_by_seat_kind: 2 alternatives became 0"),
        (change_type, "/amount: type changed from 'integer' to 'string'"),
        (narrow_enum, "/outcome: values ['rejected'] removed"),
        (widen_enum, "/outcome: values ['postponed'] added"),
        (narrow_length, "/reason: maxLength changed"),
        (add_minimum, "/amount: minimum changed from 0 to 1"),
        (add_pattern, "/reason: pattern changed from None"),
        (change_nested, "/tally/abstain: removed"),
        (change_list_items, "/scores/*/scores/*: type changed"),
        (list_to_value, "/scores/*/scores: items changed"),
        (refuse_unknown_fields, "/: additionalProperties changed"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_an_incompatible_change_is_named(old: Schema, change: Callable[[Schema], None], named: str) -> None:
    new = copy.deepcopy(old)
    change(new)
    assert any(named in problem for problem in incompatibilities(old, new)), incompatibilities(old, new)


def test_a_recursive_schema_can_be_compared() -> None:
    class Node(BaseModel):
        name: str
        children: list["Node"] = []

    schema = Node.model_json_schema()
    changed = copy.deepcopy(schema)
    changed["$defs"]["Node"]["properties"]["name"]["type"] = "integer"

    assert incompatibilities(schema, copy.deepcopy(schema)) == []
    assert incompatibilities(schema, changed)


def test_an_event_that_is_no_longer_announced_is_named() -> None:
    old = schemas()
    new = {name: schema for name, schema in old.items() if name != "case.decided.v1"}

    assert problems(old, new) == ["case.decided.v1: no longer announced, but in the archive for ever"]


def test_writing_refuses_an_incompatible_change_and_leaves_the_files(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    path = tmp_path / FOLDER / "case.closed.v1.json"
    schema = json.loads(path.read_text("utf-8"))
    schema["properties"]["told_by"] = {"type": "string"}
    path.write_text(json.dumps(schema), "utf-8")

    with pytest.raises(IncompatibleChange, match=r"case.closed.v1/told_by: removed"):
        write_schemas(tmp_path)

    assert json.loads(path.read_text("utf-8")) == schema
