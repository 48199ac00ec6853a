"""The upload box in a real browser: several files, a lost connection, an expired token, cancel, a reload in between."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Locator, Page, Route, expect, sync_playwright

from db.session import Database
from webapp.services import library
from webapp.services.defaults import ensure_defaults

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

expect.set_options(timeout=60_000)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def chromium() -> str:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("in CI a Chromium must be installed")
        pytest.skip("needs Chromium, which is not installed")
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def address(data: Path) -> Iterator[str]:
    """The launcher on a port of its own."""
    environment = {**os.environ, "GLINT_DATA": str(data), "GLINT_PORT": "0", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "webapp"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        for line in process.stdout:
            found = re.search(r"http://\S+", line)
            if found:
                break
        else:
            pytest.fail("the launcher ended before it was ready")
        yield found.group()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    open_box(page)
    yield page
    page.context.close()


def open_box(page: Page) -> None:
    """The box stands open on an empty library, behind "Add videos" on any other."""
    expander = page.locator("details", has_text="Add videos")
    expander.wait_for()
    if expander.get_attribute("open") is None:
        page.get_by_text("Add videos").click()
    page.get_by_text("Choose videos").wait_for()


def choose(page: Page, *files: tuple[str, bytes]) -> None:
    page.locator("input[type=file][multiple]").set_input_files(
        [{"name": name, "mimeType": "video/mp4", "buffer": content} for name, content in files]
    )


def row(page: Page, name: str) -> Locator:
    return page.locator("li", has_text=name)


def noise(seed: int, size: int) -> bytes:
    """Bytes that are no video: whether they arrive is the question here, not what they show."""
    return bytes((seed + i * i) % 251 for i in range(4096)) * (size // 4096)


def stored(data: Path) -> dict[str, Path]:
    """Title -> file of everything in the library."""
    database = Database(f"sqlite:///{data / 'glint.db'}")
    ids = ensure_defaults(database)
    rows = library.list_videos(database, ids.study_id, per_page=100).rows
    return {row.title: data / library.get_video(database, row.id).path for row in rows}


def test_two_files_arrive_whole_with_subjects_guessed_and_typed(page: Page, data: Path) -> None:
    first, second = noise(1, 9_000_000), noise(2, 400_000)
    choose(page, ("s15_smile.mp4", first), ("holiday.mp4", second))
    expect(row(page, "s15_smile").get_by_label("Subject of")).to_have_value("s15")
    row(page, "holiday").get_by_label("Subject of").fill("crcr")  # r and c are Streamlit's own hotkeys
    page.get_by_role("button", name="Upload 2 files").press("Enter")
    for name in ("s15_smile", "holiday"):
        expect(row(page, name)).to_have_attribute("data-state", "done")
    files = stored(data)
    assert files["s15_smile.mp4"].read_bytes() == first
    assert files["holiday.mp4"].read_bytes() == second
    page.get_by_text("holiday.mp4").nth(1).wait_for()  # the list below shows it without a reload
    expect(page.locator("[class*=st-key-subject-] input").first).to_have_value(re.compile("crcr|s15"))


def test_a_lost_connection_goes_on_by_itself_at_the_byte_where_it_was(page: Page, data: Path) -> None:
    content, offsets, cut = noise(3, 13_000_000), [], []

    def sometimes(route: Route) -> None:
        offsets.append(int(re.search(r"offset=(\d+)", route.request.url).group(1)))
        if len(offsets) == 2:
            cut.append(route)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(re.compile(r"/api/uploads/[0-9a-f]+\?offset="), sometimes)
    choose(page, ("s16_line.mp4", content))
    page.get_by_role("button", name="Upload 1 file").press("Enter")
    expect(row(page, "s16_line")).to_have_attribute("data-state", "done")
    assert cut
    assert offsets == [0, 4194304, 4194304, 8388608, 12582912]
    assert stored(data)["s16_line.mp4"].read_bytes() == content


def test_an_expired_token_is_renewed_and_the_piece_sent_again(page: Page, data: Path) -> None:
    content, tokens = noise(4, 5_000_000), []

    def first_refused(route: Route) -> None:
        tokens.append(route.request.headers["x-glint-token"])
        if len(tokens) == 1:
            route.fulfill(status=401, json={"error": "the token has expired", "reason": "expired"})
        else:
            route.continue_()

    page.route(re.compile(r"/api/uploads/[0-9a-f]+\?offset="), first_refused)
    choose(page, ("s17_token.mp4", content))
    page.get_by_role("button", name="Upload 1 file").press("Enter")
    expect(row(page, "s17_token")).to_have_attribute("data-state", "done")
    assert tokens[1] != tokens[0]
    assert stored(data)["s17_token.mp4"].read_bytes() == content


def test_the_same_file_chosen_after_a_reload_goes_on_where_it_stopped(page: Page, data: Path) -> None:
    content, offsets = noise(5, 9_000_000), []
    stuck = re.compile(r"/api/uploads/[0-9a-f]+\?offset=4194304")
    page.route(stuck, lambda route: route.abort("connectionreset"))
    # A file on disk: its date is part of how it is recognised, and stays the same.
    path = data / "s18_reload.mp4"
    path.write_bytes(content)
    page.locator("input[type=file][multiple]").set_input_files(str(path))
    page.get_by_role("button", name="Upload 1 file").press("Enter")
    expect(row(page, "s18_reload")).to_have_attribute("data-state", "waiting")
    page.on("dialog", lambda dialog: dialog.accept())  # "leave the page?"
    page.reload()
    open_box(page)
    page.unroute(stuck)
    page.on("request", lambda request: offsets.extend(re.findall(r"offset=(\d+)", request.url)))
    page.locator("input[type=file][multiple]").set_input_files(str(path))
    page.get_by_role("button", name="Upload 1 file").press("Enter")
    expect(row(page, "s18_reload")).to_have_attribute("data-state", "done")
    assert offsets[0] == "4194304"
    assert stored(data)["s18_reload.mp4"].read_bytes() == content


def test_cancelling_leaves_nothing_on_the_server(page: Page, data: Path) -> None:
    before = set((data / "uploads").glob("*"))
    page.route(re.compile(r"offset=4194304"), lambda route: route.abort("connectionreset"))
    choose(page, ("s19_cancel.mp4", noise(6, 9_000_000)))
    page.get_by_role("button", name="Upload 1 file").press("Enter")
    expect(row(page, "s19_cancel")).to_have_attribute("data-state", "waiting")
    with page.expect_response(lambda answer: answer.request.method == "DELETE"):
        row(page, "s19_cancel").get_by_role("button", name="Cancel").click()
    expect(row(page, "s19_cancel")).to_have_attribute("data-state", "cancelled")
    assert set((data / "uploads").glob("*")) == before
    assert "s19_cancel.mp4" not in stored(data)


def test_an_empty_file_and_a_second_copy_are_refused_in_a_sentence(page: Page) -> None:
    choose(page, ("nothing.mp4", b""))
    page.get_by_role("button", name="Upload 1 file").press("Enter")
    expect(row(page, "nothing")).to_contain_text("is empty")
    content = noise(7, 300_000)
    for name in ("s20_once.mp4", "s20_twice.mp4"):
        choose(page, (name, content))
        page.get_by_role("button", name="Upload 1 file").press("Enter")
        expect(row(page, name)).to_have_attribute("data-state", re.compile("done|failed"))
    expect(row(page, "s20_twice")).to_contain_text("s20_once.mp4")
