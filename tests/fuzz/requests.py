"""From a generated case to a request, and from strange values to values of the city."""

from typing import Any, Final

from hypothesis import strategies as st
from schemathesis.generation.case import Case

from ops.contracts import application
from ops.local.services import SERVICES
from tests.fuzz.stage import PDF, SPREADSHEET, Stage

OPEN: Final = {service: application(service).openapi() for service in SERVICES}
"""Every service's OpenAPI document, as it serves it."""

IN_BODIES: Final = {
    "organization": "organizations",
    "programme": "programmes",
    "district": "districts",
    "fiscal_year": "fiscal_year",
}


def plausible(case: Case[Any], stage: Stage, data: st.DataObject) -> None:
    """Put what exists in the place of ids, and good headers in the place of chance, where the case does not negate them."""
    for name, values in _known(case, stage).items():
        if name in case.path_parameters and not _negated(case, "path"):
            case.path_parameters[name] = data.draw(st.sampled_from(values), label=name)
    if not _negated(case, "header"):
        declared = {p.name for p in case.operation.headers}
        if "idempotency-key" in declared:
            case.headers["idempotency-key"] = data.draw(st.sampled_from(["k1", "k2", "k3"]), label="key")
        if "if-match" in declared:
            ballot = f'"ballot-{case.path_parameters.get("seat", 1)}-1"'
            version = data.draw(st.sampled_from(["*", '"1"', '"2"', ballot, "W/x", None]), label="If-Match")
            if version is not None:
                case.headers["if-match"] = version
        if "if-none-match" in declared:
            case.headers["if-none-match"] = "*"
    _plausible_file(case, data)
    if not _negated(case, "body") and isinstance(case.body, dict):
        _plausible_body(case, stage, data)


def _plausible_file(case: Case[Any], data: st.DataObject) -> None:
    if isinstance(case.body, bytes) and data.draw(st.booleans(), label="a file that can be read"):
        document = case.operation.path.endswith("/documents")
        case.body = PDF if document else SPREADSHEET
        if document and not _negated(case, "query"):
            case.query = {**(case.query or {}), "kind": "statute"}


def _plausible_body(case: Case[Any], stage: Stage, data: st.DataObject) -> None:
    if isinstance(case.body, dict):
        examples = _examples(case)
        body = dict(case.body)
        if examples and data.draw(st.sampled_from([True, False]), label="as in the example"):
            body = dict(data.draw(st.sampled_from(examples)))
        for name, known in IN_BODIES.items():
            if name in body and data.draw(st.sampled_from([True, False]), label=f"a known {name}"):
                body[name] = data.draw(st.sampled_from(stage.ids[known]), label=name)
        if isinstance(body.get("districts"), list) and data.draw(st.booleans(), label="known districts"):
            districts: Any = body["districts"]
            first = next(iter(districts), "")
            known = stage.ids["districts"][0]
            body["districts"] = [{**first, "district": known} if isinstance(first, dict) else known]
        case.body = body


def _examples(case: Case[Any]) -> list[Any]:
    document = case.operation.schema.raw_schema
    operation = document["paths"][case.operation.path][case.operation.method.lower()]
    (media,) = operation["requestBody"]["content"].values()
    name = media["schema"].get("$ref", "").removeprefix("#/components/schemas/")
    schema = document["components"]["schemas"].get(name, media["schema"])
    return [*schema.get("examples", ()), *(e["value"] for e in media.get("examples", {}).values())]


def _known(case: Case[Any], stage: Stage) -> dict[str, list[Any]]:
    collection = case.operation.path.split("/")[1]
    shared = ("seat", "member", "version", "owner", "fiscal_year", "letter", "flag", "proposal", "appeal", "payment")
    known = {name: stage.ids[name] for name in shared}
    return {
        **known,
        "organization": stage.ids["organizations"],
        "district": stage.ids["districts"],
        "document": [stage.document],
        "picture": stage.ids["picture"],
    } | ({"id": stage.ids[collection]} if collection in stage.ids else {})


def _negated(case: Case[Any], place: str) -> bool:
    meta = case.meta
    if meta is None:
        return False
    return any(part.value.startswith(place) and info.mode.is_negative for part, info in meta.components.items())


def request_of(case: Case[Any], service: str, who: str | None) -> dict[str, Any]:
    """Return the request as httpx takes it; ``who`` None: without a token."""
    sent = case.as_transport_kwargs(base_url=f"http://{service}")
    headers = {str(k): v for k, v in dict(sent["headers"]).items() if v is not None}
    if who is not None:
        headers["Authorization"] = f"Bearer {who}"
    taken = ("method", "url", "params", "json", "data", "files", "content")
    given = {name: sent[name] for name in taken if (name == "json" and "json" in sent) or sent.get(name) is not None}
    if isinstance(given.get("data"), bytes | str):
        given["content"] = given.pop("data")
    return {**given, "headers": headers}
