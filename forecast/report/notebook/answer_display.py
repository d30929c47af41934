"""AnswerDisplay: what a result with an answer shows of itself, in words, as a table and as a picture."""

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from forecast.report.html.number_format import bounds, percent
from forecast.report.notebook.display_table import display_table
from forecast.report.sentences import NO_SURGE, PRINT_ORDER
from forecast.report.text.console import WIDTH
from forecast.runs.answer.answer import Answer

if TYPE_CHECKING:
    from forecast.report.html.report_data import ReportData

Kind = Literal["answer", "contrasts", "fan", "history", "reliability"]


class AnswerDisplay:
    """Base of the results that have an answer; a subclass knows its run."""

    answer: Answer | None

    def plot(self, kind: Kind = "answer", *, width: float | None = None) -> Any:
        """Draw one of the pictures of the report.

        Parameters
        ----------
        kind : {"answer", "contrasts", "fan", "history", "reliability"}, default "answer"
            The probabilities with their intervals beside the base rate; what people argue about, as differences between two states of the
            world; simulated paths between the barriers; the index with its surges; how often outcomes came by the probability forecast,
            walk-forward. All of the main question.
        width : float, optional
            In inches; below 5.6 panels stand one below the other, as on a phone. Default: 7.4.

        Returns
        -------
        matplotlib.figure.Figure
            It belongs to no window and needs no display; `savefig` writes it, and a notebook shows it.

        Raises
        ------
        InputError
            For another kind, and where there is nothing to draw: no surge, no component that simulates, fewer than ten settled forecasts.
        """
        from forecast.report.notebook.display_figure import figure_of

        return figure_of(self._report_data(), kind, width)

    def _report_data(self) -> "ReportData":
        raise NotImplementedError

    def _folder(self) -> Path:
        raise NotImplementedError

    def __repr__(self) -> str:
        return "\n".join(textwrap.fill(line, WIDTH, subsequent_indent="  ") for line in (*self._sentences, f"Run: {self._folder()}"))

    def _repr_html_(self) -> str:
        if self.answer is None:
            return display_table(self._sentences, (), (), (f"Run: {self._folder()}",))
        main = self.answer.questions[0]
        forecast = (
            f"forecast {percent(main.level)}",
            *(f"{percent(main.probabilities[name])} {bounds(*main.interval[name])}" for name in PRINT_ORDER),
        )
        base = ("base rate", *(f"{percent(main.base_rate[name])} {bounds(*main.base_interval[name])}" for name in PRINT_ORDER))
        rows = (forecast, base)
        above = (self.answer.series, self.answer.surge.sentence, f"{_capital(main.asks)} {_capital(main.headline.standing)}.")
        return display_table(above, ("", *PRINT_ORDER), rows, (main.outcome_sentence, f"Run: {self._folder()}"))

    @property
    def _sentences(self) -> tuple[str, ...]:
        return (NO_SURGE,) if self.answer is None else self.answer.sentences


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
