"""The pages as built, a fixture server that serves them with a town in memory, and a headless browser."""

import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.web.tools import CHROMIUM, NODE, WEB, npm

CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass(frozen=True)
class Town:
    """The fixture server; `change` alters what it serves."""

    url: str

    def change(self, path: str) -> None:
        """POST /fixture/`path`."""
        request = urllib.request.Request(f"{self.url}/fixture/{path}", method="POST")
        with urllib.request.urlopen(request, timeout=10) as response:
            assert response.status == 200

    def get(self, path: str) -> bytes:
        """The body under `path`."""
        with urllib.request.urlopen(self.url + path, timeout=10) as response:
            body: bytes = response.read()
        return body


@pytest.fixture(scope="session")
def built_pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of `npm run build`, in a directory of its own."""
    out = tmp_path_factory.mktemp("pages")
    npm("run", "build", "--", "--outDir", str(out))
    return out


@pytest.fixture
def town(built_pages: Path) -> Iterator[Town]:
    """A fresh town."""
    with serving_town(built_pages) as town:
        yield town


@contextmanager
def serving_town(built_pages: Path) -> Iterator[Town]:
    """A town's server; it ends when its standard input closes."""
    command = [str(NODE), str(WEB / "test/fixtures/server.ts"), str(built_pages)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Town(process.stdout.readline().strip())
        process.stdin.close()
        process.wait(timeout=10)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Headless Chromium; ends with this folder's tests, since it keeps an event loop running on the main thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def phone(
    browser: Browser, service_workers: Literal["allow", "block"] = "allow", scheme: Literal["light", "dark"] = "light"
) -> Iterator[Page]:
    """A page in a context of its own; what its scripts may not do, or did wrong, fails the test."""
    size: ViewportSize = {"width": 390, "height": 844}
    context = browser.new_context(viewport=size, locale="en-GB", service_workers=service_workers, color_scheme=scheme)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A phone with empty storage; an error in a page's script fails the test.

    Without a service worker, which would ask the server itself, past what a test puts in between.
    """
    with phone(browser, service_workers="block") as page:
        yield page
