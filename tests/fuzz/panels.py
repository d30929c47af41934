"""Markets with something wrong in them, through panel, fit and forecast: a refusal, or probabilities."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from features.panel.panel import build_panel
from features.panel.raw import RawMarket
from forecast.backtest.experiment import Experiment, validate
from forecast.backtest.study import Study
from forecast.models.forecaster import fit_forecaster
from forecast.target.sample import samples_as_of
from tests import markets
from tests.fuzz.outcome import FindingError

FEW = ("small", "small_high", "small_low", "small_open", "large", "tech", "vix", "bill", "baa", "oil")
LAST_DAYS = pd.Timestamp("2004-06-01")
QUICK = {
    "name": "fuzz",
    "surge": {"min_z": 1.0, "min_return": 0.01},
    "outcome": {"horizon": 10, "also": [{"horizon": 5, "barrier": "sigma", "size": 0.75}]},
    "sensitivity": {"horizons": []},
    "pullback": {"horizons": []},
    "interval": {"paths": 100},
}
Change = Callable[[pd.Series, np.random.Generator], pd.Series]


class Wrong(NamedTuple):
    """A change of one series."""

    series: str
    change: str
    seed: int


def _stretch(values: pd.Series, rng: np.random.Generator) -> pd.Series:
    start = int(rng.integers(len(values)))
    length = int(rng.choice([3, 30, 300]))
    out = values.copy()
    out.iloc[start : start + length] = out.iloc[start]
    return out


def _spike(values: pd.Series, rng: np.random.Generator) -> pd.Series:
    out = values.copy()
    out.iloc[int(rng.integers(len(out)))] *= float(rng.choice([0.06, 0.5, 2.0, 15.0, 100.0]))
    return out


def _missing(values: pd.Series, rng: np.random.Generator) -> pd.Series:
    start = int(rng.integers(len(values)))
    out = values.copy()
    out.iloc[start : start + int(rng.choice([1, 4, 40, 400]))] = np.nan
    return out


def _one(value: float) -> Change:
    def put(values: pd.Series, rng: np.random.Generator) -> pd.Series:
        out = values.copy()
        out.iloc[rng.integers(0, len(out), int(rng.choice([1, 5])))] = value
        return out

    return put


def _alternating(values: pd.Series, rng: np.random.Generator) -> pd.Series:
    low = float(values.dropna().iloc[0])
    wide = float(rng.choice([1e-9, 0.01, 0.5]))
    return pd.Series(np.where(np.arange(len(values)) % 2, low, low * (1 + wide)), index=values.index)


def _dates(values: pd.Series, rng: np.random.Generator) -> pd.Series:
    order = np.arange(len(values))
    place = int(rng.integers(1, len(values)))
    if rng.random() < 0.5:
        order[place] = order[place - 1]
    else:
        order[[place - 1, place]] = order[[place, place - 1]]
    return values.set_axis(values.index[order])


CHANGES: dict[str, Change] = {
    "constant stretch": _stretch,
    "spike": _spike,
    "missing": _missing,
    "zero": _one(0.0),
    "negative": _one(-1.0),
    "infinite": _one(np.inf),
    "tiny": lambda values, rng: values * 1e-300,
    "small": lambda values, rng: values * 1e-9,
    "huge": lambda values, rng: values * 1e300,
    "large": lambda values, rng: values * 1e12,
    "hundredfold from a day": lambda values, rng: values.where(np.arange(len(values)) < rng.integers(len(values)), values * 100),
    "percent for price": lambda values, rng: 100 * values.pct_change(),
    "all equal": lambda values, rng: values * 0 + float(values.dropna().iloc[0]),
    "alternating": _alternating,
    "dates": _dates,
    "reversed": lambda values, rng: values.iloc[::-1],
    "too short": lambda values, rng: values.iloc[-int(rng.choice([1, 2, 30, 120])) :],
    "ends early": lambda values, rng: values.iloc[: int(rng.choice([1, 130, 600]))],
    "rounded": lambda values, rng: values.round(0),
    "hardly moves": lambda values, rng: values.iloc[0] * (1 + 1e-12 * np.arange(len(values))) + 0 * values,
    "grows": lambda values, rng: pd.Series(np.exp(0.02 * np.arange(len(values))), index=values.index),
    "noise": lambda values, rng: values * np.exp(rng.normal(0, 0.2, len(values))),
}
WRONGS = st.lists(
    st.builds(Wrong, st.sampled_from(("small", "small", "small", *FEW)), st.sampled_from(sorted(CHANGES)), st.integers(0, 2**32 - 1)),
    min_size=1,
    max_size=3,
)


@cache
def sound() -> RawMarket:
    """Four years of ten series."""
    market = markets.raw_market(first=LAST_DAYS)
    return replace(market, series={name: market.series[name] for name in FEW})


def broken(wrongs: list[Wrong]) -> RawMarket:
    """The market with all of `wrongs` in it."""
    series = dict(sound().series)
    for wrong in wrongs:
        raw = series[wrong.series]
        with np.errstate(all="ignore"):
            series[wrong.series] = replace(raw, observed=CHANGES[wrong.change](raw.observed, np.random.default_rng(wrong.seed)))
    return replace(sound(), series=series)


def experiment(component: str, start: str) -> Experiment:
    """Climatology and one component, on a hundred paths."""
    names = list(dict.fromkeys(("climatology", component)))
    model: dict[str, object] = {"components": names, "paths": 100}
    if component == "msgarch":
        model["msgarch"] = {"starts": 1}
    return validate(QUICK | {"model": model, "walk_forward": {"start": start, "refit_every": 200, "min_history": 300}}, "fuzz")


def forecast(component: str, wrongs: list[Wrong]) -> None:
    """Panel, sample, fit and forecast of the last surge."""
    chosen = experiment(component, "2007-01-03")
    study = Study.of(chosen, "simulated", build_panel(broken(wrongs)), [])
    sample = study.dataset.sample
    if not len(sample.rows):
        return
    samples = samples_as_of(study.samples, sample.sessions[-1])
    fitted = fit_forecaster(samples, chosen.model)
    seen = sample.up_to(int(sample.rows[-1]))
    chances, notes = fitted.predict(seen, chosen.seed, draw_paths=100)
    refuse_improper(chances.probabilities, "components")
    if not np.isfinite(chances.errors).all() or not np.isfinite(chances.spread_or_nan).all():
        raise FindingError("errors or spread that are not finite")
    for note in (*fitted.notes, *notes):
        if "\n" in note:
            raise FindingError(f"a note of several lines: {note!r}")


def training(component: str, wrongs: list[Wrong]) -> None:
    """The whole of a training but its files."""
    study = Study.of(experiment(component, "2007-11-01"), "simulated", build_panel(broken(wrongs)), [])
    result = study.run(jobs=1)
    for name in ("components", "base_rates", "climatology", "uncalibrated", "probabilities"):
        refuse_improper(getattr(result.forecasts, name), name)
    low, high = result.forecasts.bounds[..., 0, :], result.forecasts.bounds[..., 1, :]
    if not ((low >= 0) & (low <= result.forecasts.probabilities) & (result.forecasts.probabilities <= high) & (high <= 1)).all():
        raise FindingError("intervals that do not hold their probabilities")
    result.model.dump()


def refuse_improper(values: np.ndarray, name: str) -> None:
    """FindingError for what is no distribution in every row."""
    if not (np.isfinite(values).all() and (values >= 0).all() and np.allclose(values.sum(axis=-1), 1, rtol=0, atol=1e-9)):
        raise FindingError(f"{name}: no finite probabilities that sum to 1")
