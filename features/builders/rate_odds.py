"""Rate odds: what fed funds futures, or published odds, say of the target rate after the next meetings.

Futures are read where they are known and published odds elsewhere; a change is of one of them, never from one to the other.
"""

from functools import lru_cache

import numpy as np
import pandas as pd

from features.panel import fomc
from features.panel.display_unit import SHARE_POINTS
from features.panel.memoise import memoise
from features.panel.panel import Panel
from features.panel.registry import Feature, feature
from features.panel.series import FUTURES, PUBLISHED, YIELD_2Y, Series
from features.panel.span import span
from features.rates.history import AHEAD, odds_history

RECENT = 64  # sessions; scheduled meetings are never further apart
SECOND = "p_cut_second"
MEETING = {"next": "next meeting", "second": "second meeting"}  # by the end of a measure's name
LATE = np.datetime64("1998-10-15")  # announced at a quarter past three in New York, when futures had settled
LAST_DAYS = 3  # of a month, in which a meeting's surprise is read from the next month's contract


@memoise
def _from_futures(panel: Panel) -> pd.DataFrame:
    """Measures of the odds by session (n, 7); only prices of the session itself, since yesterday's may be of another month."""
    prices = np.column_stack([panel.releases(series).on(panel.sessions) for series in FUTURES])
    return odds_history(panel.sessions, prices, past=panel.releases(FUTURES[0]).of_month_before(panel.sessions))


@memoise
def _both(panel: Panel, measure: str) -> tuple[np.ndarray, np.ndarray]:
    """The measure from futures and as published, each by session (n,); NaN where not known."""
    blank = np.full(len(panel.sessions), np.nan)
    implied = _from_futures(panel)[measure].to_numpy() if all(series in panel for series in FUTURES) else blank
    published = PUBLISHED[measure]
    return implied, panel[published].to_numpy("float64") if published in panel else blank


def odds_of(panel: Panel, measure: str) -> pd.Series:
    """The measure from futures where they are known, elsewhere as published."""
    return pd.Series(_either(*_both(panel, measure)), index=panel.sessions)


def _either(implied: np.ndarray, published: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(implied), published, implied)


@memoise
def _change_of(panel: Panel, measure: str, sessions: int, *, passed: int = 0, before: str | None = None) -> np.ndarray:
    """Change of a measure over `sessions`, of one source, where `passed` decisions left the target alone; against `before`, if given."""
    now, then = _both(panel, measure), _both(panel, before or measure)
    change = _either(*(late - _shifted(early, sessions) for late, early in zip(now, then, strict=True)))
    return np.where(_decisions(panel, sessions) == passed, change, np.nan)


def _shifted(values: np.ndarray, sessions: int) -> np.ndarray:
    """`values` (n,) of `sessions` rows earlier; NaN in the first of them."""
    out = np.full(len(values), np.nan)
    out[sessions:] = values[:-sessions]
    return out


@memoise
def _decisions(panel: Panel, sessions: int) -> np.ndarray:
    """Decisions (n,) since the close of `sessions` sessions ago; NaN if one of them moved the target, and in the first `sessions`."""
    meetings, moved = np.zeros(len(panel.sessions)), np.zeros(len(panel.sessions))
    rows, moves = _decision_rows(panel)
    np.add.at(meetings, rows, 1.0)
    np.add.at(moved, rows, moves)
    count, changes = (each.cumsum() - _shifted(each.cumsum(), sessions) for each in (meetings, moved))
    return np.where(changes == 0, count, np.nan)


@lru_cache(maxsize=1)
def _record() -> tuple[np.ndarray, np.ndarray]:
    """Day of each meeting or decision, rising, and whether it moved the target; False for the first."""
    held = [meeting for meeting in fomc.meetings() if meeting.cancelled is None]
    targets = np.array([meeting.upper for meeting in held])
    return np.array([meeting.day.to_datetime64() for meeting in held]), np.append(False, np.diff(targets) != 0)


