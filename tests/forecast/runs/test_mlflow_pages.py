"""A trained store in MLflow's own pages: the list of runs, one run, its pictures, its model, and two runs beside each other."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from forecast.api import train
from tests.runs import QUICK
from tests.servers import answers, free_port, mlflow_server, until

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[browser]'")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path: apt-get install chromium")]
PATIENCE = 180_000  # milliseconds that a page may take on a busy machine


class Pages(NamedTuple):
    """An open browser on the pages of a store with two runs."""

    page: Any
    experiment: str
    runs: tuple[str, str]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, blank_store: Path) -> Iterator[Pages]:
    place, port = tmp_path_factory.mktemp("pages"), free_port()
    shutil.copy(blank_store, place)
    store = f"sqlite:///{place / 'mlflow.db'}"
    runs = tuple(  # pictures are looked at in the first
        train(overrides=[*QUICK, f"outcome.size={size}"], jobs=1, output=place / str(size), tracking_uri=store, report=size == 0.5).run_id
        for size in (0.5, 1.0)
    )
    words = ("server", "--backend-store-uri", store, "--port", port, "--workers", 1)
    address = "http" + f"://127.0.0.1:{port}"
    with mlflow_server(place, *words) as log, playwright.sync_playwright() as drivers:
        until(lambda: answers(port), log)
        browser = drivers.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(base_url=address, viewport={"width": 1400, "height": 1000}).new_page()
        page.set_default_timeout(PATIENCE)
        yield Pages(page, "1", (runs[0], runs[1]))
        browser.close()


def seen(pages: Pages, place: str, *texts: str) -> None:
    """Waits until each of the texts is to be seen on the page of `place`."""
    pages.page.goto(f"/#/{place}")
    for text in texts:
        pages.page.get_by_text(text, exact=True).first.wait_for(state="visible")


def test_the_list_shows_a_row_a_training(pages: Pages) -> None:
    seen(pages, f"experiments/{pages.experiment}/runs", "Training runs")
    pages.page.locator("a", has_text="us_small_caps ").nth(1).wait_for(state="visible")
    assert pages.page.locator("a", has_text="us_small_caps ").count() == 2


def test_the_page_of_a_run_has_its_answer_its_numbers_and_its_model(pages: Pages) -> None:
    seen(pages, f"experiments/{pages.experiment}/runs/{pages.runs[0]}", "smallcap-surge", "p_continue", "base_stall")
    pages.page.get_by_text("; base rate ").first.wait_for(state="attached")


def test_the_numbers_are_followed_from_fold_to_fold(pages: Pages) -> None:
    seen(pages, f"experiments/{pages.experiment}/runs/{pages.runs[0]}/model-metrics", "brier", "Step")
    seen(pages, f"experiments/{pages.experiment}/runs/{pages.runs[0]}/system-metrics", "cpu_utilization_percentage")


def test_questions_are_shown_as_a_table(pages: Pages) -> None:
    seen(pages, f"experiments/{pages.experiment}/runs/{pages.runs[0]}/artifacts", "tables")
    pages.page.get_by_text("tables", exact=True).first.click()
    pages.page.get_by_text("questions.json", exact=True).first.click()
    pages.page.get_by_text("View as table").first.wait_for(state="visible")


def test_a_picture_of_a_question_is_shown(pages: Pages) -> None:
    seen(pages, f"experiments/{pages.experiment}/runs/{pages.runs[0]}/artifacts", "pictures")
    pages.page.get_by_text("pictures", exact=True).first.click()
    pages.page.get_by_text("answer.png", exact=True).first.click()
    pages.page.wait_for_function("() => [...document.images].some(image => image.naturalWidth > 300)")  # a logo is smaller


def test_two_runs_stand_beside_each_other_along_what_sets_them_apart(pages: Pages) -> None:
    both = f'compare-runs?runs=["{pages.runs[0]}","{pages.runs[1]}"]&experiments=["{pages.experiment}"]'
    seen(pages, both, "Comparing 2 Runs from 1 Experiment", "Parallel Coordinates Plot", "outcome.size")


def test_the_registered_model_has_a_version_a_run(pages: Pages) -> None:
    seen(pages, "models/smallcap-surge", "Version 2", "Version 1")
