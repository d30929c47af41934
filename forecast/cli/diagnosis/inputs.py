"""Data: which inputs of an experiment a folder holds, how far they go, and what would be off without the others."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from features.catalogue import catalogue
from features.errors import InputError
from features.files.folder import Tables
from features.panel.inputs import Input
from features.panel.panel import Panel
from features.panel.raw import RawSeries, check, check_close
from features.panel.series import SMALL
from features.sources.companions import companion_indices
from features.sources.market import load_market
from forecast.backtest.dataset import LiveOptions, data_of
from forecast.backtest.experiment import Experiment
from forecast.cli.diagnosis.health_check import HealthCheck, State

FRESH = 7  # days from the last close to today; a week of holidays is not unheard of
SHOWN = 4  # series named in one line


@dataclass
class Held:
    """What was found so far: series by name."""

    series: dict[str, RawSeries] = field(default_factory=dict)

    @property
    def last(self) -> pd.Timestamp | None:
        """The last close of the index asked about."""
        return _ends(self.series[SMALL.name])[1] if SMALL.name in self.series else None


def data(experiment: Experiment, origin: str | None, today: pd.Timestamp) -> Iterator[HealthCheck]:
    """A line an input, one on the index's history, one a family of features, one a companion."""
    try:
        found = data_of(experiment, origin, fresh=LiveOptions(ask=False))
    except InputError as error:
        yield HealthCheck("data", "folder", State.MISSING, str(error))
        return
    held = Held()
    if found.tables is None:
        yield from _bundled(held)
    else:
        yield from _files(experiment, found.tables, held)
    yield _history(experiment, held, today)
    yield from _features(experiment, held)
    if found.tables is not None:
        yield from _companions(experiment, found.tables)


def _bundled(held: Held) -> Iterator[HealthCheck]:
    from features.sources import bundled

    found = bundled.load()
    held.series.update(found.series)
    for name, raw in found.series.items():
        yield HealthCheck("inputs", name, State.OK, f"{_span([raw])}, {found.origin}")


def _files(experiment: Experiment, tables: Tables, held: Held) -> Iterator[HealthCheck]:
    """The close first, since how stale the others are is told against it."""
    inputs = experiment.inputs
    if not inputs:
        yield HealthCheck("data", "inputs", State.MISSING, f"{experiment.name} names no [inputs], so nothing can be read; add them")
    for label, spec in sorted(inputs.items(), key=lambda item: SMALL.name not in item[1].columns):
        yield _input(label, spec, tables, held)


def _input(label: str, spec: Input, tables: Tables, held: Held) -> HealthCheck:
    if not tables.has(spec.file, f"inputs.{label}"):
        state = State.MISSING if SMALL.name in spec.columns else State.NOTE
        return HealthCheck("inputs", label, state, f"no file {spec.file}; without {_listed(list(spec.columns))}")
    try:
        market, notes = load_market(tables, {label: spec}, market=label, exchange="XNYS")
        for name, raw in market.series.items():
            check_close(raw) if name == SMALL.name else check(raw)
            if name in held.series:
                raise InputError(f"series `{name}` is read twice; name it in one input only")
    except InputError as error:
        return HealthCheck("inputs", label, State.MISSING, str(error))
    held.series.update(market.series)
    stale = _stale(market.series, held.last)
    said = "; ".join([f"{_span(list(market.series.values()))}, {spec.file}", *stale, *notes])
    return HealthCheck("inputs", label, State.NOTE if stale or notes else State.OK, said)


def _stale(found: Mapping[str, RawSeries], last: pd.Timestamp | None) -> list[str]:
    """The series whose last value is too old to be called known at the last close."""
    if last is None:
        return []
    old = [name for name, raw in found.items() if name != SMALL.name and _known_until(raw) < last]
    return [f"too old to count as known on {last:%Y-%m-%d}: {_listed(old)}"] if old else []


def _known_until(raw: RawSeries) -> pd.Timestamp:
    stamps = pd.DatetimeIndex([_ends(raw)[1]])
    return raw.lag.due(stamps)[0] + raw.every.max_age


