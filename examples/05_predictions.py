"""Score a run's predictions and turn them into positions: python examples/05_predictions.py [RUN]

RUN is a run folder or an MLflow run id; without one, the run of the first example.
"""

import sys

import numpy as np

from forecast.api import load_predictions
from forecast.backtest.verification.comparison import skill
from forecast.backtest.verification.scores import brier
from forecast.runs.predictions.read import BASE_COLUMNS, P_COLUMNS

table = load_predictions(sys.argv[1] if len(sys.argv) > 1 else "runs/example")
first = table.iloc[0]
asked = table[(table["horizon"] == first["horizon"]) & (table["barrier_kind"] == first["barrier_kind"]) & (table["size"] == first["size"])]
settled = asked[asked["outcome"].notna()]
outcomes = settled["outcome"].to_numpy(np.int64)

loss = brier(settled[list(P_COLUMNS)].to_numpy(), outcomes)
reference = brier(settled[list(BASE_COLUMNS)].to_numpy(), outcomes)
worth = skill(loss, reference, horizon=int(first["horizon"]))  # forecasts overlap for a horizon
print(f"{len(settled)} settled forecasts of {settled['episode'].nunique()} episodes, {asked['series'].iloc[0]}")
print(f"Brier score {loss.mean():.4f}, of the base rate {reference.mean():.4f}; skill {worth.skill:.3f}, t {worth.t:.1f}")

# A position between -1 and 1 on each surge session, held until its outcome is known: for a tool that wants dates and weights.
positions = asked.assign(position=asked["p_continue"] - asked["p_reverse"])[["date", "known", "position"]]
positions.to_csv("positions.csv", index=False, date_format="%Y-%m-%d", float_format="%.4f")
print(positions.tail().to_string(index=False))
print("Written: positions.csv")
