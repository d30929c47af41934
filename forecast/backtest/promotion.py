"""Promotion: whether a run has earned its place ahead of simpler rules, on forecasts that are settled, by a rule fixed beforehand."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from forecast.backtest.forecaster_names import BASE_RATE, CLIMATOLOGY, POOL

BEATEN = (CLIMATOLOGY, BASE_RATE)  # what demonstrated skill is surely better than, both of them


class LeastSkill(NamedTuple):
    """Skill over the harder to beat of climatology and the base rate, that with the lower t; None for what is not known."""

    over: str
    skill: float | None
    t: float | None


def least_skill(scores: Mapping[str, float | None]) -> LeastSkill:
    """The least Brier skill in a forecaster's scores of one question, as `evaluate` gives them."""
    each = [LeastSkill(name, scores.get(f"brier_skill_vs_{name}"), scores.get(f"brier_t_vs_{name}")) for name in BEATEN]
    return min(each, key=lambda one: -float("inf") if one.t is None else one.t)


def _with_references(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("a name stands twice")
    lacking = next((name for name in BEATEN if name not in names), None)
    if lacking:
        raise ValueError(f"{lacking} must be among the names, for `min_t` is against it")
    return names


class PromotionRule(BaseModel):
    """A run is promoted if, on a `share` of its questions, it surely beats climatology and the base rate, and the others in the mean.

    over : climatology, base_rate and components.   min_t : least t of Diebold and Mariano against each of these two, by which skill
    counts as demonstrated; the default is one in twenty by luck.
    margin : by how much its skill over each of the others may fall short of nothing.   share : of the main question and those in
    `also`; 1 is all of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    over: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_with_references)] = (CLIMATOLOGY, BASE_RATE, "ewma", "garch")
    score: Literal["brier", "rps", "log"] = "brier"
    min_t: Annotated[float, Field(strict=True, ge=0, le=10, allow_inf_nan=False)] = 1.65
    margin: Annotated[float, Field(strict=True, ge=0, le=1)] = 0.0
    share: Annotated[float, Field(strict=True, gt=0, le=1)] = 1.0

    def is_demonstrated(self, t: float | None) -> bool:
        """Whether the lower t against climatology and the base rate, None where there is none, is beyond luck."""
        return t is not None and t >= self.min_t


def promotion(questions: Mapping[str, Mapping[str, Any]], rule: PromotionRule) -> dict[str, Any]:
    """The verdict on the scores of each question, as `evaluation.evaluate` gives them.

    `promoted`; `passed` and `asked`, how many questions; `reasons`, a line on all of them, and one for each that fails.
    """
    lines = {label: _shortfalls(question["models"], rule) for label, question in questions.items()}
    passed = sum(not short for short in lines.values())
    promoted = bool(lines) and passed >= rule.share * len(lines) - 1e-9  # a share such as 0.1 is no exact number
    sure = f"with t >= {rule.min_t:g} against {' and '.join(BEATEN)}"
    shown = f"better than {_listed(rule)} by {rule.score}, {sure}, on {passed} of {_asked(lines)}"
    needed = f"{shown}; needed is {'every one' if rule.share == 1 else f'a share of {rule.share:g}'}"
    reasons = [shown if promoted else needed, *(f"{label}: {'; '.join(short)}" for label, short in lines.items() if short)]
    return {"promoted": promoted, "passed": passed, "asked": len(lines), "reasons": reasons}


def sentence(verdict: Mapping[str, Any]) -> str:
    """One line for the screen."""
    word = "Promoted" if verdict["promoted"] else "Not promoted"
    more = len(verdict["reasons"]) - 1
    return f"{word}: {verdict['reasons'][0]}." + (f" {verdict['reasons'][1]}." if more == 1 else "")


def _listed(rule: PromotionRule) -> str:
    *others, last = rule.over
    return f"{', '.join(others)} and {last}" if others else last


def _asked(lines: Mapping[str, list[str]]) -> str:
    return f"{len(lines)} question{'' if len(lines) == 1 else 's'}"


def _shortfalls(models: Mapping[str, Mapping[str, float | None]], rule: PromotionRule) -> list[str]:
    """What one question lacks; empty where it passes."""
    if POOL not in models:
        return ["nothing is settled"]
    mine, shortfalls = models[POOL], []
    for name in rule.over:
        if name not in models:
            shortfalls.append(f"{name} is no component of this run and cannot be beaten; add it to model.components")
            continue
        loss, reference = mine[rule.score], models[name][rule.score]
        assert loss is not None
        assert reference is not None
        skill = 1 - loss / reference if reference > 0 else 0.0
        least = 0.0 - (0.0 if name in BEATEN else rule.margin)
        if skill < least:
            shortfalls.append(f"skill over {name} is {skill:+.4f}, below {least:g}")
    for name in BEATEN:
        t = mine.get(f"{rule.score}_t_vs_{name}")
        if name in models and not rule.is_demonstrated(t):
            shortfalls.append(f"t against {name} is {'not known' if t is None else f'{t:.2f}'}, below {rule.min_t:g}")
    return shortfalls
