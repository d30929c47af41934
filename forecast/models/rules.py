"""Rules that an experiment sets for components, pool, calibration and intervals."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from features.errors import did_you_mean
from forecast.engines.arrays import Float

MOST_PATHS = 10_000_000


class RuleTable(BaseModel):
    """A table of an experiment file: unknown keys are refused, and nothing changes after it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _default_components() -> tuple[str, ...]:
    from forecast.models.registry import DEFAULT

    return DEFAULT


class ModelRule(BaseModel):
    """The components, the paths each simulates, and a table of options for any of them by name."""

    model_config = ConfigDict(extra="allow", frozen=True)
    components: Annotated[tuple[str, ...], Field(min_length=1)] = Field(default_factory=_default_components)
    paths: Annotated[int, Field(strict=True, ge=100, le=MOST_PATHS)] = 8000

    @property
    def prior_weights(self) -> Float:
        """Weights of the components in the pool before any evidence, (k,)."""
        from forecast.models.registry import prior_weights

        return prior_weights(self.components)

    @property
    def options(self) -> dict[str, dict[str, Any]]:
        """Every option of every component, resolved."""
        return dict(self.model_extra or {})

    @model_validator(mode="after")
    def _resolve(self) -> "ModelRule":
        """Checks components and their options, and fills in the defaults: stated or not, an option is in the digest."""
        from forecast.models import MODELS, build, options_of

        for name in self.components:
            if name not in MODELS:
                raise ValueError(f"no component {name!r}{did_you_mean(name, MODELS)}")
        if len(set(self.components)) < len(self.components):
            raise ValueError(f"a component stands twice in {list(self.components)}")
        resolved = {}
        for name in (*self.components, *self.options):
            options = self.options.get(name, {})
            if name not in MODELS:
                raise ValueError(f"unknown key {name!r}{did_you_mean(name, (*MODELS, 'components', 'paths'))}")
            if not isinstance(options, dict):
                raise ValueError(f"{name} must be a table of options, got {options!r}")
            component = build(name, options)
            if name in self.components:
                resolved[name] = {option: getattr(component, option) for option in options_of(component)}
        assert self.model_extra is not None
        self.model_extra.clear()
        self.model_extra.update(resolved)
        return self


class PoolRule(RuleTable):
    """How the pool learns its weights from forecasts that are settled.

    Weights are shrunk in three steps, each by a prior worth `prior_episodes` of evidence: those that all questions share to the same for
    every kind of component and for every component of a kind; those of a kind of barrier to the shared ones; those of a question to its
    kind's. A forecast settled `half_life` years ago counts for half: some three business cycles, since a shorter memory would hold too few
    independent surges to learn from. A rival of the learned log-linear pool takes its place while its past log score is better by `margin`
    standard errors.
    """

    prior_episodes: Annotated[float, Field(strict=True, gt=0, le=1e6)] = 3
    half_life: Annotated[float, Field(strict=True, gt=0, le=1000)] = 20
    margin: Annotated[float, Field(strict=True, ge=0, le=100)] = 2


class CalibrationRule(RuleTable):
    """How far calibration may go: the standard deviation, before any evidence, of its slopes about one and of its biases about zero.

    In log odds: 0.2 is a slope 20 % off, or, since log odds move a probability by a quarter at most, a bias of five points; worse
    faults are seldom, and to be mended in a component. `question_sd` is that of a kind of barrier about all questions, and of a
    question about its kind.
    """

    prior_sd: Annotated[float, Field(strict=True, gt=0, le=10)] = 0.2
    question_sd: Annotated[float, Field(strict=True, gt=0, le=10)] = 0.1


class IntervalRule(RuleTable):
    """The interval of each probability: its level, and the paths simulated of each drawn law to know what parameters leave open."""

    level: Annotated[float, Field(strict=True, ge=0.5, le=0.99)] = 0.9
    paths: Annotated[int, Field(strict=True, ge=100, le=MOST_PATHS)] = 500
