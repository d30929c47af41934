"""Export of the predictions of a run, or of signals and positions made from them, to a file."""

from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.files.atomic import atomic_write
from features.files.cells import escape_formulas
from features.panel.calendar import session_after
from forecast.runs.folder import check_outside_run, open_run
from forecast.runs.locate import load_predictions
from forecast.runs.manifest import PANEL
from forecast.runs.predictions.formats import format_of, write_predictions
from forecast.runs.predictions.read import FILE, of_question
from forecast.runs.predictions.signals import positions, qlib_signal

ADAPTED = (".parquet", ".csv")


def export_table(folder: Path, output: Path, question: str | None = None) -> int:
    """Write the predictions of a run, of all questions or one, in the format of the ending; the number of rows."""
    check_outside_run(output, "--output")
    format_of(output)
    table = load_predictions(folder)
    rows = table if question is None else of_question(table, question)
    write_predictions(rows, output)
    return len(rows)


def export_signal(folder: Path, output: Path, question: str | None = None) -> int:
    """Write the run's signal, as of `qlib_signal`, as Parquet or CSV; the number of rows."""
    _refuse_other_endings(output)
    signal = qlib_signal(load_predictions(folder), question)
    return _written(signal.to_frame(), output)


def export_positions(folder: Path, output: Path, question: str | None = None) -> int:
    """Write the run's positions on each of its sessions and the one after the last as Parquet or CSV; the number of rows."""
    _refuse_other_endings(output)
    panel = open_run(folder, (FILE, PANEL)).panel()
    ahead = session_after(panel.exchange, panel.sessions[-1], 1)
    sessions = pd.DatetimeIndex([*panel.sessions, ahead]).as_unit("ns")
    return _written(positions(load_predictions(folder), sessions, question).rename_axis("date").to_frame(), output)


def _refuse_other_endings(output: Path) -> None:
    check_outside_run(output, "--output")
    if output.suffix.lower() not in ADAPTED:
        raise InputError(f"--output {output}: signals and positions are written as {' or '.join(ADAPTED)}; name one of these")


def _written(frame: pd.DataFrame, output: Path) -> int:
    with atomic_write(output) as scratch:
        if output.suffix.lower() == ".csv":
            escape_formulas(frame).to_csv(scratch, index=False, date_format="%Y-%m-%d", lineterminator="\n")
        else:
            frame.to_parquet(scratch)
    return len(frame)
