"""Every test of the store runs on both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from exchange.store.store import Store
from tests.store.samples import Samples


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/hub.sqlite3"
    made: str = request.getfixturevalue("postgres_url")
    return made


@pytest_asyncio.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """Return an open, empty store."""
    async with Store.open(url) as opened:
        yield opened


@pytest.fixture
def samples() -> Samples:
    """Return a maker of entries."""
    return Samples()
