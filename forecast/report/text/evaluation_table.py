"""The tables of `evaluate` and `score`, at most 100 columns wide: all questions in one, or one question in full."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from forecast.backtest.verification.backtest_scores import BASE_RATE, CLIMATOLOGY, POOL
from forecast.backtest.verification.calibration_monitor import ALARM
from forecast.backtest.verification.confidence_set import CONFIDENCE_SIZE
from forecast.report.evaluation.coverage import ProbabilityGroup
from forecast.report.evaluation.evaluation import SKILL_RULE, QuestionEvaluation
from forecast.report.evaluation.monitor_status import MonitorStatus
from forecast.report.text.cells import number, shortened
from forecast.report.text.console import plain_table, show_notes

SHOWN = 2  # references beside climatology that a table has room for, the base rate first
NAMES = {BASE_RATE: "base", "ewma": "EWMA", "garch": "GJR", "analogs": "analogs"}
LONGEST = 6  # letters of a rival's name in a heading; one less in the summary's
SUMMARY_NOTES = (
    "Skill: of {who}, Brier, with the 90 % interval over climatology that episodes drawn in blocks give. t: Diebold-Mariano, Newey-West "
    "errors over the horizon, small-sample correction; * where skill is demonstrated, t of {min_t:g} or more over climatology and over the "
    "base rate. eff.: independent rows that the gain over climatology is worth.",
    "MCB: CORP miscalibration of the three outcomes, summed, in thousandths of the Brier score; * where an outcome's is beyond chance at "
    "5 %. set: * where {who} is in the 90 % model confidence set.",
    "cover: groups of like probability, three an outcome, in which the intervals, widened by chance, hold how often it came, of all. e: "
    f"capital of the monitor's gambler, who began with 1; ! where it ever came to {1 / ALARM:.0f}, the alarm.",
)
REPORT_NOTE = (
    "90 %: interval by episodes. t: Diebold-Mariano. p GW: neither could be told to be better beforehand (Giacomini-White). "
    f"set: p value in the model confidence set, in the 90 % set above {CONFIDENCE_SIZE:.2f}."
)


def show_evaluations(
    screen: Console, evaluations: Mapping[str, QuestionEvaluation], *, summary: bool, overfitting: Mapping[str, Any] | None = None
) -> None:
    """All questions in one table, for a `summary`; a single question in full. `overfitting` is that of metrics.json."""
    if summary:
        _show_summary(screen, evaluations)
    if summary and overfitting:
        show_notes(screen, [_overfitting(overfitting)])
    if len(evaluations) == 1:
        _show_question(screen, next(iter(evaluations.values())))


def _show_summary(screen: Console, evaluations: Mapping[str, QuestionEvaluation]) -> None:
    """One row a question; of one forecaster and its rivals."""
    first = next(iter(evaluations.values()), None)
    rivals = _shown(first) if first else ()
    who = "the pool" if first is None or first.judged == POOL else first.judged
    min_t = SKILL_RULE.min_t if first is None else first.min_t
    versus = (f"t{_short(name, LONGEST - 1)}" for name in rivals)
    headings = ("question", "n", "ep.", "eff.", "Brier", "skill", "90 %", "t", *versus, "MCB", "set", "cover", "e")
    table = _table(f"What {_genitive(who)} settled forecasts were worth", *headings, gap=0)
    for label, evaluation in evaluations.items():
        table.add_row(label, *_summary(evaluation))
    screen.print(table)
    show_notes(screen, [*(note.format(who=who, min_t=min_t) for note in SUMMARY_NOTES), *_in_full(rivals, LONGEST - 1)])


def _shown(evaluation: QuestionEvaluation) -> tuple[str, ...]:
    """What is compared with beside climatology."""
    return (BASE_RATE, *evaluation.rivals)[:SHOWN]


def _in_words(name: str) -> str:
    return "the base rate" if name == BASE_RATE else NAMES.get(name, name)


def _short(name: str, letters: int = LONGEST) -> str:
    """A rival's name as headings have room for it."""
    return shortened(NAMES.get(name, name), letters)


def _in_full(rivals: Sequence[str], letters: int) -> list[str]:
    """A note with the full names that headings shorten; none if they shorten none."""
    cut = [f"{_short(name, letters)} is {NAMES.get(name, name)}" for name in rivals if len(NAMES.get(name, name)) > letters]
    return [f"In the headings, from the left: {', '.join(cut)}."] if cut else []


def _genitive(who: str) -> str:
    return f"{who}'" if who.endswith("s") else f"{who}'s"


def _summary(evaluation: QuestionEvaluation) -> list[str]:
    counts = [str(evaluation.sessions), str(evaluation.episodes), number(evaluation.effective, ".0f")]
    rivals = _shown(evaluation)
    if evaluation.judged not in evaluation.forecasters:
        return [*counts, *[""] * (8 + len(rivals))]
    pool = evaluation.forecasters[evaluation.judged]
    over = pool.over.get(CLIMATOLOGY)
    beyond = any(part.miscalibration_p < 0.05 for part in evaluation.reliability.values())
    return [
        *counts,
        f"{pool.scores['brier']:.4f}",
        number(over.skill, "+.3f") if over else "",
        _interval(over.interval.low, over.interval.high) if over else "",
        _t(evaluation) if over else "",
        *(number(pool.over[who].diebold_mariano.t, "+.1f") if who in pool.over else "" for who in rivals),
        f"{1000 * pool.miscalibration:.1f}{'*' if beyond else ' '}",
        "*" if pool.set_p is not None and pool.set_p > CONFIDENCE_SIZE else "",
        _inside(evaluation),
        _capital(evaluation.monitor),
    ]


