"""Scenarios: the same surge with drivers at other values."""

from functools import partial

from forecast.report.html.answer import NO_SURGE
from forecast.report.html.number_format import TOLD, by_outcome, listed, number, percent
from forecast.report.html.page_elements import PageTable, Picture, Section
from forecast.report.html.report_data import ReportData
from forecast.report.plots import scenarios as picture

KEY, TITLE = "scenarios", "Scenarios"


def section(data: ReportData) -> Section:
    """The main question under each scenario of the experiment."""
    answer, main = data.answer, data.main
    if answer is None or main is None:
        return Section(KEY, TITLE, missing=NO_SURGE)
    if not answer.scenarios:
        stated = len(data.experiment.scenarios)
        why = "The experiment states no scenario; [scenarios] is where it would."
        return Section(KEY, TITLE, missing=why if not stated else "No scenario could be answered; the notes below say why.")
    forecast = {one.scenario: one.probabilities[main.question] for one in answer.scenarios}
    again = sorted({name for one in answer.scenarios for name in one.components})
    most = max(abs(p[name] - main.probabilities[name]) for p in forecast.values() for name in TOLD)
    text = (
        f"The forecast of today is {by_outcome(main.probabilities, 1)}; under the scenarios no probability moves by more than "
        f"{number(100 * most, '.1f')} points.",
        f"Only components that see the drivers are asked again ({listed(again)}); the others, the weights and the calibration stay.",
    )
    paint = partial(
        picture.paint,
        title=f"{answer.series}, {answer.surge.session}: {main.horizon} sessions under each scenario, percent",
        forecast=main.probabilities,
        scenarios=forecast,
    )
    alt = f"Dots of each probability under {len(forecast)} scenarios beside today's. " + " ".join(
        f"{name}: {by_outcome(p, 1)}." for name, p in forecast.items()
    )
    count = len(forecast)
    drawn = Picture(KEY, alt, paint, 1.4 + 0.42 * count, 1.6 + 3 * (0.65 + 0.36 * count))
    probabilities = PageTable(
        "The main question",
        ("scenario", *TOLD),
        tuple((name, *(percent(p[outcome], 1) for outcome in TOLD)) for name, p in forecast.items()),
    )
    return Section(KEY, TITLE, text, drawn, (probabilities, _stated(data)))


def _stated(data: ReportData) -> PageTable:
    assert data.answer is not None
    rows = [
        (
            one.scenario,
            driver.feature,
            f"{number(driver.value)} {driver.unit}",
            number(driver.today),
            percent(driver.percentile),
            listed(driver.seen_by),
        )
        for one in data.answer.scenarios
        for driver in one.drivers
    ]
    return PageTable("What each states", ("scenario", "driver", "value", "today", "percentile", "seen by"), tuple(rows))
