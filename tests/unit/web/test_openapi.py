"""What the OpenAPI documents promise to outside developers: every field described and bounded, examples that pass, errors declared."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from ops.contracts import application
from ops.local.services import SERVICES

Schema = Mapping[str, Any]
PROBLEM: Final = "application/problem+json"
DECLARED: Final = frozenset({"401", "403", "422", "503"})
OPEN_TO_ALL: Final = frozenset({"/health/live", "/health/ready", "/metrics", "/asyncapi.json"})


@dataclass(frozen=True)
class Document:
    """One service's OpenAPI document."""

    service: str
    content: Schema

    def operations(self) -> Iterator[tuple[str, Schema]]:
        """Yield every operation as ("POST /organizations", operation)."""
        for path, methods in self.content["paths"].items():
            for method, operation in methods.items():
                yield f"{method.upper()} {path}", operation

    def bodies(self) -> Iterator[tuple[str, Schema, Schema]]:
        """Yield every request body as (operation's name, its media type object, its schema)."""
        for name, operation in self.operations():
            if body := operation.get("requestBody"):
                (media,) = body["content"].values()
                yield name, media, media["schema"]

    def resolved(self, schema: Schema) -> Schema:
        """Follow a reference; what stands beside it counts too."""
        while "$ref" in schema:
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            name = schema["$ref"].removeprefix("#/components/schemas/")
            schema = {**self.content["components"]["schemas"][name], **beside}
        return schema

    def values(self, schema: Schema, where: str) -> Iterator[tuple[str, Schema]]:
        """Yield every schema of a value inside a body, with its place: fields, items and alternatives."""
        schema = self.resolved(schema)
        alternatives = [s for key in ("anyOf", "oneOf", "allOf") for s in schema.get(key, ())]
        for alternative in alternatives:
            yield from self.values(alternative, where)
        if not alternatives:
            yield where, schema
        for name, field in schema.get("properties", {}).items():
            yield from self.values(field, f"{where}/{name}")
        for key in ("items", "additionalProperties"):
            if isinstance(schema.get(key), dict):
                yield from self.values(schema[key], f"{where}/*")

    def fields(self, schema: Schema, where: str) -> Iterator[tuple[str, Schema]]:
        """Yield every named field inside a body, at any depth, as declared where it is used."""
        schema = self.resolved(schema)
        for alternative in [s for key in ("anyOf", "oneOf", "allOf") for s in schema.get(key, ())]:
            yield from self.fields(alternative, where)
        for name, field in schema.get("properties", {}).items():
            yield f"{where}/{name}", self.resolved(field)
            yield from self.fields(field, f"{where}/{name}")
        for key in ("items", "additionalProperties"):
            if isinstance(schema.get(key), dict):
                yield from self.fields(schema[key], f"{where}/*")


@pytest.fixture(scope="module", params=SERVICES)
def document(request: pytest.FixtureRequest) -> Document:
    """Each service's document, as it serves it."""
    return Document(request.param, application(request.param).openapi())


def test_every_field_of_a_request_is_described(document: Document) -> None:
    lacking = [
        where
        for name, _, schema in document.bodies()
        for where, field in document.fields(schema, name)
        if not _described(document, field)
    ]
    assert lacking == []


def test_every_value_of_a_request_is_bounded(document: Document) -> None:
    """Texts by length, pattern, format or a list of values; numbers by both ends; lists and maps by their size."""
    unbounded = [
        f"{where}: {problem}"
        for name, _, schema in document.bodies()
        for where, value in document.values(schema, name)
        if (problem := _unbounded(value))
    ]
    assert unbounded == []


def test_every_parameter_is_bounded_and_described(document: Document) -> None:
    found = []
    for name, operation in document.operations():
        for parameter in operation.get("parameters", ()):
            where = f"{name} {parameter['in']} {parameter['name']}"
            found += [
                f"{where}: {p}" for _, value in document.values(parameter["schema"], where) if (p := _unbounded(value))
            ]
            if parameter["in"] != "path" and "description" not in parameter:
                found.append(f"{where}: no description")
    assert found == []


def test_a_request_refuses_unknown_fields(document: Document) -> None:
    open_ = [
        where
        for name, _, schema in document.bodies()
        for where, value in document.values(schema, name)
        if value.get("properties") and value.get("additionalProperties") is not False
    ]
    assert open_ == []


def test_every_body_has_an_example_that_its_schema_accepts(document: Document) -> None:
    lacking, wrong = [], []
    for name, media, schema in document.bodies():
        examples = _examples(document, media, schema)
        if not examples:
            lacking.append(name)
        whole = {**schema, "components": document.content["components"]}
        for example in examples:
            wrong += [f"{name}: {error.message}" for error in Draft202012Validator(whole).iter_errors(example)]
    assert lacking == []
    assert wrong == []


def test_every_operation_declares_its_errors_as_problem_details(document: Document) -> None:
    found = []
    for name, operation in document.operations():
        if name.split(" ", 1)[1] in OPEN_TO_ALL:
            continue
        responses = operation["responses"]
        found += [f"{name}: {status} is not declared" for status in sorted(DECLARED - responses.keys())]
        found += [
            f"{name}: {status} is {sorted(response.get('content', {}))}"
            for status, response in responses.items()
            if int(status) >= 400 and list(response.get("content", {})) != [PROBLEM]
        ]
    assert found == []


def test_every_operation_says_what_it_does(document: Document) -> None:
    silent = [name for name, operation in document.operations() if not operation.get("summary")]
    assert silent == []


def _described(document: Document, field: Schema) -> bool:
    if field.get("description"):
        return True
    alternatives = [document.resolved(s) for key in ("anyOf", "oneOf", "allOf") for s in field.get(key, ())]
    return any(alternative.get("description") for alternative in alternatives)


def _unbounded(value: Schema) -> str | None:
    match value.get("type"):
        case "string" if not value.keys() & {"maxLength", "pattern", "enum", "format", "const"}:
            return "a text without a bound"
        case "integer" | "number":
            least, most = value.keys() & {"minimum", "exclusiveMinimum"}, value.keys() & {"maximum", "exclusiveMaximum"}
            if not (least and most) and not value.keys() & {"enum", "const"}:
                return "a number without both bounds"
        case "array" if "maxItems" not in value:
            return "a list without a bound"
        case "object" if isinstance(value.get("additionalProperties"), dict) and "maxProperties" not in value:
            return "a map without a bound"
        case None if not value.keys() & {"enum", "const"}:
            return "a value of any type"
    return None


def _examples(document: Document, media: Schema, schema: Schema) -> list[Any]:
    named = [example["value"] for example in media.get("examples", {}).values()]
    resolved = document.resolved(schema)
    options = [resolved, *(document.resolved(s) for key in ("anyOf", "oneOf") for s in resolved.get(key, ()))]
    return named + [example for option in options for example in option.get("examples", ())]
