"""What the pages of a run and of its version of the model say in plain words: the forecast, how far to trust it, and the data."""

import math
import re
from collections.abc import Mapping
from typing import Any

from forecast.runs.answer.answer import Answer, QuestionAnswer
from forecast.runs.answer.pullbacks import pullback_sentence
from forecast.runs.manifest import Manifest
from forecast.target.outcome import OUTCOMES


def description(manifest: Manifest, answer: Answer | None, metrics: Mapping[str, Any]) -> str:
    """The forecast beside the base rate, the falls, the trust, the verdict on promotion and the data, in Markdown."""
    data = f"Data as of {manifest.as_of}, from {manifest.first_session} on: {plain(manifest.origin)}."
    if answer is None:
        return f"**{plain(manifest.series)}**: no surge up to {manifest.as_of}.\n\n{data}"
    main = answer.questions[0]
    falls = pullback_sentence(answer.questions, main.horizon)
    lines = (
        _first_line(answer, main),
        _outcomes(main),
        f"{falls}." if falls else None,
        f"Trust: {main.headline.standing} ({main.skill_episodes} episodes).",
        _verdict(metrics.get("promotion")),
        data,
    )
    return "\n\n".join(line for line in lines if line)


def plain(text: str) -> str:
    """`text` with Markdown's marks escaped."""
    return re.sub(r"([\\`*_\[\]<>&#|~])", r"\\\1", text)


def _first_line(answer: Answer, main: QuestionAnswer) -> str:
    """What MLflow shows before the rest is unfolded."""
    surge = answer.surge
    size = f"{100 * surge.gain:+.1f} % in {surge.window} sessions, {surge.z:.1f} sigma"
    shares = ", ".join(f"{name} {100 * main.probabilities[name]:.0f} %" for name in reversed(OUTCOMES))
    return f"**{plain(answer.series)}**, surge of {surge.session} ({size}). By {main.known}: **{shares}**."


def _outcomes(main: QuestionAnswer) -> str:
    """A line an outcome: what it is, the forecast with its range, and the base rate."""
    up, down = 100 * math.expm1(main.barrier), -100 * math.expm1(-main.barrier)
    means = {"continue": f"a close {up:.1f} % above the surge's first", "stall": "neither", "reverse": f"one {down:.1f} % below it first"}
    lines = []
    for name in reversed(OUTCOMES):
        low, high = main.interval[name]
        share, base = 100 * main.probabilities[name], 100 * main.base_rate[name]
        lines.append(f"- {name} ({means[name]}): {share:.0f} %, {100 * low:.0f} to {100 * high:.0f} %; base rate {base:.0f} %")
    return "\n".join(lines)


def _verdict(verdict: Mapping[str, Any] | None) -> str | None:
    """Whether the run is promoted, and on how many questions the rule holds."""
    if verdict is None:
        return None
    word, count = "Promoted" if verdict["promoted"] else "Not promoted", verdict["asked"]
    return f"{word}: the rule of promotion holds on {verdict['passed']} of {count} question{'s' * (count != 1)}."
