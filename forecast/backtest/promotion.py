"""Promotion: whether a run has earned its place ahead of simpler rules, on forecasts that are settled, by a rule fixed beforehand."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

CLIMATOLOGY = "climatology"
FORECAST = "pool"  # the name that the final forecast goes by in metrics.json


def _with_climatology(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("a name stands twice")
    if CLIMATOLOGY not in names:
        raise ValueError(f"{CLIMATOLOGY} must be among the names, for `min_t` is against it")
    return names


class PromotionRule(BaseModel):
    """The forecast is promoted if on a `share` of the questions it beats climatology surely and the others of `over` in the mean.

    over : climatology and components.   min_t : least t of Diebold and Mariano against climatology, and that by which skill counts as
    demonstrated; the default is one in twenty by luck.
    margin : by how much its skill over each of the others may fall short of nothing.   share : of the main question and those in
    `also`; 1 is all of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    over: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_with_climatology)] = (CLIMATOLOGY, "ewma", "garch")
    score: Literal["brier", "rps", "log"] = "brier"
    min_t: Annotated[float, Field(strict=True, ge=0, le=10, allow_inf_nan=False)] = 1.65
    margin: Annotated[float, Field(strict=True, ge=0, le=1)] = 0.0
    share: Annotated[float, Field(strict=True, gt=0, le=1)] = 1.0

    def is_demonstrated(self, t: float | None) -> bool:
        """Whether a t against climatology, None where there is none, is beyond luck."""
        return t is not None and t >= self.min_t


def promotion(questions: Mapping[str, Mapping[str, Any]], rule: PromotionRule) -> dict[str, Any]:
    """The verdict on the scores of each question, as `evaluation.evaluate` gives them.

    `promoted`; `passed` and `asked`, how many questions; `reasons`, a line on all of them, and one for each that fails.
    """
    lines = {label: _shortfalls(question["models"], rule) for label, question in questions.items()}
    passed = sum(not short for short in lines.values())
    promoted = bool(lines) and passed >= rule.share * len(lines) - 1e-9  # a share such as 0.1 is no exact number
    shown = f"better than {_listed(rule)} by {rule.score}, with t >= {rule.min_t:g} against {CLIMATOLOGY}, on {passed} of {_asked(lines)}"
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
    if FORECAST not in models:
        return ["nothing is settled"]
    mine, shortfalls = models[FORECAST], []
    for name in rule.over:
        if name not in models:
            shortfalls.append(f"{name} is no component of this run and cannot be beaten; add it to model.components")
            continue
        loss, reference = mine[rule.score], models[name][rule.score]
        assert loss is not None
        assert reference is not None
        skill = 1 - loss / reference if reference > 0 else 0.0
        least = 0.0 - (0.0 if name == CLIMATOLOGY else rule.margin)
        if skill < least:
            shortfalls.append(f"skill over {name} is {skill:+.4f}, below {least:g}")
    t = mine.get(f"{rule.score}_t_vs_{CLIMATOLOGY}")
    if CLIMATOLOGY in models and not rule.is_demonstrated(t):
        shortfalls.append(f"t against {CLIMATOLOGY} is {'not known' if t is None else f'{t:.2f}'}, below {rule.min_t:g}")
    return shortfalls
