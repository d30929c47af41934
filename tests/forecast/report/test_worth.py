"""For whom the forecast is worth anything: the sentence and the table say what the curves do."""

import re
from dataclasses import replace

import numpy as np
import pytest

from forecast.backtest.verification import POOL
from forecast.report.html.report_data import ReportData
from forecast.report.html.worth import RATIOS, worth
from tests.reports import report_of, run_of


def test_a_perfect_forecast_is_for_all_and_its_opposite_for_nobody(tmp_path_factory: pytest.TempPathFactory) -> None:
    record = ReportData.of(run_of("whole", tmp_path_factory)).record(10, "its worth")
    perfect = np.eye(3)[record.outcomes]
    for p, words in ((perfect, "pays between 1\N{NO-BREAK SPACE}% and 99"), (np.roll(perfect, 1, axis=1), "nobody: at any price")):
        event = worth(replace(record, probabilities=record.probabilities | {POOL: p}), "a fall")
        assert event is not None
        assert words in event.sentence
    assert worth(replace(record, outcomes=np.ones(len(record), dtype=np.int64)), "a fall") is None  # none reversed


def test_the_page_says_for_whom_with_the_highest_value_of_the_curve(tmp_path_factory: pytest.TempPathFactory) -> None:
    record = ReportData.of(run_of("whole", tmp_path_factory)).record(10, "its worth")
    event = worth(record, "a reversal")
    assert event is not None
    section = next(section for section in report_of("whole", tmp_path_factory).sections if section.key == "worth")
    value = event.value[POOL]
    if (value > 0).any():
        most = re.search(r"has saved at most (\d+)", section.text[0])
        assert most
        assert int(most[1]) == round(100 * value.max())
    else:
        assert "nobody: at any price" in section.text[0]
    assert len(value) == len(RATIOS)
    assert len(section.tables) == 2  # the reversal, and the fall of 5 %
