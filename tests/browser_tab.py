"""The system's Chromium, driven by Playwright: a tab, and what must hold of every page in it."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, Route, sync_playwright

from tests.command_run import Folder, read_lines

SCREENSHOTS = Path(__file__).parents[1] / "screenshots"
NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--no-sandbox",  # a container's root has no other way
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
REFUSED = ("Blocked script execution", "Loading the ", "Applying ", "Framing ", "Refused to ")
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1200, "height": 900}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser, or skip the test if none is installed and none is required."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        if os.environ.get("INGEST_BROWSER") == "required":
            pytest.fail("no Chromium is installed; `scripts/chromium` installs it")
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=OPTIONS) as browser:
        yield browser


@contextmanager
def served(archive: Path, folder: Path) -> Iterator[str]:
    """Run `ingest browse` and yield its address."""
    with Folder(folder).start("--archive", archive, "browse", "--no-open", "--port", 0) as process:
        try:
            yield read_lines(process, 1)[0].rstrip("/")
        finally:
            process.terminate()
            _, errors = process.communicate(timeout=10)
            assert b"Traceback" not in errors, errors.decode()
            sys.stderr.write(errors.decode())  # pytest shows it if it did not start


@dataclass
class Tab:
    """A page in the browser, and all that it asked others for and complained of."""

    page: Page
    base: str
    asked_others: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._requested)
        self.page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.route(lambda url: not url.startswith(self.base), Route.abort)

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((f"{self.base}/", "data:")):
            self.asked_others.append(request.url)

    def go(self, path: str) -> int:
        """Load the page and return its status."""
        answer = self.page.goto(self.base + path)
        assert answer
        return answer.status

    def holds_in(self, *, refusing: bool = False) -> None:
        """Assert that the page asked nobody else, had no error, and ran no script of the archive's.

        `refusing`: it has a page as kept, of which the browser refuses what would run or load, and says so.
        """
        assert self.asked_others == [], self.asked_others
        errors = [error for error in self.errors if not (refusing and error.startswith(REFUSED))]
        assert errors == [], errors
        assert all(frame.evaluate("window.hacked") is None for frame in self.page.frames)
        links = self.page.eval_on_selector_all("a[href]", "links => links.map(link => link.protocol)")
        assert set(links) <= {"http:", "https:", f"{urlsplit(self.base).scheme}:"}, links

    def violations(self, *, only_contrast: bool = False) -> list[str]:
        """Return what axe has against the page."""
        only = {"type": "rule", "values": ["color-contrast"]} if only_contrast else {"type": "tag", "values": WCAG}
        options = {"runOnly": only, "resultTypes": ["violations"], "preload": False}
        if self.page.evaluate("typeof axe") == "undefined":
            found = Axe().run(self.page, options=options).response["violations"]
        else:
            found = self.page.evaluate("options => axe.run(document, options)", options)["violations"]
        return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]

    def is_accessible(self) -> None:
        """Assert what axe knows of, in light and in dark."""
        light = self.violations()
        assert light == [], "\n".join(light)
        self.page.emulate_media(color_scheme="dark")
        dark = self.violations(only_contrast=True)
        self.page.emulate_media(color_scheme="light")
        assert dark == [], "\n".join(dark)

    def fits_a_phone(self) -> None:
        """Assert that nothing but a region for wide things scrolls sideways."""
        self.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        width = self.page.evaluate("document.documentElement.scrollWidth")
        self.page.set_viewport_size(DESK)  # type: ignore[arg-type]
        assert width <= PHONE["width"], width

    def picture(self, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled")
