"""Forecasts of one market: what the components said, what the ensemble made of it, and of which surges."""

from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np

from forecast.engines.arrays import Flags, Float, Int
from forecast.target.sample import Sample

__all__ = ["Forecasts"]


@dataclass(frozen=True)
class Forecasts:
    """Forecasts of n surges of one sample, by k components on q questions; a single forecast is a batch of one.

    The last axis of probabilities is the outcome: reverse, stall, continue.

    Parameters
    ----------
    surges : numpy.ndarray of shape (n,)
        Places of the surges among those of the sample.
    trained_to : numpy.ndarray of shape (n,)
        Row of the last session that the models had seen.
    components : numpy.ndarray of shape (n, k, q, 3)
        Probabilities of each component.
    errors, spread : numpy.ndarray of shape (n, k, q, 3)
        Monte-Carlo standard errors of them, and standard deviations over the parameters that the data allow.
    climatology : numpy.ndarray of shape (n, q, 3)
        Frequencies of the outcomes settled on the day, whatever the barrier's distance.
    base_rates : numpy.ndarray of shape (n, q, 3)
        Frequencies after past surges at barriers as far.
    base_bounds : numpy.ndarray of shape (n, q, 2, 3)
        Low and high end of their intervals.
    base_episodes : numpy.ndarray of shape (n, q)
        How many independent episodes they are worth.
    by_method : numpy.ndarray of shape (n, 4, q, 3)
        What each method of pooling makes of the components; NaN for forecasts read from tables, which do not hold it.
    uncalibrated : numpy.ndarray of shape (n, q, 3)
        What the method in force makes of them.
    probabilities : numpy.ndarray of shape (n, q, 3)
        The forecast: calibrated and coherent.
    bounds : numpy.ndarray of shape (n, q, 2, 3)
        Low and high end of the interval of each probability.
    method : numpy.ndarray of shape (n,)
        The method in force.
    weights : numpy.ndarray of shape (n, q, k)
        Weights of the components by that method.
    """

    surges: Int
    trained_to: Int
    components: Float
    errors: Float
    spread: Float
    climatology: Float
    base_rates: Float
    base_bounds: Float
    base_episodes: Int
    by_method: Float
    uncalibrated: Float
    probabilities: Float
    bounds: Float
    method: np.ndarray
    weights: Float

    @classmethod
    def empty(cls, *, components: int, questions: int, methods: int) -> Self:
        """No forecast, of so many components, questions and methods of pooling.

        Parameters
        ----------
        components, questions, methods : int

        Returns
        -------
        Forecasts
        """
        each, pool = np.empty((0, components, questions, 3)), np.empty((0, questions, 3))
        return cls(
            surges=np.empty(0, dtype=np.int64),
            trained_to=np.empty(0, dtype=np.int64),
            components=each,
            errors=each,
            spread=each,
            climatology=pool,
            base_rates=pool,
            base_bounds=np.empty((0, questions, 2, 3)),
            base_episodes=np.empty((0, questions), dtype=np.int64),
            by_method=np.empty((0, methods, questions, 3)),
            uncalibrated=pool,
            probabilities=pool,
            bounds=np.empty((0, questions, 2, 3)),
            method=np.empty(0, dtype=np.str_),
            weights=np.empty((0, questions, components)),
        )

    def __len__(self) -> int:
        return len(self.surges)

    def append(self, *later: "Forecasts") -> "Forecasts":
        """These forecasts and later ones, in this order.

        Parameters
        ----------
        *later : Forecasts
            Of the same sample, components and questions.

        Returns
        -------
        Forecasts
        """
        return type(self)(**{field.name: np.concatenate([getattr(each, field.name) for each in (self, *later)]) for field in fields(self)})

    def select(self, places: Int | Flags | slice) -> "Forecasts":
        """Some of the forecasts.

        Parameters
        ----------
        places : numpy.ndarray or slice
            Places among these, or flags.

        Returns
        -------
        Forecasts
        """
        rows: dict[str, Any] = {field.name: getattr(self, field.name)[places] for field in fields(self)}
        return replace(self, **rows)

    def of_surge(self, surge: int) -> "Forecasts":
        """The forecast of one surge.

        Parameters
        ----------
        surge : int
            Place of the surge among those of the sample.

        Returns
        -------
        Forecasts
            A batch of one; empty if the surge came before the walk-forward.
        """
        return self.select(self.surges == surge)

    def up_to(self, sample: Sample, row: int) -> "Forecasts":
        """The forecasts of the surges up to a session; they stand in the order of time.

        Parameters
        ----------
        sample : Sample
            That of the forecasts.
        row : int
            Row of the session.

        Returns
        -------
        Forecasts
        """
        return self.select(slice(0, int((sample.rows[self.surges] <= row).sum())))

    def settled(self, sample: Sample, question: int) -> Flags:
        """Which forecasts of a question have an outcome that the sample knows.

        Parameters
        ----------
        sample : Sample
            That of the forecasts, cut to what was known.
        question : int
            Number of the question.

        Returns
        -------
        numpy.ndarray of shape (n,)
            Flags.
        """
        flags = self.surges < len(sample.rows)
        flags[flags] = sample.settled[self.surges[flags], question]
        return flags
