"""Take the pictures of the README from the running app: `make screenshots`.

They show the model that comes with the app answering, in both themes, on a wide screen and on a phone. With
`--all DIR` it also takes every state of the page (empty, streaming, error), for people who work on its looks.
"""
from __future__ import annotations

import argparse
import contextlib
import io
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from scripts.find_browser import ADVICE, find_browser

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "assets" / "screenshots"
WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
QUESTION = "What is 47 * 36?"
PATIENCE_MS = 60_000


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The address of the app, in a process of its own, without a network."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "app.py", "--port", str(port), "--offline"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        if not any(" is on http" in line for line in process.stdout):
            raise SystemExit("the app did not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(10)


class Visit:
    """One page, driven as a reader would."""

    def __init__(self, browser: Browser, url: str, theme: Any, size: Any) -> None:
        self.context = browser.new_context(viewport=size, color_scheme=theme, reduced_motion="reduce")
        self.page: Page = self.context.new_page()
        self.page.goto(f"{url}/?lang=en")
        self.box = self.page.locator("#chat-box textarea")
        expect(self.box).to_be_editable()
        expect(self.page.locator("#memory .facts")).to_contain_text("1 model ready")

    def ask(self, question: str) -> None:
        self.box.fill(question)
        self.box.press("Enter")

    def answered(self) -> None:
        expect(self.page.locator("#chat-status")).to_contain_text("answered")
        expect(self.page.locator("#chat-send")).to_be_enabled()

    def open_hood(self) -> None:
        if not self.page.locator("#hood-tokens").is_visible():
            self.page.locator("#hood button.label-wrap").click()
        expect(self.page.locator("#hood-tokens [role=group]")).to_be_visible()

    def open_models(self) -> None:
        """The Models tab, with its tables there."""
        self.page.get_by_role("tab", name="Models", exact=True).click()
        expect(self.page.locator("#models-fits table")).to_be_visible()
        expect(self.page.locator("#models-loaded tbody tr")).to_have_count(1)
        self.page.get_by_role("tab", name="Models", exact=True).evaluate("(tab) => tab.scrollIntoView()")

    def shoot(self, path: Path) -> None:
        """Write the window, with at most 256 colours: a fifth of the bytes and no difference to the eye."""
        self.page.evaluate("document.activeElement.blur(); document.fonts.ready")
        picture = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
        print(f"{path}  {path.stat().st_size / 1000:.0f} kB", flush=True)


def for_readme(browser: Browser, url: str) -> None:
    """An answer with its facts, on the wide screen with the hood open; and what is in memory then."""
    for theme in ("light", "dark"):
        for name, size in (("chat", WIDE), ("chat-phone", PHONE)):
            visit = Visit(browser, url, theme, size)
            visit.ask(QUESTION)
            visit.answered()
            if size is WIDE:
                visit.open_hood()
            else:
                visit.page.locator("#chat").evaluate("(chat) => chat.scrollIntoView()")
            visit.shoot(FOLDER / f"{name}-{theme}.png")
            if (theme, size) in (("light", WIDE), ("dark", PHONE)):
                visit.open_models()
                visit.shoot(FOLDER / f"{name.replace('chat', 'models')}-{theme}.png")
            visit.context.close()


def every_state(browser: Browser, url: str, folder: Path) -> None:
    for theme in ("light", "dark"):
        for size in (WIDE, PHONE):
            visit = Visit(browser, url, theme, size)
            name = f"{theme}-{size['width']}"
            visit.shoot(folder / f"empty-{name}.png")
            visit.ask("What is 47 * 36?")
            expect(visit.page.locator("#chat-stop")).to_be_enabled()
            visit.shoot(folder / f"streaming-{name}.png")
            visit.answered()
            visit.shoot(folder / f"answered-{name}.png")
            visit.box.fill("x" * 20_001)
            visit.page.locator("#chat-send").click()
            expect(visit.page.locator("#chat-status .draw")).to_have_attribute("data-kind", "problem")
            visit.shoot(folder / f"error-{name}.png")
            visit.page.get_by_role("tab", name="Lessons").click()
            expect(visit.box).to_be_hidden()
            visit.shoot(folder / f"lessons-{name}.png")
            visit.context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Take the pictures of the README from the running app.")
    parser.add_argument("--all", metavar="DIR", type=Path, help="also every state of the page, into this folder")
    wanted = parser.parse_args()
    path = find_browser()
    if path is None:
        raise SystemExit(ADVICE)
    expect.set_options(timeout=PATIENCE_MS)
    with serving() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for_readme(browser, url)
        if wanted.all:
            every_state(browser, url, wanted.all)
        browser.close()


if __name__ == "__main__":
    main()
