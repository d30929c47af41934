"""Companions of an experiment: what is learned from, what names the run, and what `as_of` cuts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from features.files.table import NEAREST
from forecast.backtest.experiment import read_experiment
from forecast.backtest.study import Study
from forecast.target.sample import samples_with_features
from tests.commands import run
from tests.indices import simulated_index

EXPERIMENT = """
name = "test"
surge = { min_z = 1.0, min_return = 0.01 }
sensitivity = { horizons = [] }
pullback = { horizons = [] }
features.only = ["momentum"]
inputs.small = { file = "small.csv", columns = { small = "Close", small_high = "High", small_low = "Low" } }
inputs.large = { file = "large.csv", columns = { large = "Close" } }
companions.lent = { file = "lent.csv", columns = ["Close"], high = "High", low = "Low" }
companions.slow = { file = "slow.csv", columns = ["A", "B"], lag = { months = 2 } }
companions.absent = { file = "absent.csv", columns = ["Close"] }
"""
AS_OF = "2006-06-30"


def table(seed: int) -> pd.DataFrame:
    """Closes of an index, and highs and lows about them, on the exchange's sessions."""
    index = simulated_index(seed, sessions=1800)
    spread = np.sqrt(index.ranges * 4 * np.log(2)) / 2
    frame = pd.DataFrame({"Close": index.close, "High": index.close * np.exp(spread), "Low": index.close * np.exp(-spread)})
    return frame.rename_axis("Date")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with an experiment and its data; one file that it names is not there."""
    for name, seed in (("small", 1), ("large", 2), ("lent", 3)):
        table(seed).to_csv(tmp_path / f"{name}.csv")
    pd.DataFrame({"A": table(4)["Close"], "B": table(5)["Close"]}).to_csv(tmp_path / "slow.csv")
    (tmp_path / "test.toml").write_text(EXPERIMENT)
    return tmp_path


def prepared(place: Path, as_of: str | None = AS_OF, overrides: tuple[str, ...] = ()) -> Study:
    return Study.prepare(place / "test.toml", data=place, as_of=as_of, overrides=overrides)


def test_a_study_has_its_companions_after_its_target_and_says_what_is_not_there(place: Path) -> None:
    study = prepared(place)
    assert [sample.market for sample in study.samples] == ["test", "lent", "slow A", "slow B"]
    assert f"companions `absent` are off: no file absent.csv in {place}" in study.dataset.notes
    assert samples_with_features(study.samples) == study.samples[:1]  # of companions prices only are known
    for sample in study.companions:
        assert len(sample.rows) > 50
        assert sample.barriers.shape == sample.outcomes.shape == (len(sample.rows), 1)
    lent = study.companions[0]
    assert np.isfinite(lent.ranges).mean() > 0.99
    np.testing.assert_allclose(lent.close, table(3)["Close"][: len(lent)], rtol=1e-15)  # the last bit is the parser's


def test_as_of_cuts_companions_to_what_was_published(place: Path) -> None:
    lent, slow, _ = prepared(place).companions
    assert lent.sessions[-1] == np.datetime64(AS_OF)
    assert slow.known[-1] <= np.datetime64(AS_OF)
    assert np.datetime64("2006-04-01") < slow.sessions[-1] <= np.datetime64("2006-05-01")
    settled = lent.settled_row()[lent.outcomes >= 0]
    assert settled.max() < len(lent) - 1


def changed(place: Path, name: str, day: str) -> None:
    """A digit of the file's close on `day` is another."""
    frame = pd.read_csv(place / name, index_col="Date", **NEAREST)
    frame.loc[day] *= 1.01
    frame.to_csv(place / name)


def test_the_digest_of_a_study_follows_its_companions_prices_up_to_as_of(place: Path) -> None:
    before = prepared(place).digest
    assert prepared(place).digest == before
    changed(place, "lent.csv", "2006-07-03")
    changed(place, "slow.csv", "2006-05-15")  # published in July
    assert prepared(place).digest == before
    changed(place, "slow.csv", "2006-03-15")
    then = prepared(place).digest
    assert then != before
    changed(place, "lent.csv", "2002-03-15")
    assert prepared(place).digest not in (before, then)


def test_highs_and_lows_and_lags_are_in_the_digest_too(place: Path) -> None:
    bare = prepared(place, overrides=("companions.lent={file='lent.csv', columns=['Close']}",))
    late = prepared(place, overrides=("companions.slow.lag={months=3}",))
    assert len({prepared(place).digest, bare.digest, late.digest}) == 3
    frame = pd.read_csv(place / "lent.csv", index_col="Date")
    frame.loc["2003-03-17", "High"] *= 1.01
    before = prepared(place).companions[0].digest
    frame.to_csv(place / "lent.csv")
    assert prepared(place).companions[0].digest != before


def test_without_companions_the_partners_of_the_panel_are_learned_from(place: Path) -> None:
    text = "".join(line for line in EXPERIMENT.splitlines(keepends=True) if not line.startswith("companions"))
    (place / "test.toml").write_text(text)
    assert [sample.market for sample in prepared(place).companions] == ["large"]


def test_a_session_on_which_a_partner_was_carried_forward_is_no_close_of_it(place: Path) -> None:
    text = "".join(line for line in EXPERIMENT.splitlines(keepends=True) if not line.startswith("companions"))
    (place / "test.toml").write_text(text)
    frame = pd.read_csv(place / "large.csv", index_col="Date")
    frame.loc["2003-03-17", "Close"] = np.nan
    frame.to_csv(place / "large.csv")
    (large,) = prepared(place).companions
    assert np.datetime64("2003-03-17") not in large.sessions


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("companions.lent.high='Hgh'", r"lent.csv: no column 'Hgh'; did you mean 'High'\?"),
        ("companions.x={file='../lent.csv', columns=['Close']}", r"\[companions.x\]: file '../lent.csv' leaves the data folder"),
        ("companions.x={file='lent.csv', columns=['Date']}", r"lent.csv, column Date: '2000-01-03' on 2000-01-03 is no number"),
        ("companions.x={fil='lent.csv', columns=['Close']}", r"unknown key 'companions.x.fil'; did you mean 'file'\?"),
        ("companions.x={file='lent.csv', columns=['Close'], high='High'}", r"companions.x: high and low go together; name both or neither"),
        ("companions.x={file='lent.csv', columns=[]}", r"companions.x.columns: .*at least 1 item"),
        ("companions.x={file='lent.csv', columns='Close'}", r"companions.x.columns: input should be a list, got 'Close'"),
        ("companions.x={file='lent.csv'}", r"companions.x.columns: is required but missing; add it"),
    ],
)
def test_a_mistake_is_one_line(place: Path, override: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        prepared(place, overrides=(override,))
    assert "\n" not in str(caught.value)


def test_a_mistake_ends_the_command_with_2(place: Path) -> None:
    done = run("train", str(place / "test.toml"), "--data", str(place), "--set", "companions.lent.low=Lw", "--no-tracking", place=place)
    assert done.returncode == 2
    assert done.stderr.strip().endswith("lent.csv: no column 'Lw'; did you mean 'Low'?")
    assert "\n" not in done.stderr.strip()


def test_companions_are_in_the_experiments_digest() -> None:
    with_one = read_experiment(None, ["companions.lent={file='lent.csv', columns=['Close']}"])
    assert with_one.digest != read_experiment().digest
    assert with_one.digest != read_experiment(None, ["companions.lent={file='lent.csv', columns=['Close'], lag=1}"]).digest
