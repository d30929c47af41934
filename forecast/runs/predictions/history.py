"""History of every forecast as it was made: one file per forecast, which is never changed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from features.errors import InputError
from features.files.arrow import read_parquet
from features.files.atomic import file_lock, remove_scratch, write_new
from features.panel.calendar import day
from forecast.runs.answer.answer import Answer
from forecast.runs.manifest import MANIFEST
from forecast.runs.predictions.columns import COLUMNS, schema
from forecast.runs.predictions.history_file_name import ForecastFileName
from forecast.runs.predictions.latest import replace_latest
from forecast.runs.predictions.rules import check_predictions, refuse_arrow_version

LOCK = ".history.lock"
STAMPS = {"as_of": "last day of the data that the forecast was made from", "given_at": "when it was made, by the clock of the machine, UTC"}


def append_forecast(folder: str | Path, answer: Answer, table: pd.DataFrame, *, run: str | Path, given_at: datetime | None = None) -> Path:
    """Add one forecast to a history, and update `latest.json` there.

    Parameters
    ----------
    folder : str or Path
        Of the history; it is created if missing.
    answer : Answer
        The forecast.
    table : DataFrame
        The same forecast as rows of the predictions table, one per question.
    run : str or Path
        The run's folder, or the id or address by which it was fetched from MLflow.
    given_at : datetime, optional
        When the forecast was made, with a time zone; by default now.

    Returns
    -------
    Path
        The file that was added.

    Raises
    ------
    InputError
        If the folder cannot be written or is that of a run, the table breaks a rule, or `given_at` has no time zone.
    """
    place, moment = Path(folder), _utc(given_at)
    check_history_folder(place)
    rows = check_predictions(table, "the forecast")[list(COLUMNS)].assign(
        as_of=day(answer.as_of), given_at=pd.Timestamp(moment).as_unit("ns")
    )
    content = pa.Table.from_pandas(rows, schema=_schema(), preserve_index=False)
    name = ForecastFileName(answer.series, answer.as_of, moment, answer.digest)
    with _writing(place):
        first, *others = (place / name.file(attempt) for attempt in range(1, 1000))
        path = write_new(
            first, lambda scratch: pyarrow.parquet.write_table(content, scratch, write_page_checksum=True), alternatives=others
        )
        if path is None:
            raise InputError(f"--history {folder}: a thousand forecasts at {moment:%Y-%m-%d %H:%M:%S.%f}; set the clock right")
        replace_latest(place, answer, given_at=moment, run=run, forecast=path.name)
    return path


def load_history(
    folder: str | Path, *, as_of: str | date | None = None, given_by: str | date | datetime | None = None, on: str | date | None = None
) -> pd.DataFrame:
    """Load the forecasts of a history in the order in which they were made.

    Parameters
    ----------
    folder : str or Path
        Of the history.
    as_of : str or date, optional
        Only forecasts made from the data up to this day.
    given_by : str, date or datetime, optional
        Only forecasts made by this moment, or by the end of this day, UTC.
    on : str or date, optional
        Only the forecast of each series and experiment that was in force at the end of this day, UTC: made by then, of the latest
        `as_of` up to this day, and the last of these.

    Returns
    -------
    DataFrame
        The columns of the predictions table, `as_of` and `given_at`.

    Raises
    ------
    InputError
        If the folder holds no history, or a file is damaged.
    """
    place = Path(folder)
    if not place.is_dir():
        raise InputError(f"{folder}: is no folder of a history; name the folder that training or predict --history wrote into")
    if (place / MANIFEST).exists():
        raise InputError(f"{folder}: is the folder of a run, and no history; name the folder `history` beside it")
    files = [(path, ForecastFileName.of(path)) for path in sorted(place.glob("*.parquet")) if not path.name.startswith(".")]
    if as_of is not None:
        wanted = f"{_not_ahead(day(as_of), '--as-of'):%Y-%m-%d}"
        files = [(path, name) for path, name in files if name.as_of == wanted]
    files.sort(key=lambda item: (item[1].given_at, item[0].name))
    for option, limit in (("--given-by", given_by), ("--on", on)):
        moment = None if limit is None else _end_of(limit, option)
        files = [item for item in files if moment is None or item[1].given_at <= moment]
    tables = [_read(path, name) for path, name in files]
    forecasts = pd.concat(tables, ignore_index=True) if tables else _frame(_schema().empty_table())
    return forecasts if on is None else _in_force(forecasts, day(on, option="--on"))


def _not_ahead(asked: pd.Timestamp, option: str) -> pd.Timestamp:
    """`asked`; InputError for a day that has begun nowhere, of which no forecast can have been given."""
    last = pd.Timestamp(datetime.now(UTC).date()) + pd.Timedelta(days=1)  # where the date is a day ahead of UTC
    if asked > last:
        raise InputError(f"{option} {asked:%Y-%m-%d}: lies ahead; ask for a day up to {last:%Y-%m-%d}")
    return asked


def forecasts_of(history: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The rows of each forecast, in the order of the history."""
    yield from (rows for _, rows in history.groupby(["given_at", "series", "digest", "as_of"], sort=False))


