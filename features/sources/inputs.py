"""[inputs] and [companions] of an experiment file: the file of each series, its unit, and its publication lag."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from features.files.dialect import Dialect
from features.panel.series import Every

FileName = Annotated[str, Field(pattern=r"^[^\x00-\x1f]{1,200}$")]


class ReleaseCalendar(BaseModel):
    """A table of release days: those in column `date` of the rows of `file` whose columns have the values in `where`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    file: FileName
    where: dict[str, str | int] = {}
    date: str = "Date"


class InputFormat(StrEnum):
    """A column a series, or a published FedWatch history, whose `columns` are the measures of `features.rates.odds_history`."""

    COLUMNS = "columns"
    FEDWATCH = "fedwatch"


class LagModel(BaseModel):
    """Publication lag in TOML: a number of sessions, or a table of months, days and sessions.

    With a table of release days, `months` and `days` hold before its first and after its last day.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    months: Annotated[int, Field(strict=True, ge=0, le=120)] = 0
    days: Annotated[int, Field(strict=True, ge=0, le=3660)] = 0
    sessions: Annotated[int, Field(strict=True, ge=0, le=2520)] = 0

    releases: ReleaseCalendar | None = None


def _sessions_if_int(value: Any) -> Any:
    return {"sessions": value} if isinstance(value, int) and not isinstance(value, bool) else value


class IndexValues(StrEnum):
    """What a column of an index holds: its levels, or its returns, which are made into levels that start at 100."""

    LEVEL = "level"
    PERCENT_RETURN = "percent return"


class TableFile(Dialect):
    """A file of one table: its name in the data folder, the column of its days, by default whatever it is called, and how it is written."""

    file: FileName
    date: str = "Date"

    @property
    def dialect(self) -> Dialect:
        return Dialect(**{key: getattr(self, key) for key in Dialect.model_fields})


class Companion(TableFile):
    """Further indices to learn from, each a column of one file, after their publication lag; a single one may have highs and lows."""

    columns: Annotated[tuple[str, ...], Field(min_length=1)]
    high: str | None = None
    low: str | None = None
    holds: IndexValues = IndexValues.LEVEL
    exchange: str | None = None  # whose sessions these are, and whose clock tells the day of a stamp; by default the market's
    lag: Annotated[LagModel, BeforeValidator(_sessions_if_int)] = LagModel()

    @model_validator(mode="after")
    def _one_range(self) -> "Companion":
        if (self.high is None) != (self.low is None):
            raise ValueError("high and low go together; name both or neither")
        if self.high is not None and (len(self.columns) > 1 or self.holds is not IndexValues.LEVEL):
            raise ValueError("high and low belong to one column of levels; give that index a table of its own")
        return self


class Input(TableFile):
    """One file of a data folder: `columns` maps a series name to its column; unit, lag and frequency hold for all of them.

    Without `every`, each series has its usual frequency. Only indices may hold returns.
    """

    columns: Annotated[dict[str, str], Field(min_length=1)]
    format: InputFormat = InputFormat.COLUMNS
    unit: str | None = None
    holds: IndexValues = IndexValues.LEVEL
    lag: Annotated[LagModel, BeforeValidator(_sessions_if_int)] = LagModel()
    every: Every | None = None
