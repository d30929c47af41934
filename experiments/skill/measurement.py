"""The runs that the skill is measured on, and the two pages that it is written to."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from experiments.questions import QUESTIONS, overrides_of
from experiments.skill.page import MeasuredRun, page, readme_part
from features.errors import InputError
from features.files.atomic import atomic_write
from forecast.api import train
from forecast.backtest.walk_forward import Progress, silent
from forecast.report.evaluation.evaluation import evaluate_run
from forecast.runs.folder import Run, open_run

BEGIN, END = "<!-- skill: begin, written by python -m experiments.skill -->", "<!-- skill: end -->"
PAGE = "skill_measured.md"


def trained_runs(experiment: Path | None, data: str | None, *, jobs: int | None = None, progress: Progress = silent) -> list[Run]:
    """Trains the experiment at each threshold of the four questions, into its default folder; its own questions are not asked."""
    runs = []
    for min_z, questions in QUESTIONS:
        overrides = overrides_of(min_z, questions)
        trained = train(experiment, data=data, overrides=overrides, track=False, keep_history=False, jobs=jobs, progress=progress)
        runs.append(open_run(trained.folder))
    return runs


def finished_runs(folders: Sequence[Path]) -> list[Run]:
    """The runs in `folders`, in the order of QUESTIONS; InputError where one of its thresholds is missing."""
    runs = {_min_z(run): run for run in map(open_run, reversed(folders))}
    for min_z, _ in QUESTIONS:
        if min_z not in runs:
            those = ", ".join(f"{folder.name} {_min_z(open_run(folder)):g}" for folder in folders)
            raise InputError(f"--runs: none has surge.min_z = {min_z:g}, they have {those}; train one with --set surge.min_z={min_z:g}")
    return [runs[min_z] for min_z, _ in QUESTIONS]


def checked_readme(readme: Path) -> str:
    """The text of `readme`; InputError unless each marker stands in it once, in order."""
    try:
        text = readme.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"--readme {readme}: cannot be read ({error}); name the page with the table") from None
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise InputError(f"--readme {readme}: must hold once, each on a line of its own, {BEGIN!r} and after it {END!r}; put them in")
    return text


def measure(runs: Sequence[Run], progress: Progress = silent) -> list[MeasuredRun]:
    """All that is measured of `runs`, in the order of QUESTIONS; InputError for a run without a settled forecast of one of its own."""
    measured = []
    for run, (min_z, questions) in zip(runs, QUESTIONS, strict=True):
        reports = evaluate_run(run, progress=progress)
        for question in questions:
            if question.label not in reports or not reports[question.label].sessions:
                raise InputError(f"{run.folder}: has no settled forecast of {question.label}; train it with outcome.also")
        measured.append(MeasuredRun(run.manifest, min_z, tuple(question.label for question in questions), reports))
    return measured


def write_measured(measured: Sequence[MeasuredRun], readme: Path, docs: Path, *, today: date | None = None) -> list[Path]:
    """The marked part of `readme` and `docs`/skill_measured.md; equal measurements give equal pages on the same day."""
    text, day = checked_readme(readme), f"{today or date.today():%Y-%m-%d}"
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    docs.mkdir(parents=True, exist_ok=True)
    with atomic_write(docs / PAGE) as new_page, atomic_write(readme) as new_readme:
        new_page.write_text(page(measured, day), "utf-8")
        new_readme.write_text(f"{before}{BEGIN}\n{readme_part(measured)}{END}{after}", "utf-8")
    return [docs / PAGE, readme]


def _min_z(run: Run) -> float:
    surge = run.read("experiment.json").get("surge") or {}
    return float(surge.get("min_z", float("nan")))
