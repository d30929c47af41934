"""EventForecast: the answer of a fitted run to one question about the sessions after its surge."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from forecast.runs.field_rules import Count, Day, Share, Text


class Estimate(BaseModel):
    """A probability with its interval, beside the base rate with its own.

    Parameters
    ----------
    probability, low, high : float
        The forecast and the ends of its interval.
    base_rate, base_low, base_high : float
        How often it came after past surges at a barrier as far in their own volatility.
    """

    model_config = ConfigDict(frozen=True)
    probability: Share
    low: Share
    high: Share
    base_rate: Share
    base_low: Share
    base_high: Share


class EventForecast(BaseModel):
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

    model_config = ConfigDict(frozen=True)
    asks: Text
    surge: Day
    by: Day
    side: Text
    move: float
    horizon: int
    level: float
    outcomes: dict[str, Estimate]
    base_episodes: Count
    nearest: Text
    trust: Text

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
        plain = self.model_dump(exclude={"outcomes"})
        return plain | (
            {name: each.model_dump() for name, each in self.outcomes.items()} if self.side == "both" else self.estimate.model_dump()
        )

    def __repr__(self) -> str:
        shares = ", ".join(f"{name} {100 * each.probability:.0f} %" for name, each in self.outcomes.items())
        return f"{self.asks}: {shares}"
