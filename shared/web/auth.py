"""Verification of tokens: EdDSA signature by JWKS, issuer, audience, expiry. Nothing a header merely claims is believed."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import jwt

from shared.web.caller import ROLES, Caller, Grant
from shared.web.problems import KeysAway, Unauthenticated

log = logging.getLogger("sama.auth")

ALGORITHM: Final = "EdDSA"
LEEWAY_SECONDS: Final = 5  # clocks of one city's machines
CACHE_SIZE: Final = 10_000  # verified tokens; a signature costs more than all else in a small call
CACHE_SECONDS: Final = 60  # a verified token is looked at anew after this, so that a removed key takes effect
REFRESH_SECONDS: Final = 5  # an unknown key id asks for the keys again, but not at every call of an attacker


class Keys:
    """The signing keys, from a file or a URL; read at first use, again every minute, and when an unknown key id appears.

    While they cannot be read again, the known ones hold.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at = float("-inf")
        self._away: str | None = None
        self._lock = asyncio.Lock()

    async def get(self, key_id: str) -> jwt.PyJWK:
        """Return the key. Raises Unauthenticated if there is none of that id, KeysAway if none could be read yet."""
        if self._to_read(key_id):
            async with self._lock:
                if self._to_read(key_id):
                    await self._renew()
        if key_id in self._keys:
            return self._keys[key_id]
        if self._away is not None and not self._keys:
            raise KeysAway(self._away)
        raise Unauthenticated("unknown key")

    def _to_read(self, key_id: str) -> bool:
        age = time.monotonic() - self._read_at
        return age > (CACHE_SECONDS if key_id in self._keys else REFRESH_SECONDS)

    async def _renew(self) -> None:
        try:
            self._keys = await self._read()
            self._away = None
        except KeysAway as error:
            self._away = str(error)
            log.warning("the signing keys stay as they are known (%d): %s", len(self._keys), error)
        self._read_at = time.monotonic()

    async def _read(self) -> dict[str, jwt.PyJWK]:
        try:
            if self._source.startswith(("http://", "https://")):
                async with httpx.AsyncClient(timeout=5) as client:
                    text = (await client.get(self._source)).raise_for_status().text
            else:
                text = await asyncio.to_thread(Path(self._source).read_text)
            keys = jwt.PyJWKSet.from_json(text).keys
        except (OSError, httpx.HTTPError, jwt.PyJWTError, ValueError) as error:
            raise KeysAway(f"the signing keys could not be read: {type(error).__name__}") from error
        return {key.key_id: key for key in keys if key.key_id and key.algorithm_name == ALGORITHM}


class Verifier:
    """Turns a bearer token into a Caller for one audience."""

    def __init__(self, keys: Keys, *, issuer: str, audience: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._verified: OrderedDict[str, tuple[float, Caller]] = OrderedDict()

    async def caller(self, authorization: str | None) -> Caller:
        """Return who calls. Raises Unauthenticated with the reason."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("no bearer token")
        known = self._verified.get(token)
        if known is not None and known[0] > time.time():
            return known[1]
        claims = await self._claims(token)
        caller = Caller(claims["sub"], grants_of(claims))
        self._verified[token] = (min(float(claims["exp"]), time.time() + CACHE_SECONDS), caller)
        while len(self._verified) > CACHE_SIZE:
            self._verified.popitem(last=False)
        return caller

    async def _claims(self, token: str) -> Mapping[str, Any]:
        try:
            key_id = jwt.get_unverified_header(token).get("kid")
            if not isinstance(key_id, str):
                raise Unauthenticated("no key id")
            claims: Mapping[str, Any] = jwt.decode(
                token,
                await self._keys.get(key_id),
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
                options={"require": ["sub", "exp", "iat", "aud", "iss"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            # What is no token at all fails in whatever way; nothing of it was verified, so its text is not repeated.
            reason = str(error) if isinstance(error, jwt.PyJWTError) else "the token is not readable"
            raise Unauthenticated(reason) from error
        if not claims["sub"] or len(claims["sub"]) > 120:
            raise Unauthenticated("sub must have 1 to 120 characters")
        return claims


def grants_of(claims: Mapping[str, Any]) -> tuple[Grant, ...]:
    """Read the ``roles`` claim: a list of {role, district?, organization?}. Unknown roles give nothing; other shapes are refused."""
    roles = claims.get("roles", [])
    if not isinstance(roles, list):
        raise Unauthenticated("roles is not a list")
    grants: list[Grant] = []
    for role in roles:
        if not isinstance(role, dict) or not all(v is None or isinstance(v, str) for v in role.values()):
            raise Unauthenticated("a role is not an object of texts")
        if role.get("role") in ROLES:
            grants.append(Grant(role["role"], role.get("district"), role.get("organization")))
    return tuple(grants)
