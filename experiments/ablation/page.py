"""The page of the study, as Markdown that fits a screen of 100 columns."""

from dataclasses import dataclass

import numpy as np

from experiments.ablation.gain import SkillGain
from experiments.ablation.study import MIN_T, Ablation, Family, FamilyGains, QuestionSkill
from experiments.markdown import table

MINUS = "-"


@dataclass(frozen=True)
class AblationHeader:
    """What the page is made from: the day it was made, the experiment, the market, its first and last session and a digest of the data.

    `min_t` is the t by which the experiment calls skill demonstrated, and the length of the picture's bars.
    """

    made: str
    experiment: str
    market: str
    data: tuple[str, str]
    digest: str
    min_t: float


def page(result: Ablation, header: AblationHeader, picture: str) -> str:
    """The whole page; `picture` is the file name of the drawing beside it."""
    return "\n".join([*_head(result, header), *tables(result), "", f"![{_alt(result, header)}]({picture})", ""])


def tables(result: Ablation) -> list[str]:
    """The verdicts, what stands behind them, and the choices compared."""
    parts = (_verdicts, _of_the_pool, _left_out, _by_the_rule)
    return [line for number, part in enumerate(parts) for line in (*([""] if number else []), *part(result))]


def _verdicts(result: Ablation) -> list[str]:
    return [
        "## Verdicts",
        "",
        "What the family adds to the logistic's skill among the others, and alone over none, in thousandths, with t:",
        f"on what was settled before {_day(result)}, which decides, and on the rest, which checks.",
        "",
        *table(
            ["family", "features", "decides: adds", "alone", "checks: adds", "alone", "stays"],
            [_verdict(family) for family in result.families],
        ),
        "",
        _off(result),
    ]


def _of_the_pool(result: Ablation) -> list[str]:
    return [
        "## The pool",
        "",
        "The same of the pool of all components, of which the logistic is one.",
        "",
        *table(
            ["family", "decides: adds", "alone", "checks: adds", "alone"],
            [[family.name, *_pool_cells(family.before), *_pool_cells(family.after)] for family in result.families],
        ),
    ]


def _left_out(result: Ablation) -> list[str]:
    return [
        "## Left out, and alone",
        "",
        f"Skill over climatology in thousandths, four questions averaged, {_span(result)}.",
        "",
        *table(
            ["family", "logistic without it", "with it alone", "pool without it", "with it alone"],
            [[family.name, *(_thousandths(value) for value in (*family.logistic, *family.pool))] for family in result.families],
        ),
    ]


def _by_the_rule(result: Ablation) -> list[str]:
    return [
        "## What the rule would have been worth",
        "",
        f"Skill over climatology in thousandths, four questions averaged. The rule saw nothing that was settled from {_day(result)} on.",
        "",
        *table(
            ["features", "logistic: decides", "checks", "whole", "pool: decides", "checks", "whole"],
            [[level.choice, *(_thousandths(value) for value in (*level.logistic, *level.pool))] for level in result.levels],
        ),
        "",
        *_overfitting(result),
        "",
        f"The pool's skill over climatology, {_span(result)}, in thousandths, with t:",
        "",
        *table(
            ["question", "z from", "sessions", *(level.choice for level in result.levels)], [_question(one) for one in result.questions]
        ),
    ]


def _day(result: Ablation) -> str:
    return f"{result.decision_day:%Y-%m-%d}"


def _head(result: Ablation, header: AblationHeader) -> list[str]:
    day = _day(result)
    return [
        "# What each family of features is worth",
        "",
        f"Made on {header.made} by `python -m experiments.ablation` from the experiment {header.experiment}, on {header.market},",
        f"{header.data[0]} to {header.data[1]} (data {header.digest}). Surge sessions forecast walk-forward: {_span(result)}.",
        "",
        "Four questions (half the surge at z from 1.5; the whole surge, 0.75 sigma and 5 % at z from 1; 21 sessions) are asked",
        "with each family left out, with it alone, with all and with none. Only the logistic sees features, so only it is",
        "fitted again; with none it still has the barrier's distance, the surge's size and the regimes. The pool learns its",
        "weights anew. Skill is Brier skill over climatology, the mean of the four questions; t: Diebold-Mariano, with Newey-West",
        "errors and the correction for small samples.",
        "",
        f"**The rule, fixed before any result was seen:** on forecasts settled before {day}, a family stays if the logistic is no worse",
        "with it, among the others and alone, if the pool is no worse with it among the others, and if one of the logistic's",
        f"two differences has t >= {MIN_T:g}. No feature is chosen on the whole sample: what came from {day} on is the check, and",
        f"nothing is decided on it. There are {_episodes(result)} independent episodes; read t before any figure.",
        "",
    ]


def _episodes(result: Ablation) -> str:
    each = [[one.episodes[half] for one in result.questions] for half in (0, 1)]
    spans = [f"{min(counts)} to {max(counts)}" if min(counts) < max(counts) else str(counts[0]) for counts in each]
    return f"{spans[0]} deciding and {spans[1]} checking"


def _off(result: Ablation) -> str:
    off = [family.name for family in result.families if family.on is False]
    blank = [family.name for family in result.families if family.on is None]
    sentence = f"By the rule these are off: {', '.join(off)}." if off else "By the rule none is off."
    return sentence + (f" Without inputs in these data: {', '.join(blank)}." if blank else "")


def _alt(result: Ablation, header: AblationHeader) -> str:
    return (
        f"What each family adds to skill before and from {result.decision_day:%Y}, with bars of {header.min_t:g} standard errors; "
        "see the tables above"
    )


def _span(result: Ablation) -> str:
    return " to ".join(result.sessions)


def _overfitting(result: Ablation) -> list[str]:
    """What a search for the best choice of features would be worth."""
    lines = [f"Had the best of the {result.choices} choices been picked by its skill on one half of the episodes, it would have been no"]
    for model, one in result.overfitting.items():
        share = "in as many cases as cannot be told, episodes being too few," if one is None else f"in {one.probability:.0%} of the cases"
        lines.append(f"better than the median on the other half {share} for the {model};")
    lines[-1] = lines[-1].rstrip(";") + " (combinatorially symmetric cross-validation,"
    return [*lines, "Bailey, Borwein, Lopez de Prado and Zhu 2017; a half would be chance)."]


def _verdict(family: Family) -> list[str]:
    count = str(family.features) if family.features == family.of else f"{family.features} of {family.of}"
    gains = (family.before.adds, family.before.alone, family.after.adds, family.after.alone)
    verdict = {True: "on", False: "off", None: "no inputs"}[family.on]
    return [family.name, count, *(_gain(gain) for gain in gains), verdict]


def _pool_cells(gains: FamilyGains) -> list[str]:
    return [_gain(gains.pool_adds), _gain(gains.pool_alone)]


def _question(one: QuestionSkill) -> list[str]:
    return [one.label, f"{one.min_z:g}", str(one.sessions), *(f"{_thousandths(value)} ({t:+.1f})" for value, t in one.pool)]


def _thousandths(value: float) -> str:
    return f"{1000 * value:+.1f}" if np.isfinite(value) else MINUS


def _gain(gain: SkillGain) -> str:
    return f"{_thousandths(gain.skill)} ({gain.t:+.1f})" if np.isfinite(gain.t) else MINUS
