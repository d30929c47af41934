"""Whether the forecasts were calibrated: how often each outcome came where it was given a probability."""

from functools import partial

from forecast.backtest.verification.backtest_scores import POOL
from forecast.backtest.verification.reliability import ReliabilityDiagram, reliability_diagram
from forecast.report.html.number_format import TOLD, counted, listed, number, percent
from forecast.report.html.page_elements import PageTable, Picture, Section
from forecast.report.html.report_data import ReportData
from forecast.report.plots import reliability as picture
from forecast.target.outcome import OUTCOMES

KEY, TITLE = "reliability", "Were the forecasts calibrated?"
LEAST = 10  # settled forecasts of which a curve can be drawn


def section(data: ReportData) -> Section:
    """ReliabilityDiagram of the main question's settled forecasts."""
    record = data.record
    if record is None or len(record) < LEAST:
        settled = 0 if record is None else len(record)
        return Section(KEY, TITLE, missing=f"{counted(settled, 'forecast')} of the main question settled: a diagram needs {LEAST}.")
    found = {
        name: reliability_diagram(
            record.given[POOL][:, OUTCOMES.index(name)], record.happened(OUTCOMES.index(name)), record.dates, record.known
        )
        for name in TOLD
    }
    episodes = len(set(record.episodes.tolist()))
    rests = f"{counted(len(record), 'surge session')}, {counted(episodes, 'episode')}"
    parts = listed(
        f"{name} {number(one.corp.miscalibration, '.4f')} (p {number(one.miscalibration_p, '.2f')})" for name, one in found.items()
    )
    text = (
        f"Of the Brier score of {rests}, miscalibration makes up: {parts}; a small p says that chance would hardly leave so much.",
        "A calibrated forecast lies on the diagonal, and nine times in ten within the band, which allows for horizons that overlap.",
    )
    title = f"{data.series}, {data.label}: {rests}"
    alt = f"Three curves of frequency over probability forecast, one an outcome, each with the band of a calibrated forecast. {text[0]}"
    drawn = Picture(KEY, alt, partial(picture.paint, title=title, found=found), 3.8, 10.2)
    return Section(KEY, TITLE, text, drawn, (_scores(found), _curve(found)))


def _scores(found: dict[str, ReliabilityDiagram]) -> PageTable:
    rows = [
        (
            name,
            number(one.corp.score, ".4f"),
            number(one.corp.miscalibration, ".4f"),
            number(one.corp.discrimination, ".4f"),
            number(one.corp.uncertainty, ".4f"),
            number(one.miscalibration_p, ".2f"),
            percent(one.outside),
        )
        for name, one in found.items()
    ]
    head = ("outcome", "score", "miscalibration", "discrimination", "uncertainty", "p", "rows outside the band")
    return PageTable("Score = miscalibration \N{MINUS SIGN} discrimination + uncertainty", head, tuple(rows))


def _curve(found: dict[str, ReliabilityDiagram]) -> PageTable:
    rows = [
        (name, percent(p, 1), percent(f, 1), f"{percent(low)} to {percent(high)}", number(count, ".0f"))
        for name, one in found.items()
        for p, f, low, high, count in zip(
            one.probabilities.tolist(), one.frequencies.tolist(), one.low.tolist(), one.high.tolist(), one.rows.tolist(), strict=True
        )
    ]
    return PageTable("The curves", ("outcome", "forecast", "came", "band", "rows"), tuple(rows))
