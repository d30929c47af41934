"""`python -m benchmarks.pictures ROWS.json`: docs/pit.png and docs/cost.png, the second from rows that `benchmarks.peers` wrote."""

import json
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np

from benchmarks.growth import LENGTHS
from benchmarks.recovery import pit, truths

mpl.use("Agg")

from matplotlib import pyplot as plt

DOCS = Path(__file__).parent.parent / "docs"
COLOURS = ("#0072b2", "#d55e00", "#009e73")  # Okabe and Ito's, told apart by all
BINS = 20


def draw_pit() -> None:
    """Histograms of the predictive distribution function, with the band that 95 % of uniform bins stay in."""
    figure, axes = plt.subplots(1, len(truths()), figsize=(10, 3.2), sharey=True, layout="constrained")
    for axis, truth, colour in zip(axes, truths(), COLOURS, strict=True):
        values = pit(truth)
        expected, spread = len(values) / BINS, np.sqrt(len(values) / BINS * (1 - 1 / BINS))
        axis.hist(values, bins=BINS, range=(0, 1), color=colour, alpha=0.85)
        axis.axhspan(expected - 1.96 * spread, expected + 1.96 * spread, color="black", alpha=0.15)
        axis.set_title(truth.name, fontsize=10)
        axis.set_xlabel("predictive distribution function at the return")
    axes[0].set_ylabel(f"of {len(values):,} sessions")
    figure.suptitle("Fitted to simulated returns: bars inside the grey band are uniform", fontsize=11)
    figure.savefig(DOCS / "pit.png", dpi=130)


def draw_cost(rows: list[dict[str, object]]) -> None:
    """Time of a fit against the length of the history."""
    figure, axis = plt.subplots(figsize=(6, 4), layout="constrained")
    for truth, colour, marker in zip(truths(), COLOURS, "osD", strict=True):
        mine = {row["setting"]: row["ours"] for row in rows if row["topic"] == "cost" and str(row["setting"]).startswith(truth.name)}
        times = [mine[f"{truth.name}, n = {n}"] for n in LENGTHS]
        axis.loglog(LENGTHS, times, marker=marker, color=colour, label=f"{truth.name}, exponent {mine[f'{truth.name}, exponent']:.2f}")
    axis.set_xlabel("sessions")
    axis.set_ylabel("milliseconds a fit, starts included")
    axis.grid(which="both", alpha=0.2)
    axis.legend(frameon=False)
    figure.savefig(DOCS / "cost.png", dpi=130)


if __name__ == "__main__":
    draw_pit()
    draw_cost(json.loads(Path(sys.argv[1]).read_text()))
