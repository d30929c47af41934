"""Moments: universal time to the microsecond, as names of files have them and as people write them."""

from datetime import UTC, datetime

from features.errors import InputError

FORM = "%Y%m%dT%H%M%S.%fZ"


def stem(moment: datetime) -> str:
    """`moment`, which has a zone, as a name: of two names the later one is greater."""
    return moment.astimezone(UTC).strftime(FORM)


def of_stem(name: str) -> datetime:
    """The moment that `stem` has named; ValueError for anything else."""
    return datetime.strptime(name, FORM).replace(tzinfo=UTC)


def moment(given: str) -> datetime:
    """A moment as a name has it, or in the form of ISO 8601, without a zone in universal time; InputError for what is none."""
    try:
        return of_stem(given)
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        raise InputError(
            f"moment {given!r}: is none; write 2026-11-23T06:00:00, in universal time, or a name that `data list` shows"
        ) from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
