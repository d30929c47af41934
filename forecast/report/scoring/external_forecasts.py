"""External forecasts: probabilities of reverse, stall and continue by date, from anybody's file or table, checked."""

import re
import typing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import ValidationError

from features.errors import InputError, validation_line
from features.files.table import dates, nearest_column, numbers, read_table
from forecast.engines.arrays import Flags, Float, Int
from forecast.runs.folder import open_run
from forecast.runs.predictions.read import BASE_COLUMNS, CLIMATOLOGY_COLUMNS, HIGH_COLUMNS, LOW_COLUMNS, P_COLUMNS
from forecast.runs.predictions.read import FILE as PREDICTIONS
from forecast.target.outcome import CONTINUE, possible_outcomes
from forecast.target.question import BarrierKind, Question

DAYS = ("date", "Date")
QUESTION_COLUMNS = ("horizon", "barrier_kind", "size")
KINDS: tuple[BarrierKind, ...] = typing.get_args(BarrierKind)
OFF = 2e-6  # by which probabilities may miss a sum of 1: three that are rounded to six digits miss it by 1.5e-6 at most
LEAST = 1e-6  # what a smaller probability is taken for, so that its logarithm can be scored
ROUNDING = 1e-9  # of a sum that is left as it is
BITS = 1e-6  # by which single precision, and sums of it, miss 0 or 1
FEWEST_DIGITS, MOST_DIGITS = 3, 5  # after the point, of rounded rows: each number is off by half a unit of the last one at most
NEARLY = 0.05  # of a sum that misses 1 by rounding or by arithmetic, and not by a lacking outcome


@dataclass(frozen=True)
class QuestionFilter:
    """The question of every row of a file without columns for it; of a file with them, the rows to take. None is the default or all."""

    horizon: int | None = None
    barrier: str | None = None
    size: float | None = None


@dataclass(frozen=True)
class ExternalForecasts:
    """One forecaster's probabilities, n rows in the order of time.

    Parameters
    ----------
    dates : numpy.ndarray of shape (n,), datetime64[D]
    questions : tuple of n Question
    p : numpy.ndarray of shape (n, 3)
        > 0, rows summing to 1.
    base, climatology : numpy.ndarray of shape (n, 3), or None
        Base rates and climatology of its own.
    bounds : numpy.ndarray of shape (n, 3, 2), or None
        Low and high by outcome.
    outcome, barrier : numpy.ndarray of shape (n,)
        As the file states them, else NaN.
    """

    name: str
    dates: np.ndarray
    questions: tuple[Question, ...]
    p: Float
    base: Float | None
    climatology: Float | None
    bounds: Float | None
    outcome: Float
    barrier: Float
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.dates)

    @property
    def distinct_questions(self) -> list[Question]:
        """The questions in it, by kind of barrier, size and horizon."""
        return sorted(set(self.questions), key=lambda one: (KINDS.index(one.barrier), one.size, one.horizon))

    def where(self, places: Int) -> "ExternalForecasts":
        """The rows at `places`, in that order."""
        rows = {name: getattr(self, name)[places] for name in ("dates", "p", "outcome", "barrier")}
        own = {name: getattr(self, name) for name in ("base", "climatology", "bounds")}
        rows |= {name: None if part is None else part[places] for name, part in own.items()}
        return replace(self, **rows, questions=tuple(self.questions[place] for place in places))

    def of(self, question: Question) -> "ExternalForecasts":
        """The rows of one question."""
        return self.where(np.array([place for place, one in enumerate(self.questions) if one == question], dtype=np.int64))


def read_external_forecasts(
    source: str | Path | pd.DataFrame, rows: QuestionFilter | None = None, *, name: str | None = None
) -> ExternalForecasts:
    """The probabilities in a CSV, CSV.gz or Parquet file, in a table, or of a run by its folder; `forecast.api.score` has the columns.

    InputError, one line, names the file, the row's date, the rule and the value.
    """
    frame, path, default_name = _open(source)
    day = _day_column(frame, path)
    stamps = dates(frame[day], path, day)
    _one_series(frame, path)
    questions, taken = _questions(frame, path, rows or QuestionFilter())
    days = stamps.strftime("%Y-%m-%d").tolist()
    _no_row_twice(days, questions, path)
    read, rounded = _distribution(frame, P_COLUMNS, path, days, "p_")
    possible = possible_outcomes(questions)
    _refuse_rise(read, possible, path, days)
    p, notes = _scoreable(read, possible, "p_")
    base, base_rounded = _own(frame, BASE_COLUMNS, possible, path, days)
    climatology, climatology_rounded = _own(frame, CLIMATOLOGY_COLUMNS, possible, path, days)
    forecasts = ExternalForecasts(
        name=name or default_name,
        dates=stamps.to_numpy("datetime64[D]"),
        questions=tuple(questions),
        p=p,
        base=base,
        climatology=climatology,
        bounds=_bounds(frame, path, p, read, days) if _has(frame, (*LOW_COLUMNS, *HIGH_COLUMNS), path) else None,
        outcome=_stated(frame, "outcome"),
        barrier=_stated(frame, "barrier"),
        notes=(*rounded, *base_rounded, *climatology_rounded, *notes),
    )
    return forecasts.where(np.flatnonzero(taken)[np.argsort(stamps[taken], kind="stable")])


