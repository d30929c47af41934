"""Finished folds are kept: a later training goes on from them to the same bits, and trusts none that is not exactly what was kept."""

import io
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib.externals.loky.process_executor import TerminatedWorkerError

from features.errors import InputError
from forecast.api import TrainedRun, train
from forecast.backtest import checkpoints as checkpoints_module
from forecast.backtest import fold_key
from forecast.backtest import walk_forward as walk_module
from forecast.backtest.backtest import backtest
from forecast.backtest.checkpoints import FOLDER, OLD, Checkpoints, FoldPrediction
from forecast.backtest.study import Study
from forecast.backtest.walk_forward import WalkedFolds, walk
from forecast.cli.progress import shown_progress
from forecast.engines.probabilities import Prediction
from forecast.models.component import FitError
from forecast.models.ewma import EwmaPaths
from forecast.models.surge_base_rate import BaseRates
from forecast.target.splits import Fold
from tests import markets
from tests.commands import run
from tests.studies import small_study

KEY, OTHER = "ab" * 16, "cd" * 16
SHAPE = (2, 3, 1, 3)
NOTES = ("2007-01-03: a note with Ωmega, \ud800 and \0",)


@pytest.fixture(scope="module")
def study() -> Study:
    return small_study()


@pytest.fixture
def store(tmp_path: Path) -> Checkpoints:
    return Checkpoints.within(tmp_path)


@pytest.fixture
def finished() -> FoldPrediction:
    """Numbers that only bits tell apart: a NaN, a negative zero, the least above zero."""
    parts = np.random.default_rng(1).random((3, *SHAPE))
    parts[2, 0] = np.nan
    parts[1].flat[:2] = -0.0, 5e-324
    return FoldPrediction(Prediction(*parts), BaseRates(parts[0, :, 0], parts[0, :, 0, :, 0]), NOTES)


class EndedError(Exception):
    """Stands for whatever ends a training."""


def ends_after(count: int, end: type[BaseException] = EndedError) -> Callable[[str, int, int], None]:
    def progress(stage: str, done: int, total: int) -> None:
        if stage == "walk-forward" and done >= count:
            raise end

    return progress


def path_in(store: Checkpoints) -> Path:
    (path,) = kept_in(store)
    return path


def kept_in(store: Checkpoints) -> list[Path]:
    return sorted(store.folder.glob("*/*.npz"))


def same(one: FoldPrediction | None, other: FoldPrediction) -> bool:
    if one is None or one.notes != other.notes:
        return False
    arrays, others = ((*fold.prediction, *fold.base) for fold in (one, other))
    return all(a.tobytes() == b.tobytes() for a, b in zip(arrays, others, strict=True))


def test_a_fold_is_read_as_it_was_kept_to_the_bit(store: Checkpoints, finished) -> None:
    assert store.read(KEY, SHAPE) == (None, None)
    assert store.write(KEY, finished) is None
    stored = store.read(KEY, SHAPE)
    assert same(stored.prediction, finished)
    assert stored.harm is None
    assert [path.name for path in kept_in(store)] == [f"{KEY}.npz"]
    assert (store.folder / ".gitignore").read_text() == "*\n"


@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
@settings(max_examples=60)
def test_a_fold_with_any_byte_changed_is_the_same_or_none(store: Checkpoints, finished, place: float, flip: int) -> None:
    """The dates that a zip file keeps of its members decide nothing; every other byte does."""
    store.write(KEY, finished)
    content = bytearray(path_in(store).read_bytes())
    content[int(place * len(content))] ^= flip
    path_in(store).write_bytes(content)
    stored = store.read(KEY, SHAPE)
    assert stored.harm or same(stored.prediction, finished)


@given(length=st.floats(0, 1, exclude_max=True))
@settings(max_examples=20)
def test_a_short_fold_is_none(store: Checkpoints, finished, length: float) -> None:
    store.write(KEY, finished)
    content = path_in(store).read_bytes()
    path_in(store).write_bytes(content[: int(length * len(content))])
    assert store.read(KEY, SHAPE).prediction is None
    assert store.read(KEY, SHAPE).harm


