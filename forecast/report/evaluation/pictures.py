"""Pictures of an evaluation, as files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from forecast.backtest.walk_forward import Progress, silent
from forecast.report.evaluation.evaluation import QuestionEvaluation


def draw_evaluations(
    title: str,
    evaluations: Mapping[str, QuestionEvaluation],
    monitors: Mapping[str, dict[str, Any]],
    folder: Path,
    progress: Progress = silent,
) -> list[Path]:
    """Pictures in `folder`: the reliability of each question with a settled forecast, and the monitor of all of these."""
    from forecast.report.plots.monitor import draw_monitor
    from forecast.report.plots.reliability import draw

    drawn: list[Path] = []
    settled = [evaluation for evaluation in evaluations.values() if evaluation.reliability]
    for evaluation in settled:
        heading = f"{title}, {evaluation.label}: {evaluation.sessions} surge sessions, {evaluation.episodes} episodes"
        curves = {evaluation.words[name]: curve for name, curve in evaluation.reliability.items()}
        drawn.append(draw(heading, curves, folder / f"reliability-{evaluation.label}.png"))
        progress("pictures", len(drawn), len(settled))
    started = {label: state for label, state in monitors.items() if label in evaluations and state["known"]}
    return [*drawn, draw_monitor(started, folder / "monitor.png")] if started else drawn
