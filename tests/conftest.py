"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.world import World, make_world

pytest_plugins = ["tests.postgres", "tests.softhsm"]

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """Return the folder of documents that strangers made; skip aloud where it is absent."""
    folder = ROOT.parent / "shared" / "fixtures"
    if not folder.is_dir():
        pytest.skip("the folder shared/fixtures is not beside the checkout")
    return folder


@pytest.fixture
def world() -> World:
    """Return a small world in memory with a clock of its own."""
    return make_world()
