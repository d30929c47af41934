"""Predict: a fitted run applied to the data of another day, without refitting. Also `python -m forecast.predict`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecast.answers.answer import Answer


def predict(
    run: str | Path,
    *,
    data: str | Path | None = None,
    cache: str | Path | None = None,
    stale_ok: bool = False,
    as_of: str | date | None = None,
    tracking_uri: str | None = None,
    history: str | Path | None = None,
) -> Answer:
    """The forecast of the last surge known at the close of `as_of`, from a run that is already fitted.

    run : a run folder, an MLflow run id or models:/NAME@ALIAS.   data : "bundled", a folder, "live", or "kept" for the panel that
    the run keeps; default, the data of the run, from where they came.   cache, stale_ok : of live data, as for
    `forecast.train.train`.   as_of : default, the last session. A surge after the run's training
    is forecast by its fitted models on the data up to it; an earlier one is answered as the walk-forward answered it then, because
    the fitted models have seen what followed.   history : folder to which the forecast is added as it was given; default, none.
    InputError, one line.
    """
    from forecast.dataset import Fresh
    from forecast.locate import lasting, locate
    from forecast.reuse import reuse
    from forecast.runs import SERVED, open_run

    opened = open_run(locate(run, tracking_uri), SERVED)
    found = reuse(opened, data, as_of, Fresh(cache, stale_ok))
    if history is not None:
        from forecast.products.history import append_forecast

        append_forecast(history, found.answer, found.table, run=lasting(run, opened.folder))
    return found.answer


if __name__ == "__main__":
    import sys

    from forecast.__main__ import main

    main(["predict", *sys.argv[1:]])
