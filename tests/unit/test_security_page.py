"""docs/security.md tells the rights that the provisioning gives."""

import re
from collections.abc import Iterator
from typing import Final

import pytest

from ops.images.rights import (
    LISTENS,
    MONGO_ROLES,
    OUTSIDER_LIMITS,
    PRIVATE_READERS,
    SERVICE_TAGS,
    SHARED,
    outsider_permissions,
    rabbit_permissions,
)
from ops.local.places import ROOT
from ops.local.services import SERVICES
from shared.contracts.base import ANNOUNCERS
from shared.messaging.topology import PUBLIC

PAGE: Final = (ROOT / "docs" / "security.md").read_text("utf-8")
QUOTED: Final = re.compile(r"`([^`]+)`")
COMMON: Final = {*SHARED}
EVERYTHING: Final = (
    *sorted(COMMON),
    *(f"sama.{service}" for service in SERVICES),
    *("sama.registry.private", "amq.default", "amq.topic", "elsewhere"),
)


def rows() -> Iterator[list[str]]:
    """Yield the table of users: name and three cells of quoted names."""
    table = PAGE.split("## Users and rights")[1].split("- Besides")[0]
    for line in table.splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def test_every_service_has_its_line() -> None:
    assert [QUOTED.findall(row[0])[0] for row in rows()] == list(SERVICES)


@pytest.mark.parametrize("row", list(rows()), ids=lambda row: row[0])
def test_a_services_line_is_what_it_is_given(row: list[str]) -> None:
    service = QUOTED.findall(row[0])[0]
    grants = rabbit_permissions(service)
    own = f"{service}.anything"
    reach = {right: {name for name in EVERYTHING if re.search(grants[right], name)} - COMMON for right in grants}
    announces = {f"sama.{service}"} if service in ANNOUNCERS else set()
    of_itself = announces | ({"sama.registry.private"} if service == "registry" else set())
    assert reach["configure"] == reach["write"] == of_itself
    assert reach["read"] - of_itself == {f"sama.{name}" for name in LISTENS[service]} | {
        *PRIVATE_READERS.get(service, ())
    }
    assert set(QUOTED.findall(row[1])) == announces | {f"{service}.*"}
    assert set(QUOTED.findall(row[2])) == announces
    assert set(QUOTED.findall(row[3])) == reach["read"] - of_itself
    assert {name for name in COMMON if re.search(grants["configure"], name)} == set()
    assert {name for name in COMMON if re.search(grants["write"], name) and re.search(grants["read"], name)} == COMMON
    assert all(re.search(grants[right], own) for right in grants)


def test_what_all_services_share_is_named() -> None:
    assert set(QUOTED.findall(PAGE.split("- Besides, ")[1].split(". ")[0])) >= COMMON


def test_the_page_names_tags_roles_and_limits() -> None:
    assert f"the tag `{SERVICE_TAGS}`" in PAGE
    assert all(f"`{role}`" in PAGE for role in MONGO_ROLES)
    assert all(str(limit) in PAGE for limit in OUTSIDER_LIMITS.values())
    assert f"the stream `{PUBLIC}`" in PAGE
    assert [name for name in EVERYTHING if re.search(outsider_permissions()["read"], name)] == [PUBLIC]
