"""What a person does on the page, and what a test tells the scripted engine. Waits by `expect`, never by time."""
from __future__ import annotations

import time
from typing import Any

import httpx
from playwright.sync_api import Locator, Page, TimeoutError, expect

PATIENCE_S = 20.0
SET_VALUE = """(box, text) => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, text);
    box.dispatchEvent(new Event("input", {bubbles: true}));
}"""


class Chat:
    """The chat tab of one open page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.box = page.locator("#chat-box textarea")
        self.send, self.stop = page.locator("#chat-send"), page.locator("#chat-stop")
        self.status, self.log = page.locator("#chat-status .draw"), page.locator("#chat")
        self.questions = page.locator("#chat [data-testid=user] .message-content")
        self.answers = page.locator("#chat [data-testid=bot] > .message-content")
        self.folds = page.locator("#chat .thought-group .title")

    def ready(self) -> Chat:
        """Wait until the page can be used."""
        expect(self.box).to_be_editable()
        expect(self.page.locator("#memory .facts")).not_to_be_empty()
        return self

    def ask(self, text: str) -> Chat:
        """Type and press Enter; does not wait for the answer."""
        self.box.fill(text)
        self.box.press("Enter")
        return self

    def paste(self, text: str) -> None:
        """Put a long text into the box at once; `fill` types it, which takes Chromium minutes for many lines."""
        self.box.evaluate(SET_VALUE, text)

    def answered(self, status: str = "answered") -> Chat:
        """Wait for the end of the answer."""
        expect(self.status).to_contain_text(status)
        expect(self.send).to_be_enabled()
        return self

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def open_tab(self, name: str) -> None:
        """Choose a tab in the row, or in the menu where a phone puts those that do not fit.

        Where it is changes while the page is laid out, so each place is tried again.
        """
        tab, more = self.page.get_by_role("tab", name=name, exact=True), self.page.locator(".overflow-menu > button")
        in_menu = self.page.locator(".overflow-menu").get_by_role("button", name=name, exact=True)
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            try:
                if not tab.is_visible():
                    more.click(timeout=2000)
                (tab if tab.is_visible() else in_menu).click(timeout=2000)
                return
            except TimeoutError:
                continue
        raise AssertionError(f"the tab {name} is nowhere")

    def open_hood(self) -> Locator:
        """Unfold "Under the hood" unless it is open; gives back the panel."""
        hood = self.page.locator("#hood")
        if not self.page.locator("#hood-tokens").is_visible():
            hood.locator("button.label-wrap").click()
        return hood

    def pick(self, element_id: str, option: str) -> None:
        """Choose in one of the bar's lists."""
        self.page.locator(f"#{element_id} input").click()
        self.page.get_by_role("option", name=option).first.click()


class Engine:
    """The scripted engine's controls."""

    def __init__(self, url: str) -> None:
        self._url = url

    def plan(self, question: str, *tokens: str, **how: Any) -> None:
        """Answer `question` with these tokens. held: each waits for `release`. fail_after: then break."""
        self._post("plan", question=question, tokens=tokens, **how)

    def release(self, question: str, count: int) -> None:
        self._post("release", question=question, count=count)

    def told(self, question: str) -> dict[str, Any]:
        """What happened with this question so far."""
        return dict(httpx.get(f"{self._url}/control/told", params={"question": question}, timeout=20).json())

    def leases(self, key: str = "scripted:bf16") -> int:
        """How many answers hold the model now."""
        return int(httpx.get(f"{self._url}/control/leases", timeout=20).json().get(key, 0))

    def wait(self, question: str, **wanted: Any) -> dict[str, Any]:
        """What happened with this question as soon as it is like `wanted`."""
        until = time.monotonic() + PATIENCE_S
        while not wanted.items() <= (told := self.told(question)).items():
            assert time.monotonic() < until, f"never became {wanted}: {told}"
            time.sleep(0.02)
        return told

    def wait_for_leases(self, count: int) -> None:
        """Until this many answers hold the model."""
        until = time.monotonic() + PATIENCE_S
        while (now := self.leases()) != count:
            assert time.monotonic() < until, f"{now} answers hold the model, not {count}"
            time.sleep(0.02)

    def _post(self, what: str, **body: Any) -> None:
        httpx.post(f"{self._url}/control/{what}", json=body, timeout=20).raise_for_status()
