"""Predictions tables drawn at random, with every value a table may have."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from forecast.models.ensemble.methods import METHODS
from forecast.runs.predictions.columns import (
    BASE_COLUMNS,
    BASE_HIGH_COLUMNS,
    BASE_LOW_COLUMNS,
    CLIMATOLOGY_COLUMNS,
    COLUMNS,
    HIGH_COLUMNS,
    LOW_COLUMNS,
    P_COLUMNS,
    UNCALIBRATED_COLUMNS,
)

FINITE = st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12)
FIRST_DAY = np.datetime64("1926-07-01")  # Excel's calendar is wrong before March 1900


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Up to four rows on days of their own."""
    days = draw(st.lists(st.integers(0, 60_000), max_size=4, unique=True))
    rows = [_row(draw, FIRST_DAY + np.timedelta64(day, "D")) for day in days]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    kinds = {"date": "datetime64[ns]", "string": "str", "int": "int64", "float": "float64"}
    return table.astype({name: kinds[column.kind] if column.missing is None else "Int64" for name, column in COLUMNS.items()})


def _row(draw: st.DrawFn, day: np.datetime64) -> dict[str, object]:
    p, base, before, often = (np.array(draw(st.tuples(*[st.floats(0.01, 1)] * 3))) for _ in range(4))
    share = draw(st.floats(0, 1))
    return {
        "date": day,
        "series": draw(NAMES),
        "horizon": draw(st.integers(1, 252)),
        "barrier": draw(st.floats(0, 1e300)),
        "surge_return": draw(FINITE),
        "surge_z": draw(FINITE),
        "episode": draw(st.integers(1, 2**53)),
        **dict(zip(P_COLUMNS, p / p.sum(), strict=True)),
        **dict(zip(BASE_COLUMNS, base / base.sum(), strict=True)),
        "outcome": draw(st.sampled_from([0, 1, 2, pd.NA])),
        "known": day + np.timedelta64(draw(st.integers(1, 400)), "D"),
        "trained_to": day - np.timedelta64(draw(st.integers(0, 400)), "D"),
        **{name: draw(NAMES) for name in ("source", "experiment", "digest", "run_id")},
        "barrier_kind": draw(st.sampled_from(["surge", "sigma", "fixed"])),
        "size": draw(st.floats(min_value=0, exclude_min=True, allow_infinity=False)),
        **dict(zip(UNCALIBRATED_COLUMNS, before / before.sum(), strict=True)),
        "method": draw(st.sampled_from(METHODS)),
        **dict(zip(LOW_COLUMNS, share * (p / p.sum()), strict=True)),
        **dict.fromkeys(HIGH_COLUMNS, 1.0),
        **dict(zip(BASE_LOW_COLUMNS, share * (base / base.sum()), strict=True)),
        **dict.fromkeys(BASE_HIGH_COLUMNS, 1.0),
        "base_episodes": draw(st.integers(0, 2**53)),
        **dict(zip(CLIMATOLOGY_COLUMNS, often / often.sum(), strict=True)),
        "vol_rank": draw(st.floats(0, 1)),
    }
