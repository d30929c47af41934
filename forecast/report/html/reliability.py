"""Whether the forecasts were calibrated: how often each outcome came, by its probability forecast."""

from functools import partial

from forecast.backtest.forecaster_names import POOL
from forecast.backtest.verification.reliability import ReliabilityDiagram, reliability_diagram
from forecast.report.html.number_format import counted, listed, number, percent
from forecast.report.html.page_elements import PageTable, Picture, Section
from forecast.report.html.report_data import ReportData
from forecast.report.plots import reliability as picture
from forecast.report.sentences import PRINT_ORDER
from forecast.runs.predictions.settled import SettledForecasts
from forecast.target.outcome import OUTCOMES

KEY, TITLE = "reliability", "Were the forecasts calibrated?"
INCHES_HIGH = (3.6, 10.2)  # on a page, and on a phone
FEW = 25  # episodes: a frequency of a half is then known to ten points
DOUBT = 0.1  # probability of a no by chance
LEAST = 10  # settled forecasts of which a curve can be drawn


def section(data: ReportData) -> Section:
    """Reliability of the main question's settled forecasts."""
    return section_of(data.record(LEAST, "a diagram"), f"{data.series}, {data.experiment.questions[0].title}")


def section_of(record: SettledForecasts, name: str) -> Section:
    """Reliability of any record of at least LEAST forecasts; `name` heads its picture."""
    p, days = record.probabilities[POOL], (record.dates, record.settlement)
    curves = {}
    for outcome in PRINT_ORDER:
        code = OUTCOMES.index(outcome)
        curves[outcome] = reliability_diagram(p[:, code], record.happened(code), *days)
    episodes = len(set(record.episodes.tolist()))
    sizes = f"{counted(len(record), 'surge session')}, {counted(episodes, 'episode')}"
    parts = listed(
        f"{outcome} {number(curve.corp.miscalibration, '.4f')} (p {number(curve.miscalibration_p, '.2f')})"
        for outcome, curve in curves.items()
    )
    text = (
        _verdict(curves, episodes),
        f"Of the Brier score of {sizes}, miscalibration makes up: {parts}; a small p says that chance would hardly leave so much.",
        "A calibrated forecast lies on the diagonal, and nine times in ten within the band, which allows for horizons that overlap.",
    )
    title = f"{name}: {sizes}"
    alt = f"Three curves of frequency over probability forecast, one an outcome, each with the band of a calibrated forecast. {text[1]}"
    drawn = Picture(KEY, alt, partial(picture.paint, title=title, curves=curves), *INCHES_HIGH)
    return Section(KEY, TITLE, text, drawn, (_scores(curves), _points(curves)))


def _verdict(curves: dict[str, ReliabilityDiagram], episodes: int) -> str:
    """Yes, no, or that it cannot be told: the least p of the three, by Bonferroni, against one in ten."""
    least = min(curve.miscalibration_p for curve in curves.values())
    if episodes < FEW:
        return f"Cannot be told: {counted(episodes, 'episode')} are fewer than the {FEW} that a fault of ten points needs to show."
    if least < DOUBT / len(curves):
        return f"No: by {counted(episodes, 'episode')} the frequencies are further from the forecasts than chance leaves them."
    return f"Yes, as far as {counted(episodes, 'episode')} can tell: the frequencies are as near to the forecasts as chance leaves them."


def _scores(curves: dict[str, ReliabilityDiagram]) -> PageTable:
    rows = [
        (
            name,
            number(curve.corp.score, ".4f"),
            number(curve.corp.miscalibration, ".4f"),
            number(curve.corp.discrimination, ".4f"),
            number(curve.corp.uncertainty, ".4f"),
            number(curve.miscalibration_p, ".2f"),
            percent(curve.outside),
        )
        for name, curve in curves.items()
    ]
    head = ("outcome", "score", "miscalibration", "discrimination", "uncertainty", "p", "rows outside the band")
    return PageTable("Score = miscalibration \N{MINUS SIGN} discrimination + uncertainty", head, tuple(rows))


def _points(curves: dict[str, ReliabilityDiagram]) -> PageTable:
    rows = [
        (name, percent(p, 1), percent(f, 1), f"{percent(low)} to {percent(high)}", number(count, ".0f"))
        for name, curve in curves.items()
        for p, f, low, high, count in zip(
            curve.probabilities.tolist(),
            curve.frequencies.tolist(),
            curve.low.tolist(),
            curve.high.tolist(),
            curve.rows.tolist(),
            strict=True,
        )
    ]
    return PageTable("The curves", ("outcome", "forecast", "came", "band", "rows"), tuple(rows))
