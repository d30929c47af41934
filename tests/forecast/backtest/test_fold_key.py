"""The key of a fold: the same for whoever sees the same, another for whatever decides its bits, and nothing of what comes after it."""

import os
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import numba
import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.backtest import fold_key
from forecast.backtest.experiment import validate
from forecast.backtest.fold_key import CHANGING, ONCE, ONE_A_SESSION, ONE_A_SURGE, fold_keys, prefix_digests, sample_digest, study_key
from forecast.backtest.study import Study
from forecast.target.sample import Sample
from forecast.target.splits import Fold
from tests.indices import simulated_sample
from tests.studies import EXPERIMENT, small_study

PRICED = simulated_sample(1, sessions=400)
SAMPLE = replace(PRICED, features=np.random.default_rng(1).random((len(PRICED.rows), 3)), feature_names=("a", "b", "c"))
CELLS = sorted({*ONE_A_SESSION, *ONE_A_SURGE, CHANGING} - {"rows"})  # the order of `rows` says which surges a cut has
ROWS = st.lists(st.integers(-1, len(SAMPLE) - 1), min_size=1, max_size=6).map(sorted)


@pytest.fixture(scope="module")
def study() -> Study:
    return small_study()


def folds_of(study: Study) -> list[Fold]:
    return study.experiment.walk_forward.folds(study.dataset.sample)


def keys_of(study: Study, **tables: object) -> list[str]:
    return fold_keys(folds_of(study), study.samples, validate(EXPERIMENT | {"seed": study.experiment.seed} | tables, "other"))


def test_every_field_of_a_sample_is_in_the_digest_of_its_sessions() -> None:
    assert sorted((*ONE_A_SESSION, *ONE_A_SURGE, CHANGING, *ONCE)) == sorted(field.name for field in fields(Sample))


@given(rows=ROWS)
def test_a_digest_does_not_depend_on_where_else_the_sample_is_cut(rows: list[int]) -> None:
    assert list(prefix_digests(SAMPLE, rows)) == [next(prefix_digests(SAMPLE, [row])) for row in rows]


@given(row=st.integers(-1, len(SAMPLE) - 1), name=st.sampled_from(CELLS), where=st.floats(0, 1))
@settings(max_examples=60)
def test_samples_have_one_digest_where_their_first_sessions_are_the_same_to_the_bit(row: int, name: str, where: float) -> None:
    column = getattr(SAMPLE, name).copy()
    column.reshape(-1)[int(where * (column.size - 1)) :].view("int8")[0] ^= 1
    other = replace(SAMPLE, **{name: column})
    alike = sample_digest(SAMPLE.up_to(row)) == sample_digest(other.up_to(row))
    assert (next(prefix_digests(SAMPLE, [row])) == next(prefix_digests(other, [row]))) == alike


def test_rows_that_fall_are_refused() -> None:
    with pytest.raises(ValueError, match="rows must rise, got 10 after 20"):
        list(prefix_digests(SAMPLE, [20, 10]))


def test_sessions_after_a_fold_are_not_in_its_key(study: Study) -> None:
    keys, sample = keys_of(study), study.dataset.sample
    assert len(set(keys)) == len(keys)
    for fold, after in pairwise(folds_of(study)):
        row = int(sample.rows[fold.test[-1]])
        shorter = fold_keys([fold], [sample.up_to(row), *study.samples[1:]], study.experiment)
        changed = replace(sample, close=np.where(np.arange(len(sample)) > row, 1.0, sample.close))
        assert shorter == fold_keys([fold], [changed, *study.samples[1:]], study.experiment)
        assert shorter == keys[:1]
        assert fold_keys([after], [changed, *study.samples[1:]], study.experiment) != keys[1:2]
        keys = keys[1:]


def test_what_a_fold_does_not_see_of_an_experiment_is_not_in_its_key(study: Study) -> None:
    others = {"name": "another", "pool": {"half_life": 3.0}, "calibration": {"prior_sd": 1.0}, "promotion": {"min_t": 2.5}}
    assert keys_of(study, **others) == keys_of(study)


