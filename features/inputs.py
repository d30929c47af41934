"""[inputs] of an experiment file: where each series is read from, in which unit, and when it was known."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from features.series import Every

FileName = Annotated[str, Field(pattern=r"^[^\x00-\x1f]{1,200}$")]


class Calendar(BaseModel):
    """A table of release days: the rows of `file` where each column of `where` holds the value named, their days in `date`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    file: FileName
    where: dict[str, str | int] = {}
    date: str = "Date"


class Format(StrEnum):
    """A column a series, or a published FedWatch history, whose `columns` are the measures of `features.rate_path`."""

    COLUMNS = "columns"
    FEDWATCH = "fedwatch"


class LagModel(BaseModel):
    """Publication lag as written in TOML: a number of sessions, or a table of months, days and sessions.

    With a table of release days, `months` and `days` are for what lies beyond it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    months: Annotated[int, Field(strict=True, ge=0, le=120)] = 0
    days: Annotated[int, Field(strict=True, ge=0, le=3660)] = 0
    sessions: Annotated[int, Field(strict=True, ge=0, le=2520)] = 0

    releases: Calendar | None = None


def _sessions_if_int(value: Any) -> Any:
    return {"sessions": value} if isinstance(value, int) and not isinstance(value, bool) else value


class Input(BaseModel):
    """One file of a data folder: `columns` maps a series name to its column; unit, lag and frequency hold for all of them.

    Without `every`, each series is as frequent as it is by nature.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    file: FileName
    columns: Annotated[dict[str, str], Field(min_length=1)]
    format: Format = Format.COLUMNS
    date: str = "Date"
    unit: str | None = None
    lag: Annotated[LagModel, BeforeValidator(_sessions_if_int)] = LagModel()
    every: Every | None = None
