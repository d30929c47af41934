"""The report in a browser: on a phone and on a desk, light and dark, and on paper."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.reports import report_of

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[browser]'")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path: apt-get install chromium")
WIDTHS = (390, 1280)  # pixels: a phone held upright, a desk
LEAST_LETTERS = 9.0  # pixels high, of the smallest on a picture; what a phone's own maps use


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as drivers:
        opened = drivers.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module", params=["whole", "bare", "no surge"])
def page_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report_of(request.param, tmp_path_factory).write(tmp_path_factory.mktemp("page") / "report.html")


def opened(browser: Any, file: Path, width: int, scheme: str, said: list[str]) -> Any:
    """The page in a window so wide; what the browser says or asks for goes to `said`."""
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if request.url != file.as_uri() else None)
    page.goto(file.as_uri())
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_the_window_and_the_browser_has_nothing_to_say(browser: Any, page_file: Path, width: int, scheme: str) -> None:
    said: list[str] = []
    page = opened(browser, page_file, width, scheme, said)
    for details in page.query_selector_all("summary"):
        details.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.documentElement.scrollHeight") > 844
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 28)"
    assert dark == (scheme == "dark")
    assert said == []
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_one_drawing_of_each_picture_is_shown_inside_the_window_with_letters_that_can_be_read(
    browser: Any, page_file: Path, width: int
) -> None:
    page = opened(browser, page_file, width, "light", [])
    figures = page.query_selector_all("figure")
    assert figures
    for figure in figures:
        shown = [svg for svg in figure.query_selector_all("svg") if svg.is_visible()]
        assert len(shown) == 1
        box = shown[0].bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        heights = shown[0].evaluate("svg => [...svg.querySelectorAll('text')].map(t => parseFloat(getComputedStyle(t).fontSize))")
        scale = shown[0].evaluate("svg => svg.getScreenCTM().a")
        assert min(heights) * scale >= LEAST_LETTERS
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_no_letters_leave_the_drawing_they_are_in(browser: Any, page_file: Path, width: int) -> None:
    page = opened(browser, page_file, width, "light", [])
    outside = page.evaluate("""() => [...document.querySelectorAll('figure svg')].filter(svg => svg.getClientRects().length).flatMap(svg => {
        const box = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text')].filter(text => {
            const r = text.getBoundingClientRect();
            return r.width && (r.left < box.left - 2 || r.right > box.right + 2 || r.top < box.top - 2 || r.bottom > box.bottom + 2);
        }).map(text => text.textContent);
    })""")
    assert outside == []
    page.close()


def test_the_page_prints(browser: Any, page_file: Path, tmp_path: Path) -> None:
    page = opened(browser, page_file, 1280, "dark", [])
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(254, 254, 254)"  # paper is light, whatever the screen
    written = page.pdf(path=str(tmp_path / "page.pdf"), format="A4")
    assert written.startswith(b"%PDF")
    assert len(written) > 20_000
    page.close()