def _decision_rows(panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    """Row at whose close each decision within the sessions was known, (n,) rising, and whether it moved the target."""
    days, moved = _record()
    sessions = panel.sessions.to_numpy()
    first, after = days.searchsorted(sessions[:1]), days.searchsorted(sessions[-1:], side="right")
    within = slice(first.item(), after.item()) if len(sessions) else slice(0)
    return sessions.searchsorted(days[within]), moved[within]


def _last_decision(panel: Panel) -> np.ndarray:
    """Row of the last decision on or before each session, (n,); -1 before the first that the sessions saw."""
    rows = np.append(-1, np.unique(_decision_rows(panel)[0]))
    return rows[np.searchsorted(rows, np.arange(len(panel.sessions)), side="right") - 1]


def _published(measure: str) -> tuple[Series, ...]:
    return (PUBLISHED[measure],)


def _meeting(measure: str) -> str:
    return MEETING[measure.rpartition("_")[2]]


def _enter_odds(measure: str, name: str) -> Feature:
    meeting = _meeting(measure)

    @feature(
        inputs=FUTURES,
        instead=_published(measure),
        window=1,
        unit="probability",
        title=f"Odds of a cut after the {meeting}",
        story=1,
        name=name,
    )
    def odds(panel: Panel) -> pd.Series:
        """Probability that the target rate after a meeting, the next or the second, is below today's.

        Sign: near one when a cut is held for certain. NaN where neither prices nor published odds settle it.
        Source: CME FedWatch methodology; Kuttner (2001).
        """
        return odds_of(panel, measure)

    return odds


def _enter_odds_change(measure: str, name: str, sessions: int) -> Feature:
    label, meeting = f"{name}_over_{sessions}", _meeting(measure)

    @feature(
        inputs=FUTURES,
        instead=_published(measure),
        window=sessions + 1,
        unit="probability",
        title=f"Odds of a cut, {meeting}: change over {span(sessions)}",
        display=SHARE_POINTS,
        story=1,
        name=label,
    )
    def change(panel: Panel) -> pd.Series:
        """Change of the odds of a cut by one and the same meeting, which may have been the second when the window began.

        Sign: positive when a cut was priced in. NaN until the window is full, and where the target moved in it or the odds by that
        meeting were not among the first two. Source: CME FedWatch methodology; Bernanke and Kuttner (2005) for the effect on shares.
        """
        same = _change_of(panel, measure, sessions)
        if measure != SECOND:
            same = _either(same, _change_of(panel, measure, sessions, passed=1, before=SECOND))
        return pd.Series(same, index=panel.sessions)

    return change


def _enter_entropy(measure: str, name: str) -> None:
    meeting = _meeting(measure)

    @feature(
        inputs=FUTURES, instead=_published(measure), window=1, unit="nats", title=f"Equally likely targets after the {meeting}", name=name
    )
    def entropy(panel: Panel) -> pd.Series:
        """Entropy of the target rate after a meeting, the next or the second.

        Sign: zero when the outcome is held for certain, 0.69 when two are equally likely. NaN where neither prices nor published
        odds settle it. Source: Shannon (1948).
        """
        return odds_of(panel, measure)


def _enter_path(months: int) -> None:
    measure, name = f"change_{months}m", f"expected_change_{months}m"

    @feature(
        inputs=FUTURES,
        instead=_published(measure),
        window=1,
        unit="percentage points",
        title=f"Policy rate expected in {months} months, less today's",
        story=-1,
        name=name,
    )
    def expected(panel: Panel) -> pd.Series:
        """Expected policy rate some months ahead less the rate now.

        Sign: negative when cuts are expected. NaN where neither prices nor published odds reach so far. Bears the term premium.
        Source: Kuttner (2001); Gurkaynak, Sack and Swanson (2005).
        """
        return odds_of(panel, measure)

    for sessions in (5, 21):
        _enter_path_change(months, sessions)


def _enter_path_change(months: int, sessions: int) -> None:
    measure, label = f"change_{months}m", f"expected_change_{months}m_over_{sessions}"

    @feature(
        inputs=FUTURES,
        instead=_published(measure),
        window=sessions + 1,
        unit="percentage points",
        title=f"Rate expected in {months} months: change over {span(sessions)}",
        story=-1,
        name=label,
    )
    def change(panel: Panel) -> pd.Series:
        """Change of the expected change of the policy rate.

        Sign: negative when cuts were priced in. NaN until the window is full, and where the target moved in it.
        Source: Gurkaynak, Sack and Swanson (2005), the path factor.
        """
        none, one = (_change_of(panel, measure, sessions, passed=passed) for passed in (0, 1))
        return pd.Series(_either(none, one), index=panel.sessions)


cut_odds_next = _enter_odds("p_cut_next", "cut_odds_next")
cut_odds_second = _enter_odds(SECOND, "cut_odds_second")
cut_odds_second_over_5 = _enter_odds_change(SECOND, "cut_odds_second", 5)
_enter_odds_change(SECOND, "cut_odds_second", 21)
for _sessions in (5, 21):
    _enter_odds_change("p_cut_next", "cut_odds_next", _sessions)
_enter_entropy("entropy_next", "rate_entropy_next")
_enter_entropy("entropy_second", "rate_entropy_second")
for _months in AHEAD:
    _enter_path(_months)


@feature(
    inputs=[FUTURES[0], FUTURES[1]],
    window=RECENT,
    reach=RECENT + 1,
    unit="percentage points",
    title="Surprise of the last Fed decision",
    story=-1,
)
def policy_surprise(panel: Panel) -> pd.Series:
    """Surprise of the last decision: the move of the running month's contract on its day, scaled to the days of the month after it.

    In the last three days of a month, the move of the next contract. Sign: positive when policy was tighter than expected. NaN in
    the first 63 sessions, without a decision in the last 63, where a price of either day is missing, and on the day of a decision that
    came after the futures had settled, whose move is that of the next session. Source: Kuttner (2001), eq. 7.
    """
    sessions = panel.sessions
    near, following = (100 - panel.releases(series).on(sessions) for series in FUTURES[:2])
    days = sessions.to_numpy().astype("datetime64[D]")
    month = days.astype("datetime64[M]")
    length = ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype("float64")
    left = ((month + 1).astype("datetime64[D]") - days).astype("float64") - 1
    same = np.append(False, month[1:] == month[:-1])
    move = near - np.where(same, _shifted(near, 1), _shifted(following, 1))  # of one contract, the next one before its month began
    late = days == LATE
    scaled = np.where(late, np.append(move[1:], np.nan), move) * length / np.maximum(left, 1)
    surprise = _since(panel, np.where(left >= LAST_DAYS, scaled, following - _shifted(following, 1)))
    return surprise.mask(late)


@feature(
    inputs=[YIELD_2Y],
    window=RECENT,
    reach=RECENT + 1,
    unit="percentage points",
    title="Two-year yield since the last Fed decision",
    story=-1,
)
def two_year_since_meeting(panel: Panel) -> pd.Series:
    """Change of the two-year yield since the close of the last decision's day: how far the expected path has moved without the Committee.

    Sign: negative when cuts were priced in since. NaN in the first 63 sessions, without a decision in the last 63, and until the
    yield of the decision's day is published. Source: Hanson and Stein (2015).
    """
    decided = panel.sessions[np.maximum(_last_decision(panel), 0)]
    then = panel.releases(YIELD_2Y).on(decided, panel.sessions)
    return (panel[YIELD_2Y] - then).where(_recent(panel))


def _since(panel: Panel, values: np.ndarray) -> pd.Series:
    """`values` (n_sessions,) on the day of the last decision, carried on for as long as it is recent."""
    return pd.Series(np.where(_recent(panel), values[_last_decision(panel)], np.nan), index=panel.sessions)


def _recent(panel: Panel) -> np.ndarray:
    """Whether the last decision (n_sessions,) was seen, with the session before it, and lies less than RECENT sessions back."""
    last, rows = _last_decision(panel), np.arange(len(panel.sessions))
    return (last >= 1) & (rows - last < RECENT) & (rows >= RECENT - 1)
