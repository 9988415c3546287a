"""A real chromium against a real server on 127.0.0.1, over the hand-made company; no page may break its own rules."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import make_server

from plugin.services.core import Core
from tests.conftest import FrozenClock, app_over
from tests.small_company import PASSWORD, Company
from tests.web import admin_world
from tests.worlds import World, Worlds, stage_of

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = str(Path(__file__).parent)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI"):
            pytest.fail("chromium is missing: apt-get install chromium")
        pytest.skip("Debian's chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> str:
    """What the world holds already when the test begins."""
    return stage_of(request.fixturenames)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """On the database of the file's mark, SQLite without one: a browser's pages are the server's, seen on both. On the other one too
    where time counts less (make slow)."""
    if "kind" in metafunc.fixturenames:
        is_postgres = metafunc.definition.get_closest_marker("postgresql") is not None
        mine, other = ("postgresql", "sqlite") if is_postgres else ("sqlite", "postgresql")
        metafunc.parametrize(
            "kind", [mine, pytest.param(other, marks=[pytest.mark.slow, pytest.mark.other_database])]
        )


@pytest.fixture
def ground(
    kind: str,
    worlds_on: Callable[[str], Worlds],
    stage: str,
    clock: FrozenClock,
    tmp_path: Path,
) -> Iterator[tuple[Core, World]]:
    with worlds_on(kind).copied(stage, clock, tmp_path) as (core, world):
        yield replace(core, settings=replace(core.settings, company_name="Example Company")), world


@pytest.fixture
def core(ground: tuple[Core, World]) -> Core:
    return ground[0]


@pytest.fixture
def world(ground: tuple[Core, World]) -> admin_world.World:
    """What an admin sees; the module's stage is ``admin-N``."""
    made = ground[1].admin
    assert made is not None
    return made


@pytest.fixture
def company(ground: tuple[Core, World]) -> Company:
    made = ground[1].company
    assert made is not None
    return made


@pytest.fixture
def cycle_id(ground: tuple[Core, World]) -> int:
    made = ground[1].cycle_id
    assert made is not None
    return made


@contextmanager
def served(core: Core) -> Iterator[str]:
    """The address of a running server."""
    server = make_server("127.0.0.1", 0, app_over(core), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def site(core: Core, cycle_id: int) -> Iterator[str]:
    """With an open cycle."""
    with served(core) as address:
        yield address


@dataclass
class Visit:
    """A page with what it complained about."""

    page: Page
    site: str
    folder: Path | None = None  # where pictures go: pytest --screenshots FOLDER
    complaints: list[str] = field(default_factory=list)

    def note(self, message: ConsoleMessage) -> None:
        expected = "Failed to load resource" in message.text  # a 4xx that a test asks for
        expected |= (
            "preloaded using link preload" in message.text
        )  # and not used within seconds: goes by the clock
        if message.type in ("error", "warning") and not expected:
            self.complaints.append(message.text)

    def go(self, path: str) -> None:
        self.page.goto(self.site + path)

    def sign_in(self, email: str) -> None:
        self.go("/sign-in")
        self.page.fill("#email", email)
        self.page.fill("#password", PASSWORD)
        self.page.click("button[type=submit]")
        self.page.wait_for_url(lambda url: "sign-in" not in url)

    def violations(self) -> list[str]:
        """Accessibility rules that the page breaks, with the place."""
        found = Axe().run(self.page, options={"runOnly": {"type": "tag", "values": TAGS}})
        return [
            f"{rule['id']}: {node['html'][:160]}"
            for rule in found.response["violations"]
            for node in rule["nodes"]
        ]

    def is_wider_than_the_screen(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))

    def picture(self, name: str, *, whole: bool = False) -> None:
        """Kept when the run asks for pictures (make screenshots), so that the README's do not age."""
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=self.folder / f"{name}.png", full_page=whole)


Opened = Callable[..., Visit]


@pytest.fixture
def visit(chromium: Browser, site: str, request: pytest.FixtureRequest) -> Iterator[Opened]:
    """``visit(width=…, dark=…, scripts=…)`` opens a fresh browser profile; at the end nothing may have complained."""
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def opened(
        *,
        width: int = 1440,
        height: int = 1000,
        dark: bool = False,
        scripts: bool = True,
        forced: bool = False,
    ) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            forced_colors="active" if forced else "none",
        )
        context.set_default_timeout(15_000)
        page = context.new_page()
        made = Visit(page, site, request.config.getoption("--screenshots"))
        page.on("console", made.note)
        page.on("pageerror", lambda error: made.complaints.append(str(error)))
        contexts.append(context)
        visits.append(made)
        return made

    yield opened
    complaints = [text for each in visits for text in each.complaints]
    for context in contexts:
        context.close()
    assert complaints == []
