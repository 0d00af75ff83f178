"""TLS to the broker, its management API and the database: one certificate authority, and a client certificate where servers want it.

Whether a connection is encrypted, its URL says (``amqps:``, ``https:``, ``mongodb:…tls=true``). An encrypted one is always verified,
by chain and by host name; there is no setting that turns this off.
"""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

NO_CHAIN = "SAMA_TLS_CA has to name the file (PEM) with the certificate authority that signed the server's certificate"
NO_NAME = (
    "the URL has to use a host name that is in the server's certificate, or the certificate a name that the URL uses"
)
NO_TLS = "the server speaks no TLS on this port: use its TLS port (RabbitMQ: 5671), or the URL without TLS"
NO_CLIENT = "the server asks for a client certificate: SAMA_TLS_CERT has to name a file (PEM) with certificate and key"
OUT_OF_DATE = (
    "the server's certificate is out of date: renew it (docs/security.md, Certificates), or set the clocks right"
)


@dataclass(frozen=True, slots=True)
class Tls:
    """ca: file of the certificate authorities to trust, in PEM; None: the system's. cert: one file with client certificate and key."""

    ca: Path | None = None
    cert: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Return what a connection verifies by. Raises OSError (with the file's name) when a file cannot be used."""
        return _context(self)


@cache
def _context(tls: Tls) -> ssl.SSLContext:
    for file in filter(None, (tls.ca, tls.cert)):
        file.open("rb").close()  # its own error names no file
    context = ssl.create_default_context(cafile=str(tls.ca) if tls.ca else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if tls.cert:
        context.load_cert_chain(tls.cert)
    return context


def tls_of_environment() -> Tls:
    """Return what SAMA_TLS_CA and SAMA_TLS_CERT say, for commands; services have it from their settings."""
    ca, cert = os.environ.get("SAMA_TLS_CA"), os.environ.get("SAMA_TLS_CERT")
    return Tls(Path(ca) if ca else None, Path(cert) if cert else None)


def mongo_wants_tls(url: str) -> bool:
    """Tell whether a connection string asks for TLS."""
    options = {name.lower(): values[-1] for name, values in parse_qs(urlsplit(url).query).items()}
    default = "true" if url.startswith("mongodb+srv:") else "false"
    return options.get("tls", options.get("ssl", default)).lower() == "true"


def mongo_tls(url: str, tls: Tls | None) -> Mapping[str, Any]:
    """Return the driver's options for a connection string; none when it asks for no TLS."""
    if tls is None or not mongo_wants_tls(url):
        return {}
    files = {"tlsCAFile": tls.ca, "tlsCertificateKeyFile": tls.cert}
    return {option: str(file) for option, file in files.items() if file is not None}


def tls_options(url: str) -> Mapping[str, Any]:
    """Return the driver's options for a connection string of a command's environment."""
    return mongo_tls(url, tls_of_environment())


def httpx_verify(tls: Tls | None, url: str = "https:") -> ssl.SSLContext | bool:
    """Return httpx's ``verify``; True, which costs reading the system's authorities, only where nothing is encrypted anyway."""
    return tls.context() if tls is not None and url.startswith("https:") else True


def advice(error: BaseException | str) -> str:
    """Return what to do about a connection that TLS ended, as ``": …"`` to append to the error's text; empty for any other error."""
    text = str(error)
    what = {
        "Hostname mismatch": NO_NAME,
        "IP address mismatch": NO_NAME,
        "certificate has expired": OUT_OF_DATE,
        "CERTIFICATE_VERIFY_FAILED": NO_CHAIN,
        "WRONG_VERSION_NUMBER": NO_TLS,
        "record layer failure": NO_TLS,
        "CERTIFICATE_REQUIRED": NO_CLIENT,
        "alert certificate required": NO_CLIENT,
    }
    return next((f"; {do}" for sign, do in what.items() if sign in text), "")
