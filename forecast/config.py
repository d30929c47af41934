"""Experiment: one validated object, read from TOML; its digest names the run."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from features.errors import InputError
from features.inputs import Companion, Input
from features.live import Live
from features.names import Name, StoreName, refuse_unsafe
from forecast.experiment_file import put, read_tables
from forecast.mistake import hint, one_line
from forecast.promotion import PromotionRule
from forecast.question import BarrierKind, Question
from forecast.scenario import Scenario, ScenarioName
from forecast.surge import SurgeRule

UNPROVEN = ("banks", "easing", "landing", "policy", "priced_in", "rate_odds", "rate_proxies")
COMPONENTS = ("climatology", "ewma", "range", "heavy", "garch", "regime", "msgarch", "shared", "logistic", "analogs")
MOST_QUESTIONS = 300  # of one experiment; the default asks 29
MOST_LISTED = 60  # horizons, and sizes of one kind of barrier
MOST_PATHS = 10_000_000


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Market(_Table):
    """The index asked about, by default named as the experiment is; ignored with bundled data, which name their own."""

    name: Name | None = None
    exchange: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_/.-]{0,29}$")] = "XNYS"


class Outcome(Question):
    """The main question, and any further ones asked of the same surges."""

    also: Annotated[tuple[Question, ...], Field(max_length=MOST_QUESTIONS)] = ()

    @property
    def questions(self) -> tuple[Question, ...]:
        main = Question(horizon=self.horizon, barrier=self.barrier, size=self.size)
        return tuple(dict.fromkeys((main, *self.also)))


Horizons = Annotated[tuple[Annotated[int, Field(strict=True, ge=1, le=252)], ...], Field(max_length=MOST_LISTED)]
Sizes = Annotated[tuple[Annotated[float, Field(strict=True, gt=0, le=10, allow_inf_nan=False)], ...], Field(max_length=MOST_LISTED)]


class Sensitivity(_Table):
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
        asked = ((kind, size, horizon) for kind in sizes for size in sizes[kind] for horizon in self.horizons)
        return tuple(dict.fromkeys(Question(horizon=horizon, barrier=kind, size=size) for kind, size, horizon in asked))


def _a_day(value: Any) -> Any:
    if isinstance(value, date | str) and not isinstance(value, datetime):
        return value
    raise ValueError(f"must be a day such as 1997-01-02, got {value!r}")


class WalkForward(_Table):
    """Refits on an expanding past, every `refit_every` sessions from `start` (default: five years after the first session)."""

    start: Annotated[date, BeforeValidator(_a_day)] | None = None
    refit_every: Annotated[int, Field(strict=True, ge=1, le=1000)] = 21
    min_history: Annotated[int, Field(strict=True, ge=100)] = 750


class FeatureChoice(_Table):
    """Which families of features the models learn from; `only` empty means all that have their inputs. The rest is still shown.

    `without` are by default those that did not earn their place (docs/ablation.md).
    """

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = UNPROVEN


class Model(BaseModel):
    """The components, the paths each simulates, and a table of options for any of them by name."""

    model_config = ConfigDict(extra="allow", frozen=True)
    components: Annotated[tuple[str, ...], Field(min_length=1)] = COMPONENTS
    paths: Annotated[int, Field(strict=True, ge=100, le=MOST_PATHS)] = 20_000

    @property
    def options(self) -> dict[str, dict[str, Any]]:
        """Every option of every component, resolved."""
        return dict(self.model_extra or {})

    @model_validator(mode="after")
    def _resolve(self) -> "Model":
        """Checks components and their options, and fills in the defaults: stated or not, an option is in the digest."""
        from forecast.models import MODELS, build, options_of

        for name in self.components:
            if name not in MODELS:
                raise ValueError(f"no component {name!r}{hint(name, MODELS)}")
        if len(set(self.components)) < len(self.components):
            raise ValueError(f"a component stands twice in {list(self.components)}")
        resolved = {}
        for name in (*self.components, *self.options):
            given = self.options.get(name, {})
            if name not in MODELS:
                raise ValueError(f"unknown key {name!r}{hint(name, (*MODELS, 'components', 'paths'))}")
            if not isinstance(given, dict):
                raise ValueError(f"{name} must be a table of options, got {given!r}")
            component = build(name, given)
            if name in self.components:
                resolved[name] = {option: getattr(component, option) for option in options_of(component)}
        assert self.model_extra is not None
        self.model_extra.clear()
        self.model_extra.update(resolved)
        return self


class PoolRule(_Table):
    """How the pool learns its weights from forecasts that are settled.

    A prior worth `prior_episodes` of evidence holds the weights that all questions share at equal, one as strong those of a kind of
    barrier at these, and one those of a question at its kind's. A forecast settled `half_life` years ago counts for half: some
    three business cycles, since a shorter memory would hold too few independent surges to learn from. A rival of the learned
    log-linear pool takes its place while its past log score is better by `margin` standard errors.
    """

    prior_episodes: Annotated[float, Field(strict=True, gt=0, le=1e6)] = 3
    half_life: Annotated[float, Field(strict=True, gt=0, le=1000)] = 20
    margin: Annotated[float, Field(strict=True, ge=0, le=100)] = 2


class CalibrationRule(_Table):
    """How far calibration may go: the standard deviation, before any evidence, of its slopes about one and of its biases about zero.

    In log odds: 0.2 is a slope 20 % off, or, since log odds move a probability by a quarter at most, a bias of five points; worse
    faults are seldom, and to be mended in a component. `question_sd` is that of a kind of barrier about all questions, and of a
    question about its kind.
    """

    prior_sd: Annotated[float, Field(strict=True, gt=0, le=10)] = 0.2
    question_sd: Annotated[float, Field(strict=True, gt=0, le=10)] = 0.1


class Interval(_Table):
    """The interval of each probability: its level, and the paths simulated of each drawn law to know what parameters leave open."""

    level: Annotated[float, Field(strict=True, ge=0.5, le=0.99)] = 0.9
    paths: Annotated[int, Field(strict=True, ge=100, le=MOST_PATHS)] = 1000


class Tracking(_Table):
    """The MLflow experiment that runs are filed under, and the registered model that they become versions of."""

    experiment: StoreName = "smallcap-surge"
    model: StoreName = "smallcap-surge"


class Experiment(_Table):
    """Everything that decides a run, apart from the data themselves. Paths, workers and the tracking store are not in it."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")] = "bundled"
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**32)] = 20240716
    market: Market = Market()
    inputs: dict[Name, Input] = {}
    companions: dict[Name, Companion] = {}
    live: Live = Live()
    surge: SurgeRule = SurgeRule()
    outcome: Outcome = Outcome()
    sensitivity: Sensitivity = Sensitivity()
    walk_forward: WalkForward = WalkForward()
    features: FeatureChoice = FeatureChoice()
    model: Model = Model()
    pool: PoolRule = PoolRule()
    calibration: CalibrationRule = CalibrationRule()
    interval: Interval = Interval()
    promotion: PromotionRule = PromotionRule()
    scenarios: dict[ScenarioName, Scenario] = {}
    tracking: Tracking = Tracking()

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, given: Any) -> Any:
        """No text anywhere, of a file, a column or a note, may steer what shows it."""
        return refuse_unsafe(given) if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _bounded(self) -> "Experiment":
        if len(self.questions) > MOST_QUESTIONS:
            raise ValueError(f"asks {len(self.questions)} questions, more than {MOST_QUESTIONS}; ask fewer in outcome.also or sensitivity")
        return self

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question that is asked, each once: the main one, those of `outcome.also`, then the grid of `sensitivity`."""
        return tuple(dict.fromkeys((*self.outcome.questions, *self.sensitivity.questions)))

    @property
    def digest(self) -> str:
        """SHA-256 over every key that decides a result: the same questions, rules and models, the same digest."""
        decisive = self.model_dump(mode="json", exclude={"tracking", "live"})
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


def read_experiment(path: Path | None = None, overrides: Sequence[str] = ()) -> Experiment:
    """The experiment in a TOML file (without one, the defaults), after `key.key=value` overrides; InputError, one line."""
    tables = {} if path is None else read_tables(path)
    return overridden(tables, overrides, "experiment" if path is None else path.name)


def chosen_experiment(experiment: str | Path | Experiment | None, overrides: Sequence[str] = ()) -> Experiment:
    """The experiment given as a file, an object or not at all (the defaults), after overrides; InputError, one line."""
    if isinstance(experiment, Experiment):
        return overridden(experiment.model_dump(mode="json", exclude_defaults=True), overrides, experiment.name)
    return read_experiment(None if experiment is None else Path(experiment), overrides)


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
        raise InputError(f"{where}: {one_line(error, Experiment)}") from None
    except ValueError as error:
        raise InputError(f"{where}: {error}") from None
