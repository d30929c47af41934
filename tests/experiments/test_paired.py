"""Two studies paired: forecasts that both made, days that count once, and errors by episode."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.paired.__main__ import paired as command
from experiments.paired.gain import paired_gains, stored_losses
from features.errors import InputError
from forecast.backtest.forecaster_names import POOL

DAYS = pd.DatetimeIndex(["2020-01-06", "2020-01-07", "2020-06-01", "2021-01-04"]).as_unit("ns")


def losses(index: str, values: list[float], days: pd.DatetimeIndex = DAYS, question: str = "fixed_0.05_h21") -> pd.DataFrame:
    return pd.DataFrame({"index": index, "question": question, "horizon": 21, "session": days, POOL: values})


def test_a_day_counts_once_however_many_indices_surged_on_it() -> None:
    first = pd.concat([losses("A", [0.5, 0.5, 0.5, 0.5]), losses("B", [0.5], DAYS[:1])])
    second = pd.concat([losses("A", [0.4, 0.5, 0.5, 0.5]), losses("B", [0.2], DAYS[:1])])
    gain, mean = paired_gains(first, second)
    assert gain.gain == pytest.approx((0.1 + 0.3) / 2 / 4)
    assert (gain.days, gain.episodes, gain.indices) == (4, 3, 2)
    assert mean.gain == gain.gain


def test_the_error_is_that_of_sums_by_episode() -> None:
    saved = np.array([0.1, 0.3, -0.1, 0.1])  # the first two days are one episode
    gain, _ = paired_gains(losses("A", [0.5] * 4), losses("A", list(0.5 - saved)))
    off = saved - saved.mean()
    assert gain.error == pytest.approx(np.sqrt((off[0] + off[1]) ** 2 + off[2] ** 2 + off[3] ** 2) / 4)
    assert gain.t == pytest.approx(saved.mean() / gain.error)


def test_only_what_both_forecast_counts_and_nothing_in_common_is_refused() -> None:
    first, second = losses("A", [0.5] * 4), losses("A", [0.4] * 2, DAYS[2:])
    assert paired_gains(first, second)[0].days == 2
    with pytest.raises(InputError, match="no forecast of the same index, question and session"):
        paired_gains(first, losses("B", [0.4] * 4))


def test_the_command_reads_what_was_kept_and_names_a_folder_that_holds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, value in (("one", 0.5), ("two", 0.4)):
        (tmp_path / name).mkdir()
        losses("A", [value] * 4).drop(columns="index").to_parquet(tmp_path / name / "fund-XLE-0123456789abcdef.parquet")
    assert set(stored_losses(tmp_path / "one")["index"]) == {"fund-XLE"}
    command(tmp_path / "one", tmp_path / "two")
    assert "| mean           | +0.1000 |" in capsys.readouterr().out
    with pytest.raises(InputError, match="nowhere: no losses of left-out indices; write them by"):
        stored_losses(tmp_path / "nowhere")
