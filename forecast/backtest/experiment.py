"""Experiment: one validated object, read from TOML; its digest names the run."""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from features.errors import InputError, validation_line
from features.live.items import Live
from features.names import Name, StoreName, refuse_unsafe
from features.sources.inputs import Companion, Input
from features.sources.load import BUNDLED, is_live
from forecast.backtest.experiment_file import default_tables, experiment_path, merged, put, read_tables, shipped_experiments
from forecast.backtest.promotion import PromotionRule
from forecast.backtest.scenario import Scenario, ScenarioName
from forecast.backtest.walk_forward_rule import WalkForward
from forecast.models.rules import CalibrationRule, IntervalRule, ModelRule, PoolRule, RuleTable
from forecast.target.question import BarrierKind, Question
from forecast.target.surge import SurgeRule

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
UNPROVEN = ("banks", "easing", "landing", "policy", "priced_in", "rate_odds", "rate_proxies")
MOST_QUESTIONS = 300  # of one experiment; the default asks 44
MARKET = ("data", "market", "inputs", "companions")  # the keys that say whose surges are asked about
LISTS = frozenset({"markets", "variants"})  # the tables that make several experiments of one file: `market_list.py`
MOST_LISTED = 60  # horizons, and sizes of one kind of barrier


class MarketRule(RuleTable):
    """The index asked about, by default named as the experiment is."""

    name: Name | None = None
    exchange: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_/.-]{0,29}$")] = "XNYS"


class Outcome(Question):
    """The main question, and any further ones asked of the same surges."""

    also: Annotated[tuple[Question, ...], Field(max_length=MOST_QUESTIONS)] = ()

    @model_validator(mode="after")
    def _of_two_barriers(self) -> "Outcome":
        if self.is_fall:
            raise ValueError(
                "barrier 'fall' has no rise to weigh against it and cannot be the main question; ask it in [pullback] or in also"
            )
        return self

    @property
    def questions(self) -> tuple[Question, ...]:
        main = Question(horizon=self.horizon, barrier=self.barrier, size=self.size)
        return tuple(dict.fromkeys((main, *self.also)))


Horizons = Annotated[tuple[Annotated[int, Field(strict=True, ge=1, le=252)], ...], Field(max_length=MOST_LISTED)]
Sizes = Annotated[tuple[Annotated[float, Field(strict=True, gt=0, le=10, allow_inf_nan=False)], ...], Field(max_length=MOST_LISTED)]


class Sensitivity(RuleTable):
    """The grid of questions asked beside the others, every barrier over every horizon: an answer must not hang on one definition.

    horizons : sessions; a week, two, a month, a quarter.   surge, sigma, fixed : sizes of the barriers of each kind. Without a horizon
    or without a barrier there is no grid.
    """

    horizons: Horizons = (5, 10, 21, 63)
    surge: Sizes = (0.5, 1.0)
    sigma: Sizes = (0.75, 1.0)
    fixed: Sizes = (0.03, 0.05, 0.07)

    @property
    def questions(self) -> tuple[Question, ...]:
        """The grid, barrier by barrier."""
        sizes: dict[BarrierKind, Sizes] = {"surge": self.surge, "sigma": self.sigma, "fixed": self.fixed}
        grid = ((kind, size, horizon) for kind in sizes for size in sizes[kind] for horizon in self.horizons)
        return tuple(dict.fromkeys(Question(horizon=horizon, barrier=kind, size=size) for kind, size, horizon in grid))


Falls = Annotated[tuple[Annotated[float, Field(strict=True, gt=0, lt=1)], ...], Field(max_length=MOST_LISTED)]


class Pullback(RuleTable):
    """The falls asked about beside the other questions, every size over every horizon: does a close fall so far, whatever came first?

    sizes : shares of the price, 0.05 is five percent.   horizons : sessions. Without a size or without a horizon none is asked.
    """

    sizes: Falls = (0.03, 0.05, 0.07, 0.10)
    horizons: Horizons = (5, 10, 21, 63)

    @property
    def questions(self) -> tuple[Question, ...]:
        """Size by size."""
        grid = (Question(horizon=horizon, barrier="fall", size=size) for size in self.sizes for horizon in self.horizons)
        return tuple(dict.fromkeys(grid))


class FeatureChoice(RuleTable):
    """Which families of features the models learn from; `only` empty means all that have their inputs. The rest is still shown.

    `without` are by default those that did not earn their place (docs/ablation.md).
    """

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = UNPROVEN


class Tracking(RuleTable):
    """The MLflow experiment that runs are filed under, and the registered model that they become versions of.

    nested : whether each question and component is a run of its own, nested in that of the training.
    """

    experiment: StoreName = "smallcap-surge"
    model: StoreName = "smallcap-surge"
    nested: bool = False


