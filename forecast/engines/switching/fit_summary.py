"""FitSummary: the estimates of a fit with their errors, as users of statsmodels and arch know them."""

import textwrap
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd
from scipy.stats import norm

from forecast.engines.arrays import Float

WIDTH = 90  # columns of the text
LEVEL = 0.95  # of the confidence intervals
COLUMNS = ("coef", "std err", "t", "P>|t|", "[0.025", "0.975]")


@dataclass(frozen=True, repr=False)
class FitSummary:
    """The estimates of a fit; printed it is text of at most 100 columns, in a notebook a table.

    Parameters
    ----------
    title : str
        The estimator, with the parameters that are not its defaults.
    facts : tuple of (str, str)
        What is said above the table: sessions, log-likelihood, criteria, distribution.
    table : DataFrame
        A row a parameter, columns `coef`, `std err`, `t`, `P>|t|`, `[0.025`, `0.975]`; t and p of the hypothesis that it is zero, by the
        normal law. NaN for a parameter at a bound, and for sample moments.
    warnings : tuple of str
        What a reader should know of the fit.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    table: pd.DataFrame
    warnings: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return the table of the estimates.

        Returns
        -------
        pd.DataFrame
            A copy of `table`.
        """
        return self.table.copy()

    def __repr__(self) -> str:
        names = [str(name) for name in self.table.index]
        wide = max(map(len, names), default=0)
        column = (WIDTH - wide) // len(COLUMNS)
        rows = [
            "".join([name.ljust(wide), *(f"{cell:>{column}}" for cell in cells)]) for name, cells in zip(names, self._cells(), strict=True)
        ]
        head = "".join([" " * wide, *(f"{label:>{column}}" for label in COLUMNS)])
        double, single = "=" * WIDTH, "-" * WIDTH
        title = textwrap.wrap(self.title, WIDTH)
        return "\n".join(
            [*(line.center(WIDTH).rstrip() for line in title), double, *self._above(), single, head, single, *rows, double, *self._below()]
        )

    def _repr_html_(self) -> str:
        facts = "".join(f"<tr><th>{escape(label)}</th><td>{escape(value)}</td></tr>" for label, value in self.facts)
        head = "".join(f"<th>{escape(label)}</th>" for label in ("", *COLUMNS))
        rows = "".join(
            f"<tr><th>{escape(str(name))}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
            for name, cells in zip(self.table.index, self._cells(), strict=True)
        )
        below = "".join(f"<p><small>{escape(line)}</small></p>" for line in self.warnings)
        return f"<p>{escape(self.title)}</p><table>{facts}</table><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{below}"

    def _cells(self) -> list[tuple[str, ...]]:
        forms = (".4g", ".3g", ".2f", ".3f", ".4g", ".4g")
        return [
            tuple("" if np.isnan(value) else format(value, form) for value, form in zip(row, forms, strict=True))
            for row in self.table.to_numpy("float64").tolist()
        ]

    def _above(self) -> list[str]:
        """The facts in two columns."""
        half = (len(self.facts) + 1) // 2
        wide = WIDTH // 2 - 2
        left, right = ([_spread(fact, wide) for fact in part] for part in (self.facts[:half], self.facts[half:]))
        return [f"{one}    {other}".rstrip() for one, other in zip(left, [*right, *[""] * (half - len(right))], strict=True)]

    def _below(self) -> list[str]:
        return [line for text in self.warnings for line in textwrap.wrap(f"Warning: {text}", WIDTH, subsequent_indent="  ")]


def estimates(coef: pd.Series, errors: pd.Series) -> pd.DataFrame:
    """The table of a FitSummary."""
    values: Float = coef.to_numpy("float64")
    spread: Float = errors.to_numpy("float64")
    t = values / spread
    reach = float(norm.ppf((1 + LEVEL) / 2)) * spread
    columns = (values, spread, t, 2 * norm.sf(np.abs(t)), values - reach, values + reach)
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)), index=coef.index.rename(None))


def _spread(fact: tuple[str, str], wide: int) -> str:
    label, value = fact
    return f"{label}:{value:>{max(wide - len(label) - 1, len(value) + 1)}}"
