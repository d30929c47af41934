"""The pages of measured skill: the README's table, and everything that stands behind it."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from experiments.markdown import table
from experiments.questions import barrier_in_words
from forecast.backtest.verification.backtest_scores import CLIMATOLOGY, POOL
from forecast.backtest.verification.confidence_set import CONFIDENCE_SIZE
from forecast.report.evaluation.coverage import ProbabilityGroup
from forecast.report.evaluation.evaluation import ForecasterEvaluation, QuestionEvaluation
from forecast.report.text.cells import number
from forecast.report.text.evaluation_table import monitor_sentence, sample_sizes
from forecast.runs.manifest import Manifest
from forecast.target.outcome import OUTCOMES

RIVALS = (CLIMATOLOGY, "ewma", "garch")
WIDTH = 140
README_HEADS = ("question", "episodes", "over climatology", "over EWMA", "over GJR")
HEADS = ["question", "sessions", "episodes", "over climatology", "t", "over EWMA", "t", "over GJR", "t", "miscalibration", "covered"]
TERMS = (
    "t: Diebold-Mariano, with Newey-West errors and the correction for small samples. In brackets: how many independent rows tell as much "
    "of the gain over climatology. Miscalibration: CORP, of reverse / stall / continue, in thousandths of the Brier score; ! above 10, * "
    "beyond chance at 5 %. Covered: groups of like probability, three an outcome, in which the intervals, widened by the chance of so many "
    "episodes, hold how often it came, of all."
)
FAR_OFF = 0.01  # of a Brier score: what probabilities ten points off for good would add


@dataclass(frozen=True)
class MeasuredRun:
    """A run: `shown` are the labels of the questions of the README, `reports` all that it asks."""

    about: Manifest
    min_z: float
    shown: tuple[str, ...]
    reports: dict[str, QuestionEvaluation]


def readme_part(measured: Sequence[MeasuredRun]) -> str:
    """The table between the markers of the README: the head of what the page has in full."""
    rows = [[_name(one, label), *_row(one.reports[label])] for one in measured for label in one.shown]
    picked = [HEADS.index(head) for head in README_HEADS]
    picked.insert(3, picked[2] + 1)  # the t of the skill over climatology
    heads = [HEADS[place] for place in picked]
    return "\n".join([*table(heads, [[row[place].partition(" (")[0] for place in picked] for row in rows]), ""])


def page(measured: Sequence[MeasuredRun], day: str) -> str:
    """The whole page, Markdown."""
    return "\n".join(_page(measured, day)) + "\n"


def _intro(measured: Sequence[MeasuredRun], day: str) -> str:
    """What is measured and on what."""
    spans = [one.reports[label].span for one in measured for label in one.shown]
    begun, ended = min(span[0] for span in spans if span), max(span[1] for span in spans if span)
    horizons = sorted({int(label.rpartition("_h")[2]) for one in measured for label in one.shown})
    return (
        f"{measured[0].about.series}, every surge session from {begun} to {ended} whose outcome is known, H = "
        f"{', '.join(map(str, horizons))}, walk-forward; Brier skill of the pool, measured {day}."
    )


def _verdict(measured: Sequence[MeasuredRun]) -> str:
    unproven = [_name(one, label) for one in measured for label in one.shown if not one.reports[label].demonstrated]
    least = " or ".join(f"{min_t:g}" for min_t in sorted({one.reports[label].min_t for one in measured for label in one.shown}))
    if not unproven:
        return f"On each of these questions t against climatology is at least {least}."
    return f"No skill over climatology is demonstrated, t being below {least}, on: {'; '.join(unproven)}."


def _name(one: MeasuredRun, label: str) -> str:
    """A question in a few words, with the surges it is asked of."""
    return f"{barrier_in_words(label)}, z ≥ {one.min_z:g}"


def _row(report: QuestionEvaluation) -> list[str]:
    pool = report.forecasters[POOL]
    cells = [str(report.sessions), f"{report.episodes} ({number(report.effective, '.0f') or '?'})"]
    for who in RIVALS:
        over = pool.over.get(who)
        cells += [number(over.skill, ".3f"), number(over.diebold_mariano.t, ".1f")] if over else ["", ""]
    return [
        *cells,
        " / ".join(_miscalibration(report, pool, outcome) for outcome in OUTCOMES),
        f"{report.inside} of {len(report.coverage)}",
    ]


def _miscalibration(report: QuestionEvaluation, pool: ForecasterEvaluation, outcome: str) -> str:
    much = pool.corp[outcome].miscalibration
    return f"{1000 * much:.1f}{'!' if much > FAR_OFF else ''}{'*' if report.reliability[outcome].miscalibration_p < 0.05 else ''}"


def _page(measured: Sequence[MeasuredRun], day: str) -> Iterator[str]:
    yield "# Skill, as measured\n"
    runs = "; ".join(f"{one.about.name}, data {one.about.panel_digest[:10]}, z from {one.min_z:g}" for one in measured)
    yield _paragraph(f"Made on {day} by `python -m experiments.skill` from two runs ({runs}). {_intro(measured, day)} {TERMS}")
    yield _paragraph(
        "90 %: interval from episodes drawn in blocks. p GW: Giacomini and White's test that neither forecaster could be told to be better "
        "beforehand. set p: p value in the model confidence set of Hansen, Lunde and Nason; a forecaster is in the 90 % set above "
        f"{CONFIDENCE_SIZE:.2f}. Better: p value that no other forecaster is better than this one (Hansen's superior predictive ability). "
        "Score = miscalibration - discrimination + uncertainty. p: of calibration. Nothing is chosen on these figures."
    )
    yield from _summary("The four questions", [(one, label) for one in measured for label in one.shown])
    yield _paragraph(_verdict(measured))
    for one in measured:
        for label in one.shown:
            yield from _question(one, label)
    others = [(one, label) for one in measured for label in one.reports if label not in one.shown]
    if others:
        yield from _summary("Every other question of the two runs", others)


def _summary(title: str, questions: Sequence[tuple[MeasuredRun, str]]) -> Iterator[str]:
    yield f"## {title}\n"
    reports = [(one, label, one.reports[label]) for one, label in questions]
    rows = [[f"{label}, z ≥ {one.min_z:g}", *_row(report)] for one, label, report in reports if report.sessions]
    yield from table(HEADS, rows)
    yield ""


def _question(one: MeasuredRun, label: str) -> Iterator[str]:
    report = one.reports[label]
    yield f"## {_name(one, label)}\n"
    yield _paragraph(f"`{label}`: {report.sentence} {sample_sizes(report).capitalize()}.")
    heads = ["forecaster", "Brier", "RPS", "log", "skill", "90 %", "t", "p GW", "over EWMA", "t", "over GJR", "t", "set p", "better"]
    yield from table(heads, [_forecaster(name, forecaster, report) for name, forecaster in report.forecasters.items()])
    yield ""
    heads = ["pool", "frequency", "score", "miscalibration", "p", "discrimination", "uncertainty", "AUC", "climatology's AUC"]
    yield from table(heads, [_outcome(report, outcome) for outcome in OUTCOMES])
    yield ""
    yield from table(["outcome", "sessions", "episodes", "given", "came", "interval", ""], [_group(group) for group in report.coverage])
    yield ""
    yield _paragraph(monitor_sentence(report.monitor))
    yield from table(["part", "sessions", "episodes", "Brier", "skill", "t", "over EWMA", "t"], _parts(report))
    yield ""


def _forecaster(name: str, forecaster: ForecasterEvaluation, report: QuestionEvaluation) -> list[str]:
    over = forecaster.over.get(CLIMATOLOGY)
    cells = ["", "", "", ""]
    if over:
        interval = " to ".join(number(end, ".3f") for end in (over.interval.low, over.interval.high))
        cells = [number(over.skill, ".3f"), interval, number(over.diebold_mariano.t, ".1f"), number(over.giacomini_white.p, ".2f")]
    for who in RIVALS[1:]:
        rival = forecaster.over.get(who)
        cells += [number(rival.skill, ".3f"), number(rival.diebold_mariano.t, ".1f")] if rival else ["", ""]
    scores = [f"{forecaster.scores[score]:.4f}" for score in ("brier", "rps", "log")]
    return [name, *scores, *cells, number(forecaster.set_p, ".2f"), number(report.better_p.get(name), ".2f")]


def _outcome(report: QuestionEvaluation, outcome: str) -> list[str]:
    pool, plain = report.forecasters[POOL], report.forecasters.get(CLIMATOLOGY)
    corp = pool.corp[outcome]
    numbers = [f"{corp.score:.4f}", f"{corp.miscalibration:.4f}", f"{report.reliability[outcome].miscalibration_p:.2f}"]
    numbers += [f"{corp.discrimination:.4f}", f"{corp.uncertainty:.4f}", number(pool.auc[outcome], ".2f")]
    return [outcome, f"{report.frequency[outcome]:.1%}", *numbers, number(plain.auc[outcome], ".2f") if plain else ""]


def _group(group: ProbabilityGroup) -> list[str]:
    counts = [str(group.sessions), str(group.episodes)]
    shares = [f"{share:.1%}" for share in (group.probability, group.frequency)]
    return [group.outcome, *counts, *shares, f"{group.low:.1%} to {group.high:.1%}", "" if group.inside else "outside"]


def _parts(report: QuestionEvaluation) -> list[list[str]]:
    rows = []
    for part in report.slices:
        cells: list[str] = []
        for who in RIVALS[:2]:
            cells += [number(part.skill.get(who), ".3f"), number(part.t.get(who), ".1f")]
        rows.append([f"{part.kind}: {part.name}", str(part.sessions), str(part.episodes), f"{part.brier:.4f}", *cells])
    return rows


def _paragraph(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"
