"""Tables of an evaluation for a person, at most 100 columns wide: all questions in one, or one question on a screen."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from forecast.backtest.verification.backtest_scores import CLIMATOLOGY, POOL
from forecast.backtest.verification.calibration_monitor import ALARM
from forecast.backtest.verification.contests import CONFIDENCE_SIZE
from forecast.report.evaluation.coverage import ProbabilityGroup
from forecast.report.evaluation.evaluation import ForecasterEvaluation, QuestionEvaluation
from forecast.report.evaluation.monitor_status import MonitorStatus
from forecast.report.text.console import show_notes
from forecast.target.outcome import OUTCOMES

SHOWN = 2  # rivals that a table has room for
NAMES = {"ewma": "EWMA", "garch": "GJR", "analogs": "analogs"}
LONGEST = 6  # letters of a rival's name in a heading; one less in the summary's
SUMMARY_NOTES = (
    "Skill: of {who}, Brier, with the 90 % interval over climatology that episodes drawn in blocks give. t: Diebold-Mariano, Newey-West "
    "errors over the horizon, small-sample correction. eff.: independent rows that the gain over climatology is worth.",
    "MCB: CORP miscalibration of the three outcomes, summed, in thousandths of the Brier score; * where an outcome's is beyond chance at "
    "5 %. set: * where {who} is in the 90 % model confidence set.",
    "cover: groups of like probability, three an outcome, in which the intervals, widened by chance, hold how often it came, of all. e: "
    f"capital of the monitor's gambler, who began with 1; ! where it ever came to {1 / ALARM:.0f}, the alarm.",
)
REPORT_NOTE = (
    "90 %: interval by episodes. t: Diebold-Mariano. p GW: neither could be told to be better beforehand (Giacomini-White). "
    f"set: p value in the model confidence set, in the 90 % set above {CONFIDENCE_SIZE:.2f}."
)


def show_summary(screen: Console, reports: Mapping[str, QuestionEvaluation]) -> None:
    """One row a question; of one forecaster and its rivals."""
    first = next(iter(reports.values()), None)
    rivals = first.rivals[:SHOWN] if first else ()
    who = "the pool" if first is None or first.judged == POOL else first.judged
    versus = (f"t{short(name, LONGEST - 1)}" for name in rivals)
    headings = ("question", "n", "ep.", "eff.", "Brier", "skill", "90 %", "t", *versus, "MCB", "set", "cover", "e")
    table = _table(f"What {whose(who)} settled forecasts were worth", *headings, gap=0)
    for label, found in reports.items():
        table.add_row(label, *_summary(found))
    screen.print(table)
    show_notes(screen, [*(note.format(who=who) for note in SUMMARY_NOTES), *_in_full(rivals, LONGEST - 1)])


def short(name: str, letters: int = LONGEST) -> str:
    """A rival's name as headings have room for it."""
    return shortened(NAMES.get(name, name), letters)


def _in_full(rivals: Sequence[str], letters: int) -> list[str]:
    """A note that has the names that headings cut; none where they cut none."""
    cut = [f"{short(name, letters)} is {NAMES.get(name, name)}" for name in rivals if len(NAMES.get(name, name)) > letters]
    return [f"In the headings, from the left: {', '.join(cut)}."] if cut else []


def shortened(name: str, letters: int) -> str:
    """At most so many `letters`."""
    return name if len(name) <= letters else f"{name[: letters - 1]}…"


def whose(who: str) -> str:
    """The genitive."""
    return f"{who}'" if who.endswith("s") else f"{who}'s"


def _summary(found: QuestionEvaluation) -> list[str]:
    counts = [str(found.sessions), str(found.episodes), number(found.effective, ".0f")]
    rivals = found.rivals[:SHOWN]
    if found.judged not in found.forecasters:
        return [*counts, *[""] * (8 + len(rivals))]
    pool = found.forecasters[found.judged]
    over = pool.over.get(CLIMATOLOGY)
    beyond = any(part.miscalibration_p < 0.05 for part in found.reliability.values())
    return [
        *counts,
        f"{pool.scores['brier']:.4f}",
        number(over.skill, "+.3f") if over else "",
        _interval(over.interval.low, over.interval.high) if over else "",
        *(number(pool.over[who].diebold_mariano.t, "+.1f") if who in pool.over else "" for who in (CLIMATOLOGY, *rivals)),
        f"{1000 * pool.miscalibration:.1f}{'*' if beyond else ' '}",
        "*" if pool.set_p is not None and pool.set_p > CONFIDENCE_SIZE else "",
        _inside(found),
        _capital(found.monitor),
    ]