def _t(evaluation: QuestionEvaluation) -> str:
    """Against climatology, marked where skill is demonstrated."""
    t = evaluation.forecasters[evaluation.judged].over[CLIMATOLOGY].diebold_mariano.t
    return number(t, "+.1f") + ("*" if evaluation.demonstrated else " ")


def _inside(evaluation: QuestionEvaluation) -> str:
    """Groups of outcomes that the intervals cover, of all."""
    return f"{evaluation.inside}/{len(evaluation.coverage)}" if evaluation.coverage else ""


def _capital(monitor: MonitorStatus | None) -> str:
    if monitor is None:
        return ""
    form = ".2f" if monitor.e_value < 100 else ".0f" if monitor.e_value < 1e4 else ".0e"  # as wide as the table has room for
    return f"{monitor.e_value:{form}}{'!' if monitor.alarm else ' '}"


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
    screen.rule(Text(evaluation.label, style="bold"))
    screen.print(Text(evaluation.sentence))
    if evaluation.span is None:
        screen.print(Text("No forecast of this question is settled yet."))
        return
    screen.print(Text(f"{sample_sizes(evaluation)}; {evaluation.span[0]} to {evaluation.span[1]}."))
    screen.print(Text(f"{evaluation.standing}."))
    screen.print(_worth(evaluation))
    show_notes(screen, [REPORT_NOTE, *_in_full(_shown(evaluation), LONGEST)])
    if evaluation.better_p:
        p_values = ", ".join(f"{who} {p:.2f}" for who, p in evaluation.better_p.items())
        show_notes(screen, [f"No other is better than (p, superior predictive ability): {p_values}."])
    screen.print(_calibration(evaluation))
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
    rivals = _shown(evaluation)
    versus = [heading for name in rivals for heading in (_short(name), "t")]
    headings = ("", "Brier", "skill", "90 %", "t", "p GW", *versus, "miscal.", "set")
    table = _table(f"Brier skill over {_listed(['climatology', *(_in_words(name) for name in rivals)])}", *headings)
    for name, one in evaluation.forecasters.items():
        over = one.over.get(CLIMATOLOGY)
        cells = ["", "", "", ""]
        if over:
            gw = number(over.giacomini_white.p, ".2f")
            interval = _interval(over.interval.low, over.interval.high)
            cells = [number(over.skill, "+.3f"), interval, number(over.diebold_mariano.t, "+.1f"), gw]
        for who in rivals:
            rival = one.over.get(who)
            cells += [number(rival.skill, "+.3f"), number(rival.diebold_mariano.t, "+.1f")] if rival else ["", ""]
        row = [f"{one.scores['brier']:.4f}", *cells, f"{one.miscalibration:.4f}", number(one.set_p, ".2f")]
        table.add_row(escape(shortened(name, 11)), *row, style="bold" if name == evaluation.judged else None)
    return table


def _calibration(evaluation: QuestionEvaluation) -> Table:
    headings = ("", "frequency", "score", "miscal.", "p", "outside", "discrim.", "uncert.", "AUC", "climatology's")
    table = _table(f"{_title(evaluation)}, by outcome: score = miscalibration - discrimination + uncertainty", *headings)
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
    table = _table(title, "", *names)
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
    rival = [BASE_RATE] if BASE_RATE in evaluation.forecasters else []
    versus = (heading for name in rival for heading in (f"over {_short(name)}", "t"))
    who = "the pool" if evaluation.judged == POOL else evaluation.judged
    table = _table(f"Where {who} was better", "", "", "n", "epis.", "Brier", "skill", "t", *versus)
    kinds: set[str] = set()
    for part in evaluation.slices:
        cells: list[str] = []
        for name in (CLIMATOLOGY, *rival):
            cells += [number(part.skill.get(name), "+.3f"), number(part.t.get(name), "+.1f")]
        first = "" if part.kind in kinds else part.kind
        kinds.add(part.kind)
        table.add_row(first, part.name, str(part.sessions), str(part.episodes), f"{part.brier:.4f}", *cells)
    return table


def _title(evaluation: QuestionEvaluation) -> str:
    return "Pool" if evaluation.judged == POOL else evaluation.judged


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _table(title: str, *headings: str, gap: int = 1) -> Table:
    left = [place for place, heading in enumerate(headings) if not (heading and place)]
    return plain_table(title, headings, left=left, padding=(0, gap, 0, 0))


def _interval(low: float, high: float) -> str:
    return f"{low:+.3f} {high:+.3f}" if np.isfinite(low) and np.isfinite(high) else ""
