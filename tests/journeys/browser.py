"""A real Chromium that fails a test on any request off the host, console error or CSP violation."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    expect,
    sync_playwright,
)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
# A click only waits until the next page begins to arrive, and a busy machine shows it late.
expect.set_options(timeout=20_000)
REPORT_VIOLATIONS = """
document.addEventListener('securitypolicyviolation', event => {
  console.error('CSP violation: ' + event.violatedDirective + ' ' + event.blockedURI);
});
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class WatchedPages:
    """Opens pages and remembers everything that a page must not do."""

    def __init__(self, browser: Browser, base_url: str) -> None:
        self.browser, self.base_url = browser, base_url
        self.faults: list[str] = []
        self.expected_statuses = {200, 303, 304, 301, 308}

    def context(self, **options: object) -> BrowserContext:
        made = self.browser.new_context(**{"base_url": self.base_url} | options)
        made.add_init_script(REPORT_VIOLATIONS)
        made.on("page", self._watch)
        return made

    def page(self, **options: object) -> Page:
        return self.context(**options).new_page()

    def _watch(self, page: Page) -> None:
        page.on("request", lambda request: self._check_host(request.url))
        page.on("console", self._check_console)
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("dialog", self._note_dialog)

    def _note_dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()  # the page waits for it

    def _check_host(self, url: str) -> None:
        if not url.startswith((self.base_url, "data:", "blob:", "about:")):
            self.faults.append(f"request off the host: {url}")

    def _check_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            where = message.location["url"]
            self.faults.append(f"console {message.type}: {message.text} ({where})")
