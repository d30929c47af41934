"""Pictures of a run as figures of matplotlib."""

from functools import cache, partial
from typing import Any

from features.errors import InputError, did_you_mean
from forecast.report.evaluation.evaluation import QuestionEvaluation
from forecast.report.html import answer, contrasts, fan, reliability, surge
from forecast.report.html.page_elements import MissingPartError, Picture
from forecast.report.html.report_data import ReportData
from forecast.report.plots import reliability as diagrams
from forecast.report.plots.style import PAGE, canvas

SECTIONS = {"answer": answer, "contrasts": contrasts, "fan": fan, "history": surge, "reliability": reliability}


def figure_of(data: ReportData, kind: str, width: float | None) -> Any:
    """The picture of that kind, `width` inches wide; InputError for another kind, and where there is nothing to draw."""
    if kind not in SECTIONS:
        raise InputError(f"kind {kind!r}: no such picture{did_you_mean(kind, SECTIONS)}")
    try:
        picture = SECTIONS[kind].section(data).picture
    except MissingPartError as error:
        raise InputError(f"kind {kind!r}: {error}") from None
    if picture is None:
        raise InputError(f"kind {kind!r}: there is nothing to draw")
    return _drawn(picture, width)


def reliability_figure(title: str, evaluation: QuestionEvaluation, width: float | None) -> Any:
    """The reliability of one question, `width` inches wide; InputError where none of its forecasts is settled."""
    if not evaluation.reliability:
        raise InputError(f"question {evaluation.label!r}: no forecast is settled, so there is nothing to draw; choose another")
    heading = f"{title}, {evaluation.label}: {evaluation.sessions} surge sessions, {evaluation.episodes} episodes"
    paint = partial(diagrams.paint, title=heading, curves=evaluation.reliability)
    return _drawn(Picture("reliability", heading, paint, *reliability.INCHES_HIGH), width)


def _drawn(picture: Picture, width: float | None) -> Any:
    with canvas(PAGE if width is None else width, picture.page, figure_class=_notebook_figure()) as figure:
        picture.paint(figure)
    return figure


@cache
def _notebook_figure() -> Any:
    """matplotlib's Figure, which a notebook shows whether or not it has pyplot's backend."""
    import io

    from matplotlib.figure import Figure

    class NotebookFigure(Figure):
        """A figure that knows its PNG."""

        def _repr_png_(self) -> bytes:
            content = io.BytesIO()
            self.savefig(content, format="png")
            return content.getvalue()

    return NotebookFigure
