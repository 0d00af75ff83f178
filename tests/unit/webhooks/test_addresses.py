"""Which addresses may be called: by their text, and by what a name leads to when it is resolved."""

from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from services.webhooks.domain.addresses import check_url, is_public
from services.webhooks.outbound.sender import HttpSender
from shared.contracts.refusals import InvalidFields

PRIVATE = (
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",  # noqa: S104 - to be refused
    "192.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1",
    "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::",
)  # fmt: skip
PUBLIC = ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34", "64:ff9b::5db8:d822")


@pytest.mark.parametrize("address", PRIVATE)
def test_no_address_of_a_network_of_ones_own_is_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.org/", "url_not_https"),
        ("ftp://example.org/", "url_not_https"),
        ("file:///etc/passwd", "url_not_https"),
        ("javascript:alert(1)", "url_not_https"),
        ("https://user:secret@example.org/", "url_not_readable"),
        ("https://example.org@127.0.0.1/", "url_not_readable"),
        ("https://example.org\\@127.0.0.1/", "url_not_readable"),
        ("https://example.org/#part", "url_not_readable"),
        ("https:///path", "url_not_readable"),
        ("https://example.org:99999/", "url_not_readable"),
        ("https://example.org/ with blanks", "url_not_readable"),
        ("https://example.org/\r\nHost: other", "url_not_readable"),
        ("https://exämple.org/", "url_not_readable"),
        ("https://example.org/" + "a" * 500, "url_not_readable"),
        ("https://[::1/", "url_not_readable"),
        ("https://localhost/", "url_not_public"),
        ("https://intranet/", "url_not_public"),
        ("https://a.localhost./", "url_not_public"),
        ("https://printer.local/", "url_not_public"),
        ("https://metadata.google.internal/", "url_not_public"),
        ("https://2130706433/", "url_not_public"),
        ("https://0x7f000001/", "url_not_public"),
        ("https://127.1/", "url_not_public"),
        *((f"https://{f'[{address}]' if ':' in address else address}/", "url_not_public") for address in PRIVATE),
    ],
)
def test_an_address_is_refused_by_its_text_with_the_reason(url: str, code: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        check_url(url, local=False)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/url", code)]


@pytest.mark.parametrize(
    "url", ["https://example.org/sama", "https://example.org:8443/a?b=c", "https://93.184.216.34/"]
)
def test_a_public_address_is_taken(url: str) -> None:
    check_url(url, local=False)


def test_on_ones_own_machine_everything_that_can_be_called_is_taken() -> None:
    check_url("http://127.0.0.1:9000/hook", local=True)
    with pytest.raises(InvalidFields):
        check_url("file:///etc/passwd", local=True)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::ffff:10.0.0.1"]])
async def test_a_name_that_leads_to_a_private_address_is_not_called(addresses: Sequence[str]) -> None:
    """Also if only one of its addresses is private: the next connection might take that one."""

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    sender = HttpSender(local=False, resolve=resolve)
    answer = await sender.send("https://rebinding.example/", {}, b"{}", seconds=2)
    await sender.stop()
    assert (answer.status, "not public" in answer.body) == (None, True)