def _inside(found: QuestionEvaluation) -> str:
    """Groups of outcomes that the intervals cover, of all."""
    return f"{found.inside}/{len(found.coverage)}" if found.coverage else ""


def _capital(monitor: MonitorStatus | None) -> str:
    if monitor is None:
        return ""
    form = ".2f" if monitor.e_value < 100 else ".0f" if monitor.e_value < 1e4 else ".0e"  # as wide as the table has room for
    return f"{monitor.e_value:{form}}{'!' if monitor.alarm else ' '}"


def show_search(screen: Console, found: Mapping[str, Any] | None) -> None:
    """What the choice among ways of combining is worth; nothing where it is not known."""
    if found:
        show_notes(screen, [overfitting_sentence(found)])


def overfitting_sentence(found: Mapping[str, Any]) -> str:
    """In words."""
    methods, lost = ", ".join(found["methods"]), found["degradation"]
    return (
        f"Had the best of {methods} been picked by its log score on one half of {found['episodes']} episodes, it would have been no better "
        f"than the median on the other half in {found['probability']:.0%} of the cases (probability of backtest overfitting), with a log "
        f"score {abs(lost):.4f} {'worse' if lost >= 0 else 'better'} than where it was picked. The run picks another than `learned` only "
        "beyond a margin."
    )


def show_report(screen: Console, found: QuestionEvaluation) -> None:
    """One question in full: what each forecaster is worth, how the pool is calibrated, and where it was better."""
    screen.rule(Text(found.label, style="bold"))
    screen.print(Text(found.sentence))
    if found.span is None:
        screen.print(Text("No forecast of this question is settled yet."))
        return
    screen.print(Text(f"{counted(found)}; {found.span[0]} to {found.span[1]}."))
    screen.print(_worth(found))
    show_notes(screen, [REPORT_NOTE, *_in_full(found.rivals[:SHOWN], LONGEST)])
    if found.better_p:
        told = ", ".join(f"{who} {p:.2f}" for who, p in found.better_p.items())
        show_notes(screen, [f"No other is better than (p, superior predictive ability): {told}."])
    screen.print(_calibration(found))
    show_notes(screen, [_sharpness(found)])
    if found.coverage:
        screen.print(_coverage(found))
    show_notes(screen, [monitored(found.monitor)])
    screen.print(_slices(found))


def counted(found: QuestionEvaluation) -> str:
    """Sessions, episodes and what they are worth: what stands beside every score."""
    return f"{found.sessions} surge sessions, {found.episodes} episodes, worth {number(found.effective, '.0f') or '?'} independent rows"


def _worth(found: QuestionEvaluation) -> Table:
    rivals = found.rivals[:SHOWN]
    versus = [heading for name in rivals for heading in (short(name), "t")]
    headings = ("", "Brier", "skill", "90 %", "t", "p GW", *versus, "miscal.", "set")
    table = _table(f"Brier skill over {_listed(['climatology', *(NAMES.get(name, name) for name in rivals)])}", *headings)
    for name, one in found.forecasters.items():
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
        table.add_row(escape(shortened(name, 11)), *row, style="bold" if name == found.judged else None)
    return table


