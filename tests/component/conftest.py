"""Fixtures that several files of component tests use."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ops.keys import local_issuer
from tests.component.registry_town import Town, founded


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Registry with a clock that the test moves."""
    async with founded(local_issuer(tmp_path)) as town:
        yield town
