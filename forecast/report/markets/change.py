"""What became of a market's last surge, and what changed since the sheet before, in a few words."""

from datetime import date

from forecast.report.answer_words import HAPPENED, day
from forecast.report.markets.market_row import LastSurge, MarketRow
from forecast.report.sentences import PRINT_ORDER

WEEK = 7 / 5  # days a session
POINTS = 0.005  # of a probability; less is no change that a sheet in whole per cent shows


def change_since(before: MarketRow | None, now: MarketRow) -> str:
    """`before` is the market's row of an earlier day of its data, None where there is none."""
    if now.failure is not None:
        return "no run of today"
    if before is None:
        return "first sheet"
    if now.surge is None:
        return "no surge yet"
    return "a new surge" if before.surge is None else _change_of(before.surge, now.surge)


def _change_of(before: LastSurge, now: LastSurge) -> str:
    """From one surge to another, or what came of the same."""
    if before.session != now.session:
        return f"goes on, {before.sigmas:.1f} sigma before" if _goes_on(before, now) else "a new surge"
    if before.outcome != now.outcome and now.outcome is not None:
        return f"it {HAPPENED[now.outcome]}"
    return _moved(before, now)


def _goes_on(before: LastSurge, now: LastSurge) -> bool:
    """Whether both were surges of the day, over windows that have sessions in common."""
    apart = date.fromisoformat(now.session) - date.fromisoformat(before.session)
    return before.is_today and now.is_today and 0 < apart.days <= WEEK * now.window


def became(surge: LastSurge) -> str:
    """What became of a surge, or until when that is open."""
    return f"open to {day(surge.settles)}" if surge.outcome is None else f"it {HAPPENED[surge.outcome]}"


def _moved(before: LastSurge, now: LastSurge) -> str:
    """By how many points the probability moved that moved most."""
    moves = {name: now.probabilities[name] - before.probabilities[name] for name in PRINT_ORDER}
    name = max(moves, key=lambda outcome: abs(moves[outcome]))
    return "as before" if abs(moves[name]) < POINTS else f"{name} {100 * moves[name]:+.0f} points"
