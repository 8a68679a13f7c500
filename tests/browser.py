"""A real browser for the tests: Debian's Chromium, driven over its own protocol.

Where it is missing the tests that need it are skipped aloud, and fail with CI=true.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from playwright.async_api import Browser, async_playwright

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_QUIET: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Without these it looks for hosts elsewhere; only this machine is asked for anything."""


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """Open a browser until the block ends."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        sentence = "no Chromium: as root, apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=program, args=list(_QUIET))
        try:
            yield browser
        finally:
            await browser.close()
