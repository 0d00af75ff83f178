"""Secrets at rest: encrypted with a key from the settings (Fernet: AES-128-CBC and HMAC-SHA256), bound to their subscription."""

import base64
import hashlib
import json
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from services.webhooks.usecases.ports import BrokenSeal


class FernetSeal:
    """Seal (port). The first key seals; all open, so that a new key is put in front and the old one leaves when nothing needs it."""

    def __init__(self, keys: Sequence[str]) -> None:
        """keys: random texts of at least 32 characters (a person's password would be too weak: they are only hashed)."""
        self._fernet = MultiFernet([Fernet(_key(key)) for key in keys])

    def seal(self, subscription: str, secret: str) -> str:
        return self._fernet.encrypt(json.dumps([subscription, secret]).encode()).decode()

    def open(self, subscription: str, sealed: str) -> str:
        try:
            owner, secret = json.loads(self._fernet.decrypt(sealed.encode()))
        except (InvalidToken, ValueError) as error:
            raise BrokenSeal(
                f"the secret of webhook {subscription} cannot be read with the keys of SAMA_WEBHOOK_KEYS: put the key back that sealed it"
            ) from error
        if owner != subscription:
            raise BrokenSeal(f"the secret of webhook {subscription} is another one's")
        return str(secret)


def _key(text: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
