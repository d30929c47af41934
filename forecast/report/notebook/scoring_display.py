"""ScoringDisplay: what the score of anybody's probabilities shows of itself, in words, as a table and as a picture."""

import textwrap
from typing import Any, Literal

import pandas as pd

from features.errors import InputError, did_you_mean
from forecast.backtest.forecaster_names import BASE_RATE, CLIMATOLOGY
from forecast.report.evaluation.evaluation import QuestionEvaluation
from forecast.report.evaluation.tally import tally_of_evaluations
from forecast.report.html.number_format import number
from forecast.report.notebook.display_table import display_table
from forecast.report.text.console import WIDTH

SHOWN = 5  # questions in words


class ScoringDisplay:
    """Base of a scoring result: the evaluations by question, of whom and by which prices."""

    name: str
    prices: str
    evaluations: dict[str, QuestionEvaluation]

    def to_frame(self) -> pd.DataFrame:
        """Return the scores as a table.

        Returns
        -------
        pandas.DataFrame
            Indexed by question and forecaster. Columns: sessions, episodes; brier, rps and log, mean scores, lower is better; skill, Brier
            over climatology, with low and high of its 90 % interval by episodes; t and p of Diebold and Mariano against climatology;
            base_skill and base_t, the same over the base rate. NaN for a value that cannot be computed.
        """
        rows = [(label, name, *_scores(one, name)) for label, one in self.evaluations.items() for name in one.forecasters]
        columns = [
            "question",
            "forecaster",
            "sessions",
            "episodes",
            "brier",
            "rps",
            "log",
            "skill",
            "low",
            "high",
            "t",
            "p",
            "base_skill",
            "base_t",
        ]
        return pd.DataFrame(rows, columns=columns).set_index(["question", "forecaster"])

    def plot(self, kind: Literal["reliability"] = "reliability", *, question: str | None = None, width: float | None = None) -> Any:
        """Draw how often each outcome came by the probability forecast.

        Parameters
        ----------
        kind : {"reliability"}, default "reliability"
            The only picture of probabilities without a run.
        question : str, optional
            Label of the question, such as "surge_0.5_h21". Default: the first.
        width : float, optional
            In inches; below 5.6 panels stand one below the other. Default: 7.4.

        Returns
        -------
        matplotlib.figure.Figure
            It belongs to no window and needs no display; `savefig` writes it, and a notebook shows it.

        Raises
        ------
        InputError
            For another kind or question, and where no forecast is settled.
        """
        from forecast.report.notebook.display_figure import reliability_figure

        if kind != "reliability":
            raise InputError(f"kind {kind!r}: probabilities without a run have the picture 'reliability' only")
        label = next(iter(self.evaluations)) if question is None else question
        if label not in self.evaluations:
            raise InputError(f"question {label!r}: is not scored{did_you_mean(label, self.evaluations)}")
        return reliability_figure(self.name, self.evaluations[label], width)

    def __repr__(self) -> str:
        lines = [
            f"{self.name}, scored by {self.prices}: {len(self.evaluations)} {'question' if len(self.evaluations) == 1 else 'questions'}"
        ]
        lines += tally_of_evaluations(self.evaluations.values())
        lines += [self._sentence(one) for one in list(self.evaluations.values())[:SHOWN]]
        if len(self.evaluations) > SHOWN:
            lines.append(f"... and {len(self.evaluations) - SHOWN} more; to_frame() has all")
        return "\n".join(textwrap.fill(line, WIDTH, subsequent_indent="  ") for line in lines)

    def _repr_html_(self) -> str:
        head = ("question", "surges", "episodes", "Brier", "skill over climatology", "90 %", "t", "over the base rate", "t", "")
        rows = []
        for label, one in self.evaluations.items():
            sessions, episodes, brier, _, _, skill, low, high, t, _, base, base_t = _scores(one, one.judged)
            interval = f"[{number(low, '.3f')}, {number(high, '.3f')}]"
            cells = (str(sessions), str(episodes), number(brier, ".4f"), number(skill, "+.3f"), interval, number(t, ".2f"))
            over_base = number(base, "+.3f"), number(base_t, ".2f")
            rows.append((label, *cells, *over_base, "demonstrated" if one.demonstrated else "not demonstrated"))
        return display_table((f"{self.name}, scored by {self.prices}", *tally_of_evaluations(self.evaluations.values())), head, rows)

    def _sentence(self, one: QuestionEvaluation) -> str:
        sessions, episodes, brier, _, _, skill, low, high, *_ = _scores(one, one.judged)
        if not sessions:
            return f"{one.label}: nothing settled"
        worth = f"Brier {brier:.4f}, skill over climatology {skill:+.3f} [{low:+.3f}, {high:+.3f}]"
        return f"{one.label}: {sessions} surge sessions, {episodes} episodes; {worth}; {one.standing}"


def _scores(one: QuestionEvaluation, forecaster: str) -> tuple[Any, ...]:
    """The cells of a forecaster's row of `to_frame`."""
    evaluation, nothing = one.forecasters.get(forecaster), float("nan")
    scores = tuple(nothing if evaluation is None else evaluation.scores[name] for name in ("brier", "rps", "log"))
    over = {} if evaluation is None else evaluation.over
    cells: tuple[float, ...] = (nothing,) * 5
    if CLIMATOLOGY in over:
        one_over = over[CLIMATOLOGY]
        test = one_over.diebold_mariano
        cells = (one_over.skill, one_over.interval.low, one_over.interval.high, test.t, test.p)
    base = (over[BASE_RATE].skill, over[BASE_RATE].diebold_mariano.t) if BASE_RATE in over else (nothing, nothing)
    return (one.sessions, one.episodes, *scores, *cells, *base)
