"""Tally: on how many questions the forecast is better than climatology and the base rate, and surely so, in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forecast.backtest.forecaster_names import BASE_RATE, CLIMATOLOGY, POOL
from forecast.backtest.promotion import BEATEN, LeastSkill, PromotionRule
from forecast.backtest.verification.backtest_scores import finite_or_none
from forecast.report.evaluation.evaluation import QuestionEvaluation
from forecast.runs.answer.demonstrated_skill import reference_name
from forecast.target.question import FALL

SPOKEN = (BASE_RATE, CLIMATOLOGY)  # the harder one first


@dataclass(frozen=True)
class QuestionGain:
    """Skill on one question over climatology and the base rate, as far as each is there; `is_fall`: it has no upper barrier."""

    is_fall: bool
    over: tuple[LeastSkill, ...]

    def better(self, reference: str) -> bool:
        """Whether the forecast's mean score is the better one."""
        return any(one.over == reference and (one.skill or 0.0) > 0 for one in self.over)

    def surely(self, reference: str, rule: PromotionRule) -> bool:
        """Whether it is, beyond luck."""
        return any(one.over == reference and rule.is_demonstrated(one.t) for one in self.over)


def tally_of_evaluations(evaluations: Iterable[QuestionEvaluation]) -> list[str]:
    """Sentences on evaluated forecasts; none where nothing is settled."""
    settled = [one for one in evaluations if one.judged in one.forecasters]
    return list(_sentences([_evaluated(one) for one in settled], PromotionRule(min_t=settled[0].min_t))) if settled else []


def tally_of_metrics(questions: Mapping[str, Mapping[str, Any]], rule: PromotionRule) -> list[str]:
    """Sentences on the questions of metrics.json; none where nothing is settled."""
    scores = {label: question["models"][POOL] for label, question in questions.items() if POOL in question["models"]}
    return list(_sentences([_measured(label, one) for label, one in scores.items()], rule))


def _evaluated(one: QuestionEvaluation) -> QuestionGain:
    over = one.forecasters[one.judged].over
    each = [LeastSkill(who, finite_or_none(over[who].skill), finite_or_none(over[who].diebold_mariano.t)) for who in BEATEN if who in over]
    return QuestionGain(one.question.is_fall, tuple(each))


def _measured(label: str, scores: Mapping[str, float | None]) -> QuestionGain:
    each = [LeastSkill(who, scores.get(f"brier_skill_vs_{who}"), scores.get(f"brier_t_vs_{who}")) for who in BEATEN]
    return QuestionGain(label.startswith(f"{FALL}_"), tuple(each))


def _sentences(skills: Sequence[QuestionGain], rule: PromotionRule) -> Iterator[str]:
    """One question by its numbers; several counted, and the falls among them by themselves."""
    if len(skills) == 1:
        yield _numbers(skills[0], rule)
    elif skills:
        yield f"{_counts(skills, rule)}. Surely: {_beyond_luck(rule)}."
        falls = [one for one in skills if one.is_fall]
        if falls and len(falls) < len(skills):
            yield f"Falls alone: {_lower(_counts(falls, rule))}."


def _counts(skills: Sequence[QuestionGain], rule: PromotionRule) -> str:
    """Better than the base rate on 11 of 28 questions, surely on 6; better than climatology on 20, surely on 9; ..."""
    parts: list[str] = []
    for reference in SPOKEN:
        if any(one.over == reference for each in skills for one in each.over):
            better, surely = (sum(flags) for flags in zip(*((s.better(reference), s.surely(reference, rule)) for s in skills), strict=True))
            of = "" if parts else f" of {len(skills)} question{'' if len(skills) == 1 else 's'}"
            parts.append(f"better than {reference_name(reference)} on {better or 'none'}{of}, surely on {surely or 'none'}")
    both = sum(all(one.surely(reference, rule) for reference in SPOKEN) for one in skills)
    if len(parts) == len(SPOKEN):
        parts.append(f"surely better than both on {both or 'none'}")
    return _upper("; ".join(parts))


def _numbers(one: QuestionGain, rule: PromotionRule) -> str:
    """No better than the base rate (Brier skill -0.037, t -0.2); better than climatology (+0.009, t +0.6), but not surely; ..."""
    parts = []
    for each in sorted(one.over, key=lambda each: SPOKEN.index(each.over)):
        sure, better = one.surely(each.over, rule), one.better(each.over)
        verdict = "surely better than" if sure else "better than" if better else "no better than"
        numbers = f"Brier skill {_signed(each.skill, '.3f')}, t {_signed(each.t, '.1f')}"
        parts.append(f"{verdict} {reference_name(each.over)} ({numbers}){', but not surely' if better and not sure else ''}")
    return f"{_upper('; '.join(parts))}. Surely: {_beyond_luck(rule)}."


def _beyond_luck(rule: PromotionRule) -> str:
    return f"a t of Diebold and Mariano of {rule.min_t:g} or more"


def _signed(value: float | None, form: str) -> str:
    return "not known" if value is None else f"{value:+{form}}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
