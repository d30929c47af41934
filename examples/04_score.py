"""Score probabilities of your own by the prices, without any file: python examples/04_score.py

The forecaster here holds that a surge goes on if the index is above its level of a year ago, and returns if it is below.
"""

import pandas as pd
from arch.data import nasdaq

from forecast.api import score
from forecast.target.surge import SurgeRule

close = nasdaq.load()["Adj Close"]
year = close / close.shift(252) - 1

# A row a day on which a forecast is made, for the question of the next 21 sessions and half the surge. Days that are no surge are left out
# by `score`, which says how many.
goes_on = (year > 0).astype(float)
mine = pd.DataFrame({"p_reverse": 0.5 - 0.2 * goes_on, "p_stall": 0.1, "p_continue": 0.4 + 0.2 * goes_on})[year.notna()]

result = score(mine, close, rule=SurgeRule(min_z=1.0))
print(result)
print(result.to_frame()[["sessions", "brier", "skill", "low", "high", "t"]].round(3).to_string())
for note in result.notes:
    print(note)
result.plot().savefig("reliability.png")
