"""The page of every feature: definition, story and history, with a picture of each through the last surge."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.markdown import paragraph
from features.catalogue import catalogue, families
from features.panel.registry import Feature
from features.sources.inputs import Input, LagModel
from forecast.backtest.dataset import Dataset
from forecast.backtest.experiment import Experiment
from forecast.backtest.walk_forward import Progress, silent
from forecast.report.plots.driver import BEFORE, driver_figure, save
from forecast.runs.answer.contrast import Contrast, contrast
from forecast.target.surge import episode_numbers

PAGE, PICTURES = "features.md", "features"
HEADING = re.compile(r"^### `(\w+)`$", re.MULTILINE)
PICTURE = re.compile(rf"\]\({PICTURES}/(\w+\.png)\)")
STORIES = {1: "the surge goes on", -1: "the surge ends", 0: "nothing"}
STORED = 0.5  # of the example of a unit
T_95 = 1.96  # two-sided 5 % of a normal


@dataclass(frozen=True)
class FeatureEntry:
    """One feature: `history` (n_sessions,), None where it is off for want of `lacking`; `contrast`, None where surges are too few."""

    item: Feature
    history: pd.Series | None
    lacking: tuple[str, ...]
    contrast: Contrast | None

    @property
    def has_value(self) -> bool:
        """Whether it has a value on the last session."""
        return self.history is not None and bool(np.isfinite(self.history.iloc[-1]))


def write_page(dataset: Dataset, experiment: Experiment, folder: Path, progress: Progress = silent) -> Path:
    """`folder`/features.md and a picture of each feature that has values; older pictures that are not on this page are deleted."""
    page, pictures = folder / PAGE, folder / PICTURES
    pictures.mkdir(parents=True, exist_ok=True)
    before = set(PICTURE.findall(page.read_text("utf-8"))) if page.is_file() else set()
    entries = list(describe(dataset))
    drawn = [entry for entry in entries if entry.history is not None and _shown(entry.history, dataset).notna().any()]
    for done, entry in enumerate(drawn, start=1):
        assert entry.history is not None
        save(driver_figure(entry.history, _shown_from(dataset), dataset.sample.rows.tolist()), pictures / f"{entry.item.name}.png")
        progress("pictures", done, len(drawn))
    names = {entry.item.name for entry in drawn}
    for stale in before - {f"{name}.png" for name in names}:
        (pictures / stale).unlink(missing_ok=True)
    page.write_text("\n".join(_lines(dataset, experiment, entries, names)), "utf-8")
    return page


def describe(dataset: Dataset) -> Iterator[FeatureEntry]:
    """Every feature of the catalogue, with what history says of it for the main question up to the last session."""
    sample, matrix = dataset.sample, dataset.features
    settled = sample.settled[:, 0]
    outcomes = sample.outcomes[settled, 0].astype(np.int64)
    numbers = episode_numbers(sample.rows[settled], sample.questions[0].horizon)
    for name, item in catalogue().items():
        if name not in matrix.frame:
            yield FeatureEntry(item, None, matrix.off.get(name, ()), None)
            continue
        values = sample.features_named((name,))[settled, 0]
        yield FeatureEntry(item, matrix.frame[name], (), contrast(values, outcomes, numbers))


def listed(page: str) -> list[str]:
    """The features that a page describes, in its order."""
    return HEADING.findall(page)


def lag_text(lag: LagModel) -> str:
    """A publication lag in words."""
    counts = [(lag.months, "month"), (lag.days, "day"), (lag.sessions, "session")]
    fixed = " and ".join(f"{count} {unit}{'s' * (count > 1)}" for count, unit in counts if count)
    if lag.releases is not None:
        return "on its release day" + (f", else after {fixed}" if fixed else "")
    return f"after {fixed}" if fixed else "at its close"


def _shown_from(dataset: Dataset) -> int:
    rows = dataset.sample.rows
    return max(0, int(rows[-1] if len(rows) else len(dataset.sample) - 1) - BEFORE)


def _shown(history: pd.Series, dataset: Dataset) -> pd.Series:
    return history.iloc[_shown_from(dataset) :]


def _lines(dataset: Dataset, experiment: Experiment, entries: list[FeatureEntry], drawn: set[str]) -> Iterator[str]:
    yield from _opening(dataset, experiment, entries)
    lags = {series: source for source in experiment.inputs.values() for series in source.columns}
    for family, text in families().items():
        yield f"## {family}\n"
        yield from (paragraph(part[:1].upper() + part[1:]) for part in text.split("\n\n"))
        for entry in entries:
            if entry.item.family == family:
                yield from _section(entry, lags, f"{dataset.panel.sessions[-1]:%Y-%m-%d}", entry.item.name in drawn)


def _opening(dataset: Dataset, experiment: Experiment, entries: list[FeatureEntry]) -> Iterator[str]:
    panel, question = dataset.panel, experiment.outcome.questions[0]
    off, quiet = (
        sum(entry.history is None for entry in entries),
        sum(entry.history is not None and not entry.has_value for entry in entries),
    )
    yield "# Features\n"
    yield paragraph(
        f"Made by `python -m experiments.features`, experiment {experiment.name}: {panel.market}, {panel.sessions[0]:%Y-%m-%d} to "
        f"{panel.sessions[-1]:%Y-%m-%d}. {len(entries)} features; {off} are off for want of inputs, {quiet} more have no value on the last "
        "session. Percentile: the share of the feature's own history at or below its value."
    )
    yield paragraph(
        "**Told** is what the story told about July 2024 makes of a high value. **History** is what became of the settled surges up to "
        f"the last session, on the main question ({question.label}): the mean of (continued - reversed) after a value above the "
        "feature's median over those surges, less that after one at or below it; from -2 to 2, with a t value clustered by episode. It "
        "describes, with the median of the whole history: no feature is chosen by it, and it is no forecast."
    )
    yield paragraph(_tally(entries))
    yield paragraph(
        f"Pictures: from {BEFORE} sessions before the last surge to the last session; grey is the band of 10 to 90 % of the feature's "
        "own history, its white line the median, the dots are surge sessions."
    )


def _tally(entries: list[FeatureEntry]) -> str:
    """How often history bears the stories out, and how many t values are large, against what chance alone would give."""
    contrasts = [(entry.item.story, entry.contrast) for entry in entries if entry.contrast is not None and np.isfinite(entry.contrast.t)]
    stories = [(story, split) for story, split in contrasts if story]
    agree = sum(story * split.difference > 0 for story, split in stories)
    large = sum(abs(split.t) > T_95 for _, split in contrasts)
    borne_out = sum(story * split.t > T_95 for story, split in stories)
    return (
        f"History has the sign of the story for {agree} of {len(stories)} features with one, for {borne_out} of them with t beyond {T_95}. "
        f"Of all {len(contrasts)}, {large} have t beyond ±{T_95}; chance alone would give about {0.05 * len(contrasts):.0f}, and the "
        "features of a family are not independent."
    )


def _section(entry: FeatureEntry, lags: Mapping[str, Input], last: str, drawn: bool) -> Iterator[str]:
    item = entry.item
    yield f"### `{item.name}`\n"
    yield paragraph(f"**{item.title}.** {item.summary}")
    if drawn:
        yield f"![{item.name} through the last surge]({PICTURES}/{item.name}.png)\n"
    yield f"- Sign: {item.sign}"
    yield f"- Source: {item.source or 'not given.'}"
    yield f"- Unit: {item.unit}, shown as {item.display.value(STORED)} where it is {STORED:g}"
    yield f"- Inputs: {'; '.join(_input(series.name, lags) for series in item.inputs)}"
    yield f"- {last}: {_reading(entry)}"
    yield f"- Told of a high value: {STORIES[item.story]}. History: {_history(entry.contrast)}.\n"


def _input(series: str, lags: Mapping[str, Input]) -> str:
    return f"`{series}`, known {lag_text(lags[series].lag)}" if series in lags else f"`{series}`"


def _reading(entry: FeatureEntry) -> str:
    if entry.history is None:
        return f"off, no {', '.join(entry.lacking)}"
    values = entry.history.dropna()
    if values.empty:
        return "never known"
    days = pd.DatetimeIndex(values.index)
    since = f"known from {days[0]:%Y-%m-%d}"
    if not entry.has_value:
        return f"not known; {since} to {days[-1]:%Y-%m-%d}"
    shown = entry.item.display.value(float(values.iloc[-1]))
    return f"{shown} ({values.iloc[-1]:.4g}), percentile {(values <= values.iloc[-1]).mean():.0%}; {since}"


def _history(split: Contrast | None) -> str:
    if split is None:
        return "too few surges to tell"
    t = f"t {split.t:+.1f}" if np.isfinite(split.t) else "no t"
    return f"{split.difference:+.2f}, {t}, {split.sessions} surge sessions in {split.episodes} episodes"
