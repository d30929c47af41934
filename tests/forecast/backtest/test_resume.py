"""Finished folds are kept: a rerun goes on from them to the same bits, and trusts none that is not exactly what was kept."""

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
from features.files.atomic import claim
from forecast.api import TrainedRun, train
from forecast.backtest import checkpoints as folds_module
from forecast.backtest import checkpoints as identity_module
from forecast.backtest import walk_forward as walk_module
from forecast.backtest.backtest import backtest
from forecast.backtest.checkpoints import OLD, Checkpoints, FoldPrediction, identity, open_checkpoints
from forecast.backtest.experiment import validate
from forecast.backtest.study import Study
from forecast.backtest.walk_forward import WalkedFolds, walk
from forecast.cli.progress import shown_progress
from forecast.engines.probabilities import Prediction
from forecast.models.ewma import EwmaPaths
from forecast.models.surge_base_rate import BaseRates
from forecast.target.splits import Fold
from tests.commands import run
from tests.studies import EXPERIMENT, small_study

FOLD = Fold(120, np.array([4, 5]))
SHAPE = (2, 3, 1, 3)
NOTES = ("2007-01-03: a note with Ωmega, \ud800 and \0",)


@pytest.fixture(scope="module")
def study() -> Study:
    return small_study()


@pytest.fixture
def store(tmp_path: Path) -> Checkpoints:
    return Checkpoints(tmp_path / ".small.folds", "a" * 64, identity_module.code_digest())


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
    (path,) = store.folder.glob("*.npz")
    return path


def same(one: FoldPrediction | None, other: FoldPrediction) -> bool:
    if one is None or one.notes != other.notes:
        return False
    arrays, others = ((*fold.prediction, *fold.base) for fold in (one, other))
    return all(a.tobytes() == b.tobytes() for a, b in zip(arrays, others, strict=True))


def test_a_fold_is_read_as_it_was_kept_to_the_bit(store: Checkpoints, finished) -> None:
    assert store.read(FOLD, SHAPE) == (None, None)
    assert store.write(FOLD, finished) is None
    stored = store.read(FOLD, SHAPE)
    assert same(stored.prediction, finished)
    assert stored.harm is None
    assert [path.name for path in store.folder.iterdir()] == ["000120.npz"]


@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
@settings(max_examples=60)
def test_a_fold_with_any_byte_changed_is_the_same_or_none(store: Checkpoints, finished, place: float, flip: int) -> None:
    """The dates that a zip file keeps of its members decide nothing; every other byte does."""
    store.write(FOLD, finished)
    content = bytearray(path_in(store).read_bytes())
    content[int(place * len(content))] ^= flip
    path_in(store).write_bytes(content)
    stored = store.read(FOLD, SHAPE)
    assert stored.harm or same(stored.prediction, finished)


@given(length=st.floats(0, 1, exclude_max=True))
@settings(max_examples=20)
def test_a_short_fold_is_none(store: Checkpoints, finished, length: float) -> None:
    store.write(FOLD, finished)
    content = path_in(store).read_bytes()
    path_in(store).write_bytes(content[: int(length * len(content))])
    assert store.read(FOLD, SHAPE).prediction is None
    assert store.read(FOLD, SHAPE).harm


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
    store.write(FOLD, finished)
    harm(path_in(store))
    stored = store.read(FOLD, SHAPE)
    assert stored.prediction is None
    assert said in str(stored.harm)
    assert not (tmp_path / "executed").exists()


def test_a_fold_of_another_run_is_not_taken(store: Checkpoints, finished) -> None:
    store.write(FOLD, finished)
    assert replace(store, identity="b" * 64).read(FOLD, SHAPE).harm == "of another run"
    assert store.read(Fold(120, np.array([4, 6])), SHAPE).harm == "of another run"
    assert store.read(FOLD, (2, 3, 3, 1)).harm == "of another shape"
    path_in(store).rename(store.folder / "000141.npz")
    assert store.read(Fold(141, FOLD.test), SHAPE).harm == "of another run"


