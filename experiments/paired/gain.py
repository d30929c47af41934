"""Gain of one study of left-out indices over another, forecast by forecast."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from forecast.backtest.forecaster_names import POOL

DAYS_A_SESSION = 7 / 5  # of the calendar
KEY = ["index", "question", "session"]


@dataclass(frozen=True)
class PairedGain:
    """What the second study saves in Brier loss.

    Parameters
    ----------
    question : str
        Its label.
    gain : float
        Mean over days of the mean over the indices that surged on them.
    error : float
        Its standard error, by episode.
    days, episodes, indices : int
        An episode ends where no index surges for longer than a horizon, and with the year.
    """

    question: str
    gain: float
    error: float
    days: int
    episodes: int
    indices: int

    @property
    def t(self) -> float:
        """Gain over its standard error; NaN without one."""
        return self.gain / self.error if self.error > 0 else np.nan


def stored_losses(folder: Path) -> pd.DataFrame:
    """The losses that `python -m experiments.left_out --keep FOLDER` stored, with the `index` of each.

    InputError where the folder holds none.
    """
    files = sorted(folder.glob("*.parquet")) if folder.is_dir() else []
    if not files:
        raise InputError(
            f"{folder}: no losses of left-out indices; write them by `python -m experiments.left_out EXPERIMENT --keep {folder}`"
        )
    return pd.concat([pd.read_parquet(path).assign(index=path.stem.rsplit("-", 1)[0]) for path in files], ignore_index=True)


def paired_gains(first: pd.DataFrame, second: pd.DataFrame) -> list[PairedGain]:
    """By question, and last the mean of the questions, over the forecasts that both studies made.

    InputError where they made none of the same.
    """
    both = first.merge(second, on=KEY, suffixes=("", "_second"), validate="one_to_one")
    if both.empty:
        raise InputError("the two studies have no forecast of the same index, question and session")
    both["gain"] = both[POOL] - both[f"{POOL}_second"]
    gains = [_gain(str(question), part) for question, part in both.groupby("question", sort=False)]
    return [*gains, _gain("mean", both)]


def _gain(question: str, part: pd.DataFrame) -> PairedGain:
    by_index = part.groupby(["session", "index"])["gain"].mean()
    by_day = by_index.groupby(level="session").mean().sort_index()
    days = pd.DatetimeIndex(by_day.index)
    episode = _episodes(days, int(part["horizon"].max()))
    apart = np.bincount(episode, weights=by_day.to_numpy() - by_day.mean())
    error = float((apart**2).sum() ** 0.5) / len(days)
    return PairedGain(question, float(by_day.mean()), error, len(days), int(episode[-1]) + 1, part["index"].nunique())


def _episodes(days: pd.DatetimeIndex, horizon: int) -> np.ndarray:
    """Number of the episode of each day, (n,), rising from 0."""
    apart = np.diff(days.to_numpy("datetime64[D]")) > np.timedelta64(round(horizon * DAYS_A_SESSION), "D")
    return np.cumsum(np.r_[False, apart | (np.diff(days.year.to_numpy()) != 0)])


def gain_rows(gains: Sequence[PairedGain]) -> list[list[str]]:
    """Cells of a table, a row a question."""
    return [
        [one.question, f"{one.gain:+.4f}", f"{one.error:.4f}", f"{one.t:.1f}", str(one.days), str(one.episodes), str(one.indices)]
        for one in gains
    ]
