"""Fills .env.example with secrets of one's own: ``sama compose-env > .env``."""

import re
import secrets
from collections.abc import Callable

PLACEHOLDER = re.compile(r"^(?P<name>[A-Z0-9_]+)=change-me$", re.MULTILINE)


def filled(example: str, secret: Callable[[], str] = lambda: secrets.token_hex(24)) -> str:
    """Return the file with a new secret (letters and digits, safe in URLs) for each ``change-me``."""
    return PLACEHOLDER.sub(lambda match: f"{match['name']}={secret()}", example)
