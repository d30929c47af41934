"""Rotation: whether small caps gain what others lose, or one tide lifts all."""

import numpy as np
import pandas as pd

from features.builders.momentum import momentum_in
from features.builders.regression import Slopes, beside, rolling_moments, rolling_slopes
from features.panel.display_unit import TIMES
from features.panel.memoise import memoise
from features.panel.panel import Panel
from features.panel.registry import feature
from features.panel.returns import log_return
from features.panel.series import INDEX_POINTS, LARGE, SMALL, TECH, Basis, Series
from features.panel.span import span
from features.panel.transform import log

SURGE = 5  # sessions
YEAR = 252
NIL = 0.1  # of a five-session standard deviation: a smaller move has no parts worth a share


def _fund(name: str, doc: str) -> Series:
    return Series(name, INDEX_POINTS, Basis.PRICE, f"{doc}, total return; returns only")


SECTORS = tuple(
    _fund(f"sector_{sector}", f"large caps of one sector, {sector}")
    for sector in ("materials", "energy", "financials", "industrials", "technology", "staples", "utilities", "health", "discretionary")
)
SMALL_VALUE = _fund("small_value", "cheap small caps")
SMALL_GROWTH = _fund("small_growth", "growing small caps")


for _window in (5, 21, 63):

    @feature(
        inputs=[SMALL, TECH],
        window=_window + 1,
        unit="sigma",
        title=f"Small caps less technology over {span(_window)}",
        story=1,
        name=f"small_over_tech_{_window}",
        reach=None,
    )
    def small_over_tech(panel: Panel, window: int = _window) -> pd.Series:
        """Log return of small caps over technology in a window, in units of the spread's own volatility.

        Sign: positive when money rotates from technology into small caps. NaN until the window is full.
        Source: Moskowitz and Grinblatt (1999), momentum of one group of shares over another.
        """
        return momentum_in(panel, window, SMALL, TECH)


for _window in (63, 252):

    @feature(
        inputs=[SMALL, TECH],
        window=_window + SURGE + 1,
        unit="sigma",
        title=f"Technology less small caps, {span(_window)} to last week",
        story=1,
        name=f"tech_run_before_{_window}",
        reach=None,
    )
    def tech_run_before(panel: Panel, window: int = _window) -> pd.Series:
        """Log return of technology over small caps in a window that ended five sessions ago, in units of its own volatility.

        Sign: positive when technology had run ahead, so that there is a crowd to turn round. NaN until the window is full.
        Source: Daniel and Moskowitz (2016), losers' rebounds after momentum; Khandani and Lo (2007), crowds unwinding.
        """
        return momentum_in(panel, window, TECH, SMALL).shift(SURGE)


for _window in (5, 21):
    inputs = [SMALL_VALUE, SMALL_GROWTH]

    @feature(
        inputs=inputs,
        window=_window + 1,
        unit="sigma",
        title=f"Cheap less growing small caps over {span(_window)}",
        name=f"small_value_over_growth_{_window}",
        reach=None,
    )
    def small_value_over_growth(panel: Panel, window: int = _window) -> pd.Series:
        """Log return of cheap over growing small caps in a window, in units of its own volatility.

        Sign: positive when the cheap lead within small caps. NaN until the window is full.
        Source: Fama and French (1993).
        """
        return momentum_in(panel, window, SMALL_VALUE, SMALL_GROWTH)


@feature(inputs=[SMALL, TECH], window=64, unit="correlation", title="Correlation of small caps and technology", story=-1)
def small_tech_correlation(panel: Panel) -> pd.Series:
    """Correlation of the daily returns of small caps and technology over 63 sessions.

    Sign: low when the market is a rotation, high when it is one tide. NaN in the first 63 sessions.
    Source: Pollet and Wilson (2010), correlation as the tide's measure.
    """
    return log_return(panel, SMALL).rolling(63).corr(log_return(panel, TECH))


def share_of_move(part: pd.Series, total: pd.Series, sigma: pd.Series) -> pd.Series:
    """`part` over `total`, limited to 0 to 1; 0 where the total is less than a tenth of `sigma`. NaN where any is."""
    moved, whole, scale = (values.to_numpy("float64") for values in (part, total, sigma))
    share = (moved / np.where(whole != 0, whole, np.nan)).clip(0, 1)
    share = np.where(np.abs(whole) >= NIL * scale, share, 0.0)
    return pd.Series(np.where(np.isnan(moved) | np.isnan(whole) | np.isnan(scale), np.nan, share), index=part.index)


