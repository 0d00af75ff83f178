"""Tokens of the local issuer, as the services verify them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from ops.keys import BadGrant, local_issuer, parse_grants
from shared.web.auth import Keys, Verifier
from shared.web.caller import Caller, Grant
from shared.web.problems import Unauthenticated

SECRETARY = Grant("secretary", district="d7")


def verifier(folder: Path, audience: str = "sama-review") -> Verifier:
    return Verifier(Keys(str(folder / "jwks.json")), issuer="sama-local", audience=audience)


async def test_a_token_names_its_subject_and_roles_to_the_service_it_is_for(tmp_path: Path) -> None:
    token = local_issuer(tmp_path).token(
        "sara", [SECRETARY, Grant("hq")], ["sama-review", "sama-budget"], datetime.now(UTC)
    )
    assert await verifier(tmp_path).caller(f"Bearer {token}") == Caller("sara", (SECRETARY, Grant("hq")))
    assert await verifier(tmp_path, "sama-budget").caller(f"Bearer {token}")


async def test_a_token_for_another_service_is_refused(tmp_path: Path) -> None:
    token = local_issuer(tmp_path).token("sara", [SECRETARY], ["sama-registry"], datetime.now(UTC))
    with pytest.raises(Unauthenticated):
        await verifier(tmp_path).caller(f"Bearer {token}")


async def test_a_token_ends_after_an_hour(tmp_path: Path) -> None:
    issuer = local_issuer(tmp_path)
    claims = jwt.decode(issuer.token("sara", [], ["x"], datetime.now(UTC)), options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 3600
    old = issuer.token("sara", [], ["sama-review"], datetime.now(UTC) - timedelta(hours=1, minutes=1))
    with pytest.raises(Unauthenticated):
        await verifier(tmp_path).caller(f"Bearer {old}")


async def test_another_issuers_token_is_refused_even_under_our_key_id(tmp_path: Path) -> None:
    ours, theirs = local_issuer(tmp_path / "ours"), local_issuer(tmp_path / "theirs")
    forged = jwt.encode(
        {"iss": "sama-local", "sub": "eve", "aud": ["sama-review"], "iat": 0, "exp": 4_000_000_000, "roles": []},
        theirs.key, "EdDSA", {"kid": ours.key_id},
    )  # fmt: skip
    with pytest.raises(Unauthenticated):
        await verifier(tmp_path / "ours").caller(f"Bearer {forged}")


def test_the_key_stays_the_same_and_its_private_part_is_the_owners_alone(tmp_path: Path) -> None:
    first, second = local_issuer(tmp_path), local_issuer(tmp_path)
    assert first.key_id == second.key_id
    assert (tmp_path / "private.json").stat().st_mode & 0o077 == 0
    assert '"d"' not in first.jwks.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jwks.json", "private.json"]


def test_a_role_has_the_given_scope_unless_it_brings_its_own() -> None:
    assert parse_grants(["secretary", "chair:district=d8", "applicant:organization=o1", "hq"], "d7", None) == [
        Grant("secretary", "d7"),
        Grant("chair", "d8"),
        Grant("applicant", None, "o1"),
        Grant("hq", "d7"),
    ]


@pytest.mark.parametrize(
    ("role", "reason"), [("mayor", "no role"), ("chair:city=x", "scope is"), ("chair:district=", "needs a value")]
)
def test_a_role_that_is_not_understood_is_named(role: str, reason: str) -> None:
    with pytest.raises(BadGrant, match=reason):
        parse_grants([role], None, None)
