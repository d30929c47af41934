"""Surface: the probability of any event after a surge, from weighted paths that agree with the forecast of a grid of questions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from forecast.engines.arrays import Flags, Float, Int
from forecast.engines.passage.weighted_paths import Passages, passages, path_weights
from forecast.runs.answer.answer import QuestionAnswer
from forecast.runs.ask.event import Event
from forecast.target.outcome import CONTINUE, OUTCOMES, REVERSE, STALL
from forecast.target.question import FALL

SAME = 1e-12  # barriers no further apart, relatively, are one
LEAST = 1e-9  # probability whose log odds an interval is measured from


@dataclass(frozen=True)
class Grid:
    """The forecast of q questions: barriers, horizons and falls (q,), probabilities (q, 3) and their intervals (q, 2, 3)."""

    barriers: Float
    horizons: Int
    falls: Flags
    probabilities: Float
    bounds: Float

    @classmethod
    def of(cls, answers: Sequence[QuestionAnswer]) -> "Grid":
        """That of the answers to all questions of a surge."""
        return cls(
            barriers=np.array([answer.barrier for answer in answers]),
            horizons=np.array([answer.horizon for answer in answers]),
            falls=np.array([answer.barrier_kind == FALL for answer in answers]),
            probabilities=np.array([[answer.probabilities[name] for name in OUTCOMES] for answer in answers]),
            bounds=np.array([[[answer.interval[name][end] for name in OUTCOMES] for end in (0, 1)] for answer in answers]),
        )

    def alike(self, event: Event) -> Int:
        """Places of the questions that an event is like: falls for a fall, where any is asked, and else those of two barriers."""
        one_sided = event.side == "fall" and bool(self.falls.any())
        return np.flatnonzero(self.falls == one_sided)

    def nearest_first(self, event: Event) -> tuple[Int, Float]:
        """Those places, nearest first, and how far each is by the logs of barrier and horizon."""
        places = self.alike(event)
        apart = np.hypot(np.log(self.barriers[places] / event.move), np.log(self.horizons[places] / event.horizon))
        order = np.argsort(apart, kind="stable")
        return places[order], apart[order]


@dataclass(frozen=True)
class Surface:
    """Paths with weights under which the questions of a grid have their forecasts.

    Parameters
    ----------
    grid : Grid
        The forecast.
    moves : numpy.ndarray of shape (n, h)
        Cumulative log moves of the paths after each session.
    weights : numpy.ndarray of shape (n,)
        Of the paths; they sum to 1.
    """

    grid: Grid
    moves: Float
    weights: Float

    @classmethod
    def of(cls, grid: Grid, moves: Float) -> "Surface":
        """The surface of equally likely paths, as long as the longest horizon, and of the forecast that bends them."""
        met = passages(moves, grid.barriers, grid.horizons)
        two = ~grid.falls
        events = np.column_stack([met.reverse[:, two], met.rise_first[:, two], met.fall[:, grid.falls]])
        p = grid.probabilities
        return cls(grid, moves, path_weights(events, np.concatenate([p[two, REVERSE], p[two, CONTINUE], p[grid.falls, REVERSE]])))

    @staticmethod
    def columns(horizon: int) -> list[str]:
        """Names of the columns of `frame`, of paths of `horizon` sessions."""
        return ["weight", *map(str, range(1, horizon + 1))]

    def frame(self) -> pd.DataFrame:
        """A row a path: its weight, and its moves by session."""
        return pd.DataFrame(np.column_stack([self.weights, self.moves]), columns=self.columns(self.moves.shape[1]))

    def probabilities(self, event: Event) -> tuple[Float, Float]:
        """Of reverse, stall and continue, (3,), and their intervals, (2, 3).

        A fall is reverse or stall, a rise continue or stall. A question of the grid has the grid's own answer; any other lies between
        what the grid says of the nearer and the farther ones.
        """
        places, apart = self.grid.nearest_first(event)
        if apart[0] <= SAME and event.side != "rise" and self.grid.falls[places[0]] == (event.side == "fall"):
            return self.grid.probabilities[places[0]], self.grid.bounds[places[0]]
        met = passages(self.moves, np.array([event.move]), np.array([event.horizon]))
        p = self._between(event, self._shares(event, met))
        return p, self._interval(event, p, places, apart)

    def _shares(self, event: Event, met: Passages) -> Float:
        """Weighted shares of the paths, (3,)."""
        reverse, rise = {"both": (met.reverse, met.rise_first), "fall": (met.fall, None), "rise": (None, met.rise)}[event.side]
        low, high = (0.0 if each is None else float(self.weights @ each[:, 0]) for each in (reverse, rise))
        return np.array([low, 1 - low - high, high])

    def _between(self, event: Event, p: Float) -> Float:
        """The shares with the probability that a barrier is met brought between those of the grid's farther and nearer questions."""
        grid, two = self.grid, ~self.grid.falls
        farther = (grid.barriers >= event.move * (1 - SAME)) & (grid.horizons <= event.horizon)
        nearer = (grid.barriers <= event.move * (1 + SAME)) & (grid.horizons >= event.horizon)
        reverse, stall, rise = grid.probabilities.T
        met = {"both": 1 - stall, "fall": reverse, "rise": rise}[event.side]
        least = met[farther & two].max(initial=0.0)
        most = 1 - stall[nearer & two].max(initial=0.0)
        if event.side == "fall":
            least = max(least, reverse[farther & grid.falls].max(initial=0.0))
            most = min(most, reverse[nearer & grid.falls].min(initial=1.0))
        now = 1 - p[STALL]
        then = min(max(now, least), max(most, least))
        scale = then / now if now > 0 else 0.0
        return np.array([p[REVERSE] * scale, 1 - then, p[CONTINUE] * scale])

    def _interval(self, event: Event, p: Float, places: Int, apart: Float) -> Float:
        """Intervals as wide in log odds as those of the grid, the nearest questions first, (2, 3)."""
        near = 1 / np.maximum(apart, SAME) ** 2
        near /= near.sum()
        grid, bounds = np.clip(self.grid.probabilities[places], LEAST, 1 - LEAST), np.clip(self.grid.bounds[places], LEAST, 1 - LEAST)
        wide = np.einsum("q,qbc->bc", near, logit(bounds) - logit(grid)[:, None])
        if event.side == "rise":  # of continue, and the same of stall the other way round
            wide[:, STALL] = -wide[::-1, CONTINUE]
        elif event.side == "fall":
            wide[:, STALL] = -wide[::-1, REVERSE]
        out = expit(logit(np.clip(p, LEAST, 1 - LEAST)) + wide)
        return np.where(p > 0, np.stack([np.minimum(out[0], p), np.maximum(out[1], p)]), 0.0)
