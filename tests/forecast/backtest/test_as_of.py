"""The day that a forecast is asked of: a session, a day that means the one before, or one that lies ahead and is refused."""

import pandas as pd
import pytest

from features.errors import InputError
from features.panel.panel import Panel
from forecast.backtest.dataset import rolled_back
from forecast.runs.predictions.history import load_history


def test_a_day_after_the_next_session_has_no_close_and_no_forecast(panel: Panel) -> None:
    said = (
        r"--as-of 2058-01-04: lies ahead, the next session of XNYS is 20\d\d-\d\d-\d\d; leave it out for the last session known, 2008-09-05"
    )
    with pytest.raises(InputError, match=said):
        rolled_back(panel, pd.Timestamp("2058-01-04"))


@pytest.mark.parametrize(
    ("day", "used", "said"),
    [
        ("2008-08-29", "2008-08-29", None),
        ("2008-08-30", "2008-08-29", "as-of 2008-08-30 is no session; rolled back to 2008-08-29"),
        ("2008-09-09", "2008-09-05", "as-of 2008-09-09 lies after the last session known, 2008-09-05, which is used"),
    ],
)
def test_another_day_means_the_session_before_and_says_so(panel: Panel, day: str, used: str, said: str | None) -> None:
    upto, notes = rolled_back(panel, pd.Timestamp(day))
    assert upto.sessions[-1] == pd.Timestamp(used)
    assert notes == ([] if said is None else [said])


@pytest.mark.parametrize("option", ["as_of", "given_by", "on"])
def test_a_history_has_no_forecast_of_a_day_that_lies_ahead(option: str, tmp_path) -> None:
    with pytest.raises(InputError, match=rf"--{option.replace('_', '-')} 2058-01-04: lies ahead; ask for a day up to 20"):
        load_history(tmp_path, **{option: "2058-01-04"})
