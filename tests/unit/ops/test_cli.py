"""The ``sama`` command."""

import subprocess
import sys

import jwt
import pytest
from typer.testing import CliRunner

from ops.cli import LATER, app
from ops.images.env_file import filled
from ops.local.command import parse_scale
from ops.local.places import ROOT
from ops.local.problems import StackProblem


def test_a_token_can_be_asked_for_several_services_and_roles(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr("ops.local.places.KEYS", tmp_path)
    answer = CliRunner().invoke(
        app,
        ["token", "--subject", "sara", "--role", "secretary", "--role", "member:district=d8", "--district", "d7",
         "--audience", "sama-review", "--audience", "sama-requests"],
    )  # fmt: skip
    assert answer.exit_code == 0, answer.output
    claims = jwt.decode(answer.output.strip(), options={"verify_signature": False})
    assert claims["aud"] == ["sama-review", "sama-requests"]
    assert claims["roles"] == [{"role": "secretary", "district": "d7"}, {"role": "member", "district": "d8"}]


def test_a_wrong_role_is_a_short_message_and_no_token(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr("ops.local.places.KEYS", tmp_path)
    answer = CliRunner().invoke(app, ["token", "--subject", "sara", "--role", "mayor", "--audience", "sama-review"])
    assert answer.exit_code == 2
    assert "there is no role 'mayor'" in answer.output


def test_help_lists_the_commands() -> None:
    answer = CliRunner().invoke(app, ["--help"])
    assert answer.exit_code == 0
    assert all(word in answer.output for word in ("up", "token"))


def test_making_a_token_does_not_wait_for_the_imports_of_other_commands() -> None:
    heavy = {"pymongo", "httpx", "rich.progress", "fastapi", *LATER.values()}
    program = f"import sys, ops.cli, ops.local.places; sys.exit(str(sorted({heavy!r} & sys.modules.keys()) or ''))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


def test_replicas_are_asked_for_by_name() -> None:
    assert parse_scale(["review=3", "budget=2"]) == {"review": 3, "budget": 2}


@pytest.mark.parametrize("text", ["reviews=2", "review", "review=0", "review=x", "review=99"])
def test_a_number_of_replicas_that_is_not_understood_is_explained(text: str) -> None:
    with pytest.raises(StackProblem, match="review=3"):
        parse_scale([text])


def test_every_secret_of_the_settings_file_is_replaced_and_differs() -> None:
    numbers = iter(range(100))
    text = filled((ROOT / ".env.example").read_text(), lambda: f"s{next(numbers)}")
    assert "change-me" not in text
    assert "SAMA_REGISTRY_PASSWORD=s" in text