def _calibration(found: QuestionEvaluation) -> Table:
    headings = ("", "frequency", "score", "miscal.", "p", "outside", "discrim.", "uncert.", "AUC", "climatology's")
    table = _table(f"{_title(found)}, by outcome: score = miscalibration - discrimination + uncertainty", *headings)
    pool, plain = found.forecasters[found.judged], found.forecasters.get(CLIMATOLOGY)
    for outcome in OUTCOMES:
        corp, band = pool.corp[outcome], found.reliability[outcome]
        row = [f"{found.frequency[outcome]:.1%}", *(f"{value:.4f}" for value in (corp.score, corp.miscalibration))]
        row += [f"{band.miscalibration_p:.2f}", f"{band.outside:.0%}", f"{corp.discrimination:.4f}", f"{corp.uncertainty:.4f}"]
        table.add_row(outcome, *row, number(pool.auc[outcome], ".2f"), number(plain.auc[outcome], ".2f") if plain else "")
    return table


def _coverage(found: QuestionEvaluation) -> Table:
    """A row an outcome: the frequency of each group, and the interval that should hold it."""
    title = f"How often it came lies in the intervals in {found.inside} of {len(found.coverage)} groups of like probability"
    rows = {outcome: [_group(group) for group in found.coverage if group.outcome == outcome] for outcome in OUTCOMES}
    names = ("lowest", *[""] * (max(map(len, rows.values())) - 2), "highest")
    table = _table(title, "", *names)
    for outcome, cells in rows.items():
        table.add_row(outcome, *cells)
    return table


def _group(group: ProbabilityGroup) -> str:
    return f"{group.frequency:.0%} {'in' if group.inside else 'NOT in'} {group.low:.0%} to {group.high:.0%}"


def monitored(monitor: MonitorStatus | None) -> str:
    """Where the monitor stands, in words."""
    if monitor is None:
        return "Monitor: nothing is settled that it could bet on."
    alarm = f"ALARM on {monitor.alarm}, {monitor.fault}" if monitor.alarm else f"no alarm, which is at {1 / ALARM:.0f}"
    return (
        f"Monitor, {monitor.settled} forecasts bet on: e-value {monitor.e_value:.3g}, at most {monitor.peak:.3g}; {alarm}. Sets of 90 % "
        f"held {monitor.covered:.0%} of the outcomes, those that adapt {monitor.adapted:.0%}."
    )


def _sharpness(found: QuestionEvaluation) -> str:
    def told(one: ForecasterEvaluation) -> str:
        sharp = one.sharpness
        return f"largest probability {sharp.top:.2f}, variance {sharp.variance:.4f}, entropy {sharp.entropy:.3f}"

    parts = [f"{name}: {told(found.forecasters[name])}" for name in (found.judged, CLIMATOLOGY) if name in found.forecasters]
    return "Sharpness, means. " + "; ".join(parts) + " (1.099 is knowing nothing)."


def _slices(found: QuestionEvaluation) -> Table:
    rival = found.rivals[:1]
    versus = (heading for name in rival for heading in (f"over {short(name)}", "t"))
    who = "the pool" if found.judged == POOL else found.judged
    table = _table(f"Where {who} was better", "", "", "n", "epis.", "Brier", "skill", "t", *versus)
    kinds: set[str] = set()
    for part in found.slices:
        cells: list[str] = []
        for name in (CLIMATOLOGY, *rival):
            cells += [number(part.skill.get(name), "+.3f"), number(part.t.get(name), "+.1f")]
        first = "" if part.kind in kinds else part.kind
        kinds.add(part.kind)
        table.add_row(first, part.name, str(part.sessions), str(part.episodes), f"{part.brier:.4f}", *cells)
    return table


def _title(found: QuestionEvaluation) -> str:
    return "Pool" if found.judged == POOL else found.judged


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _table(title: str, *headings: str, gap: int = 1) -> Table:
    table = Table(title=escape(title), title_justify="left", box=SIMPLE_HEAD, padding=(0, gap, 0, 0))
    for place, heading in enumerate(headings):
        table.add_column(escape(heading), justify="right" if heading and place else "left", no_wrap=True)
    return table


def _interval(low: float, high: float) -> str:
    return f"{low:+.3f} {high:+.3f}" if np.isfinite(low) and np.isfinite(high) else ""


def number(value: float | None, form: str) -> str:
    """`value` in the given form; nothing where it is not known."""
    return "" if value is None or not np.isfinite(value) else format(value, form)
