"""Cells: a table as a spreadsheet may open it, with no text that it would take for a formula."""

import pandas as pd

from features.names import in_a_cell


def cells_of_text(table: pd.DataFrame) -> pd.DataFrame:
    """`table` with an apostrophe before each text that a spreadsheet may take for a formula; `features.names.from_a_cell` takes it off.

    Names of columns are the package's own; numbers are left as they are: a minus sign before digits is no formula.
    """
    texts = [name for name in table.columns if pd.api.types.is_string_dtype(table[name]) or table[name].dtype == object]
    return table.assign(**{name: table[name].map(_cell) for name in texts})


def _cell(value: object) -> object:
    return in_a_cell(value) if isinstance(value, str) else value
