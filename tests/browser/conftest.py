"""A real Chromium against Django's live server: ``browser_page`` is a fresh, logged-out page of its own context."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from pytest_django.live_server_helper import LiveServer

from erp.local import browser as chromium

# Playwright's loop makes Django believe that it runs inside asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

_FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-proxy-server",
]


@pytest.fixture(scope="session")
def playwright_session() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium_browser(playwright_session: Playwright) -> Iterator[Browser]:
    # Chromium's sandbox refuses root.
    flags = [*_FLAGS, "--no-sandbox"] if os.geteuid() == 0 else _FLAGS
    program = os.environ.get("TONGZHANG_CHROMIUM") or chromium.ensure()
    browser = playwright_session.chromium.launch(executable_path=program, args=flags)
    yield browser
    browser.close()


@pytest.fixture
def browser_page(chromium_browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A page at 1440 px in Chinese whose relative addresses lead to the live server."""
    context = chromium_browser.new_context(
        base_url=live_server.url,
        viewport={"width": 1440, "height": 900},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        accept_downloads=True,
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()
