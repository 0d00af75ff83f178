"""The local issuer of tokens: an Ed25519 key and the tokens it signs, until sign-in exists (the accounts service, or any OpenID issuer).

``private.json`` (readable by its owner alone) and ``jwks.json`` (public; what ``SAMA_JWKS`` names) lie in one folder.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.web.caller import LOCAL_ISSUER, ROLES, Grant

ISSUER = LOCAL_ISSUER
ALGORITHM = "EdDSA"
LIFETIME = timedelta(hours=1)


class BadGrant(ValueError):
    """A role was named that does not exist, or its scope is wrong."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Signs tokens. key: the private key; key_id: its RFC 7638 thumbprint, the ``kid`` of its tokens."""

    key: Ed25519PrivateKey
    key_id: str
    jwks: Path
    name: str = ISSUER

    def token(
        self,
        subject: str,
        grants: Sequence[Grant],
        audiences: Sequence[str],
        now: datetime,
        lifetime: timedelta = LIFETIME,
    ) -> str:
        """Return a signed token for the subject with these roles, for the services named by ``audiences`` (``sama-<service>``)."""
        claims = {
            "iss": self.name,
            "sub": subject,
            "aud": list(audiences),
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
            "roles": [_claim(grant) for grant in grants],
        }
        return jwt.encode(claims, self.key, ALGORITHM, {"kid": self.key_id})


def local_issuer(folder: Path, name: str = ISSUER) -> Issuer:
    """Return the issuer of this folder, made with a new key at the first call. name: what its tokens say (``iss``).

    Raises OSError when the folder cannot be used.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    private, public = folder / "private.json", folder / "jwks.json"
    if not private.exists():
        _write_new(private, jwt.algorithms.OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate(), as_dict=True))
    jwk = json.loads(private.read_text())
    key = jwt.algorithms.OKPAlgorithm.from_jwk(jwk)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{private} holds no private Ed25519 key")
    shown = {name: jwk[name] for name in ("crv", "kty", "x")}
    key_id = sha256(json.dumps(shown, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:32]
    issued = json.dumps({"keys": [{**shown, "kid": key_id, "use": "sig", "alg": ALGORITHM}]}, indent=1)
    if not public.exists() or public.read_text() != issued:
        fresh = public.with_suffix(f".{os.getpid()}")
        fresh.write_text(issued)
        fresh.chmod(0o644)  # public, and read by containers under another user
        fresh.replace(public)
    return Issuer(key, key_id, public, name)


def parse_grants(roles: Sequence[str], district: str | None, organization: str | None) -> list[Grant]:
    """Read roles as typed: ``secretary``, or with a scope of its own ``secretary:district=d7``; default scope: district, organization.

    Raises BadGrant.
    """
    return [_parse(text, district, organization) for text in roles]


def _parse(text: str, district: str | None, organization: str | None) -> Grant:
    role, _, scopes = text.partition(":")
    if role not in ROLES:
        raise BadGrant(f"there is no role {role!r}; the roles are {', '.join(sorted(ROLES))}")
    own = dict(part.partition("=")[::2] for part in scopes.split(",")) if scopes else {}
    if unknown := own.keys() - {"district", "organization"}:
        raise BadGrant(f"{text!r}: a scope is district=ID or organization=ID, not {sorted(unknown)[0]!r}")
    if any(not value for value in own.values()):
        raise BadGrant(f"{text!r}: a scope needs a value, as in {role}:district=d7")
    if own:
        return Grant(role, own.get("district"), own.get("organization"))
    return Grant(role, district, organization)


def _claim(grant: Grant) -> dict[str, Any]:
    scope = {"district": grant.district, "organization": grant.organization}
    return {"role": grant.role, **{name: value for name, value in scope.items() if value is not None}}


def _write_new(path: Path, content: object) -> None:
    """Write a private file at once and whole, so that two first calls at the same time agree on one key."""
    fresh = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file)
    try:
        os.link(fresh, path)  # fails if another process was first; its key counts then
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
