"""Train: one experiment through data, walk-forward, final fit, forecast and record. Also `python -m forecast.train`."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from forecast.answer import Answer
    from forecast.config import Experiment

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Trained:
    """What a training leaves: the folder with its files, and what they say.

    `answer` is None when the history holds no surge that could be forecast. `unlogged` is why the run is not in the
    tracking store, and None when it is, or was not meant to be.
    """

    folder: Path
    run_id: str
    tracking_uri: str | None
    unlogged: str | None
    answer: Answer | None
    metrics: dict[str, Any]
    notes: tuple[str, ...]


def train(
    experiment: str | Path | Experiment | None = None,
    *,
    data: str | Path | None = None,
    as_of: str | pd.Timestamp | None = None,
    overrides: Sequence[str] = (),
    output: str | Path | None = None,
    tracking_uri: str | None = None,
    track: bool = True,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Train, test walk-forward, forecast the last surge, and record the run.

    experiment : path of a TOML file, an Experiment, or None for the bundled one.   data : "bundled" or a folder; default bundled,
    unless the experiment names [inputs].   as_of : last day known.   overrides : "key.key=value".   output : the run's folder,
    default runs/<name>-<digest>.   tracking_uri : MLflow store, default sqlite:///mlflow.db.   jobs : workers, default all cores.
    InputError, one line, for anything the user can mend; nothing is then left behind.
    """
    from forecast.training import Training

    prepared = Training.prepare(experiment, data=data, as_of=as_of, overrides=overrides)
    folder = Path(output) if output is not None else Path("runs") / prepared.run_name
    return _recorded(prepared, folder, tracking_uri if track else None, track, jobs, progress or (lambda stage, done, total: None))


def _recorded(prepared: Any, folder: Path, uri: str | None, track: bool, jobs: int | None, progress: Progress) -> Trained:
    from features.errors import InputError
    from forecast import tracking
    from forecast.runs import new_run_folder

    local_id = uuid.uuid4().hex
    store = tracking.tracking_uri(uri) if track else None
    opened: str | None = None
    unlogged: str | None = None
    began = time.monotonic()
    with new_run_folder(folder) as scratch:
        if store:
            progress("opening the tracking store", 0, 0)
            try:
                opened = tracking.start_run(store, prepared.experiment.tracking.experiment, prepared.run_name)
            except InputError as error:
                unlogged = str(error)
        try:
            answer, metrics = prepared.run(scratch, opened or local_id, local_id, jobs, progress, began)
        except BaseException as error:
            if store and opened:
                tracking.end_run(store, opened, "FAILED" if isinstance(error, Exception) else "KILLED")
            raise
    if store and opened:
        progress("logging the run", 0, 0)
        try:
            tracking.log_run(str(folder), store, opened)
        except InputError as error:
            unlogged = str(error)
    return Trained(folder, opened or local_id, store, unlogged, answer, metrics, prepared.dataset.notes)


if __name__ == "__main__":
    import sys

    from forecast.__main__ import main

    main(["train", *sys.argv[1:]])
