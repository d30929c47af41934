"""Report: everything that is measured of one question, and of a run; the content of evaluation.json."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from features.errors import InputError
from forecast.arrays import Float
from forecast.backtest import Progress, silent
from forecast.config import Interval as IntervalRule
from forecast.coverage import Group, covered
from forecast.evaluation.comparison import DieboldMariano, GiacominiWhite, diebold_mariano, giacomini_white
from forecast.evaluation.contests import contest
from forecast.evaluation.corp import Corp, decompose
from forecast.evaluation.discrimination import Sharpness, auc, sharpness
from forecast.evaluation.metrics import CLIMATOLOGY, POOL
from forecast.evaluation.record import Record, frequency, read_records
from forecast.evaluation.reliability import Reliability, reliability
from forecast.evaluation.resampling import EpisodeBootstrap, Interval, effective_number
from forecast.evaluation.slices import Slice, slices
from forecast.evaluation.watch import Watch, monitor_of, search_of, watch
from forecast.outcome import OUTCOMES
from forecast.runs import EVALUATION, Run, write_json
from forecast.scores import SCORES, brier, saved

REFERENCES = (CLIMATOLOGY, "ewma", "garch", "analogs")
LEVEL = IntervalRule().level
CONTESTED = (*REFERENCES, POOL)  # references of the test that any other forecaster is better


@dataclass(frozen=True)
class Over:
    """Brier skill of a forecaster over a reference, its interval by episodes, and the tests."""

    skill: float
    interval: Interval
    diebold_mariano: DieboldMariano
    giacomini_white: GiacominiWhite
    effective: float


@dataclass(frozen=True)
class Forecaster:
    """One forecaster: its mean scores, what its Brier score is made of by outcome, and what it is worth over each reference."""

    scores: dict[str, float]
    corp: dict[str, Corp]
    auc: dict[str, float]
    sharpness: Sharpness
    over: dict[str, Over]
    set_p: float | None

    @property
    def miscalibration(self) -> float:
        """Of the three outcomes together, as the Brier score sums them."""
        return sum(part.miscalibration for part in self.corp.values())


@dataclass(frozen=True)
class Report:
    """One question. `effective` is the number of independent rows that the pool's gain over climatology is worth.

    coverage : whether the intervals cover how often an outcome came, in groups of like probability.   monitor : where it stands.
    """

    label: str
    sentence: str
    sessions: int
    episodes: int
    effective: float
    span: tuple[str, str] | None
    frequency: dict[str, float]
    forecasters: dict[str, Forecaster]
    better_p: dict[str, float]
    reliability: dict[str, Reliability]
    slices: list[Slice]
    coverage: list[Group]
    monitor: Watch | None

    @property
    def inside(self) -> int:
        """In how many of the groups of `coverage` the frequency lies in the interval."""
        return sum(group.inside for group in self.coverage)


def report_run(run: Run, *, only: str | None = None, progress: Progress = silent) -> dict[str, Report]:
    """Reports by question label, the main question first; of one question with `only`, InputError if the run has none of that label."""
    records = read_records(run.folder)
    labels = [record.question.label for record in records]
    if only is not None and only not in labels:
        raise InputError(f"--question {only}: the run asks {', '.join(labels) or 'no question'}; name one of these")
    chosen = [record for record in records if only in (None, record.question.label)]
    level, watched = _level(run), monitor_of(run)
    reports: dict[str, Report] = {}
    for done, record in enumerate(chosen, start=1):
        label = record.question.label
        reports[label] = report(record, level=level, monitor=watch(watched.get(label)))
        progress("evaluation", done, len(chosen))
    return reports


def _level(run: Run) -> float:
    """Of the intervals of a run."""
    return float((run.read("experiment.json").get("interval") or {}).get("level", LEVEL))


def report(record: Record, *, level: float = LEVEL, monitor: Watch | None = None) -> Report:
    """All that is measured of one question, whose intervals are of `level`; without a settled forecast, only that there is none."""
    asked = record.question
    if not len(record):
        return Report(asked.label, asked.sentence, 0, 0, np.nan, None, frequency(record), {}, {}, {}, [], [], monitor)
    losses = {name: brier(p, record.outcomes) for name, p in record.given.items()}
    fought = contest(losses, CONTESTED, horizon=asked.horizon)
    bootstrap = EpisodeBootstrap(record.episodes)
    forecasters = {name: _forecaster(record, losses, name, bootstrap, fought.set_p.get(name)) for name in record.given}
    return Report(
        label=asked.label,
        sentence=asked.sentence,
        sessions=len(record),
        episodes=bootstrap.count,
        effective=effective_number(losses[CLIMATOLOGY] - losses[POOL], lags=asked.horizon - 1),
        span=(str(record.dates[0]), str(record.dates[-1])),
        frequency=frequency(record),
        forecasters=forecasters,
        better_p=fought.better_p,
        reliability={
            name: reliability(record.given[POOL][:, c], record.happened(c), record.dates, record.known) for c, name in enumerate(OUTCOMES)
        },
        slices=slices(record),
        coverage=covered(np.dstack([record.given[POOL], record.bounds]), record.outcomes, record.episodes, level=level),
        monitor=monitor,
    )


def _forecaster(record: Record, losses: dict[str, Float], name: str, bootstrap: EpisodeBootstrap, set_p: float | None) -> Forecaster:
    p = record.given[name]
    return Forecaster(
        scores={score: float(rule(p, record.outcomes).mean()) for score, rule in SCORES.items()},
        corp={outcome: decompose(p[:, c], record.happened(c)) for c, outcome in enumerate(OUTCOMES)},
        auc={outcome: auc(p[:, c], record.happened(c)) for c, outcome in enumerate(OUTCOMES)},
        sharpness=sharpness(p),
        over={who: _over(record, losses[name], losses[who], bootstrap) for who in REFERENCES if who in losses and who != name},
        set_p=set_p,
    )


def _over(record: Record, loss: Float, reference: Float, bootstrap: EpisodeBootstrap) -> Over:
    gain, horizon = reference - loss, record.question.horizon
    return Over(
        skill=saved(loss, reference),
        interval=bootstrap.skill(loss, reference),
        diebold_mariano=diebold_mariano(gain, horizon=horizon),
        giacomini_white=giacomini_white(gain, record.dates, record.known, horizon=horizon),
        effective=effective_number(gain, lags=horizon - 1),
    )


def draw_reports(run: Run, reports: dict[str, Report], folder: Path, progress: Progress = silent) -> list[Path]:
    """Pictures in `folder`: the reliability of each question with a settled forecast, and the monitor of all of these."""
    from forecast.plots.monitor import draw_monitor
    from forecast.plots.reliability import draw

    drawn: list[Path] = []
    settled = [found for found in reports.values() if found.reliability]
    for found in settled:
        title = f"{run.manifest.series}, {found.label}: {found.sessions} surge sessions, {found.episodes} episodes"
        drawn.append(draw(title, found.reliability, folder / f"reliability-{found.label}.png"))
        progress("pictures", len(drawn), len(settled))
    watched = {label: state for label, state in monitor_of(run).items() if label in reports and state["known"]}
    return [*drawn, draw_monitor(watched, folder / "monitor.png")] if watched else drawn


def as_json(run: Run, reports: dict[str, Report]) -> dict[str, Any]:
    """The reports as plain values, with what names the run."""
    about = run.manifest
    named = {"run": about.name, "digest": about.digest, "run_id": about.run_id, "series": about.series, "as_of": about.as_of.isoformat()}
    return named | {"overfitting": search_of(run), "questions": {label: _plain(asdict(found)) for label, found in reports.items()}}


def write_evaluation(folder: Path, content: dict[str, Any]) -> Path:
    """evaluation.json in `folder`, whole or not at all."""
    path, scratch = folder / EVALUATION, folder.parent / f".{folder.name}-{os.getpid()}.{EVALUATION}"  # never seen in the run's folder
    try:
        write_json(scratch, content)
        return scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return value
