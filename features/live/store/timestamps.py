"""Moments in universal time to the microsecond, as names of files and as people write them."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from features.errors import InputError

FORM = "%Y%m%dT%H%M%S.%fZ"
NAME = re.compile(r"\d{8}T\d{6}\.\d{6}Z")


def timestamp_name(moment: datetime) -> str:
    """An aware moment as a name; names sort as time does."""
    return moment.astimezone(UTC).strftime(FORM)


def timestamp_of(name: str) -> datetime:
    """The moment of such a name; ValueError for anything else."""
    return datetime.strptime(name, FORM).replace(tzinfo=UTC)


def timestamped_names(folder: Path, suffix: str) -> list[str]:
    """The names in `folder` that are a moment and `suffix`, in order; other files are ignored."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.name.endswith(suffix) and NAME.fullmatch(entry.name.removesuffix(suffix)))


def parse_moment(text: str) -> datetime:
    """A moment from its name or in the form of ISO 8601, in universal time where it has no zone; InputError for anything else."""
    try:
        return timestamp_of(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"moment {text!r}: is none; write 2026-11-23T06:00:00, in universal time, or a name that `data list` shows"
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def age(span: timedelta) -> str:
    """A span in words."""
    minutes = max(0, int(span.total_seconds() // 60))
    for unit, size in (("days", 1440), ("hours", 60)):
        if minutes >= 2 * size:
            return f"{minutes // size} {unit}"
    return f"{minutes} min"