def test_all_that_decides_the_bits_is_in_the_identity(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    sample, experiment = study.dataset.sample, study.experiment
    stored = [identity([sample], experiment, study.digest)]
    assert stored == [identity(small_study().samples, experiment, study.digest)], "the same, the same"
    close = sample.close.copy()
    close[7] = np.nextafter(close[7], np.inf)
    features = np.where(np.isnan(sample.features), 0.0, sample.features)
    stored += [
        identity([replace(sample, **{name: part})], experiment, study.digest) for name, part in (("close", close), ("features", features))
    ]
    stored.append(identity([sample, sample], experiment, study.digest))
    stored.append(identity([sample], validate(EXPERIMENT | {"seed": 2}, "other"), study.digest))
    stored.append(identity([sample], experiment, "another study"))
    for name in ("code_digest", "_machine"):
        with monkeypatch.context() as changed:
            changed.setattr(identity_module, name, lambda: "another")
            stored.append(identity([sample], experiment, study.digest))
    for library in identity_module.LIBRARIES:
        with monkeypatch.context() as changed:
            changed.setattr(identity_module, "version", lambda name, other=library: "0" if name == other else "1")
            stored.append(identity([sample], experiment, study.digest))
    assert len(set(stored)) == len(stored)


def test_an_edit_of_a_source_file_changes_the_digest_of_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wing = tmp_path / "wing"
    (wing / "inner").mkdir(parents=True)
    (wing / "inner" / "a.py").write_text("x = 1\n")

    class Wing:
        __name__ = "wing"
        __path__ = (str(wing),)

    monkeypatch.setattr(identity_module, "features", Wing)
    monkeypatch.setattr(identity_module, "forecast", Wing)
    digest = identity_module.code_digest.__wrapped__
    before = digest()
    assert digest() == before
    (wing / "inner" / "a.pyc").write_text("compiled")
    assert digest() == before
    (wing / "inner" / "a.py").write_text("x = 2\n")
    edited = digest()
    (wing / "inner" / "a.py").rename(wing / "inner" / "b.py")
    assert len({before, edited, digest()}) == 3


def test_code_that_was_changed_while_it_trained_keeps_nothing(store: Checkpoints, finished) -> None:
    assert replace(store, code="another").write(FOLD, finished) == "the package's files were changed while it trained"
    assert not store.folder.exists()


def walked(study: Study, store: Checkpoints | None = None, **options) -> WalkedFolds:
    return walk(study.experiment.walk_forward.folds(study.dataset.sample), study.samples, study.experiment, checkpoints=store, **options)


@pytest.fixture(scope="module")
def undisturbed(study: Study) -> WalkedFolds:
    return walked(study)


def test_a_walk_that_was_ended_goes_on_where_it_was(
    study: Study, store: Checkpoints, undisturbed: WalkedFolds, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EndedError):
        walked(study, store, progress=ends_after(3))
    assert len(list(store.folder.glob("*.npz"))) == 3
    computed: list[int] = []
    predict_fold = walk_module.predict_fold
    monkeypatch.setattr(walk_module, "predict_fold", lambda fold, *rest: (computed.append(fold.trained_to), predict_fold(fold, *rest))[1])
    stages: list[tuple[str, int, int]] = []
    resumed = walked(study, store, progress=lambda *item: stages.append(item))
    count = len(undisturbed.predictions)
    assert stages == [("walk-forward", done, count) for done in range(3, count + 1)]
    assert len(computed) == count - 3
    assert resumed.resumed == 3
    assert resumed.notes == ()
    assert all(same(one, other) for one, other in zip(resumed.predictions, undisturbed.predictions, strict=True))
    computed.clear()
    assert walked(study, store).resumed == count
    assert computed == []


def test_a_damaged_fold_is_computed_anew_and_noted(study: Study, store: Checkpoints, undisturbed: WalkedFolds) -> None:
    walked(study, store)
    first, second = sorted(store.folder.glob("*.npz"))[:2]
    first.write_bytes(first.read_bytes()[:-40])
    second.write_bytes(first.read_bytes())
    again = walked(study, store)
    assert again.resumed == len(undisturbed.predictions) - 2
    assert [note.partition(" (")[0].partition(": ")[2] for note in again.notes] == ["the kept fold cannot be used"] * 2
    assert all(note.endswith(") and is computed anew") for note in again.notes)
    assert all(same(one, other) for one, other in zip(again.predictions, undisturbed.predictions, strict=True))
    assert walked(study, store).notes == ()
    tested = backtest(study.samples, study.experiment, checkpoints=store)
    assert tested.resumed == len(undisturbed.predictions)


def test_where_nothing_can_be_kept_the_walk_goes_on_and_says_so(study: Study, tmp_path: Path, undisturbed: WalkedFolds) -> None:
    (tmp_path / "file").write_text("")
    store = Checkpoints(tmp_path / "file" / ".folds", "a", identity_module.code_digest())
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
    assert stored.resumed == 0
    assert all(same(one, other) for one, other in zip(stored.predictions, undisturbed.predictions, strict=True))


def test_a_worker_that_is_ended_from_outside_is_named(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(*_: object, **__: object):
        raise TerminatedWorkerError("a long text")

    monkeypatch.setattr(walk_module, "_finish", ended)
    with pytest.raises(InputError, match="--jobs 1: a worker was ended from outside, often for want of memory; ask for fewer"):
        walked(study)


@pytest.mark.parametrize("fault", [MemoryError("no room"), OSError(28, "No space left on device"), ImportError("a torn library")])
def test_a_want_of_the_machine_does_not_change_a_forecast(study: Study, monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    """It ends the training: with the base rate in the place of a component the same experiment would have another result."""

    def broken(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(EwmaPaths, "fit", broken)
    with pytest.raises(type(fault)):
        walked(study)


def test_the_folder_is_there_while_it_is_of_use_and_no_longer(tmp_path: Path, finished) -> None:
    with open_checkpoints(tmp_path, "run", "a" * 64) as nothing:
        assert nothing.folder.is_dir()
    assert list(tmp_path.iterdir()) == [], "nothing was finished"
    with pytest.raises(EndedError), open_checkpoints(tmp_path, "run", "a" * 64) as store:
        store.write(FOLD, finished)
        raise EndedError
    assert [path.name for path in store.folder.iterdir()] == ["000120.npz"]
    with open_checkpoints(tmp_path, "run", "a" * 64) as mine:
        with open_checkpoints(tmp_path, "run", "a" * 64) as theirs:
            pass
        theirs.discard()
        assert same(mine.read(FOLD, SHAPE).prediction, finished), "another run is using it"
    mine.discard()
    assert list(tmp_path.iterdir()) == []
    assert mine.write(FOLD, finished) is None, "a worker that ends late"


@pytest.mark.parametrize("days", [-8, -6, 6, 8])
def test_what_was_given_up_a_week_ago_is_forgotten_whatever_the_clock_says(tmp_path: Path, finished, days: int) -> None:
    for name in ("given_up", "in_use"):
        with open_checkpoints(tmp_path, name, "a" * 64) as left:
            left.write(FOLD, finished)
    given_up, in_use = sorted(tmp_path.iterdir())
    with claim(in_use / ".somebody"):
        for path in (given_up, in_use):
            os.utime(path, (time.time() + days * 86400,) * 2)
        with open_checkpoints(tmp_path, "today", "b" * 64):
            pass
        assert given_up.exists() == (abs(days) * 86400 < OLD)
        assert in_use.exists()


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
        (folder,) = runs.glob(".*.folds")
        assert len(list(folder.glob("*.npz"))) == count
    hurt = sorted(folder.glob("*.npz"))[0]
    hurt.write_bytes(b"PK\x03\x04")
    done = trained(study, runs / "run", monkeypatch)
    assert done.metrics["resumed"] == 3
    assert [warning for warning in done.metrics["warnings"] if "kept" in warning] == [
        warning for warning in done.metrics["warnings"] if "the kept fold cannot be used" in warning
    ]
    assert_same_run(calm.folder, done.folder)
    assert sorted(path.name for path in runs.iterdir() if not path.name.endswith(".lock")) == ["history", "run"]


@pytest.mark.slow
def test_sources_that_changed_are_not_mixed_with_folds_of_before(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EndedError):
        trained(study, tmp_path / "run", monkeypatch, ends_after(2))
    (before,) = tmp_path.glob(".*.folds")
    for module in (identity_module, folds_module):
        monkeypatch.setattr(module, "code_digest", lambda: "edited")
    assert trained(study, tmp_path / "run", monkeypatch).metrics["resumed"] == 0
    assert list(tmp_path.glob(".*.folds")) == [before], "left for who goes back to the sources of before, for a week"


def test_a_rerun_says_from_where_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr("sys.stderr", screen)
    with shown_progress() as progress:
        progress("walk-forward", 120, 245)
        progress("walk-forward", 121, 245)
        progress("pool and calibration", 3, 245)
    assert screen.getvalue().splitlines() == [
        "resumed: 120 of 245 folds were kept",
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
