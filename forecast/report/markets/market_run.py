"""The tasks of one market before and after its folds: read, and written as a run; for any worker."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from features.errors import InputError
from features.files.atomic import write_text
from features.files.folder import Folder
from features.files.table_cache import FolderCache
from features.panel.series import SMALL
from features.sources.load import DataSource
from forecast.backtest.dataset import data_of
from forecast.backtest.experiment import Experiment
from forecast.backtest.fold_key import study_key
from forecast.backtest.markets.fold_blocks import FoldBlock, fold_blocks, walk_block
from forecast.backtest.markets.study_file import StudyFile
from forecast.backtest.study import Study
from forecast.models.forecaster import FAULT, one_line
from forecast.report.markets.market_row import MarketRow
from forecast.report.training import RunRecipients, train_study
from forecast.runs.folder import REPORT, open_run
from forecast.runs.predictions.partitions import write_partitions

ROWS = ".rows"  # folder of the rows of markets that are whole, beside their runs


@dataclass(frozen=True)
class MarketPlaces:
    """Where a call writes: runs into `output`, studies for its workers into `scratch`; `at` dates the forecasts."""

    output: Path
    scratch: Path
    recipients: RunRecipients
    at: datetime


@dataclass(frozen=True)
class MarketTask:
    """A market to be read: its experiment, its data and the last day of them that counts."""

    experiment: Experiment
    data: str | Path | DataSource | None
    as_of: str | None
    places: MarketPlaces

    @property
    def name(self) -> str:
        return self.experiment.name

    @property
    def market(self) -> str:
        return self.experiment.market.name or self.name


@dataclass(frozen=True)
class MarketStudy:
    """A market that is read: its study on disk, the blocks of folds that are left of it, and how many folds there are."""

    task: MarketTask
    file: StudyFile
    identity: str
    blocks: tuple[FoldBlock, ...]
    folds: int


def read_market(task: MarketTask) -> MarketStudy | MarketRow:
    """The study of a market; its row where an earlier call has made its run, or where it cannot be read."""
    try:
        source = _with_cache(data_of(task.experiment, _place(task), task.as_of))
        study = Study.prepare(task.experiment, data=source, as_of=task.as_of, overrides=())
        key = study_key(study.samples, study.experiment, study.digest)
        if whole := _whole(task, key):
            return whole
        file = StudyFile.write(study, task.places.scratch)
        blocks = tuple(fold_blocks(study, file, task.places.output))
        return MarketStudy(task, file, key, blocks, len(study.experiment.walk_forward.folds(study.dataset.sample)))
    except Exception as error:
        return failure_row(task, error)


def walk_market_block(block: FoldBlock) -> int:
    """How many folds the block has. One that cannot be fitted is tried again when its market is written, which then says why."""
    with suppress(Exception):
        walk_block(block)
    return len(block)


def write_market(market: MarketStudy) -> MarketRow:
    """The run of a market whose folds are fitted; those that could not be stored are fitted here."""
    task = market.task
    try:
        study = market.file.read()
        run = train_study(study, task.places.output / task.name, task.places.recipients, jobs=1, clock=lambda: task.places.at)
        as_of = f"{study.dataset.panel.sessions[-1]:%Y-%m-%d}"
        row = MarketRow.of(run, task.name, study.dataset.panel.market, as_of, market.identity)
        write_partitions(run.to_frame(), task.places.output, task.name)
        write_text(_row_file(task), row.model_dump_json(indent=1))
    except Exception as error:
        return failure_row(task, error)
    return row


def failure_row(task: MarketTask, error: Exception) -> MarketRow:
    """The row of a market that cannot be forecast."""
    return MarketRow(name=task.name, market=task.market, failure=_reason(error))


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, InputError) else f"{FAULT}, {type(error).__name__}: {one_line(error)}"


def _place(task: MarketTask) -> str | Path | DataSource | None:
    """The folder of the market's name in the folder of data, if there is one, or what was named."""
    if isinstance(task.data, str | Path) and (own := Path(task.data) / task.name).is_dir():
        return own
    return task.data


def refuse_shared_targets(tasks: Sequence[MarketTask]) -> None:
    """InputError where two markets read one column as their small-cap close: files of the same name want a folder a market."""
    seen: dict[tuple[str, str, str], MarketTask] = {}
    for task in tasks:
        place = task.experiment.data if task.data is None else _place(task)
        targets = [(spec.file, spec.columns[SMALL.name]) for spec in task.experiment.inputs.values() if SMALL.name in spec.columns]
        if isinstance(place, DataSource | None):
            continue
        for file, column in targets:
            other = seen.setdefault((str(place), file, column), task)
            if other.market != task.market:
                remedy = f"put those of {task.name} into {Path(place) / task.name}, or give them other names"
                raise InputError(f"many: {other.name} and {task.name} both read column {column} of {file} in {place}; {remedy}")


def _with_cache(source: DataSource) -> DataSource:
    """A source whose tables other markets may have read by now."""
    tables = source.tables
    return replace(source, tables=FolderCache(tables.path, tables.place)) if type(tables) is Folder else source


def _whole(task: MarketTask, key: str) -> MarketRow | None:
    """The row of the market's run in its place, if it is of the same study by the same code and has all that is asked for."""
    folder = task.places.output / task.name
    try:
        row = MarketRow.model_validate_json(_row_file(task).read_bytes())
        if (row.name, row.identity) != (task.name, key) or open_run(folder).manifest.run_id != row.run_id:
            return None
    except (OSError, ValidationError, InputError):
        return None
    return row if (folder / REPORT).is_file() or not task.places.recipients.draws(row.is_surge_today) else None


def _row_file(task: MarketTask) -> Path:
    return task.places.output / ROWS / f"{task.name}.json"
