"""What metrics.json says of a run's monitor, by question, and of the choice among ways of combining."""

from dataclasses import dataclass
from typing import Any

from forecast.runs.folder import Run
from forecast.runs.metrics import read_metrics


@dataclass(frozen=True)
class MonitorStatus:
    """The monitor of one question after its last settled forecast.

    `settled` forecasts were bet on; `e_value` and `peak` are the gambler's capital, now and at its highest; `covered` and `adapted` are
    shares of the outcomes that the sets held, as forecast and as adapted; `left_out` is what the adapted set leaves out now. `alarm` is
    the day it was raised, and `fault` the likeliest fault on it.
    """

    settled: int
    e_value: float
    peak: float
    covered: float
    adapted: float
    left_out: float
    alarm: str | None
    fault: str | None


def monitor_status(state: dict[str, Any] | None) -> MonitorStatus | None:
    """Of a question's `monitor` in metrics.json; None if nothing is settled, or the run has no monitor."""
    if not state or not state["known"]:
        return None
    capital = state["e_values"]
    shares = (float(state["covered"]), float(state["adapted"]), float(state["left_out"][-1]))
    return MonitorStatus(len(capital), float(capital[-1]), float(max(capital)), *shares, state["alarm"], state["fault"])


def read_monitors(run: Run) -> dict[str, dict[str, Any]]:
    """The state of each question's monitor by label; empty if the run has none."""
    return dict(read_metrics(run).get("monitor") or {})


def read_overfitting(run: Run) -> dict[str, Any] | None:
    """What it is worth to choose the way of combining by its past score, as `combination` writes it; None if it was not computed."""
    overfitting = (read_metrics(run).get("combination") or {}).get("overfitting")
    return None if overfitting is None else dict(overfitting)
