"""Registry as the city's office sees it from a terminal: files sent and fetched with a token of the role ``city_office``."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from ops.operating import Trouble, addresses, local_token

TIMEOUT_SECONDS: Final = 300.0  # a file of ten megabytes over a slow line


class Office:
    """Registry's API. Methods raise Trouble with what registry says, in ``language``."""

    def __init__(self, address: str, token: str, language: str, transport: httpx.BaseTransport | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
        self._http = httpx.Client(
            base_url=address, timeout=TIMEOUT_SECONDS, trust_env=False, transport=transport, headers=headers
        )

    def get(self, path: str) -> Any:
        """Read."""
        return self._sent("GET", path).json()

    def post(self, path: str, body: Any) -> Any:
        """Command."""
        return self._sent("POST", path, json=body, headers=_key()).json()

    def send_file(self, path: str, content: bytes, params: Mapping[str, str]) -> Any:
        """Command with a file."""
        return self._sent("POST", path, content=content, params=params, headers=_key()).json()

    def fetch(self, path: str, params: Mapping[str, str], into: Path) -> int:
        """Write what registry answers to a file that must not exist; return its size in bytes."""
        try:
            with self._http.stream("GET", path, params=params) as answer:
                if answer.is_error:
                    answer.read()
                    raise _refused(answer)
                with into.open("xb") as file:
                    for part in answer.iter_bytes():
                        file.write(part)
                    return file.tell()
        except httpx.HTTPError as error:
            into.unlink(missing_ok=True)
            raise Trouble(f"registry did not send all of it ({type(error).__name__}). Try again.") from error
        except OSError as error:
            raise Trouble(f"{into} cannot be written: {error.strerror}.") from error

    def _sent(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            raise Trouble(f"registry does not answer ({type(error).__name__}). Is it up? Look at its log.") from error
        if answer.is_error:
            raise _refused(answer)
        return answer


def office(folder: Path, language: str) -> Office:
    """Return access to registry: SAMA_ADDRESSES (registry=http://…) and SAMA_OFFICE_TOKEN, or the local stack's."""
    known = addresses(folder)
    if "registry" not in known:
        raise Trouble("No address of registry is known; name it with SAMA_ADDRESSES (registry=http://…).")
    return Office(
        known["registry"], os.environ.get("SAMA_OFFICE_TOKEN") or local_token(folder, "city_office"), language
    )


def _key() -> Mapping[str, str]:
    return {"Idempotency-Key": secrets.token_hex(16)}


def _refused(answer: httpx.Response) -> Trouble:
    try:
        problem = answer.json()
        lines = [str(problem["title"]), *(f"  {error['message']}" for error in problem.get("errors", ()))]
    except (ValueError, KeyError, TypeError):
        lines = [f"registry answered {answer.status_code}."]
    return Trouble("\n".join(lines))
