"""Record of the rate odds: what the futures said against what the Committee did and what funds cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.panel import fomc
from features.rates.contracts import without_stale
from features.rates.decision_day import DecisionDay
from features.rates.history import odds_history
from features.rates.strip import StripRule
from features.sources import futures
from forecast.backtest.verification.scores import newey_west_mean

Float = NDArray[np.float64]

LEADS = ((1, 7), (8, 14), (15, 30), (31, 45), (46, 60))  # calendar days to the meeting
HORIZONS = ((0, 3), (4, 15), (16, 30), (31, 60), (61, 90), (91, 180), (181, 365))  # calendar days to the end of the contract's month
BINS = (0.0, 0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98, 1.0)


def month_errors(prices: pd.DataFrame, effective: pd.Series) -> pd.DataFrame:
    """A row a day and contract: `days` to the end of its month, `month`, and `error`, rate priced less the month's average, basis points.

    effective : effective rate by calendar day, percent; a month counts when every day of it is there.
    """
    whole = effective.groupby(pd.DatetimeIndex(effective.index).to_period("M")).agg(["mean", "count"])
    average = whole["mean"][whole["count"] == pd.PeriodIndex(whole.index).days_in_month]
    days = pd.DatetimeIndex(prices.index)
    rates = without_stale(100 - prices.to_numpy())
    frames = []
    for ahead in range(rates.shape[1]):
        month = days.to_period("M") + ahead
        ends = month.to_timestamp(how="end").normalize()
        error = 100 * (rates[:, ahead] - average.reindex(month).to_numpy())
        frames.append(pd.DataFrame({"days": (ends - days).days, "month": month, "error": error}, index=days))
    return pd.concat(frames).dropna()


@dataclass(frozen=True)
class Bias:
    """Errors at one horizon: months, mean, its t clustered by month, root mean square; basis points."""

    months: int
    mean: float
    t: float
    rmse: float


def bias(errors: pd.DataFrame, low: int, high: int) -> Bias:
    """The errors with `low` to `high` days to go, each month weighing the same; t by Newey and West over the months, twelve lags."""
    part = errors[errors["days"].between(low, high)]
    by_month = part.assign(square=part["error"] ** 2).groupby("month")[["error", "square"]].mean()
    means = by_month["error"].to_numpy(np.float64)
    return Bias(len(means), float(means.mean()), newey_west_mean(means, lags=12).t, float(np.sqrt(by_month["square"].mean())))


def cut_record(prices: pd.DataFrame, first: str, *, decision_day: DecisionDay | None = None) -> pd.DataFrame:
    """A row a day from `first` on, up to 60 days before a scheduled meeting: `lead`, `meeting`, `cut`, `climatology`, a column a rule.

    decision_day : convention of the day of a decision; by default that in force on each day.
    cut : whether the target after that meeting was below the one in force at the day's close, an emergency cut in between included.
    climatology : share of the scheduled meetings of record up to the day that cut.
    """
    days = pd.DatetimeIndex(prices.index)
    past = futures.settlements_before(prices)
    histories = {rule.value: odds_history(days, prices.to_numpy(), past=past, rule=rule, decision_day=decision_day) for rule in StripRule}
    frame = pd.DataFrame({rule: history["p_cut_next"] for rule, history in histories.items()}, index=days).loc[first:]
    after = {each.day: each.upper for each in fomc.meetings() if each.scheduled and each.cancelled is None and np.isfinite(each.upper)}
    next_one = [fomc.meetings_ahead(day, day + pd.Timedelta(days=120))[0].day for day in frame.index]
    frame["meeting"] = pd.DatetimeIndex(next_one)
    frame["lead"] = (pd.DatetimeIndex(next_one) - pd.DatetimeIndex(frame.index)).days
    left = np.array([after.get(meeting, np.nan) for meeting in next_one])
    now = np.array([fomc.target_range(day)[1] for day in frame.index])
    frame["cut"] = np.where(np.isfinite(left), left < now, np.nan)
    frame["climatology"] = _climatology(pd.DatetimeIndex(frame.index))
    return frame[(frame["lead"] <= LEADS[-1][1]) & frame["cut"].notna()]


def _climatology(days: pd.DatetimeIndex) -> Float:
    """(n,) share of the scheduled meetings up to each day, of record, that left a lower target than they found."""
    held = [each for each in fomc.meetings()[1:] if each.scheduled and np.isfinite(each.upper)]
    cut = [each.upper < fomc.target_range(each.day - pd.Timedelta(days=1))[1] for each in held]
    count = np.searchsorted(pd.DatetimeIndex([each.day for each in held]), days, side="right")
    return np.concatenate([[0], np.cumsum(cut)])[count] / np.maximum(count, 1)


def shares_on_the_day(effective: pd.Series) -> pd.Series:
    """Of each change of the target, by the day of its decision, the share that the effective rate of that day shows.

    0 where the day has the rate of the day before, 1 where it has that of the day after; changes of record that `effective` covers.
    """
    held = [each for each in fomc.meetings() if each.cancelled is None and np.isfinite(each.upper)]
    days = pd.DatetimeIndex([each.day for before, each in pairwise(held) if each.upper != before.upper])
    before, on, after = (effective.reindex(days + pd.Timedelta(days=lead)).to_numpy() for lead in (-1, 0, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(after == before, np.nan, (on - before) / (after - before))
    return pd.Series(share, index=days).dropna()


def common(record: pd.DataFrame) -> pd.DataFrame:
    """The days on which every rule has an answer."""
    return record.dropna(subset=[rule.value for rule in StripRule])


def brier(record: pd.DataFrame, column: str) -> float:
    """Mean squared error of a probability."""
    return float(((record[column] - record["cut"]) ** 2).mean())


def difference_t(record: pd.DataFrame, first: str, second: str) -> float:
    """t of the mean difference of the squared errors of two columns, clustered by meeting; negative when the first is better."""
    gap = (record[first] - record["cut"]) ** 2 - (record[second] - record["cut"]) ** 2
    by_meeting = gap.sub(gap.mean()).groupby(record["meeting"]).sum()
    return float(gap.sum() / np.sqrt((by_meeting**2).sum()))


def by_lead(record: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Each bucket of days ahead, then all of them, with its label."""
    for low, high in LEADS:
        yield f"{low}-{high}", record[record["lead"].between(low, high)]
    yield "all", record


def reliability(record: pd.DataFrame, column: str) -> pd.DataFrame:
    """A row a bin, `low` to `high`, of the probability: days, meetings, mean probability, share of days with a cut."""
    bins = pd.cut(record[column], BINS, include_lowest=True)
    table = record.groupby(bins, observed=True).agg(
        days=("cut", "size"), meetings=("meeting", "nunique"), said=(column, "mean"), was=("cut", "mean")
    )
    low = [max(float(each.left), 0.0) for each in table.index]
    return table.reset_index(drop=True).assign(low=low, high=[float(each.right) for each in table.index])
