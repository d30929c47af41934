"""Monitor of calibration: settled forecasts in the order in which they were settled, and an alarm where they are not calibrated.

A sequential test by betting: a gambler with one unit of capital bets against the forecasts, at the odds that they themselves state, on
each of seven faults that they may have. If the forecasts are calibrated the capital is a martingale, and ever exceeds 1 / a with
probability a at most (Ville). Horizons overlap, and capital that is bet on several forecasts under way would be no martingale: only a
forecast that is made when the one before it is settled is bet on, a thinning that is known at its close. Beside it, the probability that
a set of outcomes must leave out to be right as often as it should: adaptive conformal inference.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.engines.arrays import Flags, Float, Int
from forecast.models.forecasts import Forecasts
from forecast.target.outcome import UNSETTLED
from forecast.target.sample import Sample

ALARM = 0.01  # probability that the test ever raises a false alarm, for one question
SHIFT = 0.5  # log odds that a fault moves a contrast by: ten points from one outcome to another at 40 %
POWER = 1.5  # of the probabilities, that a fault in their sharpness takes
LEFT_OUT = 0.1  # probability that a set of outcomes leaves out
STEP = 0.02  # of the adaptation: one miss moves what is left out by 0.018, as nine hits do
FAULTS = (
    "continue comes more often",
    "reverse comes more often",
    "stall comes more often",
    "stall comes less often",
    "too timid",
    "too bold",
    "what is held unlikely comes more often",
)

FAULTS_OF_A_FALL = (
    "it falls less often",
    "it falls more often",
    "it falls less often",
    "it falls more often",
    *FAULTS[4:],
)  # the same bets


@dataclass(frozen=True)
class CalibrationMonitor:
    """The monitor of one question after each of the k forecasts that were bet on, in the order of settlement.

    Parameters
    ----------
    rows : numpy.ndarray of int of shape (k,)
        Places of those forecasts among all.
    e_values : numpy.ndarray of shape (k,)
        The gambler's capital.
    capital : numpy.ndarray of shape (k, 7)
        Of it, by fault.
    covered : numpy.ndarray of bool of shape (k,)
        Whether the set that leaves out a probability of 0.1 held the outcome.
    left_out : numpy.ndarray of shape (k,)
        Probability that the adapted set left out.
    adapted : numpy.ndarray of bool of shape (k,)
        Whether the adapted set held the outcome.
    """

    rows: Int
    e_values: Float
    capital: Float
    covered: Flags
    left_out: Float
    adapted: Flags

    @property
    def alarm(self) -> int | None:
        """The first place at which the alarm was raised; None where it never was."""
        raised = np.flatnonzero(self.e_values >= 1 / ALARM)
        return int(raised[0]) if len(raised) else None


def non_overlapping(made: np.ndarray, settled: np.ndarray) -> Int:
    """Places of forecasts none of which is made before the one before it is settled, the first that can be, (k,).

    made, settled : (n,) rising sessions at whose close each is made and settled.
    """
    places: list[int] = []
    free = None
    for place in range(len(made)):
        if free is None or made[place] >= free:
            places.append(place)
            free = settled[place]
    return np.array(places, dtype=np.int64)


def fault_probabilities(probabilities: Float) -> Float:
    """What the probabilities (n, 3) would have to be under each fault, (n, 7, 3)."""
    p = probabilities
    direction, stall = np.array([-0.5, 0.0, 0.5]), np.array([-0.5, 0.5, -0.5])
    shifted = [p * np.exp(SHIFT * way) for way in (direction, -direction, stall, -stall)]
    unlikely = np.where(~prediction_set(p, np.full(len(p), LEFT_OUT)), 2.0, 1.0)  # the odds of a miss doubled
    each = np.stack([*shifted, p**POWER, p ** (1 / POWER), p * unlikely], axis=1)
    return np.asarray(each / each.sum(axis=2, keepdims=True))


def prediction_set(probabilities: Float, left_out: Float) -> Flags:
    """The likeliest outcomes that together have at least 1 - left_out (n,), (n, 3); all of them where that is not below 1."""
    order = np.argsort(-probabilities, axis=1, kind="stable")
    before = np.cumsum(np.take_along_axis(probabilities, order, axis=1), axis=1) - np.take_along_axis(probabilities, order, axis=1)
    members = np.empty(probabilities.shape, dtype=bool)
    np.put_along_axis(members, order, before < 1 - left_out[:, None], axis=1)
    return members


def monitor_calibration(probabilities: Float, outcomes: Int, made: np.ndarray, settled: np.ndarray) -> CalibrationMonitor:
    """Monitor the settled forecasts of one question; later ones change nothing of what it says of earlier ones.

    Parameters
    ----------
    probabilities : numpy.ndarray of shape (n, 3)
        As forecast, in the order of time.
    outcomes : numpy.ndarray of int of shape (n,)
        In 0, 1, 2.
    made, settled : numpy.ndarray of shape (n,)
        Sessions of each forecast and of its settlement, rising.

    Returns
    -------
    CalibrationMonitor

    References
    ----------
    Arnold, Henzi and Ziegel (2023), Sequentially valid tests for forecast calibration, Ann. Appl. Stat. 17.
    Waudby-Smith and Ramdas (2024), Estimating means of bounded random variables by betting, J. R. Stat. Soc. B 86.
    Gibbs and Candes (2021), Adaptive conformal inference under distribution shift, NeurIPS 34.
    """
    rows = non_overlapping(made, settled)
    p, happened = probabilities[rows], outcomes[rows]
    places = np.arange(len(rows))
    bets = np.log(fault_probabilities(p)[places, :, happened] / p[places, happened][:, None])
    capital = np.exp(np.cumsum(bets, axis=0))
    covered = prediction_set(p, np.full(len(rows), LEFT_OUT))[places, happened]
    left_out, adapted = _adapted(p, happened)
    return CalibrationMonitor(rows, capital.mean(axis=1), capital, covered, left_out, adapted)


def _adapted(p: Float, happened: Int) -> tuple[Float, Flags]:
    left_out, covered = np.empty(len(p)), np.empty(len(p), dtype=bool)
    now = LEFT_OUT
    for place in range(len(p)):
        left_out[place] = now
        covered[place] = prediction_set(p[[place]], np.array([now]))[0, happened[place]]
        now += STEP * (LEFT_OUT - (not covered[place]))
    return left_out, covered


def backtest_monitor(sample: Sample, backtest: Forecasts) -> dict[str, dict[str, Any]]:
    """The monitor of each question by label, for metrics.json: the series by day of settlement, and its state at the end."""
    states = {}
    for q, question in enumerate(sample.questions):
        outcomes = sample.outcomes[backtest.surges, q].astype(np.int64)
        settled = outcomes != UNSETTLED
        made = sample.rows[backtest.surges[settled]]
        days = sample.sessions[made + question.horizon]
        p, dates = backtest.probabilities[settled, q], sample.sessions[made]
        states[question.label] = monitor_state(p, outcomes[settled], dates, days, fall=question.is_fall)
    return states


def monitor_state(probabilities: Float, outcomes: Int, dates: np.ndarray, settled: np.ndarray, *, fall: bool = False) -> dict[str, Any]:
    """The monitor of one question as `metrics.json` has it; dates, settled : (n,) days, rising."""
    monitor = monitor_calibration(probabilities, outcomes, dates, settled)
    days = [str(day) for day in settled[monitor.rows]]
    return {
        "known": days,
        "e_values": monitor.e_values.tolist(),
        "left_out": monitor.left_out.tolist(),
        "covered": float(monitor.covered.mean()) if days else None,
        "adapted": float(monitor.adapted.mean()) if days else None,
        "alarm": None if monitor.alarm is None else days[monitor.alarm],
        "fault": None if monitor.alarm is None else (FAULTS_OF_A_FALL if fall else FAULTS)[int(monitor.capital[monitor.alarm].argmax())],
    }


def monitor_summary(states: Mapping[str, Mapping[str, Any]]) -> str:
    """One line on all questions, for the screen: how many raised the alarm, and the highest capital there is now."""
    now = {label: state["e_values"][-1] for label, state in states.items() if state["e_values"]}
    if not now:
        return "Monitor: no forecast is settled that it could bet on."
    raised, highest = sum(state["alarm"] is not None for state in states.values()), max(now, key=lambda label: now[label])
    return (
        f"Monitor of calibration: {raised or 'no'} alarm{'s' if raised > 1 else ''} on {len(now)} questions; the highest e-value is "
        f"{now[highest]:.2g} ({highest}), and the alarm is at {1 / ALARM:.0f}."
    )


def alarm_lines(states: Mapping[str, Mapping[str, Any]], day: str) -> list[str]:
    """A line for each question whose alarm had been raised by the close of `day` (YYYY-MM-DD)."""
    lines = []
    for label, state in states.items():
        if state["alarm"] is not None and state["alarm"] <= day:
            peak = max(value for value, settled in zip(state["e_values"], state["known"], strict=True) if settled <= day)
            lines.append(
                f"ALARM {label}: since {state['alarm']} its forecasts are refuted as calibrated (e-value up to {peak:.0f}, alarm at "
                f"{1 / ALARM:.0f}; the likeliest fault: {state['fault']}); read its probabilities with that in mind"
            )
    return lines