def test_all_that_decides_the_bits_of_a_fold_is_in_its_key(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    assert keys_of(study) == keys_of(small_study()), "the same, the same"
    folds, sample = folds_of(study)[:1], study.dataset.sample
    close = sample.close.copy()
    close[7] = np.nextafter(close[7], np.inf)
    features = np.where(np.isnan(sample.features), 0.0, sample.features)
    stored = [keys_of(study)[0]]
    for samples in ([replace(sample, close=close)], [replace(sample, features=features)], [replace(sample, market="x")], [sample, sample]):
        stored += fold_keys(folds, samples, study.experiment)
    stored += fold_keys([Fold(folds[0].trained_to, folds[0].test[1:])], [sample], study.experiment)
    stored.append(keys_of(study, seed=2)[0])
    stored.append(keys_of(study, interval={"paths": 200})[0])
    stored.append(keys_of(study, model={"components": ["ewma", "climatology"], "paths": 100})[0])
    stored.append(keys_of(study, model={"components": ["climatology", "ewma"], "paths": 100, "ewma": {"decay": 0.9}})[0])
    for name in ("code_digest", "_machine"):
        with monkeypatch.context() as changed:
            changed.setattr(fold_key, name, lambda: "another")
            stored.append(keys_of(study)[0])
    real = fold_key.library_versions()
    assert set(real) == set(fold_key.LIBRARIES)
    for library in real:
        with monkeypatch.context() as changed:
            changed.setattr(fold_key, "library_versions", lambda other=library: real | {other: "0"})
            stored.append(keys_of(study)[0])
    assert len(set(stored)) == len(stored)


@pytest.mark.parametrize("name", fold_key.COMPILER)
def test_what_numba_is_told_of_compiling_is_in_the_machine(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fold_key._machine()
    monkeypatch.setattr(numba.config, name, "another")
    assert fold_key._machine() != before


@pytest.mark.parametrize("name", fold_key.LINEAR_ALGEBRA)
def test_what_linear_algebra_is_told_of_the_processor_is_in_the_machine(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenBLAS sums in another order for a Haswell than for a Skylake."""
    before = fold_key._machine()
    monkeypatch.setenv(name, "Haswell")
    assert fold_key._machine() != before


def test_the_key_of_a_run_is_of_all_that_decides_it(study: Study) -> None:
    sample, experiment = study.dataset.sample, study.experiment
    pooled = validate(EXPERIMENT | {"pool": {"half_life": 3.0}}, "other")
    keys = [
        study_key(samples, rules, digest)
        for samples, rules, digest in (
            ([sample], experiment, study.digest),
            ([sample, sample], experiment, study.digest),
            ([sample.up_to(len(sample) - 2)], experiment, study.digest),
            ([sample], pooled, study.digest),
            ([sample], experiment, "another study"),
        )
    ]
    assert len(set(keys)) == len(keys)
    assert keys[0] == study_key(small_study().samples, experiment, study.digest)


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only source there is, older than this process."""
    wing = tmp_path / "wing"
    (wing / "inner").mkdir(parents=True)

    class Wing:
        __name__ = "wing"
        __path__ = (str(wing),)

    monkeypatch.setattr(fold_key, "features", Wing)
    monkeypatch.setattr(fold_key, "forecast", Wing)
    return written(wing / "inner" / "a.py", "x = 1\n")


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    os.utime(path, (0, 0))
    return path


def test_an_edit_of_a_source_file_changes_the_digest_of_the_code(source: Path) -> None:
    digest = fold_key.code_digest.__wrapped__
    before = digest()
    assert digest() == before
    written(source.with_suffix(".pyc"), "compiled")
    assert digest() == before
    edited = written(source, "x = 2\n") and digest()
    source.rename(source.with_name("b.py"))
    assert len({before, edited, digest()}) == 3


def test_a_process_that_is_older_than_a_source_shares_its_digest_with_none(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = fold_key.code_digest.__wrapped__
    before = digest()
    source.touch()
    mine = digest()
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: 1.0)
    assert len({before, mine, digest()}) == 3
