"""Tails: what a panel has that came out after a day, as rows to be put behind an earlier one."""

import pandas as pd

from features.panel.panel import Panel


def tail_of(panel: Panel, after: pd.Timestamp) -> pd.DataFrame:
    """series, stamp, known and value of everything known after the day; days as YYYY-MM-DD."""
    close = panel.frame["small"]
    parts = [pd.DataFrame({"series": "small", "stamp": close.index, "known": close.index, "value": close.to_numpy()})]
    for name, releases in panel.released.items():
        parts.append(
            pd.DataFrame({"series": name, "stamp": releases.observed.index, "known": releases.known, "value": releases.observed.to_numpy()})
        )
    rows = pd.concat(parts, ignore_index=True)
    late = rows[rows["known"] > after]
    return late.assign(stamp=late["stamp"].dt.strftime("%Y-%m-%d"), known=late["known"].dt.strftime("%Y-%m-%d"))
