"""Age: a span as people say it."""

from datetime import timedelta


def age(span: timedelta) -> str:
    """In days, hours or minutes, at least two of the larger unit; 0 min for what is none."""
    minutes = max(0, int(span.total_seconds() // 60))
    for unit, size in (("days", 1440), ("hours", 60)):
        if minutes >= 2 * size:
            return f"{minutes // size} {unit}"
    return f"{minutes} min"
