"""The pages as a browser shows them: at the width of a phone and of a desk, by keyboard alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import ConsoleMessage, Page, Request

from exchange.core.sentences import LANGUAGES
from exchange.web.public.page_texts import WORDS
from tests.browser import browsing
from tests.running import Running, running
from tests.web.test_verification import HOLDER, NUMBER, address, declare
from tests.world import World

PHONE, DESK = (360, 740), (1280, 900)


@pytest.fixture
async def house(world: World, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(world, tmp_path) as one:
        issuer = await one.caller("CN-CB-0103")
        answer = await issuer.submit(issuer.world.attestation())
        assert answer.status == 201, answer.body
        await declare(issuer, "public")
        yield one


async def shown(page: Page, folder: Path, name: str) -> None:
    """Keep a picture, and see that nothing sticks out at the side."""
    await page.screenshot(path=folder / f"{name}.png", full_page=True)
    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{name} is {wide} pixels too wide"


async def test_pages_fit_phone_and_desk_in_both_directions(house: Running, tmp_path: Path) -> None:
    base = house.addresses.public
    code = await address(house)
    faults: list[str] = []

    def said(one: ConsoleMessage) -> None:
        faults.append(one.text)

    def failed(one: Request) -> None:
        faults.append(one.url)

    async with browsing() as browser:
        for name, (width, height) in (("phone", PHONE), ("desk", DESK)):
            context = await browser.new_context(
                ignore_https_errors=True, viewport={"width": width, "height": height}
            )
            page = await context.new_page()
            page.on("console", said)
            page.on("requestfailed", failed)
            for language in LANGUAGES:
                for what, path in (
                    ("form", f"/?lang={language}"),
                    ("answer", f"/q/{code}?lang={language}"),
                    ("none", f"/verify?number=10326Q10286R0X&issuer=CN-CB-0103&lang={language}"),
                    ("search", f"/search?q=haijia&lang={language}"),
                ):
                    await page.goto(base + path)
                    await shown(page, tmp_path, f"{what}-{name}-{language}")
                    turned = await page.evaluate("getComputedStyle(document.body).direction")
                    assert turned == ("rtl" if language == "ar" else "ltr")
            assert faults == []
            await context.close()


async def test_certificate_is_checked_by_keyboard_alone(house: Running) -> None:
    async with browsing() as browser:
        context = await browser.new_context(ignore_https_errors=True, locale="ru-RU")
        page = await context.new_page()
        await page.goto(house.addresses.public + "/")
        # The first field gets the focus once the page is laid out, which may be after it is
        # loaded; what is typed before then goes nowhere. Everything else is reached from there.
        await page.wait_for_selector("#number:focus")
        await page.keyboard.type(NUMBER)
        await page.keyboard.press("Tab")
        await page.keyboard.type("CN-CB-0103")
        await page.keyboard.press("Tab")
        await page.keyboard.type("Another Company Ltd")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#answer.valid")
        said = await page.inner_text("main")
        await context.close()

    assert WORDS["ru"]["valid"] in said
    assert WORDS["ru"]["mismatch"] in said
    assert HOLDER in said


async def test_file_is_checked_in_the_browser(house: Running, tmp_path: Path) -> None:
    certificate = tmp_path / "certificate.xml"
    certificate.write_bytes(house.world.attestation())
    altered = tmp_path / "altered.xml"
    altered.write_bytes(certificate.read_bytes().replace(b"Haijia", b"Haijie"))
    async with browsing() as browser:
        context = await browser.new_context(ignore_https_errors=True)
        page = await context.new_page()
        for path, ending in ((certificate, "valid"), (altered, "not-valid")):
            await page.goto(house.addresses.public + "/")
            await page.set_input_files("#file", path)
            await page.click("form[method=post] button")
            await page.wait_for_selector(f"#answer.{ending}")
        await context.close()
