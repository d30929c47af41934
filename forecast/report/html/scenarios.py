"""Scenarios: the same surge with drivers at other values."""

from functools import partial

from forecast.report.html.number_format import by_outcome, listed, number, percent, percents
from forecast.report.html.page_elements import MissingPartError, PageTable, Picture, Section
from forecast.report.html.report_data import ReportData
from forecast.report.plots import scenarios as picture
from forecast.report.sentences import PRINT_ORDER
from forecast.runs.answer.answer import Answer

KEY, TITLE = "scenarios", "Scenarios"


def section(data: ReportData) -> Section:
    """The main question under each scenario of the experiment."""
    answer, main, _ = data.forecast()
    if not answer.scenarios:
        why = "The experiment states no scenario; [scenarios] is where it would."
        raise MissingPartError("No scenario could be answered; the notes below say why." if data.experiment.scenarios else why)
    forecast = {one.scenario: one.probabilities[main.question] for one in answer.scenarios}
    again = sorted({name for one in answer.scenarios for name in one.components})
    most = max(abs(p[name] - main.probabilities[name]) for p in forecast.values() for name in PRINT_ORDER)
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
        ("scenario", *PRINT_ORDER),
        tuple((name, *percents(p, 1)) for name, p in forecast.items()),
    )
    return Section(KEY, TITLE, text, drawn, (probabilities, _assumptions(answer)))


def _assumptions(answer: Answer) -> PageTable:
    rows = [
        (
            one.scenario,
            driver.feature,
            f"{number(driver.value)} {driver.unit}",
            number(driver.today),
            percent(driver.percentile),
            listed(driver.seen_by),
        )
        for one in answer.scenarios
        for driver in one.drivers
    ]
    return PageTable("What each states", ("scenario", "driver", "value", "today", "percentile", "seen by"), tuple(rows))
