"""From own prices in a table to an answer, cell by cell as in a notebook: python examples/02_own_prices.py"""

# %% Prices: any table with days and closes, here the S&P 500 that ships with arch. A Series of closes would do.
from arch.data import sp500

from forecast.api import predict, score, train

prices = sp500.load()[["Open", "High", "Low", "Close"]].loc["2009":]
print(prices.tail(3).round(2))

# %% Train: what the columns are is told by their names, and whose sessions the days are by the days.
QUICK = [
    "name='sp500'",
    "market.name='S&P 500'",
    "model.components=['climatology','ewma']",  # two of ten, one question of 29, a refit every two years: seconds, not minutes
    "model.paths=1000",
    "interval.paths=200",
    "sensitivity.horizons=[]",
    "pullback.horizons=[]",
    "walk_forward.refit_every=504",
    "surge.min_z=1.0",  # calmer weeks count as surges too
]
older = prices.loc[:"2018-06"]
run = train(data=older, overrides=QUICK, track=False, report=False, jobs=1)
run  # noqa: B018  a notebook shows the answer as a table
print(run, *run.notes[:1], sep="\n")

# %% Pictures are figures of matplotlib.
run.plot("history").savefig("history.png")
run.plot("fan").savefig("fan.png")

# %% A row a surge session and question, with the forecast that was made of it at the time.
table = run.to_frame().set_index("date")
print(table[["p_reverse", "p_stall", "p_continue", "outcome"]].tail(3).round(2))

# %% The same run asked about newer prices: nothing is fitted.
later = predict(run.folder, data=prices)
print(later.answer.surge.session, later.answer.questions[0].probabilities)

# %% What the forecasts were worth, by the prices alone.
print(score(run.folder, prices))
