"""Watch: where the monitor of a run stands on a question, and what its choice among ways of combining is worth; from metrics.json."""

from dataclasses import dataclass
from typing import Any

from forecast.runs.folder import Run
from forecast.runs.metrics import read_metrics


@dataclass(frozen=True)
class MonitorStatus:
    """The monitor of one question after its last settled forecast.

    settled : forecasts that were bet on.   e_value, peak : the capital, now and at its highest.   covered, adapted : share of the
    outcomes that the sets held, as forecast and as adapted.   left_out : what the adapted set leaves out now.   alarm : the day it
    was raised.   fault : the likeliest then.
    """

    settled: int
    e_value: float
    peak: float
    covered: float
    adapted: float
    left_out: float
    alarm: str | None
    fault: str | None


def watch(state: dict[str, Any] | None) -> MonitorStatus | None:
    """Of a question's `monitor` in metrics.json; None where nothing is settled, or the run has no monitor."""
    if not state or not state["known"]:
        return None
    capital = state["e_values"]
    shares = (float(state["covered"]), float(state["adapted"]), float(state["left_out"][-1]))
    return MonitorStatus(len(capital), float(capital[-1]), float(max(capital)), *shares, state["alarm"], state["fault"])


def read_monitors(run: Run) -> dict[str, dict[str, Any]]:
    """The monitor of each question by label; empty where the run has none."""
    return dict(read_metrics(run).get("monitor") or {})


def read_overfitting(run: Run) -> dict[str, Any] | None:
    """What choosing the best way of combining by its past score is worth, as `combination` writes it; None where it is not known."""
    found = (read_metrics(run).get("combination") or {}).get("overfitting")
    return None if found is None else dict(found)
