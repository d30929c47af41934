"""What `evaluate` and `score` print, at most 100 columns wide: words first, then all questions in tables, or one question in full."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from forecast.backtest.forecaster_names import BASE_RATE, CLIMATOLOGY, POOL
from forecast.backtest.verification.calibration_monitor import ALARM
from forecast.backtest.verification.confidence_set import CONFIDENCE_SIZE
from forecast.report.evaluation.coverage import ProbabilityGroup
from forecast.report.evaluation.evaluation import QuestionEvaluation
from forecast.report.evaluation.monitor_status import MonitorStatus
from forecast.report.text.cells import number, shortened
from forecast.report.text.console import show_notes
from forecast.report.text.evaluation_summary import show_summary, show_verdict
from forecast.report.text.reference_headings import explain, full_names, heading, references, skill_headings, worded_table

WORTH_COLUMNS = {
    "skill": "share of the reference's Brier score that is saved; t: the gain in standard errors",
    "90 % range": "of the skill over climatology, by drawing episodes anew",
    "best": f"p of the model confidence set; {CONFIDENCE_SIZE:.2f} or less: another is surely better",
}
CALIBRATION_COLUMNS = {
    "Brier score": "miscalibration - discrimination + uncertainty",
    "p": "how often chance makes a calibrated forecast look as bad; outside: share beyond chance",
    "AUC": "how often the probability was higher where the outcome came; 0.5 is guessing",
}
KINDS = {"z": "sigmas of the surge", "regime": "volatility"}


def show_evaluations(
    screen: Console, evaluations: Mapping[str, QuestionEvaluation], *, summary: bool, overfitting: Mapping[str, Any] | None = None
) -> None:
    """The verdict, then all questions in tables, for a `summary`; a single question in full. `overfitting` is that of metrics.json."""
    show_verdict(screen, evaluations)
    if summary:
        show_summary(screen, evaluations)
    if summary and overfitting:
        show_notes(screen, [_overfitting(overfitting)])
    if len(evaluations) == 1:
        _show_question(screen, next(iter(evaluations.values())))


def _overfitting(overfitting: Mapping[str, Any]) -> str:
    """What it is worth to choose among the ways of combining by their past scores."""
    methods, lost = ", ".join(overfitting["methods"]), overfitting["degradation"]
    return (
        f"Had the best of {methods} been picked by its log score on one half of {overfitting['episodes']} episodes, it would have been "
        f"no better than the median on the other half in {overfitting['probability']:.0%} of the cases (probability of backtest "
        f"overfitting), with a log score {abs(lost):.4f} {'worse' if lost >= 0 else 'better'} than where it was "
        "picked. The run picks another than `learned` only beyond a margin."
    )


def _show_question(screen: Console, evaluation: QuestionEvaluation) -> None:
    """One question in full: the skill of each forecaster, the pool's calibration, and its skill by subgroup."""
    screen.rule(Text(evaluation.question.title, style="bold"))
    screen.print(Text(evaluation.sentence))
    if evaluation.span is None:
        screen.print(Text("No forecast of this question is settled yet."))
        return
    screen.print(Text(f"{sample_sizes(evaluation)}; {evaluation.span[0]} to {evaluation.span[1]}."))
    screen.print(Text(f"{evaluation.standing[0].upper()}{evaluation.standing[1:]}."))
    screen.print(_worth(evaluation))
    explain(screen, WORTH_COLUMNS)
    show_notes(screen, [*full_names(references(evaluation)), *_tests(evaluation)])
    screen.print(_calibration(evaluation))
    explain(screen, CALIBRATION_COLUMNS)
    show_notes(screen, [_sharpness(evaluation)])
    if evaluation.coverage:
        screen.print(_coverage(evaluation))
    show_notes(screen, [monitor_sentence(evaluation.monitor)])
    screen.print(_subgroups(evaluation))


def sample_sizes(evaluation: QuestionEvaluation) -> str:
    """Sessions, episodes and independent rows, which stand beside every score."""
    effective = number(evaluation.effective, ".0f") or "?"
    return f"{evaluation.sessions} surge sessions, {evaluation.episodes} episodes, worth {effective} independent rows"


def _worth(evaluation: QuestionEvaluation) -> Table:
    over = references(evaluation)
    first, *others = skill_headings(over[1:])
    headings = ("Brier\nscore", *skill_headings(over[:1]), first, "90 % range", *others, "miscali-\nbration", "best")
    table = worded_table("What each forecaster was worth", "", *headings)
    for name, one in evaluation.forecasters.items():
        cells: list[str] = []
        for who in over:
            against = one.over.get(who)
            cells.append(number(against.skill, "+.3f") if against else "")
            if who == CLIMATOLOGY:
                cells.append(_interval(against.interval.low, against.interval.high) if against else "")
            cells.append(number(against.diebold_mariano.t, "+.1f") if against else "")
        row = [f"{one.scores['brier']:.4f}", *cells, f"{one.miscalibration:.4f}", number(one.set_p, ".2f")]
        title = shortened(_in_words(name), 11)
        table.add_row(escape(title), *row, style="bold" if name == evaluation.judged else None)
    return table


