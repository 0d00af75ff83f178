"""Signatures as https://www.standardwebhooks.com has them: HMAC-SHA256 over ``id.timestamp.body``; receivers have libraries for it.

A secret is ``whsec_`` and 32 random bytes in base64. ``webhook-signature`` holds one ``v1,<base64>`` per secret that is valid now.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32  # as long as the hash; Standard Webhooks asks for 24 to 64


def secret_of(random: bytes) -> str:
    """Return the secret that these random bytes make."""
    return PREFIX + base64.b64encode(random).decode()


def signature(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """Return ``v1,`` and the signature in base64. timestamp: seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(signed.digest()).decode()


def headers(secrets: Sequence[str], id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """Return the three headers of a delivery, signed with every secret."""
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, id, timestamp, body) for secret in secrets),
    }
