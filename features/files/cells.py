"""Tables as cells of a spreadsheet: no text, in a row or a header, is taken for a formula, and what was meant is read back."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from features.names import from_a_cell, in_a_cell


def escape_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """`table` with an apostrophe before each text that a spreadsheet may take for a formula, names of columns included.

    Numbers stay as they are: a minus sign before digits is no formula. An index with a name becomes columns.
    """
    flat = table.reset_index() if any(name is not None for name in table.index.names) else table
    return _changed(flat, in_a_cell)


def unescape_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """The inverse of `escape_formulas`, for a table that was read from a file; the index stays."""
    return _changed(table, from_a_cell)


def _changed(table: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    """`table` with `change` made to each text."""

    def each(value: Any) -> Any:
        return change(value) if isinstance(value, str) else value

    changed = table.copy()
    for place in range(table.shape[1]):
        column = table.iloc[:, place]
        if isinstance(column.dtype, pd.StringDtype):  # of texts alone, which repeat: each is changed once
            codes, texts = pd.factorize(column, use_na_sentinel=False)
            changed.isetitem(place, pd.Series([each(text) for text in texts], dtype=column.dtype).array.take(codes))
        elif column.dtype.kind in "OU":  # texts of any storage, and categories, which a changed text is none of
            kind = object if isinstance(column.dtype, pd.CategoricalDtype) else column.dtype
            changed.isetitem(place, pd.Series([each(value) for value in column], index=column.index, dtype=kind).array)
    return changed.set_axis([each(name) for name in table.columns], axis=1)
