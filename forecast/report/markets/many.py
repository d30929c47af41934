"""Many markets: read, walked forward and written on one pool of workers, each by itself, and their morning sheet."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from features.errors import InputError
from features.files.atomic import scratch_folder
from features.panel.calendar import day
from features.sources.load import BUNDLED, DataSource, is_live
from forecast.backtest.checkpoints import Checkpoints
from forecast.backtest.dataset import LiveOptions, data_of
from forecast.backtest.experiment import Experiment
from forecast.backtest.markets.fold_blocks import distinct
from forecast.backtest.markets.workers import WorkerPool
from forecast.backtest.walk_forward import Progress
from forecast.report.markets.market_row import MarketRow
from forecast.report.markets.market_run import (
    MarketPlaces,
    MarketStudy,
    MarketTask,
    failure_row,
    read_market,
    refuse_shared_targets,
    walk_market_block,
    write_market,
)
from forecast.report.markets.morning_sheet import PAGE, SHEET, MorningSheet, sheet_of, write_sheet
from forecast.report.training import RunRecipients
from forecast.runs import tracking

READING, WALKING, WRITING = "reading the markets", "walk-forward", "writing the runs"  # the stages
T = TypeVar("T")


def train_markets(
    experiments: Sequence[Experiment],
    output: Path,
    recipients: RunRecipients,
    *,
    data: str | Path | DataSource | None,
    as_of: str | date | None,
    workers: WorkerPool,
    live: LiveOptions,
) -> MorningSheet:
    """The runs of all markets, a folder each in `output`, and their sheet; `live.progress` is told of the stages.

    A market that fails is a line of the sheet. InputError where `output` cannot be written, or workers are ended again and again.
    """
    at, output = live.clock(), output.resolve()  # of workers that stand in another folder too
    with _scratch(output) as scratch, _parent(experiments, recipients, output, at) as parent:
        Checkpoints.within(output).forget_old()
        places = MarketPlaces(output, scratch, replace(recipients, parent=None if parent.unreachable else parent.run_id), at)
        last = None if as_of is None else f"{day(as_of):%Y-%m-%d}"
        tasks = [MarketTask(experiment, _absolute(data), last, places) for experiment in experiments]
        sheet = sheet_of(_rows(tasks, workers, live), output, at)
        write_sheet(sheet, output)
        counts = {"markets": sheet.markets, "surges": sheet.surges, "failures": sheet.failures, "stale": sheet.stale}
        metrics = {name: float(len(rows)) for name, rows in counts.items()}
        error = tracking.log_parent(parent, {"as_of": str(sheet.as_of)}, metrics, [output / name for name in (PAGE, SHEET)])
    return replace(sheet, remarks=[error] if error else [])


def _absolute(data: str | Path | DataSource | None) -> str | Path | DataSource | None:
    """A folder from wherever a worker stands."""
    return data if isinstance(data, DataSource | None) or data == BUNDLED or is_live(str(data)) else Path(data).resolve()


def _rows(tasks: Sequence[MarketTask], workers: WorkerPool, live: LiveOptions) -> list[MarketRow]:
    """A row a market, through the three stages."""
    progress = live.progress
    tasks, rows = _downloaded(tasks, live)
    refuse_shared_targets(tasks)
    read = list(_counted(workers.results(read_market, tasks), READING, progress, len(tasks)))
    studies = sorted((each for each in read if isinstance(each, MarketStudy)), key=lambda study: study.task.name)
    rows += [each for each in read if isinstance(each, MarketRow)]
    _walk(studies, workers, progress)
    return [*rows, *_counted(workers.results(write_market, studies), WRITING, progress, len(studies))]


def _parent(
    experiments: Sequence[Experiment], recipients: RunRecipients, output: Path, at: datetime
) -> AbstractContextManager[tracking.TrackedRun]:
    """The run of the call in the store of its markets' runs, filed as that of the first."""
    rule, store = experiments[0].tracking, recipients.store
    filed = rule.experiment if store is None else tracking.experiment_name(rule)
    return tracking.tracked_run(store, filed, f"{len(experiments)} markets {at:%Y-%m-%d}", output)


def _walk(studies: Sequence[MarketStudy], workers: WorkerPool, progress: Progress) -> None:
    """Every fold of every market that is left, once for all that share it; a market whose folds fail says why when it is written."""
    blocks = distinct([block for study in studies for block in study.blocks])
    total = sum(study.folds for study in studies)
    done = total - sum(map(len, blocks))
    if total:
        progress(WALKING, done, total)
    for count in workers.results(walk_market_block, blocks):
        done += count
        progress(WALKING, done, total)


def _counted(results: Iterator[T], stage: str, progress: Progress, total: int) -> Iterator[T]:
    if total:
        progress(stage, 0, total)
    for done, result in enumerate(results, 1):
        progress(stage, done, total)
        yield result


def _downloaded(tasks: Sequence[MarketTask], live: LiveOptions) -> tuple[list[MarketTask], list[MarketRow]]:
    """The tasks with what is downloaded, one market after the other; those that fail are rows."""
    ready: list[MarketTask] = []
    rows: list[MarketRow] = []
    for task in tasks:
        data = task.experiment.data if task.data is None else task.data
        if not isinstance(data, str) or not is_live(data):
            ready.append(task)
            continue
        try:
            ready.append(replace(task, data=data_of(task.experiment, data, task.as_of, live)))
        except InputError as error:
            rows.append(failure_row(task, error))
    return ready, rows


@contextmanager
def _scratch(output: Path) -> Iterator[Path]:
    """A hidden folder of `output` for what workers share while the block runs."""
    with ExitStack() as stack:
        try:
            output.mkdir(parents=True, exist_ok=True)
            scratch = stack.enter_context(scratch_folder(output / "studies"))
        except OSError as error:
            raise InputError(f"--output {output}: cannot be written ({error.strerror}); name a folder that can") from None
        yield scratch
