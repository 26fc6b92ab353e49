"""Waiting for what no element of a page shows."""

from playwright.sync_api import Page


def until(page: Page, condition: str) -> None:
    """Wait until a function of the page, which may be asynchronous, answers true.

    Playwright's own wait evaluates its text again and again, which the pages' policy forbids.
    """
    page.evaluate(f"async () => {{ while (!(await ({condition})())) await new Promise(requestAnimationFrame) }}")
