"""The true law: two regimes that each run a GJR-GARCH, and a drift that follows a slow driver everyone can see."""

from dataclasses import dataclass, replace

import numpy as np

from experiments.truth.kernel import driven_paths
from forecast.engines.arrays import Float, Int
from forecast.engines.garch.msgarch_law import MSGarchLaw
from forecast.engines.kernels.variance_recursions import GARCH
from forecast.engines.switching.filtered_history import FilteredHistory


@dataclass(frozen=True)
class DriverProcess:
    """An autoregression around zero.

    Parameters
    ----------
    stay : float
        Its coefficient.
    sd : float
        Its stationary standard deviation.
    slope : float
        Drift of the log return of a session for each unit of it at the close before.
    """

    stay: float
    sd: float
    slope: float

    @property
    def spread(self) -> float:
        """Standard deviation of a session's innovation."""
        return self.sd * (1 - self.stay**2) ** 0.5


@dataclass(frozen=True)
class DrivenLaw:
    """The true law of the sessions after one close, given everything up to it: a `forecast.engines.passage.first_passage.PathLaw`.

    Parameters
    ----------
    opening, states : numpy.ndarray of shape (k,)
        Of the first session.
    driver : float
        Its value at the close.
    """

    volatility: MSGarchLaw
    moving: DriverProcess
    opening: Float
    states: Float
    driver: float

    def fill(self, key: int, first: int, moves: Float) -> None:
        """The pairs number `first` and on, as `forecast.engines.passage.first_passage.PathLaw` asks."""
        law, moving = self.volatility, self.moving
        chain = np.cumsum(np.vstack([law.transitions, self.opening]), axis=1)
        drift = law.drift, moving.slope, self.driver, moving.stay, moving.spread
        driven_paths(np.uint64(key), first, chain, law.kinds, law.coefficients, law.shapes, self.states, *drift, moves)


@dataclass(frozen=True)
class TrueLaw:
    """volatility : with the constant part of the drift; its mean equation has no lag.   driver : what moves the drift."""

    volatility: MSGarchLaw
    driver: DriverProcess

    def history(self, returns: Float, driver: Float) -> FilteredHistory:
        """The regimes as this law's parameters filter them from `returns` (n,), with `driver` (n,) at the close before each."""
        return self.volatility.run(returns - self.driver.slope * driver)

    def ahead(self, returns: Float, driver: Float, rows: Int) -> list[DrivenLaw]:
        """The law of what follows each of the closes `rows`, as known at that close: regimes are filtered, never smoothed.

        returns : (n,), the first from close 0 to close 1.   driver : (n + 1,) at each close.
        """
        past = self.history(returns, driver[:-1])
        states = self.volatility.states(past.returns)
        return [DrivenLaw(self.volatility, self.driver, past.predicted[row], states[row], float(driver[row])) for row in rows]

    def without_driver(self) -> "TrueLaw":
        """The same volatility, and the driver taken for nothing: what is left to one who knows everything else."""
        return replace(self, driver=replace(self.driver, slope=0.0))


def true_law() -> TrueLaw:
    """A market like an index of shares.

    A calm and a wild regime, of 0.8 and 1.9 % a session, that last a year and a quarter; innovations of a skewed t with 8 degrees;
    a mean of 0.0003 a session. The driver moves the drift with a standard deviation of 0.00025 a session, 0.5 % in a month whose
    return has one of 5 %: an R2 of 1 %, what Campbell and Thompson (2008, Rev. Financ. Stud. 21, section 1) find real predictors of
    monthly returns to be good for. It halves in 69 sessions.
    """
    calm, wild = 0.008**2, 0.019**2
    persistence = 0.98  # of either recursion, for a shock as often below zero as above
    coefficients = np.array([[calm * (1 - persistence), 0.02, 0.06, 0.93], [wild * (1 - persistence), 0.06, 0.08, 0.88]])
    volatility = MSGarchLaw(
        kinds=np.full(2, GARCH),
        coefficients=coefficients,
        nu=np.full(2, 8.0),
        skew=np.full(2, -0.1),
        transitions=np.array([[0.996, 0.004], [0.015, 0.985]]),
        drift=0.0003,
        ar=0.0,
        first=np.array([calm, wild]),
        scored=0,
    )
    return TrueLaw(volatility, DriverProcess(stay=0.99, sd=0.3, slope=0.00025 / 0.3))
