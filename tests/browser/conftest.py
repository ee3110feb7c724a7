"""A real Chromium against two real servers: the app as people start it, and the app with scripted models."""
from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from playground.paths import ROOT
from scripts.find_browser import ADVICE, find_browser
from tests.browser.driver import Chat, Engine
from tests.fake_house import free_port

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]
START_S = 90                              # a busy machine
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and put them last: Playwright keeps an event loop running in the main thread, in
    which other tests could not run theirs."""
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in here:
        item.add_marker(pytest.mark.browser)
    items[:] = [item for item in items if item not in here] + here


@contextlib.contextmanager
def serving(home: Path, *argv: str) -> Iterator[str]:
    """The address of an app in a process of its own, with a home folder of its own."""
    port = free_port()
    environ = {**os.environ, "HOME": str(home), "HF_HOME": str(home / "hf"), "GRADIO_TEMP_DIR": str(home / "gradio")}
    process = subprocess.Popen([sys.executable, *argv, "--port", str(port)], cwd=ROOT, env=environ, text=True,
                               stdout=subprocess.PIPE, stderr=(home / "stderr.txt").open("w"))
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if " is on http" in line:
                break
        else:
            raise AssertionError("the app ended: " + (home / "stderr.txt").read_text("utf-8"))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(10)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_browser()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(ADVICE)
        pytest.skip(ADVICE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def real_url(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[str]:
    """`python app.py`, with the pocket model that comes with it."""
    with serving(tmp_path_factory.mktemp("real"), "app.py") as url:
        yield url


@pytest.fixture(scope="session")
def scripted_url(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("scripted"), "-m", "tests.browser.scripted_app") as url:
        yield url


@pytest.fixture(scope="session")
def offline_url(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("offline"), "-m", "tests.browser.scripted_app", "--offline") as url:
        yield url


@pytest.fixture
def engine(scripted_url: str) -> Engine:
    """Decides what the scripted models say, and knows what happened."""
    return Engine(scripted_url)


class Visits:
    """Opens pages as separate people, and knows what went wrong on any of them."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self.url = browser, url
        self.contexts: list[BrowserContext] = []
        self.hosts: set[str] = set()
        self.errors: list[str] = []

    def open(self, path: str = "/?lang=en", **options: Any) -> Chat:
        """A page in a browser profile of its own, ready to be used. `options` are those of new_context."""
        context = self._browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        self.contexts.append(context)
        context.on("request", lambda request: self.hosts.add(urlparse(request.url).hostname or ""))
        return self.page(context, path)

    def page(self, context: BrowserContext, path: str = "/?lang=en") -> Chat:
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.goto(self.url + path, wait_until="domcontentloaded")
        return Chat(page).ready()

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error":
            self.errors.append(text)

    def close(self) -> None:
        """Close everything. Fails when a page reached another machine, threw, or showed a toast of Gradio's."""
        toasts = [toast for context in self.contexts for page in context.pages for toast in _toasts(page)]
        for context in self.contexts:
            context.close()
        assert self.hosts <= {"127.0.0.1", ""}, f"requests left this machine: {self.hosts}"
        assert not toasts, f"toasts were shown: {toasts}"
        assert not self.errors, f"the browser's console has errors: {self.errors}"


def _toasts(page: Page) -> list[str]:
    return page.locator(".toast-body").all_inner_texts()


@pytest.fixture
def visits(browser: Browser, scripted_url: str) -> Iterator[Visits]:
    made = Visits(browser, scripted_url)
    yield made
    made.close()


@pytest.fixture
def chat(visits: Visits) -> Chat:
    """One visitor of the app with scripted models."""
    return visits.open()


@pytest.fixture
def real(browser: Browser, real_url: str) -> Iterator[Visits]:
    """Visits to the app with the pocket model."""
    made = Visits(browser, real_url)
    yield made
    made.close()
