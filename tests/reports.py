"""Small runs of a simulated market, and the reports of them: each is made once in a session of tests."""

from dataclasses import replace
from pathlib import Path

import pytest

from features.panel.panel import Panel
from features.panel.series import SMALL
from forecast.backtest.experiment import Experiment, validate
from forecast.backtest.study import Study
from forecast.report.html.page import Report, build
from forecast.runs.folder import Run, open_run
from forecast.runs.write import write_run
from tests import markets

ODD_NAME = "<b>Odd & sons</b> $x_1$"
QUICK = {
    "name": "quick",
    "surge": {"min_z": 1.0, "min_return": 0.01},
    "sensitivity": {"horizons": []},
    "pullback": {"horizons": []},
    "walk_forward": {"start": "2007-01-03", "refit_every": 1000},
    "model": {"components": ["climatology", "ewma"], "paths": 200},
}
MODELS = ["climatology", "ewma", "garch", "regime", "logistic", "analogs"]
SCENARIOS = {"calm": {"ewma_vol_32": {"percentile": 0.1}}, "a_long_name_of_a_scenario": {"distance_from_trend": 0.0}}
EXPERIMENTS = {
    "whole": {
        "model": {"components": MODELS, "paths": 200},
        "sensitivity": {"horizons": [5, 21], "surge": [0.5], "fixed": []},
        "pullback": {"sizes": [0.02, 0.05], "horizons": [5, 21]},
        "scenarios": SCENARIOS,
        "features": {"without": []},
    },
    "bare": {},
    "no paths": {"model": {"components": ["climatology", "logistic"], "paths": 200}},
    "switching": {"model": {"components": ["climatology", "msgarch"], "paths": 200, "msgarch": {"starts": 1}}},
    "no surge": {"surge": {"min_z": 1.0, "min_return": 1.0}},
}
_runs: dict[str, Path] = {}
_reports: dict[str, Report] = {}


def experiment(case: str) -> Experiment:
    return validate(QUICK | EXPERIMENTS[case], case)


def run_of(case: str, factory: pytest.TempPathFactory) -> Run:
    """whole: every input, every part, the last session a surge. The others have prices alone, and as little as their names say.

    bare : with a name that a careless page would read as tags; it stands in for another, and its last session is no surge.
    """
    if case not in _runs:
        study = Study.of(experiment(case), "simulated", _panel(case), [])
        _runs[case] = factory.mktemp("run")
        write_run(_runs[case], study, study.run(jobs=1), "0" * 32)
    return open_run(_runs[case])


def report_of(case: str, factory: pytest.TempPathFactory) -> Report:
    """The report of `run_of`."""
    if case not in _reports:
        _reports[case] = build(run_of(case, factory))
    return _reports[case]


def _panel(case: str) -> Panel:
    panel = markets.panel()
    frame = panel.frame.copy()
    if case == "whole":
        last = frame.index[-3:]
        frame.loc[last, ["small", "small_open", "small_high", "small_low"]] *= 1.08
        return replace(panel, frame=frame, released={name: days for name, days in panel.released.items() if not name.startswith("small")})
    prices = frame[[SMALL.name]].copy()
    if case == "bare":
        prices.iloc[-3:] *= 0.97
        return replace(panel, frame=prices, released={}, market=ODD_NAME)
    return replace(panel, frame=prices, released={})
