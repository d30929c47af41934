"""Page: the report of a run as one HTML file that needs nothing else, and its pictures as files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from features.errors import InputError
from features.files.atomic import atomic_write
from forecast.backtest.dataset import Dataset
from forecast.report.answer_words import day
from forecast.report.html import (
    analogs,
    answer,
    contrasts,
    drivers,
    fan,
    limitations,
    pullbacks,
    rates,
    regimes,
    reliability,
    run_details,
    scenarios,
    sensitivity,
    skill,
    surge,
    worth,
)
from forecast.report.html.page_elements import MissingPartError, Section
from forecast.report.html.rendering import Drawing, drawing_of, rendered
from forecast.report.html.report_data import ReportData
from forecast.report.plots.style import write
from forecast.runs.folder import PICTURES, REPORT, Run

SECTIONS = (
    answer,
    surge,
    fan,
    pullbacks,
    regimes,
    rates,
    drivers,
    analogs,
    contrasts,
    sensitivity,
    reliability,
    skill,
    worth,
    scenarios,
    limitations,
    run_details,
)


@dataclass(frozen=True)
class Report:
    """`html` is the whole page; `failed` has a line for each section that could not be made."""

    html: str
    sections: tuple[Section, ...]
    drawings: Mapping[str, Drawing]
    failed: tuple[str, ...]

    def write(self, path: Path) -> Path:
        """The page at `path`, whole or not at all; InputError if it cannot be written."""
        with atomic_write(path) as scratch:
            scratch.write_text(self.html, "utf-8")
        return path

    def write_pictures(self, folder: Path) -> list[Path]:
        """Each picture as SVG and PNG, in `folder`, which is made if it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        files = []
        for section in self.sections:
            if section.picture is not None:
                drawing, svg = self.drawings[section.key], folder / f"{section.picture.name}.svg"
                svg.write_text(drawing.svg, "utf-8")
                files += [svg, write(drawing.figure, svg.with_suffix(".png"))]
        return files


def build(run: Run, *, dataset: Dataset | None = None) -> Report:
    """The report of `run`, from its files alone; `dataset` is what it was trained on, if that is at hand, which saves seconds.

    A section that cannot be made says why in its place. InputError for a run that is damaged.
    """
    data = ReportData.of(run, dataset)
    sections, drawings, failed = [], {}, []
    for module in SECTIONS:
        try:
            section = module.section(data)
            if section.picture is not None:
                drawings[section.key] = drawing_of(section.picture)
        except MissingPartError as error:
            section = Section(module.KEY, module.TITLE, missing=str(error))
        except InputError:
            raise
        except Exception as error:  # one that fails does not take the others with it
            why = _fault(error)
            section = Section(module.KEY, module.TITLE, missing=why)
            failed.append(f"{module.TITLE}: {why}")
        sections.append(section)
    html = rendered("page.html", _title(data), sections, drawings, about=run.manifest)
    return Report(html, tuple(sections), drawings, tuple(failed))


def _fault(error: Exception) -> str:
    return f"This part could not be made ({type(error).__name__}: {' '.join(str(error).split()) or 'no reason given'})."


def write_beside(run: Run, *, dataset: Dataset | None = None) -> Report:
    """report.html and the folder of pictures into the run's own folder; InputError or OSError if they cannot be written."""
    report = build(run, dataset=dataset)
    report.write(run.folder / REPORT)
    report.write_pictures(run.folder / PICTURES)
    return report


def _title(data: ReportData) -> str:
    if data.answer is None:
        return f"{data.series} up to {data.run.manifest.as_of}: no surge to forecast"
    return f"{data.answer.series}: the surge of {day(data.answer.surge.session)}"
