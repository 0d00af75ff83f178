"""The entry point of a service's image: becomes uvicorn for the service that SAMA_SERVICE names."""

import os
import sys

from ops.local.services import GRACEFUL_SECONDS, SERVICES

PORT = 8000  # inside the container's own network


def command(service: str, root_path: str) -> list[str]:
    """Return the command line. root_path: where the proxy puts the API, e.g. ``/api/registry``. Raises ValueError."""
    if service not in SERVICES:
        raise ValueError(f"SAMA_SERVICE is {service!r}; it has to be one of {', '.join(SERVICES)}")
    return [
        sys.executable, "-m", "uvicorn", f"services.{service}.main:app", "--host", "0.0.0.0", "--port", str(PORT),  # noqa: S104
        "--root-path", root_path, "--no-access-log", "--no-proxy-headers", "--no-server-header",
        "--timeout-graceful-shutdown", str(GRACEFUL_SECONDS),
    ]  # fmt: skip


if __name__ == "__main__":
    arguments = command(os.environ.get("SAMA_SERVICE", ""), os.environ.get("SAMA_ROOT_PATH", ""))
    os.execv(arguments[0], arguments)  # noqa: S606 - built above