def forecast_days(folder: str | Path) -> list[str]:
    """The `as_of` days of the forecasts in `folder`, in order, by the names of its files."""
    return sorted({ForecastFileName.of(path).as_of for path in Path(folder).glob("*.parquet") if not path.name.startswith(".")})


def check_history_folder(folder: Path) -> None:
    """InputError for a folder that can hold no history, before anything is computed."""
    if (folder / MANIFEST).exists():
        raise InputError(f"--history {folder}: is the folder of a run, which holds nothing else; name another folder")
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise InputError(f"--history {folder}: cannot be written; name a folder that can")


def _schema() -> pa.Schema:
    """The schema of the predictions table and the two stamps."""
    fields = schema()
    for name, kind in (("as_of", pa.timestamp("ns")), ("given_at", pa.timestamp("ns", tz="UTC"))):
        fields = fields.append(pa.field(name, kind, nullable=False, metadata={"meaning": STAMPS[name]}))
    return fields


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Lock the folder, and remove what a killed process left half written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file_lock(folder / LOCK):
            remove_scratch(folder)
            yield
    except OSError as error:
        raise InputError(f"--history {folder}: cannot be written ({error.strerror or error}); name a folder that can") from None


def _read(path: Path, name: ForecastFileName) -> pd.DataFrame:
    try:
        content = read_parquet(path)
    except (OSError, ValueError, MemoryError) as error:
        raise InputError(f"{path}: damaged ({(str(error).splitlines() or ['empty'])[0]}); put back a copy, or move it away") from None
    refuse_arrow_version(content, path)
    if not _schema().equals(content.schema):
        raise InputError(f"{path}: is no forecast of a history, its columns are others; move it away")
    table = check_predictions(_frame(content), str(path))
    names = {
        ForecastFileName(series, f"{as_of:%Y-%m-%d}", moment.to_pydatetime(warn=False), name.digest).stem
        for series, as_of, moment in table[["series", "as_of", "given_at"]].drop_duplicates().itertuples(index=False, name=None)
    }
    if names != {name.stem}:
        raise InputError(f"{path}: holds another forecast than its name says; put back a copy, or move it away")
    return table


def _frame(content: pa.Table) -> pd.DataFrame:
    table = content.replace_schema_metadata(None).to_pandas()
    return table.assign(outcome=table["outcome"].astype("Int64"))


def _in_force(history: pd.DataFrame, on: pd.Timestamp) -> pd.DataFrame:
    upto = history[history["as_of"] <= on]
    order = upto.sort_values(["as_of", "given_at"], kind="stable")
    last = order.groupby(["series", "experiment"], sort=False)[["as_of", "given_at"]].transform("last")
    in_force = (order["as_of"] == last["as_of"]) & (order["given_at"] == last["given_at"])
    return order[in_force].reset_index(drop=True)


def _end_of(limit: str | date | datetime, option: str) -> datetime:
    """A moment itself, and the end of a day, UTC."""
    if isinstance(limit, datetime):
        return _utc(limit)
    return datetime.combine(_not_ahead(day(limit, option=option), option).date(), time.max, UTC)


def _utc(moment: datetime | None) -> datetime:
    if moment is not None and moment.tzinfo is None:
        raise InputError(f"given_at {moment}: has no zone; say datetime(..., tzinfo=UTC)")
    return (moment or datetime.now(UTC)).astimezone(UTC)
