"""``sama verify --book … --entries …``: a citizen's check, which needs the file and nothing of the system."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.cli import app
from ops.local.places import ROOT
from ops.verify.books import published
from services.budget.domain.entries import hash_of
from tests.unit.verify.world import Document, Stored, city

BOOK = "district:7/1405"


@pytest.fixture
async def entries() -> list[Document]:
    stored = Stored(await city())
    return [entry for entry in stored.read("budget", "entries", {}) if entry["book"] == BOOK]


def downloaded(folder: Path, entries: list[Document]) -> Path:
    file = folder / "book.jsonl"
    file.write_text("".join(json.dumps(published(entry), ensure_ascii=False) + "\n" for entry in entries))
    return file


def run(file: Path, *arguments: str, book: str = BOOK) -> tuple[int, str]:
    answer = CliRunner().invoke(app, ["verify", "--book", book, "--entries", str(file), *arguments])
    return answer.exit_code, answer.output


def test_a_true_book_is_said_to_be_right_and_what_that_does_not_show(tmp_path: Path, entries: list[Document]) -> None:
    file = downloaded(tmp_path, entries)
    code, said = run(file)
    assert (code, f"Head: {len(entries)}:{entries[-1]['hash']}" in said, "--head SEQ:HASH" in said) == (0, True, True)
    code, said = run(file, "--head", f"3:{entries[2]['hash']}")
    assert (code, "It contains the head noted down for entry 3." in said) == (0, True)


def test_a_wrong_entry_is_named_with_what_to_do_next(tmp_path: Path, entries: list[Document]) -> None:
    entries[2]["amount"] += 1
    code, said = run(downloaded(tmp_path, entries))
    assert code == 1
    assert f"WRONG: {BOOK} seq 3 {entries[2]['_id']} (line 3): its content was changed" in said
    assert "Download the book once more" in said


def test_a_book_written_anew_is_right_in_itself_and_wrong_against_a_head(
    tmp_path: Path, entries: list[Document]
) -> None:
    noted = f"{len(entries)}:{entries[-1]['hash']}"
    entries[1]["at"] = "2020-01-01T00:00:00.000Z"
    for before, entry in zip(entries, entries[1:], strict=False):  # noqa: RUF007 - changed while it goes on
        entry["prev"] = before["hash"]
        entry["hash"] = hash_of(entry)
    file = downloaded(tmp_path, entries)
    assert run(file)[0] == 0
    code, said = run(file, "--head", noted)
    assert (code, "the head noted down for seq" in said) == (1, True)


@pytest.mark.parametrize("head", ["3", "3:", "x:y", "0:" + "a" * 64, "3:" + "g" * 64])
def test_a_head_that_is_none_is_explained_and_nothing_is_checked(tmp_path: Path, head: str) -> None:
    code, said = run(tmp_path / "unread", "--head", head)
    assert (code, "--head is SEQ:HASH" in said) == (2, True)


def test_a_file_that_holds_another_book_or_is_not_there_is_said(tmp_path: Path, entries: list[Document]) -> None:
    code, said = run(downloaded(tmp_path, entries), book="district:8/1405")
    assert (code, "not district:8/1405" in said) == (1, True)
    code, said = run(tmp_path / "nowhere")
    assert (code, "cannot be read" in said) == (2, True)


def test_the_citizens_check_imports_nothing_of_the_services() -> None:
    program = (
        "import sys, ops.verify.books;"
        "sys.exit(str(sorted(m for m in sys.modules if m.startswith(('services', 'shared'))) or ''))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
