"""The page of the study, as Markdown that fits a screen of 100 columns."""

from dataclasses import dataclass

import numpy as np

from experiments.ablation.gain import Gain
from experiments.ablation.study import MIN_T, Ablation, Asked, Family, Half
from experiments.markdown import table

MINUS = "-"


@dataclass(frozen=True)
class About:
    """What the page is made from: the day it was made, the experiment, the market, its first and last session and a digest of the data."""

    made: str
    experiment: str
    market: str
    data: tuple[str, str]
    digest: str


def page(found: Ablation, about: About, picture: str) -> str:
    """The whole page; `picture` is the file name of the drawing beside it."""
    return "\n".join([*_head(found, about), *tables(found), "", f"![{_alt(found)}]({picture})", ""])


def tables(found: Ablation) -> list[str]:
    """The verdicts, what stands behind them, and the choices compared."""
    day = f"{found.decided:%Y-%m-%d}"
    return [
        "## Verdicts",
        "",
        "What the family adds to the logistic's skill among the others, and alone over none, in thousandths, with t:",
        f"on what was settled before {day}, which decides, and on the rest, which checks.",
        "",
        *table(
            ["family", "features", "decides: adds", "alone", "checks: adds", "alone", "stays"],
            [_verdict(family) for family in found.families],
        ),
        "",
        _off(found),
        "",
        "## The pool",
        "",
        "The same of the pool of all components, of which the logistic is one.",
        "",
        *table(
            ["family", "decides: adds", "alone", "checks: adds", "alone"],
            [[family.name, *_pool_cells(family.before), *_pool_cells(family.after)] for family in found.families],
        ),
        "",
        "## Left out, and alone",
        "",
        f"Skill over climatology in thousandths, four questions averaged, {_span(found)}.",
        "",
        *table(
            ["family", "logistic without it", "with it alone", "pool without it", "with it alone"],
            [[family.name, *(_thousandths(value) for value in (*family.logistic, *family.pool))] for family in found.families],
        ),
        "",
        "## What the rule would have been worth",
        "",
        f"Skill over climatology in thousandths, four questions averaged. The rule saw nothing that was settled from {day} on.",
        "",
        *table(
            ["features", "logistic: decides", "checks", "whole", "pool: decides", "checks", "whole"],
            [[level.choice, *(_thousandths(value) for value in (*level.logistic, *level.pool))] for level in found.levels],
        ),
        "",
        f"The pool's skill over climatology, {_span(found)}, in thousandths, with t:",
        "",
        *table(["question", "z from", "sessions", *(level.choice for level in found.levels)], [_question(one) for one in found.asked]),
    ]


def _head(found: Ablation, about: About) -> list[str]:
    day = f"{found.decided:%Y-%m-%d}"
    return [
        "# What each family of features is worth",
        "",
        f"Made on {about.made} by `python -m experiments.ablation` from the experiment {about.experiment}, on {about.market},",
        f"{about.data[0]} to {about.data[1]} (data {about.digest}). Surge sessions forecast walk-forward: {_span(found)}.",
        "",
        "Four questions (half the surge at z from 1.5; the whole surge, 0.75 sigma and 5 % at z from 1; 21 sessions) are asked",
        "with each family left out, with it alone, with all and with none. Only the logistic sees features, so only it is",
        "fitted again; with none it still has the barrier's distance, the surge's size and the regimes. The pool learns its",
        "weights anew. Skill is Brier skill over climatology, the mean of the four questions; t has Newey-West errors over the",
        "horizon less one.",
        "",
        f"**The rule, fixed before any result was seen:** on forecasts settled before {day}, a family stays if the logistic is no worse",
        "with it, among the others and alone, if the pool is no worse with it among the others, and if one of the logistic's",
        f"two differences has t >= {MIN_T:g}. No feature is chosen on the whole sample: what came from {day} on is the check, and",
        f"nothing is decided on it. There are {_episodes(found)} independent episodes; read t before any figure.",
        "",
    ]


def _episodes(found: Ablation) -> str:
    each = [[one.episodes[half] for one in found.asked] for half in (0, 1)]
    spans = [f"{min(counts)} to {max(counts)}" if min(counts) < max(counts) else str(counts[0]) for counts in each]
    return f"{spans[0]} deciding and {spans[1]} checking"


def _off(found: Ablation) -> str:
    off = [family.name for family in found.families if family.on is False]
    blank = [family.name for family in found.families if family.on is None]
    told = f"By the rule these are off: {', '.join(off)}." if off else "By the rule none is off."
    return told + (f" Without inputs in these data: {', '.join(blank)}." if blank else "")


def _alt(found: Ablation) -> str:
    return f"What each family adds to skill before and from {found.decided:%Y}, with bars of 1.65 standard errors; see the tables above"


def _span(found: Ablation) -> str:
    return " to ".join(found.sessions)


def _verdict(family: Family) -> list[str]:
    count = str(family.features) if family.features == family.of else f"{family.features} of {family.of}"
    gains = (family.before.adds, family.before.alone, family.after.adds, family.after.alone)
    verdict = {True: "on", False: "off", None: "no inputs"}[family.on]
    return [family.name, count, *(_gain(gain) for gain in gains), verdict]


def _pool_cells(half: Half) -> list[str]:
    return [_gain(half.pool_adds), _gain(half.pool_alone)]


def _question(one: Asked) -> list[str]:
    return [one.label, f"{one.min_z:g}", str(one.sessions), *(f"{_thousandths(value)} ({t:+.1f})" for value, t in one.pool)]


def _thousandths(value: float) -> str:
    return f"{1000 * value:+.1f}" if np.isfinite(value) else MINUS


def _gain(gain: Gain) -> str:
    return f"{_thousandths(gain.skill)} ({gain.t:+.1f})" if np.isfinite(gain.t) else MINUS
