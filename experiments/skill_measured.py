"""What the skill is measured from, and where it is written: both pages are made before either is replaced."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from experiments.ablation.setting import QUESTIONS
from experiments.skill_page import Measured, page, readme_part
from features.errors import InputError
from forecast.api import train
from forecast.backtest.backtest import Progress, silent
from forecast.report.evaluation.evaluation import evaluate_run
from forecast.runs.folder import Run, open_run

BEGIN, END = "<!-- skill: begin, written by python -m experiments.skill -->", "<!-- skill: end -->"
PAGE = "skill_measured.md"


def made(experiment: Path | None, data: str | None, *, jobs: int | None = None, progress: Progress = silent) -> list[Run]:
    """Trains the experiment at each threshold of the four questions, into its default folder; its own questions are not asked."""
    runs = []
    for min_z, (main, *also) in QUESTIONS:
        listed = ", ".join(f'{{horizon={one.horizon}, barrier="{one.barrier}", size={one.size}}}' for one in also)
        asked = [f"surge.min_z={min_z}", f"outcome.horizon={main.horizon}", f"outcome.barrier={main.barrier}", f"outcome.size={main.size}"]
        overrides = [*asked, f"outcome.also=[{listed}]"]
        trained = train(experiment, data=data, overrides=overrides, track=False, keep_history=False, jobs=jobs, progress=progress)
        runs.append(open_run(trained.folder))
    return runs


def finished(folders: Sequence[Path]) -> list[Run]:
    """Runs that are there, in the order of QUESTIONS; InputError if none has a threshold, or it does not ask what is to be shown."""
    opened = [open_run(folder) for folder in folders]
    found = []
    for min_z, _ in QUESTIONS:
        fitting = [run for run in opened if _min_z(run) == min_z]
        if not fitting:
            told = ", ".join(f"{run.folder.name} {_min_z(run):g}" for run in opened)
            raise InputError(f"--runs: none has surge.min_z = {min_z:g}, they have {told}; train one with --set surge.min_z={min_z:g}")
        found.append(fitting[0])
    return found


def checked_readme(readme: Path) -> str:
    """The text of `readme`; InputError unless each marker stands in it once, in order."""
    try:
        text = readme.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"--readme {readme}: cannot be read ({error}); name the page with the table") from None
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise InputError(f"--readme {readme}: must hold once, each on a line of its own, {BEGIN!r} and after it {END!r}; put them in")
    return text


def measure(runs: Sequence[Run], progress: Progress = silent) -> list[Measured]:
    """All that is measured of `runs`, in the order of QUESTIONS; InputError for a run without a settled forecast of one of its own."""
    measured = []
    for run, (min_z, asked) in zip(runs, QUESTIONS, strict=True):
        reports = evaluate_run(run, progress=progress)
        for question in asked:
            if question.label not in reports or not reports[question.label].sessions:
                raise InputError(f"{run.folder}: has no settled forecast of {question.label}; train it with outcome.also")
        measured.append(Measured(run.manifest, min_z, tuple(question.label for question in asked), reports))
    return measured


def write_measured(measured: Sequence[Measured], readme: Path, docs: Path, *, today: date | None = None) -> list[Path]:
    """The marked part of `readme` and `docs`/skill_measured.md; what was measured alike gives the same pages on the same day."""
    text, day = checked_readme(readme), f"{today or date.today():%Y-%m-%d}"
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    docs.mkdir(parents=True, exist_ok=True)
    return _replaced({docs / PAGE: page(measured, day), readme: f"{before}{BEGIN}\n{readme_part(measured, day)}{END}{after}"})


def _replaced(pages: dict[Path, str]) -> list[Path]:
    """Each text under its name: all are on disk before the first takes its place, and none is ever seen half written."""
    scratch = {path: path.with_name(f".{path.name}.new") for path in pages}
    try:
        for path, text in pages.items():
            scratch[path].write_text(text, "utf-8")
        for path, new in scratch.items():
            new.replace(path)
    finally:
        for new in scratch.values():
            new.unlink(missing_ok=True)
    return list(pages)


def _min_z(run: Run) -> float:
    surge = run.read("experiment.json").get("surge") or {}
    return float(surge.get("min_z", float("nan")))
