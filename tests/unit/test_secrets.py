"""No secret is in the repository: private keys, tokens and passwords by their form, in every tracked file."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from ops.local.places import ROOT

FORMS: Final = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "private JWK": re.compile(r'"d"\s*:\s*"[\w-]{40,}"'),
    "JWT": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}"),
    "AWS key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}\b"),
    "Slack token": re.compile(r"\bxox[abprs]-[\w-]{10,}"),
    "npm or PyPI token": re.compile(r"\b(?:npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,})"),
    "password in an address": re.compile(r"\b[a-z][a-z0-9+]*://[^\s/:@'\"`{}$<>]*:(?P<value>[^\s/:@'\"`{}$<>]+)@"),
    "password setting": re.compile(
        r"(?m)^\s*(?:export\s+)?[A-Z0-9_]*(?:PASSWORD|SECRET|TOKEN|PRIVATE_KEY|API_KEY|MONGO_KEY)\s*[:=]\s*['\"]?(?P<value>\w[^\s'\"#]*)"
    ),
}
PLACEHOLDERS: Final = re.compile(
    r"change-me|guest|pw|password|geheim|secret|s3cret|hunter2|x|p|admin|\.\.\.|…|\*+|"
    r"\$.*|<.*>|\{.*\}|[A-Z_]+|Final.*|"  # filled in elsewhere
    r"[\w.]+\(.*|[a-z_.]+|[\w.]+\[.*"  # code, not a value
)
"""What may stand where a secret would: words that nobody takes for one, and code."""

INVENTED: Final = frozenset({"eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJwMSJ9.c2lnbmF0dXJl"})
"""Values of tests that look like a secret; this one's signature is the word "signature"."""

BINARY: Final = frozenset({".png", ".jpg", ".woff2", ".gz", ".zip", ".ico"})
HERE: Final = Path(__file__).name


def tracked() -> list[Path]:
    """Every file of the repository; without git, of the folder."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = done.stdout.split("\0") if done.returncode == 0 else [str(p.relative_to(ROOT)) for p in ROOT.rglob("*")]
    files = [ROOT / name for name in names if name and not name.startswith((".venv/", ".sama/"))]
    return [file for file in files if file.is_file() and file.suffix not in BINARY and file.name != HERE]


def secrets_in(text: str) -> Iterator[str]:
    """Yield what looks like a secret."""
    for what, form in FORMS.items():
        for match in form.finditer(text):
            value = match.groupdict().get("value")
            if value is None or not (value in INVENTED or PLACEHOLDERS.fullmatch(value)):
                yield f"{what}: {match[0].strip()[:60]}"


def test_no_secret_is_in_the_repository() -> None:
    files = tracked()
    assert len(files) > 500
    found = {str(file.relative_to(ROOT)): list(secrets_in(file.read_text("utf-8", "replace"))) for file in files}
    assert {file: secrets for file, secrets in found.items() if secrets} == {}


# Put together here, so that this file's own text holds none.
PLANTED: Final = {
    "private key": "-----BEGIN " + "EC PRIVATE KEY-----",
    "private JWK": '{"kty":"OKP","d": "' + "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" + '"}',
    "JWT": "eyJhbGciOiJFZERTQSJ9." + "eyJzdWIiOiJjaGFpci03In0." + "c2lnbmF0dXJlLW9mLXRoaXMtdG9rZW4",
    "AWS key": "AKIA" + "ABCDEFGHIJKLMNOP",
    "GitHub token": "ghp_" + "a1" * 18,
    "password in an address": "amqp://review:" + "7Yh3-kkw9@rabbitmq/",
    "password setting": "SAMA_REVIEW_PASSWORD=" + "7Yh3-kkw9",
}


@pytest.mark.parametrize("what", PLANTED)
def test_a_secret_would_be_found(what: str) -> None:
    assert any(found.startswith(what) for found in secrets_in(f"first line\n{PLANTED[what]}\nlast line"))


@pytest.mark.parametrize("path", [".env", ".sama/keys/private.json", ".venv/x"])
def test_what_holds_secrets_is_ignored_by_git_and_by_the_images(path: str) -> None:
    done = subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, capture_output=True, check=False)
    if done.returncode == 128:
        pytest.skip("this is no git checkout")
    assert done.returncode == 0
    text = (ROOT / ".dockerignore").read_text()
    rules = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert not any(path.startswith(rule[1:].rstrip("/")) for rule in rules if rule.startswith("!"))
