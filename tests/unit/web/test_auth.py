"""Tokens: only a good signature of a known key, for this audience, in time, names a caller."""

import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.contracts.refusals import Forbidden
from shared.web.auth import Keys, Verifier
from shared.web.caller import Caller, Grant
from shared.web.problems import KeysAway, Unauthenticated

KEY = Ed25519PrivateKey.generate()
OTHER_KEY = Ed25519PrivateKey.generate()


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    standard = {
        "sub": "person-1",
        "iss": "sama-local",
        "aud": ["sama-registry", "sama-review"],
        "iat": now,
        "exp": now + 3600,
        "roles": [{"role": "registrar", "district": "7"}, {"role": "applicant", "organization": "org-1"}],
    }
    return {key: value for key, value in (standard | changes).items() if value is not None}


def token(key: Any = KEY, algorithm: str = "EdDSA", kid: str | None = "k1", **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers={"kid": kid} if kid else {})


@pytest.fixture
def verifier(tmp_path: Path) -> Verifier:
    key = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key()))
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [{**key, "kid": "k1", "alg": "EdDSA", "use": "sig"}]}))
    return Verifier(Keys(str(path)), issuer="sama-local", audience="sama-registry")


async def test_a_good_token_names_the_caller_with_roles_and_scopes(verifier: Verifier) -> None:
    caller = await verifier.caller(f"Bearer {token()}")
    assert caller == Caller("person-1", (Grant("registrar", "7"), Grant("applicant", None, "org-1")))
    assert await verifier.caller(f"bearer {token()}") == caller


@pytest.mark.parametrize(
    ("authorization", "reason"),
    [
        (None, "no bearer token"),
        ("Basic eDp5", "no bearer token"),
        ("Bearer x.y.z", ""),
        (f"Bearer {token(OTHER_KEY)}", "Signature"),
        (f"Bearer {token(exp=int(time.time()) - 60)}", "expired"),
        (f"Bearer {token(aud=['sama-budget'])}", "Audience"),
        (f"Bearer {token(iss='someone')}", "issuer"),
        (f"Bearer {token(sub=None)}", "sub"),
        (f"Bearer {token(exp=None)}", "exp"),
        (f"Bearer {token(sub='')}", "sub"),
        (f"Bearer {token(sub='x' * 121)}", "sub"),
        (f"Bearer {token(kid='k2')}", "unknown key"),
        (f"Bearer {token(kid=None)}", "no key id"),
        (f"Bearer {token('', algorithm='none')}", ""),
        (f"Bearer {token('a' * 32, algorithm='HS256')}", ""),
        (f"Bearer {token(roles='registrar')}", "roles"),
        (f"Bearer {token(roles=[{'role': ['registrar']}])}", "role"),
    ],
)
async def test_anything_else_is_refused_with_its_reason(
    verifier: Verifier, authorization: str | None, reason: str
) -> None:
    with pytest.raises(Unauthenticated) as refused:
        await verifier.caller(authorization)
    assert reason.lower() in refused.value.reason.lower()


async def test_a_verified_token_is_looked_at_again_once_it_may_have_expired(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = f"Bearer {token(exp=int(time.time()) + 30)}"
    await verifier.caller(short)

    async def asked_again(_: str) -> dict[str, Any]:
        raise Unauthenticated("asked again")

    monkeypatch.setattr(verifier, "_claims", asked_again)
    await verifier.caller(short)  # known: the signature is not computed again
    real = time.time
    monkeypatch.setattr("shared.web.auth.time.time", lambda: real() + 31)
    with pytest.raises(Unauthenticated, match="asked again"):
        await verifier.caller(short)


async def test_unknown_roles_give_nothing(verifier: Verifier) -> None:
    assert (await verifier.caller(f"Bearer {token(roles=[{'role': 'king'}])}")).grants == ()


async def test_keys_that_cannot_be_read_refuse_everyone(tmp_path: Path) -> None:
    verifier = Verifier(Keys(str(tmp_path / "none.json")), issuer="sama-local", audience="sama-registry")
    for _ in range(2):  # the second time without another look
        with pytest.raises(KeysAway, match="could not be read"):
            await verifier.caller(f"Bearer {token()}")


def test_what_concerns_the_whole_city_needs_a_role_for_the_whole_city() -> None:
    Caller("p", (Grant("city_office"),)).require_whole_city("city_office")
    with pytest.raises(Forbidden):
        Caller("p", (Grant("city_office", "7"), Grant("hq"))).require_whole_city("city_office")


async def test_a_removed_key_takes_effect_and_known_keys_hold_while_they_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "jwks.json"
    key = {**json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key())), "alg": "EdDSA"}
    path.write_text(json.dumps({"keys": [{**key, "kid": "k1"}]}))
    keys, real, passed = Keys(str(path)), time.monotonic, 0.0
    monkeypatch.setattr("shared.web.auth.time.monotonic", lambda: real() + passed)
    await keys.get("k1")
    path.rename(tmp_path / "away.json")
    passed = 61
    assert await keys.get("k1")
    path.write_text(json.dumps({"keys": [{**key, "kid": "k2"}]}))
    assert await keys.get("k1")  # looked at a moment ago
    passed = 122
    with pytest.raises(Unauthenticated, match="unknown key"):
        await keys.get("k1")
    assert await keys.get("k2")


def test_a_district_role_does_not_reach_other_districts() -> None:
    caller = Caller("p", (Grant("secretary", "7"), Grant("auditor")))
    assert caller.has("secretary", district="7")
    assert not caller.has("secretary", district="8")
    assert caller.has("auditor", district="8")
    assert caller.districts_of("secretary") == frozenset({"7"})
    assert caller.districts_of("auditor") is None
    assert not caller.represents("org-1")
