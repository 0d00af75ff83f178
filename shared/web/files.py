"""Files as bodies and as answers: taken as they are, never by what a header or a name claims, and handed out to be saved only."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

LARGER_BODY: Final = "x-body-limit"
"""In a route's ``openapi_extra``: how many bytes its body may have, instead of the bound of all other routes."""


def file_body(limit: int, description: str, example: str) -> dict[str, Any]:
    """Return the ``openapi_extra`` of a route whose body is one file of at most ``limit`` bytes. Its Content-Type is not believed.

    example: how such a file begins, or a short one.
    """
    schema = {"type": "string", "format": "binary", "description": description, "examples": [example]}
    content = {"application/octet-stream": {"schema": schema}}
    return {LARGER_BODY: limit, "requestBody": {"required": True, "content": content}}


def attachment(name: str) -> Mapping[str, str]:
    """Return the headers of an answer that a browser saves under this name and never shows or runs."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name)
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }
