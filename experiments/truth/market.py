"""A market drawn from the true law, as the forecaster sees one: closes, and the driver as the log of a VIX."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.truth.kernel import innovation
from experiments.truth.law import TrueLaw
from features.catalogue import feature_matrix
from features.panel import calendar
from features.panel.panel import Panel, build_panel
from features.panel.raw import RawMarket, RawSeries
from features.panel.series import SMALL, VIX
from forecast.backtest.dataset import chosen_features
from forecast.backtest.experiment import Experiment
from forecast.engines.arrays import Float
from forecast.engines.kernels.variance_recursions import next_state
from forecast.target.sample import Sample, build_sample

FIRST = pd.Timestamp("1955-01-03")
EXCHANGE = "XNYS"
YEAR = 252  # sessions
LEVEL = 18.0  # of the VIX where the driver is zero


@dataclass(frozen=True)
class SimulatedMarket:
    """closes : (n + 1,).   driver : (n + 1,) at each close.   regimes : (n,) that each session was in; nobody sees them."""

    name: str
    sessions: pd.DatetimeIndex
    closes: Float
    driver: Float
    regimes: np.ndarray

    @property
    def returns(self) -> Float:
        """Log returns, (n,)."""
        return np.diff(np.log(self.closes))

    def panel(self) -> Panel:
        """Closes and a VIX, whose log is the driver and a constant."""
        closes = pd.Series(self.closes, index=self.sessions)
        vix = pd.Series(LEVEL * np.exp(self.driver), index=self.sessions)
        series = {SMALL.name: RawSeries(SMALL, closes, SMALL.name), VIX.name: RawSeries(VIX, vix, VIX.name)}
        return build_panel(RawMarket(self.name, EXCHANGE, "simulated", "experiments.truth", series))

    def sample(self, experiment: Experiment) -> Sample:
        """As the experiment's training would have it."""
        panel = self.panel()
        chosen = chosen_features(experiment.features)
        return build_sample(panel, feature_matrix(panel), experiment.surge, experiment.outcome.questions, chosen)


def draw(law: TrueLaw, years: float, seed: int) -> SimulatedMarket:
    """`years`, in sessions of YEAR each, from the law's stationary regimes and driver; the same seed, the same market."""
    rng = np.random.default_rng(seed)
    sessions = sessions_of(years)
    n = len(sessions) - 1
    driver = _autoregression(rng, n + 1, law.driver.stay, law.driver.sd)
    shocks, regimes = _shocks(law, rng, n)
    returns = law.volatility.drift + law.driver.slope * driver[:-1] + shocks
    return SimulatedMarket(f"Simulated {seed}", sessions, 100 * np.exp(np.r_[0.0, np.cumsum(returns)]), driver, regimes)


def sessions_of(years: float) -> pd.DatetimeIndex:
    """The first close, and those of `years` of YEAR sessions."""
    n = round(YEAR * years)
    return calendar.sessions(EXCHANGE, FIRST, FIRST + pd.Timedelta(days=2 * n + 30))[: n + 1]


def _autoregression(rng: np.random.Generator, n: int, stay: float, sd: float) -> Float:
    out = rng.normal(0, sd, n)
    for t in range(1, n):
        out[t] = stay * out[t - 1] + (1 - stay**2) ** 0.5 * out[t]
    return out


def _shocks(law: TrueLaw, rng: np.random.Generator, n: int) -> tuple[Float, np.ndarray]:
    """Shocks and the regime of each session, step by step as the law is written."""
    of = law.volatility
    uniform, chance = rng.random((n, 3)), rng.random(n)
    states, shocks, regimes = of.first.copy(), np.empty(n), np.empty(n, dtype=np.int64)
    likely = of.stationary
    for t in range(n):
        regimes[t] = np.searchsorted(np.cumsum(likely)[:-1], chance[t])
        shocks[t] = states[regimes[t]] ** 0.5 * innovation(*uniform[t], of.shapes[regimes[t]])
        states = np.array([next_state(of.kinds[j], states[j], shocks[t], *of.coefficients[j]) for j in range(len(states))])
        likely = of.transitions[regimes[t]]
    return shocks, regimes
