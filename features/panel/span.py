"""Span: a number of sessions in words."""

SPANS = {1: "a day", 5: "a week", 21: "a month", 22: "a month", 63: "a quarter", 252: "a year"}


def span(sessions: int) -> str:
    """A week, a month; 200 sessions where the number has no name."""
    return SPANS.get(sessions, f"{sessions} sessions")
