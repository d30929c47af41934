"""Experiment: one validated object, read from TOML; its digest names the run."""

import difflib
import hashlib
import json
import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from features.errors import InputError
from features.inputs import Input
from forecast.question import Question
from forecast.surge import SurgeRule

MAX_BYTES = 2**20  # of an experiment file


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Market(_Table):
    """The index asked about; ignored with bundled data, which name their own."""

    name: Annotated[str, Field(min_length=1, max_length=80)] = "small caps"
    exchange: str = "XNYS"


class Outcome(Question):
    """The main question, and any further ones asked of the same surges."""

    also: tuple[Question, ...] = ()

    @property
    def questions(self) -> tuple[Question, ...]:
        main = Question(horizon=self.horizon, barrier=self.barrier, size=self.size)
        return tuple(dict.fromkeys((main, *self.also)))


class WalkForward(_Table):
    """Refits on an expanding past, every `refit_every` sessions from `start` (default: five years after the first session)."""

    start: date | None = None
    refit_every: Annotated[int, Field(ge=1, le=1000)] = 21
    min_history: Annotated[int, Field(ge=100)] = 750


class FeatureChoice(_Table):
    """Which families of features the models see; `only` empty means all that have their inputs."""

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


class Model(BaseModel):
    """The components, the paths each simulates, and a table of options for any of them by name."""

    model_config = ConfigDict(extra="allow", frozen=True)
    components: Annotated[tuple[str, ...], Field(min_length=1)] = ("climatology", "ewma", "garch", "regime", "logistic")
    paths: Annotated[int, Field(ge=100, le=10_000_000)] = 20_000

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
                raise ValueError(f"no component {name!r}{_hint(name, MODELS)}")
        if len(set(self.components)) < len(self.components):
            raise ValueError(f"a component stands twice in {list(self.components)}")
        resolved = {}
        for name in (*self.components, *self.options):
            given = self.options.get(name, {})
            if name not in MODELS:
                raise ValueError(f"unknown key {name!r}{_hint(name, (*MODELS, 'components', 'paths'))}")
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
    """How strongly pool weights are held at equal: the prior counts as this many episodes."""

    prior_episodes: Annotated[float, Field(gt=0, le=1e6)] = 20


class Tracking(_Table):
    """The MLflow experiment that runs are filed under."""

    experiment: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_. -]{0,99}$")] = "smallcap-surge"


class Experiment(_Table):
    """Everything that decides a run, apart from the data themselves. Paths, workers and the tracking store are not in it."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")] = "bundled"
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 20240716
    market: Market = Market()
    inputs: dict[str, Input] = {}
    surge: SurgeRule = SurgeRule()
    outcome: Outcome = Outcome()
    walk_forward: WalkForward = WalkForward()
    features: FeatureChoice = FeatureChoice()
    model: Model = Model()
    pool: PoolRule = PoolRule()
    tracking: Tracking = Tracking()

    @property
    def digest(self) -> str:
        """SHA-256 over every key that decides a result: the same questions, rules and models, the same digest."""
        decisive = self.model_dump(mode="json", exclude={"tracking"})
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


def read_experiment(path: Path | None = None, overrides: Sequence[str] = ()) -> Experiment:
    """The experiment in a TOML file (without one, the defaults), after `key.key=value` overrides; InputError, one line."""
    tables = {} if path is None else _parse(path)
    return overridden(tables, overrides, "experiment" if path is None else path.name)


def overridden(tables: dict[str, Any], overrides: Sequence[str], where: str) -> Experiment:
    """The experiment in nested tables after `key.key=value` overrides; InputError, one line, naming `where`."""
    for override in overrides:
        _override(tables, override)
    return validate(tables, where)


def validate(tables: dict[str, Any], where: str) -> Experiment:
    """An Experiment from nested tables; InputError names `where`, the key, the rule and the value."""
    try:
        return Experiment.model_validate(tables)
    except ValidationError as error:
        raise InputError(f"{where}: {_one_line(error)}") from None


def _parse(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(f"{path}: no such experiment file; give the path of a TOML file")
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"{path}: larger than {MAX_BYTES >> 10} KiB, which no experiment is; check the file")
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid TOML ({error}); correct the line") from None


def _override(tables: dict[str, Any], override: str) -> None:
    key, separator, text = override.partition("=")
    if not separator or not key.strip():
        raise InputError(f"--set {override!r}: must be key=value, for example outcome.size=0.75")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    *parents, leaf = key.strip().split(".")
    table = tables
    for parent in parents:
        inner = table.setdefault(parent, {})
        if not isinstance(inner, dict):
            raise InputError(f"--set {override!r}: {parent} is a value and has no keys of its own")
        table = inner
    table[leaf] = value


def _one_line(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    path = [str(part) for part in first["loc"]]
    key = ".".join(path)
    if first["type"] == "extra_forbidden":
        return f"unknown key {key!r}{_hint(path[-1], _siblings(path[:-1]))}"
    if first["type"] == "value_error":
        return f"{key}: {first['msg'].removeprefix('Value error, ')}"
    return f"{key}: {first['msg'][0].lower()}{first['msg'][1:]}, got {first['input']!r}"


def _siblings(path: Sequence[str]) -> list[str]:
    """The keys allowed in the table at `path`."""
    model: Any = Experiment
    for part in path:
        field = getattr(model, "model_fields", {}).get(part)
        if field is None:
            model = {"inputs": Input, "also": Question}.get(path[-2] if len(path) > 1 else "", model)
            continue
        model = field.annotation
    return list(getattr(model, "model_fields", {}))


def _hint(name: str, known: Sequence[str] | dict[str, Any]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(sorted(known))}" if known else ""