def _tests(evaluation: QuestionEvaluation) -> list[str]:
    """Further tests of who is better, a line each."""
    beforehand = {name: one.over[CLIMATOLOGY].giacomini_white.p for name, one in evaluation.forecasters.items() if CLIMATOLOGY in one.over}
    tests = {
        "No other is better than (p of superior predictive ability)": evaluation.better_p,
        "It could not be told beforehand when it beats climatology (p of Giacomini and White)": {
            name: p for name, p in beforehand.items() if np.isfinite(p)
        },
    }
    listed = {says: ", ".join(f"{_in_words(name)} {p:.2f}" for name, p in values.items()) for says, values in tests.items()}
    return [f"{says}: {values}." for says, values in listed.items() if values]


def _calibration(evaluation: QuestionEvaluation) -> Table:
    headings = (
        "how often\nit came",
        "Brier\nscore",
        "miscali-\nbration",
        "p",
        "outside",
        "discrimi-\nnation",
        "uncer-\ntainty",
        "AUC",
        "AUC of\nclimatology",
    )
    table = worded_table(f"{_title(evaluation)}, by outcome", "", *headings)
    pool, plain = evaluation.forecasters[evaluation.judged], evaluation.forecasters.get(CLIMATOLOGY)
    for outcome in evaluation.words:
        corp, band = pool.corp[outcome], evaluation.reliability[outcome]
        row = [f"{evaluation.frequency[outcome]:.1%}", *(f"{value:.4f}" for value in (corp.score, corp.miscalibration))]
        row += [f"{band.miscalibration_p:.2f}", f"{band.outside:.0%}", f"{corp.discrimination:.4f}", f"{corp.uncertainty:.4f}"]
        table.add_row(evaluation.words[outcome], *row, number(pool.auc[outcome], ".2f"), number(plain.auc[outcome], ".2f") if plain else "")
    return table


def _coverage(evaluation: QuestionEvaluation) -> Table:
    """A row an outcome: the frequency of each group, and the interval that should hold it."""
    title = f"How often it came lies in the intervals in {evaluation.inside} of {len(evaluation.coverage)} groups of like probability"
    rows = {outcome: [_group(group) for group in evaluation.coverage if group.outcome == outcome] for outcome in evaluation.words}
    names = ("lowest", *[""] * (max(map(len, rows.values())) - 2), "highest")
    table = worded_table(title, "", *names)
    for outcome, cells in rows.items():
        table.add_row(evaluation.words[outcome], *cells)
    return table


def _group(group: ProbabilityGroup) -> str:
    return f"{group.frequency:.0%} {'in' if group.inside else 'NOT in'} {group.low:.0%} to {group.high:.0%}"


def monitor_sentence(monitor: MonitorStatus | None) -> str:
    """Where the monitor stands, in words."""
    if monitor is None:
        return "Monitor: nothing is settled that it could bet on."
    alarm = f"ALARM on {monitor.alarm}, {monitor.fault}" if monitor.alarm else f"no alarm, which is at {1 / ALARM:.0f}"
    return (
        f"Monitor, {monitor.settled} forecasts bet on: e-value {monitor.e_value:.3g}, at most {monitor.peak:.3g}; {alarm}. Sets of 90 % "
        f"held {monitor.covered:.0%} of the outcomes, those that adapt {monitor.adapted:.0%}."
    )


def _sharpness(evaluation: QuestionEvaluation) -> str:
    parts = []
    for name in (evaluation.judged, CLIMATOLOGY):
        if name in evaluation.forecasters:
            sharp = evaluation.forecasters[name].sharpness
            parts.append(f"{name}: largest probability {sharp.top:.2f}, variance {sharp.variance:.4f}, entropy {sharp.entropy:.3f}")
    return f"Sharpness, means. {'; '.join(parts)} (1.099 is knowing nothing)."


def _subgroups(evaluation: QuestionEvaluation) -> Table:
    over = [name for name in (BASE_RATE, CLIMATOLOGY) if name in evaluation.forecasters]
    who = "the pool" if evaluation.judged == POOL else evaluation.judged
    headings = ("", "", "surges", "episodes", "Brier\nscore", *skill_headings(over))
    table = worded_table(f"Where {who} was better", *headings, left=(0, 1))
    kinds: set[str] = set()
    for part in evaluation.slices:
        cells: list[str] = []
        for name in over:
            cells += [number(part.skill.get(name), "+.3f"), number(part.t.get(name), "+.1f")]
        first = "" if part.kind in kinds else KINDS.get(part.kind, part.kind)
        kinds.add(part.kind)
        table.add_row(first, part.name, str(part.sessions), str(part.episodes), f"{part.brier:.4f}", *cells)
    return table


def _title(evaluation: QuestionEvaluation) -> str:
    return "The pool" if evaluation.judged == POOL else evaluation.judged


def _in_words(name: str) -> str:
    """A forecaster as people call it."""
    return heading(name) if name == BASE_RATE else name


def _interval(low: float, high: float) -> str:
    return f"{low:+.3f} {high:+.3f}" if np.isfinite(low) and np.isfinite(high) else ""
