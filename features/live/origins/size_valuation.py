"""Valuation by size, from the library's 25 portfolios by size and book-to-market: what each fifth is worth, and at which book-to-market.

A portfolio's capitalisation is its number of firms times their average capitalisation, both at the start of the month. Book-to-market
of a group is the mean over its portfolios, weighted by capitalisation, of the book equity of the last fiscal year over the price at the
end of June; this month's prices enter by dividing what it was in July by the group's return since the start of July. A month's row is
known at its end.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from features.errors import OriginError
from features.live.download import DATE
from features.live.origins.french_tables import FrenchTable, frame_of, table_named
from features.live.origins.parsing import CHANGED

RETURNS = "Value Weighted Returns -- Monthly"
FIRMS = "Number of Firms"
SIZE = "Average Market Cap"
BOOK = "BE_FYt-1/ME_June t"
FIFTHS = 5
GROUPS = {"ME1": (0,), "ME1_2": (0, 1), "ME5": (4,), "all": (0, 1, 2, 3, 4)}  # fifths by size, smallest first
SPREADS = {"ME1": 0, "ME5": 4}
JULY = 7  # the month in which portfolios are formed anew


def size_valuation(tables: Sequence[FrenchTable], origin: str) -> pd.DataFrame:
    """Measures by month, of the groups ME1, ME1_2, ME5 and all.

    cap_ and N_ are capitalisation (million USD) and firms at the start of the month; BEME_ and BEME_upd_ book-to-market at June's prices
    and at those of the month's end; valspread_ log book-to-market of the cheapest fifth less the dearest's; log_BEME_small_minus_big and
    log_BEME_upd_small_minus_big that of ME1_2 less ME5; small_cap_share the capitalisation of ME1_2 over all. Portfolios without a firm
    or a book value are left out of their group's mean; NaN where none is left, and before the first July.
    """
    frames = {words: frame_of(table_named(tables, words, origin), origin) for words in (RETURNS, FIRMS, SIZE, BOOK)}
    days, parts = _aligned(frames, origin)
    cap = parts[FIRMS] * parts[SIZE]
    groups = {name: _group(cap, parts, list(fifths), days) for name, fifths in GROUPS.items()}
    columns = {f"{kind}_{name}": values for name, group in groups.items() for kind, values in group.items()}
    for name, fifth in SPREADS.items():
        columns[f"valspread_{name}"] = _log(parts[BOOK][:, fifth, -1]) - _log(parts[BOOK][:, fifth, 0])
    for kind in ("BEME", "BEME_upd"):
        columns[f"log_{kind}_small_minus_big"] = _log(columns[f"{kind}_ME1_2"]) - _log(columns[f"{kind}_ME5"])
    columns["small_cap_share"] = columns["cap_ME1_2"] / columns["cap_all"]
    return pd.DataFrame({DATE: days} | columns)


def _aligned(tables: Mapping[str, pd.DataFrame], origin: str) -> tuple[pd.DatetimeIndex, dict[str, np.ndarray]]:
    """The months (n,) that all tables have, and (n, 5, 5) values of each: by size, smallest first, and by book-to-market, lowest first."""
    names = [name for name in tables[RETURNS].columns if name != DATE]
    if len(names) != FIFTHS * FIFTHS:
        raise OriginError(f"{origin}: has {len(names)} portfolios and not 25, five by size times five by book-to-market; correct `archive`")
    common = tables[RETURNS][DATE]
    for words, table in tables.items():
        if list(table.columns[1:]) != names:
            raise OriginError(f"{origin}: the table of {words!r} has other columns than that of returns; {CHANGED}")
        common = common[common.isin(table[DATE])]
    days = pd.DatetimeIndex(common)
    if not len(days):
        raise OriginError(f"{origin}: its tables share no month; {CHANGED}")
    if days.has_duplicates:
        raise OriginError(f"{origin}: {days[days.duplicated()][0]:%Y-%m} stands twice; {CHANGED}")
    parts = {
        words: table.set_index(DATE).loc[days].to_numpy("float64").reshape(len(days), FIFTHS, FIFTHS) for words, table in tables.items()
    }
    return days, parts


def _group(cap: np.ndarray, parts: Mapping[str, np.ndarray], fifths: list[int], days: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    """cap, N, BEME and BEME_upd (n,) of the portfolios of `fifths`."""
    held, firms = cap[:, fifths].reshape(len(days), -1), parts[FIRMS][:, fifths].reshape(len(days), -1)
    book = _mean(parts[BOOK][:, fifths].reshape(len(days), -1), held)
    growth = 1 + _mean(parts[RETURNS][:, fifths].reshape(len(days), -1), held) / 100
    return {"cap": np.nansum(held, axis=1), "N": np.nansum(firms, axis=1), "BEME": book, "BEME_upd": _at_month_end(book, growth, days)}


def _mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(n,) mean of `values` (n, m) by `weights` (n, m), over what both have; NaN where that is nothing."""
    both = np.isfinite(values) & (weights > 0)
    total = np.where(both, weights, 0.0).sum(axis=1)
    return np.where(both, values * weights, 0.0).sum(axis=1) / np.where(total > 0, total, np.nan)


def _at_month_end(book: np.ndarray, growth: np.ndarray, days: pd.DatetimeIndex) -> np.ndarray:
    """(n,) `book` of each July over all growth since that July's start; NaN before the first July."""
    levels = np.full(len(days), np.nan)
    level = np.nan
    for row, month in enumerate(days.month):
        level = (book[row] if month == JULY else level) / growth[row]
        levels[row] = level
    return levels


def _log(values: np.ndarray) -> np.ndarray:
    return np.log(np.where(values > 0, values, np.nan))
