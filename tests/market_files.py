"""A folder of simulated markets and the experiment file that lists them, for trainings of a second each."""

from pathlib import Path

import numpy as np
import pandas as pd

from features.panel import calendar
from tests.markets import clustered_walk

COMMON = """
[surge]
min_z = 1.0
min_return = 0.01

[sensitivity]
horizons = []

[pullback]
sizes = [0.05]
horizons = [21]

[walk_forward]
start = 2005-06-01
refit_every = 70

[model]
components = ["climatology", "ewma"]
paths = 100

[interval]
paths = 100

[companions.shared]
file = "shared.csv"
columns = ["Close"]
"""


def write_markets(folder: Path, names: list[str], *, last: str = "2007-06-29", surging: str | None = None) -> Path:
    """Seven years a market in a file each, an index that all learn from, and `world.toml`; the last week of `surging` is a surge."""
    sessions = calendar.sessions("XNYS", pd.Timestamp("2000-01-03"), pd.Timestamp(last))
    for seed, name in enumerate([*names, "shared"]):
        close = clustered_walk(np.random.default_rng(seed), len(sessions))
        if name == surging:
            close[-5:] *= 1.02 ** np.arange(1, 6)
        pd.DataFrame({"Date": sessions, "Close": close}).to_csv(folder / f"{name}.csv", index=False)
    tables = [f'[markets.{name}]\nmarket.name = "Simulated {name}"\n{_input(name)}' for name in names]
    file = folder / "world.toml"
    file.write_text("\n".join([COMMON, *tables]), "utf-8")
    return file


def write_world(folder: Path, names: dict[str, str], *, last: str = "2007-06-29") -> None:
    """What `experiments/world.toml` reads of these markets, by their exchanges: open, high, low and close of the small and the large index."""
    for seed, (name, exchange) in enumerate(names.items()):
        sessions = calendar.sessions(exchange, pd.Timestamp("2000-01-03"), pd.Timestamp(last))
        for size in ("small", "large"):
            close = clustered_walk(np.random.default_rng([seed, len(size)]), len(sessions))
            columns = {"Open": close, "High": 1.01 * close, "Low": 0.99 * close, "Close": close}
            pd.DataFrame({"Date": sessions, **columns}).to_csv(folder / f"{name}_{size}.csv.gz", index=False)


def _input(name: str) -> str:
    return f'inputs.small = {{ file = "{name}.csv", columns = {{ small = "Close" }} }}\n'
