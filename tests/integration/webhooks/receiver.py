"""A receiver as an outsider would write it: checks each signature with Standard Webhooks' own library and drops repeats by id.

It runs in a thread of its own with a server of the standard library, so that nothing of the service under test is in it.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

Behaviour = Callable[["Receiver", dict[str, Any]], int]
"""Given the event, returns the HTTP status to answer."""


class Receiver:
    """What arrives at one address. ``secrets``: with which of them a signature may be; ``behaviour``: what it answers."""

    def __init__(self) -> None:
        self.secrets: list[str] = []
        self.arrived: list[dict[str, Any]] = []
        self.statuses: list[int] = []
        self.times: list[float] = []
        self.forged = 0
        self.echoes = True
        self.behaviour: Behaviour = lambda _receiver, _event: 204
        self.headers: dict[str, str] = {}
        self.down = False

    @property
    def ids(self) -> list[str]:
        """Ids of what was taken, in order of arrival, with repeats."""
        return [event["id"] for event, status in zip(self.arrived, self.statuses, strict=False) if status < 300]

    @property
    def taken(self) -> list[str]:
        """Ids in order of first arrival."""
        return list(dict.fromkeys(self.ids))

    def take(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Answer a request."""
        event = json.loads(body)
        if event["type"] == "webhook.ping.v1":
            challenge = event["data"]["challenge"] if self.echoes else "something else"
            return 200, json.dumps({"challenge": challenge}).encode()
        if self.secrets and not self._is_signed(headers, body):
            self.forged += 1
            return 401, b"bad signature"
        status = self.behaviour(self, event)
        self.times.append(time.monotonic())
        self.arrived.append(event)
        self.statuses.append(status)
        return status, b"" if status == 204 else f"status {status}".encode()

    def _is_signed(self, headers: dict[str, str], body: bytes) -> bool:
        for secret in self.secrets:
            try:
                Webhook(secret).verify(body.decode(), headers)
            except WebhookVerificationError:
                continue
            return True
        return False


@contextmanager
def receiving(receiver: Receiver) -> Iterator[str]:
    """Serve until the context ends; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if receiver.down:
                self.close_connection = True
                self.connection.close()
                return
            status, answer = receiver.take({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_arguments: object) -> None:
            """A service that is killed breaks connections; that is the test."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/sama"
        finally:
            server.shutdown()
            thread.join()
