"""Which addresses may be delivered to: nobody shall make the city's machines call machines of the city's own network (SSRF)."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from shared.contracts.refusals import FieldError, InvalidFields

URL_LIMIT: Final = 500  # characters
NAT64: Final = IPv6Network("64:ff9b::/96")  # an IPv4 address, translated by the network

Address = IPv4Address | IPv6Address


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the public Internet. An IPv4 address inside an IPv6 one is judged by itself."""
    inner = _inner(address)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _inner(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def check_url(url: str, *, local: bool, pointer: str = "/url") -> None:
    """Refuse an address by its text: https only, no credentials, no private address. local: http and private ones, too.

    Raises InvalidFields. A name's addresses are judged when it is resolved, at each connection anew.
    """
    wrong = _wrong(url, local)
    if wrong is not None:
        raise InvalidFields(errors=[FieldError(pointer, wrong)])


def _wrong(url: str, local: bool) -> str | None:
    if len(url) > URL_LIMIT or not url.isascii() or any(c.isspace() or ord(c) < 0x21 for c in url):
        return "url_not_readable"
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "url_not_readable"
    if parts.scheme not in (("https", "http") if local else ("https",)):
        return "url_not_https"
    if not host or parts.fragment or "@" in parts.netloc or "\\" in url:
        return "url_not_readable"
    return None if local or _may_be_public(parts) else "url_not_public"


def _may_be_public(parts: SplitResult) -> bool:
    """Judge a host that is an address, or a name that can only be local; other names are resolved later."""
    host = (parts.hostname or "").rstrip(".")
    try:
        return is_public(ip_address(host))
    except ValueError:
        pass
    if host.replace(".", "").isdigit() or host.startswith("0x"):
        return False  # the resolver would take 127.1 or 2130706433 for an address
    return "." in host and not host.endswith((".localhost", ".local", ".internal", ".home.arpa"))
