"""The engines by themselves, on the S&P 500 that ships with arch: python examples/02_engines.py

A GJR-GARCH in each of two regimes, then the probability that the next month first meets 3 or 5 % on either side.
"""

import numpy as np
from arch.data import sp500

from forecast.engines import MSGarch, first_passage

close = sp500.load()["Adj Close"]
returns = 100 * np.log(close).diff().dropna()  # percent, and so are the barriers below

model = MSGarch(2, variance="gjr", dist="skewt", shared=("nu", "lambda"), drift="sample").fit(returns)
print(f"{len(returns)} daily returns to {returns.index[-1]:%Y-%m-%d}, log likelihood {model.loglikelihood_:.1f}")
print(model.summary().round(3).to_string())
wild = np.asarray(model.filtered_probabilities_)[-1, -1]
print(f"Probability of the wilder regime on the last session: {wild:.1%}")
print(f"Value at risk of the next session, 5 %: {model.value_at_risk(0.05)[-1]:.2f} %")

barriers, horizons = [3.0, 5.0], [21, 21]
chances = first_passage(model.ahead(), barriers, horizons, key=1, paths=20_000)
for barrier, probabilities, errors in zip(barriers, chances.probabilities, chances.errors, strict=True):
    said = ", ".join(f"{name} {p:.1%} ± {e:.1%}" for name, p, e in zip(("down", "neither", "up"), probabilities, errors, strict=True))
    print(f"First to meet {barrier:.0f} % within 21 sessions: {said}")