@memoise
def _beside_market(panel: Panel) -> tuple[pd.Series, pd.Series, Slopes]:
    """Five sessions' log return of small caps, the part that is not beta times the large caps', and what was known before them."""
    before = rolling_slopes(log_return(panel, SMALL), beside(log_return(panel, LARGE)), YEAR).before(SURGE)
    total = log_return(panel, SMALL, SURGE)
    rest = total - before.slopes[LARGE.name] * log_return(panel, LARGE, SURGE)
    return total, rest, before


@feature(
    inputs=[SMALL, LARGE],
    window=YEAR * 3 // 4 + SURGE + 1,
    reach=YEAR + SURGE + 1,
    unit="share",
    title="Share of the week's move that is rotation",
    story=1,
)
def rotation_share_5(panel: Panel) -> pd.Series:
    """Share of five sessions' move of small caps that is not beta times the large caps' move: rotation, and not the tide.

    Sign: 1 when large caps stood still or went the other way, 0 when the tide would have lifted small caps as far or
    farther, or they moved by less than a tenth of sigma. Beta of a year that ended before the five sessions, at least
    three quarters of it; NaN until then. Source: Fama and MacBeth (1973), a beta known beforehand.
    """
    total, rest, _ = _beside_market(panel)
    return share_of_move(rest, total, log_return(panel, SMALL).rolling(63).std().shift(SURGE) * SURGE**0.5)


@feature(
    inputs=[SMALL, LARGE],
    window=YEAR * 3 // 4 + SURGE + 1,
    reach=YEAR + SURGE + 1,
    unit="sigma",
    title="Small caps over a week, beyond their beta",
    story=1,
)
def rotation_5(panel: Panel) -> pd.Series:
    """Five sessions' log return of small caps less beta times that of large caps, in units of its own standard deviation.

    Sign: positive when small caps rose beyond the tide. Beta and deviation of a year that ended before the five sessions,
    at least three quarters of it; NaN until then. Source: Fama and MacBeth (1973); Blitz, Huij and Martens (2011).
    """
    _, rest, before = _beside_market(panel)
    return rest / (before.sigma * SURGE**0.5)


@memoise
def _sector_returns(panel: Panel, window: int) -> pd.DataFrame:
    """Log returns over `window` sessions, a column a sector; a session is NaN whole where one of them is."""
    moves = beside(*(log_return(panel, series, window) for series in SECTORS))
    moves[~np.isfinite(moves.to_numpy()).all(axis=1)] = np.nan
    return moves


@feature(
    inputs=SECTORS,
    window=YEAR * 3 // 4 + SURGE,
    reach=YEAR + SURGE,
    unit="log ratio",
    title="Dispersion of sectors over its median of a year",
    display=TIMES,
    story=1,
)
def sector_dispersion_5(panel: Panel) -> pd.Series:
    """Log of the standard deviation across sectors of five sessions' returns, over its own median of a year.

    Sign: positive when sectors go their own ways. NaN until three quarters of a year are there.
    Source: Stivers and Sun (2010), dispersion of returns and what follows.
    """
    spread = log(_sector_returns(panel, SURGE).std(axis=1))
    return spread - spread.rolling(YEAR, min_periods=YEAR * 3 // 4).median()


@feature(inputs=SECTORS, window=SURGE + 1, unit="share", title="Share of sectors that rose over a week", story=-1)
def sector_breadth_5(panel: Panel) -> pd.Series:
    """Share of the sectors of large caps that rose over five sessions.

    Sign: near 1 when one tide lifts all, lower when some pay for the others. NaN where a sector has no price.
    Source: Zaremba, Szyszka, Karathanasopoulos and Mikutowski (2021), breadth and momentum.
    """
    moves = _sector_returns(panel, SURGE).to_numpy("float64")
    share = (moves > 0).mean(axis=1)
    return pd.Series(np.where(np.isfinite(moves).all(axis=1), share, np.nan), index=panel.sessions)


@feature(inputs=SECTORS, window=64, unit="correlation", title="Correlation of sectors", story=-1)
def sector_correlation_63(panel: Panel) -> pd.Series:
    """Mean correlation of the daily returns of two sectors over 63 sessions.

    Sign: high when one tide moves all, low when money goes from one to another. NaN in the first 63 sessions.
    Source: Pollet and Wilson (2010).
    """
    moments = rolling_moments(_sector_returns(panel, 1).to_numpy("float64"), 63, needed=63)
    deviation = np.sqrt(np.diagonal(moments, axis1=1, axis2=2).clip(min=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = moments / (deviation[:, :, None] * deviation[:, None, :])
    off = ~np.eye(len(SECTORS), dtype=bool)
    return pd.Series(correlation[:, off].mean(axis=1).clip(-1, 1), index=panel.sessions)
