"""Moments: universal time to the microsecond, as names of files have them and as people write them; and spans."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from features.errors import InputError

FORM = "%Y%m%dT%H%M%S.%fZ"
NAME = re.compile(r"\d{8}T\d{6}\.\d{6}Z")


def timestamp_name(moment: datetime) -> str:
    """`moment`, which has a zone, as a name: of two names the later one is greater."""
    return moment.astimezone(UTC).strftime(FORM)


def timestamp_of(name: str) -> datetime:
    """The moment that `stem` has named; ValueError for anything else."""
    return datetime.strptime(name, FORM).replace(tzinfo=UTC)


def timestamped_names(folder: Path, suffix: str) -> list[str]:
    """The names in `folder` that are a moment and `suffix`, in order; whatever else lies there is nobody's."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.name.endswith(suffix) and NAME.fullmatch(entry.name.removesuffix(suffix)))


def parse_moment(given: str) -> datetime:
    """A moment as a name has it, or in the form of ISO 8601, without a zone in universal time; InputError for what is none."""
    try:
        return timestamp_of(given)
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        raise InputError(
            f"moment {given!r}: is none; write 2026-11-23T06:00:00, in universal time, or a name that `data list` shows"
        ) from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def age(span: timedelta) -> str:
    """A span as people say it."""
    minutes = max(0, int(span.total_seconds() // 60))
    for unit, size in (("days", 1440), ("hours", 60)):
        if minutes >= 2 * size:
            return f"{minutes // size} {unit}"
    return f"{minutes} min"
