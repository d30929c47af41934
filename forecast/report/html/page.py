"""Page: the report of a run as one HTML file that needs nothing else, and its pictures as files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from features.errors import InputError
from features.files.atomic import atomic_write
from forecast.backtest.dataset import Dataset
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
from forecast.report.html.page_elements import MissingPartError, Picture, Section
from forecast.report.html.rendering import Drawing, drawing_of, rendered
from forecast.report.html.report_data import ReportData
from forecast.report.plots.style import PAGE, canvas, write
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
    """`html` is the whole page; `failed` has a line for each section that could not be made.

    `questions` are pictures beside those of the page: the skill of each question but the main one.
    """

    html: str
    sections: tuple[Section, ...]
    drawings: Mapping[str, Drawing]
    failed: tuple[str, ...]
    questions: tuple[Picture, ...] = ()

    def write(self, path: Path) -> Path:
        """The page at `path`, whole or not at all; InputError if it cannot be written."""
        with atomic_write(path) as scratch:
            scratch.write_text(self.html, "utf-8")
        return path

    def write_pictures(self, folder: Path) -> list[Path]:
        """Each picture as PNG, those of the page as SVG too, in `folder`, which is made if it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        drawn = []
        for section in self.sections:
            if section.picture is not None:
                svg = folder / f"{section.picture.name}.svg"
                svg.write_text(self.drawings[section.key].svg, "utf-8")
                drawn += [svg, _png(section.picture, folder)]
        return drawn + [_png(picture, folder) for picture in self.questions]


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
    questions: tuple[Picture, ...] = ()
    try:
        questions = skill.question_pictures(data)
    except InputError:
        raise
    except Exception as error:
        failed.append(f"{skill.TITLE}, of the other questions: {_fault(error)}")
    html = rendered("page.html", _title(data), sections, drawings, about=run.manifest)
    return Report(html, tuple(sections), drawings, tuple(failed), questions)


def _fault(error: Exception) -> str:
    return f"This part could not be made ({type(error).__name__}: {' '.join(str(error).split()) or 'no reason given'})."


def write_beside(run: Run, *, dataset: Dataset | None = None) -> Report:
    """report.html and the folder of pictures into the run's own folder; InputError or OSError if they cannot be written."""
    report = build(run, dataset=dataset)
    report.write(run.folder / REPORT)
    report.write_pictures(run.folder / PICTURES)
    return report


def _png(picture: Picture, folder: Path) -> Path:
    with canvas(PAGE, picture.page) as figure:
        picture.paint(figure)
        return write(figure, folder / f"{picture.name}.png")


def _title(data: ReportData) -> str:
    if data.answer is None:
        return f"{data.series} up to {data.run.manifest.as_of}: no surge to forecast"
    return f"{data.answer.series}: the surge of {data.answer.surge.session}"
