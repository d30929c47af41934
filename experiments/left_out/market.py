"""Which indices are left out, what each is asked, and the study of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.ablation.setting import QUESTIONS
from features.errors import InputError
from features.panel.indices import Index
from features.panel.inputs import Companion
from features.panel.series import SMALL
from features.sources.indices import name_of
from features.sources.load import BUNDLED, Data, load_companions, load_panel, load_panel_of, opened
from forecast.backtest.companions import index_of
from forecast.backtest.experiment import Experiment, Sensitivity, chosen_experiment
from forecast.backtest.study import Study
from forecast.target.question import Question

ASKED: tuple[Question, ...] = (*QUESTIONS[0][1], *QUESTIONS[1][1])  # those of the README, all of one threshold: one run an index
MIN_Z = QUESTIONS[1][0]
START = date(1997, 1, 1)  # of the README's table, where an experiment names no start
YEARS = 5  # of an index's own history before its first forecast
SMALL_CAP_FUNDS = ("IWM", "IWN", "IWO", "IWC", "IJR")  # on the Russell 2000, its halves, the smallest of it, and the S&P 600
GROUPS = {"portfolio": "portfolios by size", "fund": "sector funds"}
LARGE, SMALL_FUNDS = "large indices", "small-cap funds"
ORDER = (SMALL_FUNDS, LARGE, "sector funds", "portfolios by size")


@dataclass(frozen=True)
class LeftOut:
    """An index of [companions] that is asked about; `name` is what it is called, `group` the line that it is pooled in."""

    name: str
    group: str
    label: str
    column: str
    spec: Companion


@dataclass(frozen=True)
class Setting:
    """The experiment as every index is asked, where its data are, and all indices with the experiment's own, to learn from."""

    experiment: Experiment
    data: Data
    indices: tuple[Index, ...]


def left_out(experiment: Experiment, only: Sequence[str] = ()) -> list[LeftOut]:
    """The indices of [companions], group by group; of `only`, full names or columns, if any; InputError for one that is not there."""
    found = [
        LeftOut(name_of(label, column, spec), _group(label, column, spec), label, column, spec)
        for label, spec in experiment.companions.items()
        for column in spec.columns
    ]
    known = {one.name for one in found} | {one.column for one in found if len(one.spec.columns) > 1}
    for name in only:
        if name not in known:
            raise InputError(f"--only {name}: no such index; the experiment's companions are {', '.join(one.name for one in found)}")
    chosen = [one for one in found if not only or one.name in only or (len(one.spec.columns) > 1 and one.column in only)]
    return sorted(chosen, key=lambda one: ORDER.index(one.group) if one.group in ORDER else len(ORDER))


def setting(experiment: str | Path | Experiment, data: str, *, refit_every: int, overrides: Sequence[str] = ()) -> Setting:
    """The experiment with the questions, the threshold and the refits of this study; everything else is as the experiment has it."""
    chosen = chosen_experiment(experiment, overrides)
    if data == BUNDLED or not chosen.companions:
        raise InputError(f"{chosen.name}: needs a folder of files and [companions], each of which is left out in turn; add them")
    main, *also = ASKED
    asked = chosen.model_copy(
        update={
            "surge": chosen.surge.model_copy(update={"min_z": MIN_Z}),
            "outcome": chosen.outcome.model_copy(update={**main.model_dump(), "also": tuple(also)}),
            "sensitivity": Sensitivity(horizons=()),
            "walk_forward": chosen.walk_forward.model_copy(update={"refit_every": refit_every}),
        }
    )
    found = opened(data)
    own = load_panel(found, asked.inputs, market=asked.market.name or asked.name, exchange=asked.market.exchange)
    return Setting(asked, found, (index_of(own), *load_companions(found, asked.companions)[0]))


def study_of(one: LeftOut, given: Setting) -> Study:
    """The study that asks about `one` and learns from every other index, but those that are the same under another name.

    InputError, one line, for data that will not do.
    """
    asked = given.experiment
    panel = load_panel_of(given.data, asked.inputs, one.label, one.column, one.spec, exchange=asked.market.exchange)
    begins = max(asked.walk_forward.start or START, (panel.sessions[0] + pd.DateOffset(years=YEARS)).date())
    experiment = asked.model_copy(
        update={
            "market": asked.market.model_copy(update={"name": one.name}),
            "walk_forward": asked.walk_forward.model_copy(update={"start": begins}),
        }
    )
    closes = panel[SMALL].to_numpy("float64")
    others = [index for index in given.indices if index.name != one.name and not np.array_equal(index.close.to_numpy("float64"), closes)]
    return Study.of(experiment, given.data.told, panel, others)


def _group(label: str, column: str, spec: Companion) -> str:
    if column in SMALL_CAP_FUNDS:
        return SMALL_FUNDS
    return GROUPS.get(label, LARGE if len(spec.columns) == 1 else label)