class Experiment(RuleTable):
    """Everything that decides a run, apart from the data themselves. Workers and the tracking store are not in it.

    data : where the files of [inputs] are read from unless somebody says otherwise: "bundled", "live" or a folder; decides no result.
    """

    name: Annotated[str, Field(pattern=NAME)] = "experiment"
    data: Annotated[str | None, Field(exclude=True, min_length=1, max_length=1000)] = None
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**32)] = 20240716
    market: MarketRule = MarketRule()
    inputs: dict[Name, Input] = Field(default_factory=dict)
    companions: dict[Name, Companion] = Field(default_factory=dict)
    live: Live = Live()
    surge: SurgeRule = SurgeRule()
    outcome: Outcome = Outcome()
    sensitivity: Sensitivity = Sensitivity()
    pullback: Pullback = Pullback()
    walk_forward: WalkForward = WalkForward()
    features: FeatureChoice = FeatureChoice()
    model: ModelRule = ModelRule()
    pool: PoolRule = PoolRule()
    calibration: CalibrationRule = CalibrationRule()
    interval: IntervalRule = IntervalRule()
    promotion: PromotionRule = PromotionRule()
    scenarios: dict[ScenarioName, Scenario] = Field(default_factory=dict)
    tracking: Tracking = Tracking()

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, tables: Any) -> Any:
        """No text anywhere, of a file, a column or a note, may steer what shows it."""
        return refuse_unsafe(tables) if isinstance(tables, dict) else tables

    @model_validator(mode="after")
    def _bounded(self) -> "Experiment":
        if len(self.questions) > MOST_QUESTIONS:
            raise ValueError(
                f"asks {len(self.questions)} questions, more than {MOST_QUESTIONS}; ask fewer in outcome.also, sensitivity or pullback"
            )
        return self

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question that is asked, each once: the main one, those of `outcome.also`, the grid of `sensitivity`, then the pullbacks."""
        return tuple(dict.fromkeys((*self.outcome.questions, *self.sensitivity.questions, *self.pullback.questions)))

    @property
    def digest(self) -> str:
        """SHA-256 over every key that decides a result: the same questions, rules and models, the same digest."""
        decisive = self.model_dump(mode="json", exclude={"tracking", "live"})
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


def read_experiment(path: Path | None = None, overrides: Sequence[str] = ()) -> Experiment:
    """An experiment from its file.

    Parameters
    ----------
    path : Path, optional
        A TOML file, or the name of an experiment that ships; by default the default experiment. A file that names no [inputs] is a
        variation of that one. The files of [inputs] are looked for beside it, unless it says where with `data`.
    overrides : sequence of str
        Keys that hold in the place of the file's, as `key.key=value`.

    Returns
    -------
    Experiment

    Raises
    ------
    InputError
        For a mistake in the file or an override, in one line.
    """
    return chosen_experiment(path, overrides)


def stated_tables(experiment: str | Path | Experiment | None) -> dict[str, Any]:
    """What the experiment of a file or an object says itself, as nested tables; nothing without one."""
    if experiment is None:
        return {}
    if isinstance(experiment, Experiment):
        tables = experiment.model_dump(mode="json", exclude_defaults=True) | {"data": experiment.data}
        return {key: value for key, value in tables.items() if value is not None}
    file = experiment_path(Path(experiment))
    tables = read_tables(file)
    for key in LISTS & set(tables):
        raise InputError(
            f"{experiment}: [{key}] makes several experiments of it; train them all with: python -m forecast many {experiment}"
        )
    return placed(tables, file)


def placed(tables: dict[str, Any], file: Path) -> dict[str, Any]:
    """The tables of an experiment in `file`, with the name and the place of data that they have from where it stands."""
    if re.match(NAME, file.stem):
        tables.setdefault("name", file.stem)
    if tables.get("inputs") and file not in shipped_experiments().values():
        tables["data"] = _beside(file, tables.get("data"))
    return tables


def _beside(file: Path, data: Any) -> Any:
    """The folder of `file`, or what it names as `data`, a folder by its way from there."""
    if data is None:
        return str(file.resolve().parent)
    return str(file.resolve().parent / data) if isinstance(data, str) and data != BUNDLED and not is_live(data) else data


def chosen_experiment(
    experiment: str | Path | Experiment | None, overrides: Sequence[str] = (), *, below: dict[str, Any] | None = None
) -> Experiment:
    """The experiment of a file, an object or the default one, after overrides; InputError, one line.

    A file that names no inputs is a variation of the default experiment, and an object without them is asked of its market.
    below : tables that hold in the place of the default experiment's.
    """
    tables = stated_tables(experiment)
    if not isinstance(experiment, Experiment):
        tables = whole(tables, below)
    elif not tables.get("inputs"):
        beneath = default_tables() if below is None else below
        beneath = {key: beneath[key] for key in MARKET if key in beneath}
        tables = beneath | tables if below is None else merged(beneath, tables)
    where = "experiment" if experiment is None else experiment.name if isinstance(experiment, Experiment) else Path(experiment).name
    return overridden(tables, overrides, where)


def whole(tables: dict[str, Any], below: dict[str, Any] | None = None) -> dict[str, Any]:
    """The tables themselves, or where they name no inputs a variation of the default experiment, or of `below`."""
    return tables if tables.get("inputs") else merged(default_tables() if below is None else below, tables)


def overridden(tables: dict[str, Any], overrides: Sequence[str], where: str) -> Experiment:
    """The experiment in nested tables after `key.key=value` overrides; InputError, one line, naming `where`."""
    for override in overrides:
        put(tables, override)
    return validate(tables, where)


def validate(tables: dict[str, Any], where: str) -> Experiment:
    """An Experiment from nested tables; InputError names `where`, the key, the rule and the value."""
    try:
        return Experiment.model_validate(refuse_unsafe(tables))
    except ValidationError as error:
        raise InputError(f"{where}: {validation_line(error, Experiment)}") from None
    except ValueError as error:
        raise InputError(f"{where}: {error}") from None
