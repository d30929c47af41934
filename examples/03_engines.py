"""The engines by themselves, on the S&P 500 that ships with arch: python examples/03_engines.py

A GJR-GARCH, two regimes of GARCH, then the probability that the next month first meets 3 or 5 % on either side.
"""

import numpy as np
from arch.data import sp500

from forecast.engines import Garch, MSGarch, first_passage

close = sp500.load()["Adj Close"]
returns = 100 * np.log(close).diff().dropna().iloc[-1500:]  # percent, and so are the barriers below

garch = Garch(variance="gjr", dist="skewt").fit(returns)
print(garch.summary())  # the table that arch prints; summary("sandwich") has the robust errors
print(garch.conditional_volatility_.tail(2))  # by session, as the returns are

model = MSGarch(2, drift="sample", n_starts=1).fit(returns)
wild = model.filtered_probabilities_.iloc[-1, -1]
print(f"Two regimes: AIC {model.aic_:.1f}, of one {garch.aic_:.1f}; probability of the wilder one on the last session {wild:.1%}")
print(f"Value at risk of the next session, 5 %: {model.value_at_risk(0.05)[-1]:.2f} %")

barriers, horizons = [3.0, 5.0], [21, 21]
chances = first_passage(model.ahead(), barriers, horizons, key=1, paths=20_000)
for barrier, probabilities, errors in zip(barriers, chances.probabilities, chances.errors, strict=True):
    words = ", ".join(f"{name} {p:.1%} ± {e:.1%}" for name, p, e in zip(("down", "neither", "up"), probabilities, errors, strict=True))
    print(f"First to meet {barrier:.0f} % within 21 sessions: {words}")
