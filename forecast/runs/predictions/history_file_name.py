"""Names of the files of a history: series, day, moment and run, so that people can read the folder."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from features.errors import InputError

STAMP = "%Y%m%dT%H%M%S%fZ"
DIGEST = 10  # digits of the run's digest, as in the name of its folder
LONGEST = 80  # characters of a series in a name, well below a file system's 255 bytes in any alphabet
PATTERN = re.compile(r"(?P<series>.+)_(?P<as_of>\d{4}-\d\d-\d\d)_(?P<given_at>\d{8}T\d{12}Z)_(?P<digest>[0-9a-f]*)(?:_\d+)?")


@dataclass(frozen=True)
class ForecastFileName:
    """The parts of the name of a forecast's file; `given_at` is in UTC."""

    series: str
    as_of: str
    given_at: datetime
    digest: str

    @property
    def stem(self) -> str:
        """The name without its number and ending."""
        return f"{slug(self.series)}_{self.as_of}_{self.given_at:{STAMP}}_{self.digest[:DIGEST]}"

    def file(self, attempt: int) -> str:
        """The name of the file; a number follows from the second forecast of one moment on."""
        return f"{self.stem}{'' if attempt == 1 else f'_{attempt}'}.parquet"

    @classmethod
    def of(cls, path: Path) -> "ForecastFileName":
        """The parts of the name of `path`, the series as its slug; InputError for a file that is no forecast of a history."""
        match = PATTERN.fullmatch(path.stem)
        if match is None:
            raise InputError(f"{path}: no forecast of a history by its name; move it away")
        try:
            moment = datetime.strptime(match["given_at"], STAMP).replace(tzinfo=UTC)
        except ValueError:
            raise InputError(f"{path}: its name has no moment, {match['given_at']}; move it away") from None
        return cls(match["series"], match["as_of"], moment, match["digest"])


def slug(series: str) -> str:
    """A series as part of a file name: letters and digits in lower case, with hyphens between; the slug of a slug is itself."""
    plain = re.sub(r"[\W_]+", "-", series.lower()).strip("-") or "series"
    if len(plain) <= LONGEST and len(plain.encode()) <= 2 * LONGEST:
        return plain
    return f"{plain[: LONGEST // 2]}-{sha256(plain.encode()).hexdigest()[:12]}"
