"""EventForecast: the answer of a fitted run to one question about the sessions after its surge."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Estimate:
    """A probability with its interval, beside the base rate with its own.

    Parameters
    ----------
    probability, low, high : float
        The forecast and the ends of its interval.
    base_rate, base_low, base_high : float
        How often it came after past surges at a barrier as far in their own volatility.
    """

    probability: float
    low: float
    high: float
    base_rate: float
    base_low: float
    base_high: float


@dataclass(frozen=True, repr=False)
class EventForecast:
    """The answer to one question about the sessions after a surge.

    Parameters
    ----------
    asks : str
        The question in words.
    surge, by : str
        Day of the surge, and of the last session that counts, YYYY-MM-DD.
    side : str
        "fall", "rise" or "both".
    move : float
        The barrier, a log move > 0.
    horizon : int
        Sessions.
    level : float
        Of the intervals.
    outcomes : dict of str to Estimate
        By outcome, in the order continue, stall, reverse; of a fall "falls" and "does not", of a rise "rises" and "does not".
    base_episodes : int
        Independent episodes that the base rates are worth.
    nearest, trust : str
        Label of the nearest question that was scored walk-forward, and a sentence on the forecast's skill there.
    """

    asks: str
    surge: str
    by: str
    side: str
    move: float
    horizon: int
    level: float
    outcomes: dict[str, Estimate]
    base_episodes: int
    nearest: str
    trust: str

    @property
    def estimate(self) -> Estimate:
        """Of the event asked about; of two barriers that of `continue`."""
        return next(iter(self.outcomes.values()))

    def to_dict(self) -> dict[str, Any]:
        """Plain values: of one side with the estimate's own `probability`, `low`, `high`, `base_rate`; of both by outcome.

        Returns
        -------
        dict
        """
        plain = asdict(self)
        estimates = plain.pop("outcomes")
        return plain | (estimates if self.side == "both" else next(iter(estimates.values())))

    def __repr__(self) -> str:
        shares = ", ".join(f"{name} {100 * each.probability:.0f} %" for name, each in self.outcomes.items())
        return f"{self.asks}: {shares}"
