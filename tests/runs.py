"""Run folders made by hand, forecasts whose truth is known, without a training; and what makes a training take seconds."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from forecast.runs.manifest import FILES, Manifest, digests, seal
from forecast.runs.predictions import read as predictions
from forecast.runs.predictions.read import (
    BASE_COLUMNS,
    BASE_HIGH_COLUMNS,
    BASE_LOW_COLUMNS,
    CLIMATOLOGY_COLUMNS,
    HIGH_COLUMNS,
    LOW_COLUMNS,
    P_COLUMNS,
    UNCALIBRATED_COLUMNS,
)
from forecast.target.outcome import OUTCOMES
from forecast.target.question import Question
from forecast.target.surge import episode_numbers

FIRST = pd.Timestamp("1996-01-01")
MAIN = Question(horizon=21, barrier="surge", size=0.5)
COMPONENTS = ("climatology", "ewma", "garch", "regime", "msgarch", "logistic", "analogs")
QUICK = [  # overrides of the default experiment
    "interval.paths=100",
    "model.paths=100",
    "companions={}",
    "walk_forward.start=2023-01-03",
    "walk_forward.refit_every=63",
    "model.components=['climatology','ewma','logistic']",
    "sensitivity.horizons=[]",
    "pullback.horizons=[]",
]
FREQUENCIES = np.array([0.35, 0.25, 0.40])


def make_run(folder: Path, questions: Sequence[Question] = (MAIN,), *, surges: int = 200, open_ones: int = 2, seed: int = 1) -> Path:
    """A run whose pool knows the true probabilities, climatology their mean, and the other components something between.

    surges : sessions forecast, in runs of up to five.   open_ones : the last of them whose outcomes are not known.
    """
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    rows = np.cumsum(rng.choice([1, 1, 1, 40], surges))
    tables, parts = [], []
    for question in questions:
        truth = rng.dirichlet(8 * FREQUENCIES, surges)
        outcome = (truth.cumsum(axis=1) < rng.random((surges, 1))).sum(axis=1)
        settled = np.arange(surges) < surges - open_ones
        tables.append(_table(question, rows, truth, np.where(settled, outcome, -1), rng))
        for place, name in enumerate(COMPONENTS):
            share = place / len(COMPONENTS)
            parts.append(_part(tables[-1], name, share * truth + (1 - share) * FREQUENCIES))
    table = pd.concat(tables).sort_values("date", kind="stable", ignore_index=True)
    predictions.write(table, folder, text=True)
    pd.concat(parts, ignore_index=True).to_parquet(folder / "components.parquet", index=False)
    for name in set(FILES) - {"predictions.parquet", "predictions.csv", "components.parquet"}:
        (folder / name).write_text("{}\n", "utf-8")
    seal(folder, _manifest(folder))
    return folder


def _table(question: Question, rows: np.ndarray, truth: np.ndarray, outcome: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    dates = FIRST + pd.to_timedelta(rows * 7 // 5, unit="D")
    columns = {
        "date": pd.DatetimeIndex(dates).as_unit("ns"),
        "series": "Simulated",
        "horizon": question.horizon,
        "barrier": 0.03,
        "surge_return": 0.06,
        "surge_z": rng.uniform(1, 3.5, len(rows)),
        "episode": episode_numbers(rows, question.horizon),
        **dict(zip(P_COLUMNS, truth.T, strict=True)),
        **dict.fromkeys((*BASE_COLUMNS, *CLIMATOLOGY_COLUMNS), 1 / len(OUTCOMES)),
        **dict.fromkeys(BASE_LOW_COLUMNS, 0.2),
        **dict.fromkeys(BASE_HIGH_COLUMNS, 0.5),
        "base_episodes": 40,
        **dict(zip(UNCALIBRATED_COLUMNS, truth.T, strict=True)),
        **dict(zip(LOW_COLUMNS, 0.8 * truth.T, strict=True)),
        **dict(zip(HIGH_COLUMNS, 1 - 0.8 * (1 - truth.T), strict=True)),
        "method": "learned",
        "outcome": pd.array(np.where(outcome < 0, 0, outcome), dtype="Int64"),
        "known": pd.DatetimeIndex(dates + pd.Timedelta(days=question.horizon * 7 // 5)).as_unit("ns"),
        "trained_to": pd.DatetimeIndex(dates - pd.Timedelta(days=1)).as_unit("ns"),
        "source": "simulated",
        "experiment": "made",
        "digest": "0" * 16,
        "run_id": "0" * 32,
        "barrier_kind": question.barrier,
        "size": question.size,
        "vol_rank": rng.random(len(rows)),
    }
    table = pd.DataFrame(columns)
    table.loc[outcome < 0, "outcome"] = pd.NA
    return table


def _part(table: pd.DataFrame, name: str, given: np.ndarray) -> pd.DataFrame:
    key = table[list(predictions.KEY)].assign(component=name, weight=1 / len(COMPONENTS))
    return key.assign(**dict(zip(P_COLUMNS, given.T, strict=True)))


def _manifest(folder: Path) -> Manifest:
    return Manifest(
        name=folder.name,
        digest="0" * 16,
        run_id="0" * 32,
        experiment_digest="0",
        panel_digest="0",
        panel_columns=["small"],
        sessions=1,
        first_session=FIRST.date(),
        as_of=pd.Timestamp("2024-07-16").date(),
        recent_returns=[],
        data="simulated",
        source="simulated",
        origin="numpy",
        market="Simulated",
        series="Simulated",
        made_of_returns=False,
        companions=[],
        tracking_experiment="none",
        notes=[],
        version="0",
        python="3",
        files=digests(folder),
    )