def _history(experiment: Experiment, held: Held, today: pd.Timestamp) -> HealthCheck:
    """Whether the closes are enough for a walk-forward, and how old the last one is."""
    if SMALL.name not in held.series:
        return HealthCheck("inputs", "history", State.MISSING, f"no small-cap close (`{SMALL.name}`), which everything hangs on")
    closes = held.series[SMALL.name].observed.dropna()
    rule, last = experiment.walk_forward, closes.index[-1]
    if len(closes) <= rule.min_history:
        said = f"{len(closes)} closes, and walk_forward.min_history = {rule.min_history}; give a longer history"
        return HealthCheck("inputs", "history", State.MISSING, said)
    if rule.start is not None and pd.Timestamp(rule.start) > last:
        said = f"walk_forward.start = {rule.start} lies after the last close, {last:%Y-%m-%d}; choose an earlier one"
        return HealthCheck("inputs", "history", State.MISSING, said)
    age = (today - last).days
    state = State.OK if age <= FRESH else State.NOTE
    return HealthCheck("inputs", "history", state, f"{len(closes)} closes, the last of {last:%Y-%m-%d}, {age} days ago")


def _features(experiment: Experiment, held: Held) -> Iterator[HealthCheck]:
    """A line a family: how many of its features, and of their pictures, would be off, and for want of what."""
    panel = Panel(pd.DataFrame(columns=list(held.series), dtype=np.float64), experiment.name, "XNYS", "", "")
    choice = experiment.features
    items = list(catalogue().values())
    for family in dict.fromkeys(item.family for item in items):
        members = [item for item in items if item.family == family]
        lacking = Counter(name for item in members for name in item.missing(panel))
        off = [item for item in members if item.missing(panel)]
        learned = (not choice.only or family in choice.only) and family not in choice.without
        use = "models learn from it" if learned else "shown only"
        if not off:
            yield HealthCheck("features", family, State.OK, f"{len(members)} features, {use}")
            continue
        said = f"{len(off)} of {len(members)} features and their pictures would be off, {use}; lacking {_listed(list(lacking))}"
        yield HealthCheck("features", family, State.NOTE if learned else State.OK, said)
    off_names = {item.name for item in items if item.missing(panel)}
    for component, options in experiment.model.options.items():
        if gone := off_names & set(options.get("drivers", ())):
            yield HealthCheck("features", f"model.{component}", State.NOTE, f"would go without its drivers {_listed(sorted(gone))}")
    for name, scenario in experiment.scenarios.items():
        if gone := off_names & set(scenario):
            yield HealthCheck("features", f"scenarios.{name}", State.NOTE, f"would go without {_listed(sorted(gone))}")


def _companions(experiment: Experiment, tables: Tables) -> Iterator[HealthCheck]:
    for label, spec in experiment.companions.items():
        try:
            found, notes = companion_indices(tables, {label: spec})
        except InputError as error:
            yield HealthCheck("companions", label, State.MISSING, str(error))
            continue
        closes = [index.close for index in found]
        many = f"{len(found)} indices, " if len(found) > 1 else ""
        spans = [f"{many}{min(c.index[0] for c in closes):%Y-%m-%d} to {max(c.index[-1] for c in closes):%Y-%m-%d}"] if found else []
        said = "; ".join([*spans, *(note.partition(" off: ")[2] or note for note in notes)])
        yield HealthCheck("companions", label, State.NOTE if notes else State.OK, said)


def _ends(raw: RawSeries) -> tuple[pd.Timestamp, pd.Timestamp]:
    index = raw.observed.dropna().index
    return index[0], index[-1]


def _span(found: list[RawSeries]) -> str:
    """From when to when, and how many values; of several series the first start, the last end and the most values."""
    ends = [_ends(raw) for raw in found]
    values = max(int(raw.observed.notna().sum()) for raw in found)
    many = f"{len(found)} series, " if len(found) > 1 else ""
    return f"{many}{min(end[0] for end in ends):%Y-%m-%d} to {max(end[1] for end in ends):%Y-%m-%d}, {values} values"


def _listed(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
