"""Sentences that the terminal and the page share."""

from collections.abc import Mapping

NO_SURGE = "No surge in this history could be forecast: none was found, or all came before the walk-forward began."
TILT = "what the logistic component adds to the forecast's log odds of continue against reverse"


def not_a_surge_today(as_of: str, session: str) -> str:
    """The last session is no surge, and the forecast is of the surge on an earlier `session`."""
    return f"{as_of}, the last session known, is no surge; this is the last one, forecast as of its own close on {session}."


def question_tilts(tilts: Mapping[str, float]) -> str:
    """What the question itself adds to the log odds, by the name of the tilt."""
    return f"Tilts of the question itself: {', '.join(f'{name} {tilt:+.3f}' for name, tilt in tilts.items())}."
