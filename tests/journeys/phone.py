"""An organizer with a phone in a browser: sets up its app once, then gives its codes."""

import base64
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from playwright.sync_api import expect

from protestcoord.organizers.totp import code_at, step_at
from tests.journeys.served import ORGANIZER, PASSWORD


@dataclass
class Phone:
    """What an organizer has at hand: address, password, the app, recovery codes on paper."""

    email: str = ORGANIZER
    password: str = PASSWORD
    secret: bytes = b""
    paper: list[str] = field(default_factory=list)
    last_step: int = 0

    def code(self) -> str:
        """Return a code that was not given yet; one step ahead of the clock is taken too."""
        while step_at(datetime.now(UTC)) + 1 <= self.last_step:
            time.sleep(0.5)
        self.last_step = max(step_at(datetime.now(UTC)), self.last_step + 1)
        return code_at(self.secret, self.last_step)

    def sign_in(self, page) -> None:
        page.goto("/organize/")
        page.get_by_label("E-mail").fill(self.email)
        page.get_by_label("Password").fill(self.password)
        page.get_by_role("button", name="Sign in").click()
        if self.secret:
            page.get_by_label("Code").fill(self.code())
            page.get_by_role("button", name="Go on").click()
        else:
            self.set_up(page)

    def set_up(self, page) -> None:
        """Read the secret from the page, as one types it into an app."""
        page.get_by_text("Type the secret instead").click()
        typed = page.locator(".set-up__secret").text_content().replace(" ", "")
        self.secret = base64.b32decode(typed)
        page.get_by_label("Code that the app shows now").fill(self.code())
        page.get_by_role("button", name="Set up").click()
        codes = page.locator(".recovery-codes code")
        expect(codes.last).to_be_visible()
        self.paper = codes.all_text_contents()
        page.get_by_role("link", name="I have written them down").click()
