"""History: every forecast as it was given. Files are added, one a forecast; none is ever changed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from features.errors import InputError
from features.files.atomic import file_lock, remove_scratch, write_new
from features.files.arrow import read_parquet
from features.panel.calendar import day
from forecast.runs.answer.answer import Answer
from forecast.runs.folder import MANIFEST
from forecast.runs.predictions.columns import COLUMNS, VERSION_KEY, schema
from forecast.runs.predictions.latest import replace_latest
from forecast.runs.predictions.history_file_name import ForecastFileName
from forecast.runs.predictions.rules import check_predictions, refuse_version

LOCK = ".history.lock"
STAMPS = {"as_of": "last day that was known to the forecast", "given_at": "when it was given, by the clock of the machine, UTC"}


def append_forecast(folder: str | Path, answer: Answer, table: pd.DataFrame, *, run: str | Path, given_at: datetime | None = None) -> Path:
    """Adds one forecast to the history in `folder`, and brings `latest.json` there up to date; gives the file that was added.

    answer : what was given.   table : the same as rows of the predictions table, a row a question.   run : the run's folder, or
    the id or address by which it was fetched.
    given_at : with a zone; default, now. InputError where the folder cannot be written, or is a run's own.
    """
    place, given = Path(folder), _utc(given_at)
    check_history_folder(place)
    rows = check_predictions(table, "the forecast")[list(COLUMNS)].assign(as_of=day(answer.as_of), given_at=pd.Timestamp(given).as_unit("ns"))
    content = pa.Table.from_pandas(rows, schema=_schema(), preserve_index=False)
    named = ForecastFileName(answer.series, answer.as_of, given, answer.digest)
    with _writing(place):
        first, *others = (place / named.file(attempt) for attempt in range(1, 1000))
        path = write_new(first, lambda scratch: pyarrow.parquet.write_table(content, scratch, write_page_checksum=True), alternatives=others)
        if path is None:
            raise InputError(f"--history {folder}: a thousand forecasts at {given:%Y-%m-%d %H:%M:%S.%f}; set the clock right")
        replace_latest(place, answer, given_at=given, run=run, forecast=path.name)
    return path


def load_history(
    folder: str | Path, *, as_of: str | date | None = None, given_by: str | date | datetime | None = None, on: str | date | None = None
) -> pd.DataFrame:
    """Forecasts as they were given, in the order in which they were: the columns of the predictions table, `as_of` and `given_at`.

    as_of : those made of what was known on this day.   given_by : those given by this moment, or by the end of this day, UTC.
    on : of each series and experiment the one that was in force at the end of this day, UTC: given by then, of the latest `as_of` up to
    it, the last of these. InputError, one line, for a folder that is none, and a file that is damaged, which it names.
    """
    place = Path(folder)
    if not place.is_dir():
        raise InputError(f"{folder}: is no folder of a history; name the folder that training or predict --history wrote into")
    if (place / MANIFEST).exists():
        raise InputError(f"{folder}: is the folder of a run, and no history; name the folder `history` beside it")
    files = [(path, ForecastFileName.of(path)) for path in sorted(place.glob("*.parquet")) if not path.name.startswith(".")]
    if as_of is not None:
        wanted = f"{day(as_of):%Y-%m-%d}"
        files = [(path, named) for path, named in files if named.as_of == wanted]
    files.sort(key=lambda item: (item[1].given_at, item[0].name))
    for option, given in (("--given-by", given_by), ("--on", on)):
        moment = None if given is None else _moment(given, option)
        files = [item for item in files if moment is None or item[1].given_at <= moment]
    tables = [_read(path, named) for path, named in files]
    found = pd.concat(tables, ignore_index=True) if tables else _frame(_schema().empty_table())
    return found if on is None else _in_force(found, day(on, option="--on"))


def forecasts_of(history: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The rows of each forecast, in the order of the history."""
    yield from (rows for _, rows in history.groupby(["given_at", "series", "digest", "as_of"], sort=False))


def forecast_days(folder: str | Path) -> list[str]:
    """The days of what was known to the forecasts in `folder`, in order, by the names of its files."""
    return sorted({ForecastFileName.of(path).as_of for path in Path(folder).glob("*.parquet") if not path.name.startswith(".")})


def check_history_folder(folder: Path) -> None:
    """InputError for a folder that no history can be kept in, before anything is computed."""
    if (folder / MANIFEST).exists():
        raise InputError(f"--history {folder}: is the folder of a run, which holds nothing else; name another folder")
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise InputError(f"--history {folder}: cannot be written; name a folder that can")


def _schema() -> pa.Schema:
    """That of the predictions table, and the two stamps."""
    found = schema()
    for name, kind in (("as_of", pa.timestamp("ns")), ("given_at", pa.timestamp("ns", tz="UTC"))):
        found = found.append(pa.field(name, kind, nullable=False, metadata={"meaning": STAMPS[name]}))
    return found


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """The folder to ourselves, without what a process that was killed may have left half written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file_lock(folder / LOCK):
            remove_scratch(folder)
            yield
    except OSError as error:
        raise InputError(f"--history {folder}: cannot be written ({error.strerror or error}); name a folder that can") from None


def _read(path: Path, named: ForecastFileName) -> pd.DataFrame:
    try:
        found = read_parquet(path)
    except (OSError, ValueError, MemoryError) as error:
        raise InputError(f"{path}: damaged ({(str(error).splitlines() or ['empty'])[0]}); put back a copy, or move it away") from None
    refuse_version((found.schema.metadata or {}).get(VERSION_KEY.encode(), b"none").decode("utf-8", "replace"), str(path))
    if not _schema().equals(found.schema):
        raise InputError(f"{path}: is no forecast of a history, its columns are others; move it away")
    table = check_predictions(_frame(found), str(path))
    told = {(series, f"{as_of:%Y-%m-%d}", moment.to_pydatetime(warn=False)) for series, as_of, moment in _stamps(table)}
    if {ForecastFileName(series, as_of, moment, named.digest).stem for series, as_of, moment in told} != {named.stem}:
        raise InputError(f"{path}: holds another forecast than its name says; put back a copy, or move it away")
    return table


def _frame(found: pa.Table) -> pd.DataFrame:
    table = found.replace_schema_metadata(None).to_pandas()
    return table.assign(outcome=table["outcome"].astype("Int64"))


def _stamps(table: pd.DataFrame) -> list[tuple[str, pd.Timestamp, pd.Timestamp]]:
    return list(table[["series", "as_of", "given_at"]].drop_duplicates().itertuples(index=False, name=None))


def _in_force(history: pd.DataFrame, on: pd.Timestamp) -> pd.DataFrame:
    upto = history[history["as_of"] <= on]
    order = upto.sort_values(["as_of", "given_at"], kind="stable")
    last = order.groupby(["series", "experiment"], sort=False)[["as_of", "given_at"]].transform("last")
    kept = (order["as_of"] == last["as_of"]) & (order["given_at"] == last["given_at"])
    return order[kept].reset_index(drop=True)


def _moment(given: str | date | datetime, option: str) -> datetime:
    """A moment as it is, of a day its end."""
    if isinstance(given, datetime):
        return _utc(given)
    return datetime.combine(day(given, option=option).date(), time.max, UTC)


def _utc(given: datetime | None) -> datetime:
    if given is not None and given.tzinfo is None:
        raise InputError(f"given_at {given}: has no zone; say datetime(..., tzinfo=UTC)")
    return (given or datetime.now(UTC)).astimezone(UTC)
