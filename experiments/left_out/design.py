"""Which indices are left out, what each is asked, and the study of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.questions import QUESTIONS
from features.errors import InputError
from features.panel.indices import Index
from features.panel.series import SMALL
from features.sources.companions import companion_name
from features.sources.inputs import Companion
from features.sources.load import DataSource, load_companions, load_panel, load_panel_of, open_data
from forecast.backtest.experiment import Experiment, Pullback, Sensitivity, chosen_experiment
from forecast.backtest.study import Study
from forecast.target.question import Question
from forecast.target.sample import panel_index

SAME_QUESTIONS: tuple[Question, ...] = (*QUESTIONS[0][1], *QUESTIONS[1][1])  # those of the README, all of one threshold: one run an index
MIN_Z = QUESTIONS[1][0]
START = date(1997, 1, 1)  # of the README's table, where an experiment names no start
YEARS = 5  # of an index's own history before its first forecast
SMALL_CAP_FUNDS = ("IWM", "IWN", "IWO", "IWC", "IJR")  # on the Russell 2000, its halves, the smallest of it, and the S&P 600
GROUPS = {"portfolio": "portfolios by size", "fund": "sector funds"}
LARGE, SMALL_FUNDS = "large indices", "small-cap funds"
ORDER = (SMALL_FUNDS, LARGE, "sector funds", "portfolios by size")


@dataclass(frozen=True)
class LeftOutIndex:
    """An index of [companions] that is asked about; `name` is what it is called, `group` the line that it is pooled in."""

    name: str
    group: str
    label: str
    column: str
    spec: Companion


@dataclass(frozen=True)
class LeftOutDesign:
    """The experiment as every index is asked, where its data are, and all indices with the experiment's own, to learn from."""

    experiment: Experiment
    data: DataSource
    indices: tuple[Index, ...]


def left_out_indices(experiment: Experiment, only: Sequence[str] = ()) -> list[LeftOutIndex]:
    """The indices of [companions], group by group; of `only`, full names or columns, if any; InputError for one that is not there."""
    indices = [
        LeftOutIndex(companion_name(label, column, spec), _group(label, column, spec), label, column, spec)
        for label, spec in experiment.companions.items()
        for column in spec.columns
    ]
    names = {one.name for one in indices} | {one.column for one in indices if len(one.spec.columns) > 1}
    for name in only:
        if name not in names:
            raise InputError(f"--only {name}: no such index; the experiment's companions are {', '.join(one.name for one in indices)}")
    chosen = [one for one in indices if not only or one.name in only or (len(one.spec.columns) > 1 and one.column in only)]
    return sorted(chosen, key=lambda one: ORDER.index(one.group) if one.group in ORDER else len(ORDER))


def left_out_design(experiment: str | Path | Experiment, data: str, *, refit_every: int, overrides: Sequence[str] = ()) -> LeftOutDesign:
    """The experiment with the questions, the threshold and the refits of this study; everything else is as the experiment has it."""
    chosen = chosen_experiment(experiment, overrides)
    if not chosen.companions:
        raise InputError(f"{chosen.name}: needs [companions], each of which is left out in turn; add them")
    main, *also = SAME_QUESTIONS
    same = chosen.model_copy(
        update={
            "surge": chosen.surge.model_copy(update={"min_z": MIN_Z}),
            "outcome": chosen.outcome.model_copy(update={**main.model_dump(), "also": tuple(also)}),
            "sensitivity": Sensitivity(horizons=()),
            "pullback": Pullback(horizons=()),
            "walk_forward": chosen.walk_forward.model_copy(update={"refit_every": refit_every}),
        }
    )
    source = open_data(data)
    own = load_panel(source, same.inputs, market=same.market.name or same.name, exchange=same.market.exchange)
    return LeftOutDesign(same, source, (panel_index(own), *load_companions(source, same.companions, exchange=same.market.exchange)[0]))


def study_of(one: LeftOutIndex, design: LeftOutDesign) -> Study:
    """The study that asks about `one` and learns from every other index, but those that are the same under another name.

    InputError, one line, for data that will not do.
    """
    same = design.experiment
    panel = load_panel_of(design.data, same.inputs, one.label, one.column, one.spec, exchange=same.market.exchange)
    begins = max(same.walk_forward.start or START, (panel.sessions[0] + pd.DateOffset(years=YEARS)).date())
    experiment = same.model_copy(
        update={
            "market": same.market.model_copy(update={"name": one.name}),
            "walk_forward": same.walk_forward.model_copy(update={"start": begins}),
        }
    )
    closes = panel[SMALL].to_numpy("float64")
    others = [index for index in design.indices if index.name != one.name and not np.array_equal(index.close.to_numpy("float64"), closes)]
    return Study.of(experiment, design.data.name, panel, others)


def _group(label: str, column: str, spec: Companion) -> str:
    if column in SMALL_CAP_FUNDS:
        return SMALL_FUNDS
    return GROUPS.get(label, LARGE if len(spec.columns) == 1 else label)
