"""``sama import`` and ``sama export``: what is sent to registry, and what is said about its answers."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.exchange import import_cli
from ops.exchange.export_cli import format_of
from ops.exchange.import_cli import import_file, show
from ops.exchange.office import Office
from ops.operating import Trouble

ROW = {
    "row": 2,
    "name": "الف",
    "errors": [],
    "duplicates": [],
    "organization": None,
    "status": None,
    "not_submitted": None,
}
BAD = {**ROW, "row": 3, "errors": [{"column": "نوع", "code": "unknown_kind", "message": "نوع شناخته نیست."}]}
ALIKE = {**ROW, "row": 4, "duplicates": [{"grounds": ["same_name"], "organization": None, "row": 2}]}
VIEW = {
    "id": "i", "status": "examined", "total": 3, "good": 2, "bad": 1, "new": 1, "registered": 0,
    "file": {"name": "a.csv", "encoding": "windows-1256", "ignored": ["یادداشت"]}, "rows": [ROW, BAD, ALIKE],
}  # fmt: skip


class Registry:
    """Answers as registry does and notes what it was sent."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self.calls: list[tuple[str, str, bytes]] = []
        self._answers = list(answers)
        self.office = Office("http://registry", "t", "fa", httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.calls.append((request.method, request.url.raw_path.decode(), request.content))
        assert request.method == "GET" or request.headers["idempotency-key"]
        status, body = self._answers.pop(0)
        return (
            httpx.Response(status, json=body) if not isinstance(body, bytes) else httpx.Response(status, content=body)
        )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x")
    return path


def test_without_a_choice_it_is_a_dry_run(file: Path) -> None:
    registry = Registry((201, {"id": "i"}), (200, VIEW))
    assert import_file(registry.office, file, None, False) == VIEW
    assert registry.calls == [
        ("POST", "/organization-imports?name=a.csv", b"x"),
        ("GET", "/organization-imports/i", b""),
    ]


def test_rows_are_registered_as_asked_and_followed_to_the_end(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_cli, "POLL_SECONDS", 0)
    registry = Registry((201, {"id": "i"}), (200, {}), (200, {**VIEW, "status": "registering"}), (200, VIEW))
    assert import_file(registry.office, file, "good", True) == VIEW
    assert registry.calls[1] == ("POST", "/organization-imports/i/apply", b'{"rows":"good","submit":true}')


def test_a_refusal_is_told_with_each_of_its_errors(file: Path, tmp_path: Path) -> None:
    registry = Registry((422, {"title": "ستون‌ها درست نیست.", "errors": [{"message": "ستون «نوع» نیست."}]}))
    with pytest.raises(Trouble, match=r"ستون‌ها درست نیست\.\n  ستون «نوع» نیست\."):
        import_file(registry.office, file, None, False)
    with pytest.raises(Trouble, match="cannot be read"):
        import_file(registry.office, tmp_path / "none", None, False)


def test_every_bad_row_its_column_and_likely_duplicates_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    show(VIEW)
    shown = capsys.readouterr().out
    for words in (
        "نوع شناخته نیست.",
        "same_name: row 2",
        "Windows-1256",
        "یادداشت",
        "3 rows: 2 good (1 resemble nobody), 1 bad.",
    ):
        assert words in shown


def test_an_export_goes_into_a_new_file_of_the_format_that_its_name_says(tmp_path: Path) -> None:
    registry, file = Registry((200, b"rows")), tmp_path / "a.CSV"
    assert registry.office.fetch("/organization-export", {"format": format_of(file)}, file) == 4
    assert (file.read_bytes(), registry.calls[0][1]) == (b"rows", "/organization-export?format=csv")
    with pytest.raises(Trouble, match="cannot be written"):
        Registry((200, b"more")).office.fetch("/", {}, file)
    assert file.read_bytes() == b"rows"
    with pytest.raises(Trouble, match="has to end in"):
        format_of(Path("a.ods"))
    with pytest.raises(Trouble, match="No such"):
        Registry((422, {"title": "No such status."})).office.fetch("/", {}, tmp_path / "b.csv")
    assert not (tmp_path / "b.csv").exists()
