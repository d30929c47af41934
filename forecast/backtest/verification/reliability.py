"""Reliability: how often an outcome came where it was given a probability, and how far chance alone would stray from that."""

from dataclasses import dataclass

import numpy as np

from forecast.backtest.verification.corp import Corp, Levels, decompose
from forecast.backtest.verification.overlap import calibrated_events
from forecast.engines.arrays import Float

BAND = 0.9  # of the draws, at each probability
DRAWS = 200  # the 5 and 95 % points then rest on ten draws each: their own error is about a tenth of the band's width
SEED = 1
POINTS = 100  # of a curve that are kept: finer than a picture shows


@dataclass(frozen=True)
class Reliability:
    """One outcome's diagram.

    probabilities, frequencies, low, high : (k,), at most POINTS of the distinct probabilities, first and last included, the CORP
    curve, and the consistency band of 90 % at each. rows : (k,) how many rows there are from each to the next.
    outside : share of the rows whose frequency is outside the band.
    miscalibration_p : share of the draws with at least the miscalibration found: a test of calibration.
    """

    probabilities: Float
    frequencies: Float
    low: Float
    high: Float
    rows: Float
    outside: float
    corp: Corp
    miscalibration_p: float


def reliability(
    probabilities: Float, happened: Float, dates: np.ndarray, known: np.ndarray, *, draws: int = DRAWS, seed: int = SEED
) -> Reliability:
    """The CORP reliability diagram of one outcome with a consistency band.

    probabilities, happened : (n,), the latter of 0 and 1, n >= 1.   dates, known : (n,) days of forecast and outcome.
    The band is what the curve of a calibrated forecast does, pointwise, with outcomes that go together as far as their horizons
    overlap (`calibrated_events`); Dimitriadis, Gneiting and Jordan (2021) draw rows independently, which is too narrow here.
    """
    levels = Levels.of(probabilities)
    curve = levels.curve(happened)
    events = calibrated_events(probabilities, dates, known, draws=draws, seed=seed)
    curves = np.stack([levels.curve(event) for event in events])
    low, high = np.quantile(curves, ((1 - BAND) / 2, (1 + BAND) / 2), axis=0)
    outside = (curve < low - 1e-12) | (curve > high + 1e-12)
    corp = decompose(probabilities, happened)
    chance = np.array([_miscalibration(levels, event, found) for event, found in zip(events, curves, strict=True)])
    beyond = (1 + int((chance >= corp.miscalibration - 1e-12).sum())) / (1 + draws)
    shown = np.unique(np.linspace(0, len(curve) - 1, min(len(curve), POINTS)).round().astype(np.int64))
    return Reliability(
        probabilities=levels.values[shown],
        frequencies=curve[shown],
        low=low[shown],
        high=high[shown],
        rows=np.add.reduceat(levels.rows, shown),
        outside=float(np.average(outside, weights=levels.rows)),
        corp=corp,
        miscalibration_p=beyond,
    )


def _miscalibration(levels: Levels, event: Float, curve: Float) -> float:
    p, fitted = levels.values[levels.level], curve[levels.level]
    return float(np.mean((p - event) ** 2 - (fitted - event) ** 2))
