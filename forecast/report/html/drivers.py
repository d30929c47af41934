"""Drivers: each against its own history, and how far the surge has moved it."""

from functools import partial

import numpy as np

from forecast.report.html.number_format import MISSING, counted, listed, number, percent, shown_value, typeset, with_minus
from forecast.report.html.page_elements import MissingPartError, PageTable, Picture, Section
from forecast.report.html.report_data import ReportData
from forecast.report.plots import percentiles as picture
from forecast.report.sentences import TILT, question_tilts
from forecast.runs.answer.drivers import Driver
from forecast.runs.answer.feature_words import feature_change, feature_title

KEY, TITLE = "drivers", "Drivers"
SHOWN = 18
NAMED = 5  # in the text that stands for the picture


def section(data: ReportData) -> Section:
    """The first of the answer's drivers as dots, all of them in the table."""
    answer, _, row = data.forecast()
    if not answer.drivers:
        raise MissingPartError(f"No driver is known on {answer.surge.session}: the run has no feature with its inputs.")
    shown, window, count = answer.drivers[:SHOWN], answer.surge.window, len(answer.drivers)
    paint = partial(
        picture.paint,
        title=f"{answer.series}, {answer.surge.session}: {len(shown)} of {count} drivers in their own history",
        names=[feature_title(driver.feature) for driver in shown],
        now=[driver.percentile for driver in shown],
        before=[percentile_before(data, driver.feature, row, window) for driver in shown],
    )
    tilted = any(driver.tilt is not None for driver in shown)
    order = "those that tilt the forecast's odds most" if tilted else "the most unusual"
    extreme = sum(not 0.1 <= driver.percentile <= 0.9 for driver in answer.drivers)
    lines = [
        f"{counted(count, 'driver')} {'is' if count == 1 else 'are'} known on {answer.surge.session}, {extreme} of them among the outer "
        f"tenths of their own history; shown are {order}, with where they stood {window} sessions before.",
    ]
    if tilted:
        lines.append(f"Tilt is {TILT}, after its weight in the pool and the calibration; it is no proof of a cause.")
    if answer.geometry:
        lines.append(with_minus(question_tilts(answer.geometry)))
    first = listed(f"{feature_title(driver.feature)} at {percent(driver.percentile)}" for driver in shown[:NAMED])
    alt = f"Dots of {len(shown)} drivers by their percentile, with lines from where they stood before the surge. The first: {first}."
    drawn = Picture(KEY, alt, paint, 1.2 + 0.24 * len(shown), 1.7 + 0.27 * len(shown))
    return Section(KEY, TITLE, tuple(lines), drawn, (_table(answer.drivers),))


def percentile_before(data: ReportData, feature: str, row: int, window: int) -> float | None:
    """Share of the history up to `row` at or below the value `window` sessions before; None if that is missing."""
    if feature not in data.dataset.features.frame or row < window:
        return None
    history = data.dataset.features.frame[feature].to_numpy("float64")[: row + 1]
    before = history[row - window]
    return float(np.mean(history[np.isfinite(history)] <= before)) if np.isfinite(before) else None


def _table(drivers: list[Driver]) -> PageTable:
    rows = [
        (
            feature_title(driver.feature),
            shown_value(driver.feature, driver.value),
            percent(driver.percentile, 1),
            MISSING if driver.change is None else typeset(feature_change(driver.feature, driver.value, driver.change)),
            number(driver.tilt, "+.3f"),
            driver.sign,
        )
        for driver in drivers
    ]
    return PageTable("Every driver", ("driver", "value", "percentile", "change in the surge", "tilt", "what it means"), tuple(rows))