def _open(source: str | Path | pd.DataFrame) -> tuple[pd.DataFrame, Path, str]:
    """The rows, dates among the columns, the file they are in, and their forecaster's name."""
    if not isinstance(source, str | Path | pd.DataFrame) and hasattr(source, "to_pandas"):
        source = source.to_pandas()
    if isinstance(source, pd.DataFrame):
        path, name, frame = Path("the table"), "the table", _with_days(source)
    elif Path(source).is_dir():
        path, name = open_run(Path(source)).folder / PREDICTIONS, Path(source).resolve().name
        frame = read_table(path)
    else:
        path, name, frame = Path(source), Path(source).name.split(".")[0], read_table(Path(source))
    return frame, path, name


def _with_days(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its index as a column, if that has its dates."""
    dated = isinstance(table.index, pd.DatetimeIndex | pd.PeriodIndex) and not set(DAYS) & set(table.columns)
    if table.index.name not in DAYS and not dated:
        return table.reset_index(drop=True)
    days = table.index.to_timestamp() if isinstance(table.index, pd.PeriodIndex) else table.index
    return table.set_axis(days.rename(DAYS[0]) if dated else days, axis=0).reset_index()


def _day_column(frame: pd.DataFrame, path: Path) -> str:
    """The name of the column of dates; InputError if it, or a column of probabilities, is missing or there twice."""
    names = [str(name) for name in frame.columns]
    day = next((name for name in DAYS if name in names), DAYS[0])
    for column in (day, *P_COLUMNS):
        if column not in names:
            hint = nearest_column(column, names, taken=P_COLUMNS)
            raise InputError(f"{path.name}: no column {column!r}{hint}; needed are {', '.join((DAYS[0], *P_COLUMNS))}")
        if names.count(column) > 1 or f"{column}.1" in names:  # as pandas calls the second of a name
            raise InputError(f"{path.name}: several columns are named {column!r}; keep one of them")
    return day


def _one_series(frame: pd.DataFrame, path: Path) -> None:
    names = frame["series"].dropna().unique().tolist() if "series" in frame.columns else []
    if len(names) > 1:
        first, second = (str(name)[:30] for name in names[:2])
        raise InputError(f"{path.name}: column series names {len(names)} indices ({first}, {second}); give those of one")


def _questions(frame: pd.DataFrame, path: Path, rows: QuestionFilter) -> tuple[list[Question], np.ndarray]:
    """The question of each row, and flags of the rows to take."""
    default = Question()
    defaults = dict(zip(QUESTION_COLUMNS, (default.horizon, default.barrier, default.size), strict=True))
    wanted = dict(zip(QUESTION_COLUMNS, (rows.horizon, rows.barrier, rows.size), strict=True))
    taken, columns = np.ones(len(frame), dtype=bool), {}
    for column, want in wanted.items():
        if column not in frame.columns:
            columns[column] = [defaults[column] if want is None else want] * len(frame)
            continue
        values = frame[column] if column == "barrier_kind" else numbers(frame[column], path, column)
        columns[column] = values.tolist()
        if want is not None:
            taken &= np.asarray(values == want)
            if not taken.any():
                choices = ", ".join(f"{value:g}" if isinstance(value, float) else str(value)[:30] for value in pd.unique(values)[:8])
                raise InputError(f"{path.name}: no row with {column} {want}; the file has {choices}")
    made: dict[tuple[object, ...], Question] = {}
    for key in dict.fromkeys(zip(*columns.values(), strict=True)):
        made[key] = _question(path, *key)
    return [made[key] for key in zip(*columns.values(), strict=True)], taken


def _question(path: Path, horizon: object, kind: object, size: object) -> Question:
    whole = int(horizon) if isinstance(horizon, float) and horizon.is_integer() else horizon
    try:
        return Question.model_validate({"horizon": whole, "barrier": kind, "size": float(str(size))})
    except ValidationError as error:
        line = re.sub(r"^barrier\b", "barrier_kind", validation_line(error, Question))
        raise InputError(f"{path.name}: {line}") from None


def _no_row_twice(days: list[str], questions: list[Question], path: Path) -> None:
    seen: set[tuple[str, Question]] = set()
    for key in zip(days, questions, strict=True):
        if key in seen:
            raise InputError(f"{path.name}: {key[0]} stands twice for {key[1].label}; keep one row a date and question")
        seen.add(key)


def _has(frame: pd.DataFrame, columns: tuple[str, ...], path: Path) -> bool:
    present = [name for name in columns if name in frame.columns]
    if present and len(present) < len(columns):
        missing = next(name for name in columns if name not in frame.columns)
        raise InputError(f"{path.name}: has {present[0]!r} but no column {missing!r}; give {', '.join(columns)}, or none of them")
    return bool(present)


def _distribution(frame: pd.DataFrame, columns: tuple[str, ...], path: Path, days: list[str], prefix: str) -> tuple[Float, tuple[str, ...]]:
    """(n, 3), each row in [0, 1] with a sum of 1 but for its rounding; a line where it is of few digits, or had to be brought to 0 or 1."""
    raw = np.column_stack([numbers(frame[column], path, column).to_numpy() for column in columns])
    p = np.clip(raw, 0.0, 1.0)
    outside = np.abs(raw - p).max(axis=1) > BITS
    off = np.abs(p.sum(axis=1) - 1)
    wrong = outside | ~(off <= np.maximum(OFF, _rounding(p)))
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(f"{path.name}: {', '.join(columns)} of {days[row]} {_fault(raw[row], outside=bool(outside[row]))}")
    missed = (raw != p).any(axis=1) | (off > OFF)
    by = max(float(off.max(initial=0.0)), float(np.abs(raw - p).max(initial=0.0)))
    note = f"{int(missed.sum())} rows of {prefix} miss 0, 1 or a sum of 1 by rounding, by {by:.2g} at most: divided by their sums"
    return p, (note,) if missed.any() else ()


def _rounding(p: Float) -> Float:
    """(n,) by how much the sum of a row that is written with three to five digits may miss 1; 0 for one with more."""
    allowed = np.zeros(len(p))
    for digits in range(MOST_DIGITS, FEWEST_DIGITS - 1, -1):
        short = (np.abs(p - np.round(p, digits)) < BITS / 10).all(axis=1)
        allowed[short] = p.shape[1] * 0.5 * 10.0**-digits + ROUNDING
    return allowed


def _fault(values: Float, *, outside: bool) -> str:
    """The rule, the values to the last bit, and the remedy."""
    total = float(values.sum())
    listed = ", ".join(repr(float(value)) for value in values)
    if outside:
        return f"must lie between 0 and 1, got {listed}{'; they look like percent, divide by 100' if abs(total - 100) < 1 else ''}"
    remedy = "divide each row by its sum" if abs(total - 1) < NEARLY else "give all three outcomes of each row"
    return f"must sum to 1, and sum to {total:.7g}, got {listed}; {remedy}"


def _refuse_rise(p: Float, possible: Flags, path: Path, days: list[str]) -> None:
    """InputError where `continue` of a fall has a probability: either it falls or it does not."""
    wrong = (~possible & (p > BITS)).any(axis=1)
    if wrong.any():
        row = int(wrong.argmax())
        name, value = P_COLUMNS[CONTINUE], float(p[row, CONTINUE])
        raise InputError(f"{path.name}: {name} of {days[row]} must be 0 for a fall, got {value!r}; give p_stall what does not fall")


def _own(
    frame: pd.DataFrame, columns: tuple[str, ...], possible: Flags, path: Path, days: list[str]
) -> tuple[Float | None, tuple[str, ...]]:
    """Probabilities of a reference of the file's own, or None, and notes."""
    if not _has(frame, columns, path):
        return None, ()
    prefix = columns[0].partition("_")[0] + "_"
    p, rounded = _distribution(frame, columns, path, days, prefix)
    return _scoreable(p, possible, prefix)[0], rounded


def _scoreable(p: Float, possible: Flags, prefix: str) -> tuple[Float, tuple[str, ...]]:
    """`p` with no probability below LEAST, so that a logarithm can be taken, but of what cannot come; rows that need no change keep their
    bits."""
    small = np.asarray((possible & (p < LEAST)).any(axis=1))
    changed = small | (np.abs(p.sum(axis=1) - 1) > ROUNDING) | (~possible & (p > 0)).any(axis=1)
    raised = np.where(possible, np.maximum(p, LEAST), 0.0)
    scoreable = np.asarray(np.where(changed[:, None], raised / raised.sum(axis=1, keepdims=True), p))
    notes = (f"{int(small.sum())} rows have a {prefix} below {LEAST:g}, taken as {LEAST:g}: the log score of a zero is not finite",)
    return scoreable, notes if small.any() else ()


def _bounds(frame: pd.DataFrame, path: Path, p: Float, read: Float, days: list[str]) -> Float:
    """(n, 3, 2), which hold the probabilities `p`, and held them as `read` but for a rounding."""
    low, high = (
        np.column_stack([numbers(frame[column], path, column).to_numpy() for column in columns]) for columns in (LOW_COLUMNS, HIGH_COLUMNS)
    )
    slack = OFF + np.abs(p - read)
    wrong = ~((low >= -BITS) & (low <= p + slack) & (p <= high + slack) & (high <= 1 + BITS)).all(axis=1)
    if wrong.any():
        raise InputError(f"{path.name}: low_ and high_ of {days[int(wrong.argmax())]} do not hold its probabilities; low <= p <= high")
    return np.stack([np.minimum(np.clip(low, 0.0, 1.0), p), np.maximum(np.clip(high, 0.0, 1.0), p)], axis=2)


def _stated(frame: pd.DataFrame, column: str) -> Float:
    """A column beside the probabilities, which decides nothing and is compared with the prices."""
    if column not in frame.columns:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
