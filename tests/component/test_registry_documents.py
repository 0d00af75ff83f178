"""Documents through the HTTP API: taken by their content, bounded, and handed out to those who may see them."""

import hashlib
from typing import Any

import pytest
from httpx import Response

from shared.storage.ports import Unavailable
from shared.web.caller import Grant
from tests.component import test_registry_http as registry
from tests.component.test_registry_http import ASSOCIATION, NUMBERS, City, Person, done, refused

city, issuer = registry.city, registry.issuer

PDF = b"%PDF-1.7 an invented statute"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR and so on"
LIMIT = 10 * 1024 * 1024


async def send(
    person: Person, id: str, content: Any = PDF, kind: str = "statute", name: str = "a.pdf", key: str | None = None
) -> Response:
    headers = {**person._headers, "Idempotency-Key": key or f"{person._name}-{next(NUMBERS)}"}
    path = f"/organizations/{id}/documents"
    return await person._client.post(path, content=content, params={"kind": kind, "name": name}, headers=headers)


def kept(city: City) -> dict[str, bytes]:
    return city.stores.files("documents").contents


async def test_a_document_is_kept_listed_and_handed_out_to_be_saved(city: City) -> None:
    id = await city.registered(ASSOCIATION)
    answer = await send(city.applicant, id, name="اساسنامه")
    receipt = answer.json()
    assert (answer.status_code, receipt["status"]) == (201, "kept")
    assert answer.headers["location"] == f"/organizations/{id}/documents/{receipt['id']}"
    (document,) = (await done(city.applicant.get(f"/organizations/{id}/documents")))["items"]
    assert document["id"] == receipt["id"]
    assert (document["kind"], document["type"], document["size"]) == ("statute", "pdf", len(PDF))
    assert document["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert (document["by"], document["withdrawal"]) == ("applicant-1", None)
    download = await city.registrar.get(answer.headers["location"])
    assert (download.content, download.headers["content-type"]) == (PDF, "application/pdf")
    assert download.headers["content-disposition"].startswith("attachment; ")
    assert download.headers["content-disposition"].endswith(".pdf")
    assert download.headers["x-content-type-options"] == "nosniff"
    assert download.headers["cache-control"] == "private, no-store"
    (_, entry) = (await done(city.applicant.get(f"/organizations/{id}/history")))["items"]
    assert (entry["what"], entry["by"]) == ("document_added", "applicant-1")
    assert len(city.announced(id)) == 2, "that a document came stays inside"


async def test_a_file_is_what_its_content_says_and_leaves_nothing_if_it_is_not_taken(city: City) -> None:
    id = await city.registered(ASSOCIATION)
    for content in (b"", b"<html>", b"MZ", b"PK\x03\x04"):
        await refused(send(city.applicant, id, content), 422, "unknown_file_type")
    await refused(send(city.applicant, id, kind="photo"), 422, "invalid_fields")
    await refused(send(city.applicant, id, name="../a"), 422, "invalid_fields")
    await refused(send(city.applicant, "none"), 404, "not_found")
    assert kept(city) == {}
    await done(send(city.applicant, id, PNG, name="a.pdf"), 201)
    (document,) = (await done(city.applicant.get(f"/organizations/{id}/documents")))["items"]
    assert document["type"] == "png"
    path = f"/organizations/{id}/documents/{document['id']}"
    download = await city.applicant.get(path)
    assert download.headers["content-type"] == "image/png"
    assert 'filename="a.pdf.png"' in download.headers["content-disposition"]


async def test_a_file_is_counted_while_it_comes(city: City) -> None:
    id = await city.registered(ASSOCIATION)
    await done(send(city.applicant, id, PDF + b" " * (LIMIT - len(PDF))), 201)
    sent = 0

    async def chunks() -> Any:
        nonlocal sent
        yield PDF
        for _ in range(1_000):
            sent += 65_536
            yield b" " * 65_536

    problem = await refused(send(city.applicant, id, chunks()), 413, "body_too_large")
    assert problem["params"] == {"limit": LIMIT}
    assert sent <= LIMIT + 2 * 65_536
    assert len(kept(city)) == 1


async def test_a_repeat_keeps_one_document_and_one_file(city: City) -> None:
    id = await city.registered(ASSOCIATION)
    first = await send(city.applicant, id, key="d-1")
    again = await send(city.applicant, id, key="d-1")
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    for different in ({"content": PNG}, {"kind": "licence"}, {"name": "b.pdf"}):
        await refused(send(city.applicant, id, key="d-1", **different), 422, "idempotency_key_reused")
    assert len(kept(city)) == 1
    assert len((await done(city.applicant.get(f"/organizations/{id}/documents")))["items"]) == 1


async def test_documents_are_for_those_who_see_the_organisation_in_full(city: City) -> None:
    id = await city.approved(ASSOCIATION)
    receipt = await done(send(city.applicant, id), 201)
    paths = (f"/organizations/{id}/documents", f"/organizations/{id}/documents/{receipt['id']}")
    representative = city.person("representative", Grant("applicant", None, id))
    for path in paths:
        for person in (city.applicant, representative, city.registrar, city.city_registrar, city.auditor):
            assert (await person.get(path)).status_code == 200
        for person in (city.stranger, city.registrar_8, city.city_office, city.hq):
            await refused(person.get(path), 403, "forbidden")
        await refused(city.nobody.get(path), 401, "unauthenticated")
    for person in (city.stranger, city.registrar_8, city.city_office, city.auditor):
        await refused(send(person, id), 403, "forbidden")
    draft = await city.registered({**ASSOCIATION, "names": {"fa": "دیگر"}})
    await refused(city.stranger.get(f"/organizations/{draft}/documents"), 404, "not_found")
    await refused(send(city.stranger, draft), 404, "not_found")


async def test_a_document_is_withdrawn_and_not_deleted(city: City) -> None:
    id = await city.registered(ASSOCIATION)
    receipt = await done(send(city.applicant, id), 201)
    path = f"/organizations/{id}/documents/{receipt['id']}"
    await refused(city.applicant.post(f"{path}/withdraw", {}), 422, "invalid_fields")
    await refused(
        city.applicant.post(f"/organizations/{id}/documents/x/withdraw", {"reason": "نو شد."}),
        404,
        "document_not_found",
    )
    answer = await done(city.applicant.post(f"{path}/withdraw", {"reason": "نسخه تازه داریم."}))
    assert (answer["id"], answer["status"]) == (receipt["id"], "withdrawn")
    (document,) = (await done(city.applicant.get(f"/organizations/{id}/documents")))["items"]
    assert document["withdrawal"]["reason"] == "نسخه تازه داریم."
    assert (await city.applicant.get(path)).content == PDF
    await done(city.applicant.post(f"/organizations/{id}/submit"))
    second = await done(send(city.applicant, id), 201)
    path = f"/organizations/{id}/documents/{second['id']}/withdraw"
    await refused(city.applicant.post(path, {"reason": "اشتباه بود."}), 409, "documents_closed")
    await done(city.registrar.post(path, {"reason": "خوانا نیست."}))


async def test_a_document_can_be_asked_for(city: City) -> None:
    id = await city.submitted(ASSOCIATION)
    corrections = [{"field": "/documents", "reason": "اساسنامه را بفرستید."}]
    await done(city.registrar.post(f"/organizations/{id}/request-changes", {"corrections": corrections}))
    await done(send(city.applicant, id), 201)
    await done(city.applicant.post(f"/organizations/{id}/submit"))


async def test_what_a_cut_off_command_left_is_not_taken_for_refused(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database's answer to the second write is lost: it may be stored, so its file stays, and the repeat is the first answer."""
    id = await city.registered(ASSOCIATION)
    documents = city.stores.documents("organizations")
    update = documents.update

    async def lost(*given: Any, **fields: Any) -> bool:
        await update(*given, **fields)
        raise Unavailable("the answer is lost")

    monkeypatch.setattr(documents, "update", lost)
    await refused(send(city.applicant, id, key="d-2"), 503, "storage_unavailable")
    monkeypatch.undo()
    receipt = await done(send(city.applicant, id, key="d-2"), 201)
    assert (await city.applicant.get(f"/organizations/{id}/documents/{receipt['id']}")).content == PDF
    assert len(kept(city)) == 1


async def test_kinds_of_document_are_public(city: City) -> None:
    kinds = (await done(city.nobody.get("/document-kinds")))["items"]
    assert kinds[0] == {"id": "statute", "names": {"fa": "اساسنامه", "en": "Statute"}}
    assert (await done(city.nobody.get("/organization-kinds")))["items"][0]["documents"] == []
