"""The pages of measured skill: the README's table, and everything that stands behind it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from experiments.markdown import paragraph, table
from experiments.questions import barrier_in_words
from forecast.backtest.forecaster_names import BASE_RATE, CLIMATOLOGY, POOL
from forecast.backtest.promotion import PromotionRule
from forecast.backtest.verification.backtest_scores import finite_or_none
from forecast.backtest.verification.confidence_set import CONFIDENCE_SIZE
from forecast.report.evaluation.coverage import ProbabilityGroup
from forecast.report.evaluation.evaluation import ForecasterEvaluation, QuestionEvaluation
from forecast.report.evaluation.tally import tally_of_evaluations
from forecast.report.text.cells import number
from forecast.report.text.evaluation_table import monitor_sentence, sample_sizes
from forecast.runs.answer.demonstrated_skill import reference_name
from forecast.runs.manifest import Manifest
from forecast.target.outcome import OUTCOMES, REVERSE

RIVALS = {BASE_RATE: "base rate", CLIMATOLOGY: "climatology", "ewma": "EWMA", "garch": "GJR"}
OVER = [head for name in RIVALS.values() for head in (f"over {name}", "t")]
HEADS = ["question", "sessions", "episodes", *OVER, "miscalibration", "covered"]
README_PLACES = (0, 2, 3, 4, 5, 6)  # of HEADS: the question, episodes, and skill over what must be beaten, with t
FALL_HEADS = ["fall", "z ≥", "sessions", "episodes", "forecast", "came", *OVER[:4], "miscalibration", "covered"]
TERMS = (
    "Base rate: what followed past surges at a barrier as far in their own volatility. Climatology: how often each outcome came before, "
    "however far the barrier. t: Diebold-Mariano, with Newey-West errors and the correction for small samples. In brackets: how many "
    "independent rows tell as much of the gain over climatology. Miscalibration: CORP, of continue / stall / reverse, in thousandths of "
    "the Brier score; ! above 10, * beyond chance at 5 %. Covered: groups of like probability, three an outcome, in which the intervals, "
    "widened by the chance of so many episodes, hold how often it came, of all."
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
    heads = [HEADS[place] for place in README_PLACES]
    return "\n".join([*table(heads, [[row[place].partition(" (")[0] for place in README_PLACES] for row in rows]), ""])


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


def _verdict(measured: Sequence[MeasuredRun]) -> Iterator[str]:
    """Of which questions skill over the base rate, and over climatology, is not shown, and of which it is."""
    questions = [(one, label) for one in measured for label in one.shown]
    rule = PromotionRule(min_t=min(one.reports[label].min_t for one, label in questions))
    for who in (BASE_RATE, CLIMATOLOGY):
        shown = [pair for pair in questions if rule.is_demonstrated(_t(pair[0].reports[pair[1]], who))]
        lacking = [pair for pair in questions if pair not in shown]
        parts = [f"{says}: {_names(those)}" for says, those in (("is not shown on", lacking), ("is shown on", shown)) if those]
        yield paragraph(f"**Skill over {reference_name(who)} {'; it '.join(parts)}** (t of {rule.min_t:g} or more).")


def _t(report: QuestionEvaluation, who: str) -> float | None:
    over = report.forecasters[POOL].over.get(who)
    return None if over is None else finite_or_none(over.diebold_mariano.t)


def _names(questions: Sequence[tuple[MeasuredRun, str]]) -> str:
    return ", ".join(f"{barrier_in_words(label)} (z ≥ {one.min_z:g})" for one, label in questions)


def _falls(measured: Sequence[MeasuredRun]) -> Iterator[str]:
    """Whether a close falls so far: skill and calibration of each size and horizon; nothing where no fall was asked."""
    reports = [(one, report) for one in measured for report in one.reports.values() if report.question.is_fall and report.sessions]
    if not reports:
        return
    yield "## Falls\n"
    for one in measured:
        tally = tally_of_evaluations([report for other, report in reports if other is one])
        if tally:
            yield paragraph(f"Surges of z ≥ {one.min_z:g}: {tally[0][0].lower()}{tally[0][1:]}")
    yield paragraph("Forecast: the mean probability of the fall; came: how often it did; they differ where it is over- or underrated.")
    yield from table(FALL_HEADS, [_fall(one, report) for one, report in reports])
    yield ""


def _fall(one: MeasuredRun, report: QuestionEvaluation) -> list[str]:
    code = OUTCOMES[REVERSE]
    groups = [group for group in report.coverage if group.outcome == code]
    sessions = sum(group.sessions for group in groups)
    mean = sum(group.sessions * group.probability for group in groups) / sessions if sessions else float("nan")
    pool, row = report.forecasters[POOL], _row(report)
    shares = [f"{mean:.1%}" if sessions else "", f"{report.frequency[code]:.1%}"]
    return [report.question.title, f"{one.min_z:g}", *row[:2], *shares, *row[2:6], _miscalibration(report, pool, code), row[-1]]


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
        " / ".join(_miscalibration(report, pool, outcome) for outcome in report.words),
        f"{report.inside} of {len(report.coverage)}",
    ]


def _miscalibration(report: QuestionEvaluation, pool: ForecasterEvaluation, outcome: str) -> str:
    much = pool.corp[outcome].miscalibration
    return f"{1000 * much:.1f}{'!' if much > FAR_OFF else ''}{'*' if report.reliability[outcome].miscalibration_p < 0.05 else ''}"


def _page(measured: Sequence[MeasuredRun], day: str) -> Iterator[str]:
    yield "# Skill, as measured\n"
    yield from _verdict(measured)
    runs = "; ".join(f"{one.about.name}, data {one.about.panel_digest[:10]}, z from {one.min_z:g}" for one in measured)
    yield paragraph(f"Made on {day} by `python -m experiments.skill` from two runs ({runs}). {_intro(measured, day)} {TERMS}")
    yield paragraph(
        "Skill, 90 % and t without a name are over climatology. 90 %: interval from episodes drawn in blocks. p GW: Giacomini and White's "
        "test that neither forecaster could be told to be better beforehand. set p: p value in the model confidence set of Hansen, Lunde "
        "and Nason; a forecaster is in the 90 % set above "
        f"{CONFIDENCE_SIZE:.2f}. Better: p value that no other forecaster is better than this one (Hansen's superior predictive ability). "
        "Score = miscalibration - discrimination + uncertainty. p: of calibration. Nothing is chosen on these figures."
    )
    yield from _summary("The four questions", [(one, label) for one in measured for label in one.shown])
    yield from _falls(measured)
    for one in measured:
        for label in one.shown:
            yield from _question(one, label)
    others = [(one, label) for one in measured for label in one.reports if label not in one.shown + _fall_labels(one)]
    if others:
        yield from _summary("Every other question of the two runs", others)


def _fall_labels(one: MeasuredRun) -> tuple[str, ...]:
    return tuple(label for label, report in one.reports.items() if report.question.is_fall)


def _summary(title: str, questions: Sequence[tuple[MeasuredRun, str]]) -> Iterator[str]:
    yield f"## {title}\n"
    reports = [(one, label, one.reports[label]) for one, label in questions]
    rows = [[f"{report.question.title}, z ≥ {one.min_z:g}", *_row(report)] for one, _, report in reports if report.sessions]
    yield from table(HEADS, rows)
    yield ""


def _question(one: MeasuredRun, label: str) -> Iterator[str]:
    report = one.reports[label]
    yield f"## {_name(one, label)}\n"
    yield paragraph(f"`{label}`: {report.sentence} {sample_sizes(report).capitalize()}.")
    heads = ["forecaster", "Brier", "RPS", "log", "skill", "90 %", "t", "p GW", *OVER[:2], *OVER[4:], "set p", "better"]
    yield from table(heads, [_forecaster(name, forecaster, report) for name, forecaster in report.forecasters.items()])
    yield ""
    heads = ["pool", "frequency", "score", "miscalibration", "p", "discrimination", "uncertainty", "AUC", "climatology's AUC"]
    yield from table(heads, [_outcome(report, outcome) for outcome in report.words])
    yield ""
    yield from table(
        ["outcome", "sessions", "episodes", "given", "came", "interval", ""],
        [_group(group) for outcome in report.words for group in report.coverage if group.outcome == outcome],
    )
    yield ""
    yield paragraph(monitor_sentence(report.monitor))
    yield from table(["part", "sessions", "episodes", "Brier", *OVER[:4]], _parts(report))
    yield ""


def _forecaster(name: str, forecaster: ForecasterEvaluation, report: QuestionEvaluation) -> list[str]:
    over = forecaster.over.get(CLIMATOLOGY)
    cells = ["", "", "", ""]
    if over:
        interval = " to ".join(number(end, ".3f") for end in (over.interval.low, over.interval.high))
        cells = [number(over.skill, ".3f"), interval, number(over.diebold_mariano.t, ".1f"), number(over.giacomini_white.p, ".2f")]
    for who in (name for name in RIVALS if name != CLIMATOLOGY):
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
        for who in (BASE_RATE, CLIMATOLOGY):
            cells += [number(part.skill.get(who), ".3f"), number(part.t.get(who), ".1f")]
        rows.append([f"{part.kind}: {part.name}", str(part.sessions), str(part.episodes), f"{part.brier:.4f}", *cells])
    return rows
