"""Skill of the main question's forecasts through time."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from forecast.backtest.forecaster_names import BASE_RATE, CLIMATOLOGY, POOL
from forecast.backtest.verification.bootstrap import effective_sample_size
from forecast.backtest.verification.comparison import mean_gain, skill
from forecast.backtest.verification.scores import brier
from forecast.engines.arrays import Float
from forecast.report.evaluation.tally import tally_of_metrics
from forecast.report.html.number_format import counted, listed, number, with_minus
from forecast.report.html.page_elements import PageTable, Picture, Section
from forecast.report.html.report_data import ReportData
from forecast.report.plots import skill as picture
from forecast.runs.predictions.settled import SettledForecasts

KEY, TITLE = "skill", "Skill through time"
REFERENCES = {CLIMATOLOGY: "climatology", BASE_RATE: "the base rate", "ewma": "EWMA", "garch": "GJR"}
NINE_IN_TEN = 1.645  # standard errors either side of nought that hold a normal 90 % of the time
LEAST = 3  # settled forecasts that a mean and its error need


def section(data: ReportData) -> Section:
    """The Brier score that the pool saved over each reference, summed, with the band of luck."""
    tally = tally_of_metrics(data.metrics["questions"], data.experiment.promotion)
    return section_of(data.record(LEAST, "skill"), f"{data.series}, {data.experiment.questions[0].title}", tally, "Walk-forward on")


def section_of(record: SettledForecasts, name: str, before: Sequence[str], how: str) -> Section:
    """The section of any record of at least LEAST forecasts: `name` heads its picture, `before` are sentences that come first.

    how : the beginning of the sentence on the sessions, such as "Walk-forward on".
    """
    losses, horizon = _losses(record), record.question.horizon
    gains = _gains(losses)
    skills = {name: skill(losses[POOL], losses[name], horizon=horizon) for name in gains}
    worth = listed(f"{number(one.skill, '+.3f')} over {REFERENCES[name]} (t {number(one.t, '+.2f')})" for name, one in skills.items())
    effective = effective_sample_size(gains[CLIMATOLOGY], lags=horizon - 1)
    span = f"{counted(len(record), 'surge session')} from {record.dates[0]} to {record.dates[-1]}"
    episodes = counted(len(set(record.episodes.tolist())), "episode")
    says = f"{how} {span}, in {episodes}, the Brier skill of the forecast is {worth}; t: Diebold-Mariano."
    text = (
        *(with_minus(line) for line in before),
        says,
        f"The gain over climatology tells as much as {number(effective, '.0f')} independent surges would. Outside the band, skill at that "
        "date was beyond what luck alone gives nine times in ten; one look in ten at it leaves the band by luck.",
    )
    paint = partial(
        picture.paint,
        title=f"{name}: what the forecast has saved, surge by surge",
        dates=record.dates,
        gains={name: gain.cumsum() for name, gain in gains.items()},
        luck=luck(gains[CLIMATOLOGY], horizon),
        names=REFERENCES,
    )
    ends = listed(f"{number(float(gain.sum()), '+.1f')} over {REFERENCES[name]}" for name, gain in gains.items())
    alt = f"Lines of the Brier score saved so far. At the end: {ends}. {says}"
    return Section(KEY, TITLE, text, Picture(KEY, alt, paint, 3.6, 4.2), (_table(record, gains),))


def _losses(record: SettledForecasts) -> dict[str, Float]:
    return {name: brier(p, record.outcomes) for name, p in record.probabilities.items()}


def _gains(losses: Mapping[str, Float]) -> dict[str, Float]:
    """The Brier score that the pool saved over each reference, row by row."""
    return {name: losses[name] - losses[POOL] for name in REFERENCES if name in losses}


def luck(gain: Float, horizon: int) -> Float:
    """Half the width, at each row, of the band that the sum of gains without any mean would lie in nine times in ten, (n,).

    From the error of Diebold and Mariano's mean, so that the sum leaves the band at the last row if t is beyond NINE_IN_TEN. NaN for no
    more rows than the horizon.
    """
    n = len(gain)
    spread = mean_gain(gain, horizon=horizon).error * n**0.5  # of a row, in the long run
    return np.asarray(NINE_IN_TEN * spread * np.sqrt(np.arange(1, n + 1)))


def _table(record: SettledForecasts, gains: dict[str, Float]) -> PageTable:
    years = record.dates.astype("datetime64[Y]")
    rows = [
        (str(year), str(int((years == year).sum())), *(number(float(gain[years == year].sum()), "+.2f") for gain in gains.values()))
        for year in np.unique(years)
    ]
    head = ("year", "surge sessions", *(f"saved over {REFERENCES[name]}" for name in gains))
    return PageTable("Sum of the Brier score saved, by year of the surge", head, tuple(rows))