class Bomb:
    def __reduce__(self) -> tuple[object, ...]:
        return (os.mkdir, ("executed",))


def pickled(path: Path) -> None:
    np.savez(path, header=np.array([Bomb()], dtype=object), probabilities=np.zeros(1))


def deflated(path: Path) -> None:
    np.savez_compressed(path, header=np.zeros(10**8, dtype=np.uint8))


def too_large(path: Path) -> None:
    with path.open("ab") as file:
        file.truncate(2**40)  # sparse: no room is taken


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (pickled, "Object arrays cannot be loaded when allow_pickle=False"),
        (deflated, "larger than its file"),
        (too_large, "no file of a fold"),
        (folder, "no file of a fold"),
        (pipe, "no file of a fold"),
        (lambda path: path.write_text("date,p_stall\n"), "pickle"),  # numpy takes for a pickle what has no mark of its own
    ],
)
def test_what_is_no_fold_is_not_trusted(
    store: Checkpoints, finished, harm, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store.write(KEY, finished)
    harm(path_in(store))
    stored = store.read(KEY, SHAPE)
    assert stored.prediction is None
    assert said in str(stored.harm)
    assert not (tmp_path / "executed").exists()


def test_a_fold_of_another_key_is_not_taken(store: Checkpoints, finished) -> None:
    store.write(KEY, finished)
    store.write(OTHER, finished)
    assert store.read(KEY, (2, 3, 3, 1)).harm == "of another shape"
    one, other = kept_in(store)
    one.replace(other)
    assert store.read(KEY, SHAPE) == (None, None)
    assert store.read(OTHER, SHAPE).harm == "of another fold"


def test_code_that_was_changed_while_it_trained_keeps_nothing(store: Checkpoints, finished) -> None:
    assert replace(store, code="another").write(KEY, finished) == "the package's files were changed while it trained"
    assert not store.folder.exists()


def folds_of(study: Study) -> list[Fold]:
    return study.experiment.walk_forward.folds(study.dataset.sample)


def walked(study: Study, store: Checkpoints | None = None, **options) -> WalkedFolds:
    return walk(folds_of(study), study.samples, study.experiment, checkpoints=store, **options)


@pytest.fixture(scope="module")
def undisturbed(study: Study) -> WalkedFolds:
    return walked(study)


def test_a_walk_that_was_ended_goes_on_where_it_was(
    study: Study, store: Checkpoints, undisturbed: WalkedFolds, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EndedError):
        walked(study, store, progress=ends_after(3))
    assert len(kept_in(store)) == 3
    computed: list[int] = []
    predict_fold = walk_module.predict_fold
    monkeypatch.setattr(walk_module, "predict_fold", lambda fold, *rest: (computed.append(fold.trained_to), predict_fold(fold, *rest))[1])
    stages: list[tuple[str, int, int]] = []
    rest = walked(study, store, progress=lambda *item: stages.append(item))
    count = len(undisturbed.predictions)
    assert stages == [("walk-forward", done, count) for done in range(3, count + 1)]
    assert len(computed) == count - 3
    assert rest.reused == 3
    assert rest.notes == ()
    assert all(same(one, other) for one, other in zip(rest.predictions, undisturbed.predictions, strict=True))
    computed.clear()
    assert walked(study, store).reused == count
    assert computed == []


def test_a_damaged_fold_is_computed_anew_and_noted(study: Study, store: Checkpoints, undisturbed: WalkedFolds) -> None:
    walked(study, store)
    first, second = kept_in(store)[:2]
    first.write_bytes(first.read_bytes()[:-40])
    second.write_bytes(first.read_bytes())
    again = walked(study, store)
    assert again.reused == len(undisturbed.predictions) - 2
    assert [note.partition(" (")[0].partition(": ")[2] for note in again.notes] == ["the kept fold cannot be used"] * 2
    assert all(note.endswith(") and is computed anew") for note in again.notes)
    assert all(same(one, other) for one, other in zip(again.predictions, undisturbed.predictions, strict=True))
    assert walked(study, store).notes == ()
    tested = backtest(study.samples, study.experiment, checkpoints=store)
    assert tested.reused == len(undisturbed.predictions)


def test_where_nothing_can_be_kept_the_walk_goes_on_and_says_so(study: Study, tmp_path: Path, undisturbed: WalkedFolds) -> None:
    (tmp_path / "file").write_text("")
    store = Checkpoints.within(tmp_path / "file")
    stored = walked(study, store)
    assert stored.notes == ("finished folds are not kept (Not a directory): a rerun of this training would begin anew",)
    assert all(same(one, other) for one, other in zip(stored.predictions, undisturbed.predictions, strict=True))


def test_another_run_of_the_same_takes_what_is_finished_meanwhile(
    study: Study, store: Checkpoints, undisturbed: WalkedFolds, monkeypatch
) -> None:
    def other_run(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("walk-forward", 1):
            walked(study, store)
            monkeypatch.setattr(walk_module, "predict_fold", None)  # nothing is left to compute

    stored = walked(study, store, progress=other_run)
    assert stored.reused == 0
    assert all(same(one, other) for one, other in zip(stored.predictions, undisturbed.predictions, strict=True))


def test_a_worker_that_is_ended_from_outside_is_named(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(*_: object, **__: object):
        raise TerminatedWorkerError("a long text")

    monkeypatch.setattr(walk_module, "_finish", ended)
    with pytest.raises(InputError, match="--jobs 1: a worker was ended from outside, often for want of memory; ask for fewer"):
        walked(study)


@pytest.mark.parametrize(("error", "is_stored"), [(FitError("too few"), True), (RuntimeError("out of luck"), False)])
def test_a_refit_in_which_the_program_failed_is_not_kept(
    study: Study, store: Checkpoints, monkeypatch: pytest.MonkeyPatch, error: Exception, is_stored: bool
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as failing:
        failing.setattr(EwmaPaths, "fit", broken)
        first = walked(study, store)
    assert all(str(error) in note for fold in first.predictions for note in fold.notes)
    assert bool(kept_in(store)) == is_stored
    assert walked(study, store).reused == is_stored * len(first.predictions)


@pytest.mark.parametrize("fault", [MemoryError("no room"), OSError(28, "No space left on device"), ImportError("a torn library")])
def test_a_want_of_the_machine_does_not_change_a_forecast(study: Study, monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    """It ends the training: with the base rate in the place of a component the same experiment would have another result."""

    def broken(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(EwmaPaths, "fit", broken)
    with pytest.raises(type(fault)):
        walked(study)


@pytest.mark.parametrize("days", [-46, -44, 44, 46])
def test_what_nobody_has_read_for_six_weeks_is_forgotten_whatever_the_clock_says(store: Checkpoints, finished, days: int) -> None:
    for key in (KEY, OTHER):
        store.write(key, finished)
        os.utime(store.folder / key[:2] / f"{key}.npz", (time.time() + days * 86400,) * 2)
    assert same(store.read(OTHER, SHAPE).prediction, finished), "which makes it new"
    store.forget_old()
    assert (store.read(KEY, SHAPE).prediction is not None) == (abs(days) * 86400 < OLD)
    assert same(store.read(OTHER, SHAPE).prediction, finished)


def test_beyond_so_many_bytes_those_read_the_longest_ago_are_forgotten(store: Checkpoints, finished) -> None:
    keys = [f"{place:02d}" * 16 for place in range(4)]
    for age, key in enumerate(keys):
        store.write(key, finished)
        os.utime(store.folder / key[:2] / f"{key}.npz", (time.time() - 60 * (age + 1),) * 2)
    size = kept_in(store)[0].stat().st_size
    store.forget_old(most=2.5 * size)
    assert [path.stem for path in kept_in(store)] == keys[:2]


def test_a_training_on_further_sessions_fits_only_what_sees_them(study: Study, store: Checkpoints, undisturbed: WalkedFolds) -> None:
    """The folds of the shorter history are those of the longer one, but for the last, whose block was not full."""
    panel = markets.panel()
    row = int(study.dataset.sample.rows[folds_of(study)[-2].test[0]])
    shorter = Study.of(study.experiment, "simulated", panel.as_of(panel.sessions[row]), [])
    before = walked(shorter, store)
    after = walked(study, store)
    assert len(before.predictions) == len(undisturbed.predictions) - 1
    assert (before.reused, after.reused) == (0, len(before.predictions) - 1)
    assert all(same(one, other) for one, other in zip(after.predictions, undisturbed.predictions, strict=True))


def trained(study: Study, output: Path, monkeypatch: pytest.MonkeyPatch, progress=None) -> TrainedRun:
    monkeypatch.setattr(Study, "prepare", lambda *_, **__: study)
    return train(output=output, track=False, report=False, jobs=1, progress=progress)


def assert_same_run(one: Path, other: Path) -> None:
    for name in ("predictions.parquet", "components.parquet"):
        tables = [pd.read_parquet(folder / name).drop(columns="run_id", errors="ignore") for folder in (one, other)]
        pd.testing.assert_frame_equal(*tables, check_exact=True)
    answers = [json.loads((folder / "forecast.json").read_text("utf-8")) | {"run_id": ""} for folder in (one, other)]
    assert answers[0] == answers[1]
    for name in ("model.json", "experiment.json", "panel.parquet", "features.parquet"):
        assert (one / name).read_bytes() == (other / name).read_bytes()


def test_a_training_that_was_interrupted_ends_as_one_that_was_not(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calm = trained(study, tmp_path / "calm", monkeypatch)
    runs = tmp_path / "runs"
    for count, end in ((2, EndedError), (4, KeyboardInterrupt)):
        with pytest.raises(end):
            trained(study, runs / "run", monkeypatch, ends_after(count, end))
        assert not (runs / "run").exists()
        assert len(kept_in(Checkpoints.within(runs))) == count
    kept_in(Checkpoints.within(runs))[0].write_bytes(b"PK\x03\x04")
    done = trained(study, runs / "run", monkeypatch)
    assert done.metrics["reused"] == 3
    assert [warning for warning in done.metrics["warnings"] if "kept" in warning] == [
        warning for warning in done.metrics["warnings"] if "the kept fold cannot be used" in warning
    ]
    assert_same_run(calm.folder, done.folder)
    assert sorted(path.name for path in runs.iterdir() if not path.name.endswith(".lock")) == [FOLDER, "history", "run"]


@pytest.mark.slow
def test_sources_that_changed_are_not_mixed_with_folds_of_before(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EndedError):
        trained(study, tmp_path / "run", monkeypatch, ends_after(2))
    for module in (fold_key, checkpoints_module):
        monkeypatch.setattr(module, "code_digest", lambda: "edited")
    assert trained(study, tmp_path / "run", monkeypatch).metrics["reused"] == 0
    assert len(kept_in(Checkpoints.within(tmp_path))) == 2 + len(folds_of(study)), "left for who goes back to the sources of before"


def test_a_rerun_says_from_where_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr("sys.stderr", screen)
    with shown_progress() as progress:
        progress("walk-forward", 120, 245)
        progress("walk-forward", 121, 245)
        progress("pool and calibration", 3, 245)
    assert screen.getvalue().splitlines() == [
        "120 of 245 refits are kept from an earlier training",
        "walk-forward (245 steps) ...",
        "pool and calibration (245 steps) ...",
    ]


def test_want_of_memory_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_much(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Study, "prepare", too_much)
    done = run("train", "--no-tracking", place=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: there is not enough memory; give the machine less to do at once, with --jobs 1, or free some\n"
