"""Inputs: which ones of an experiment a folder holds, how far they go, and what would be off without the others."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from features.catalogue import catalogue
from features.errors import InputError
from features.files.folder import Tables
from features.panel.panel import Panel
from features.panel.raw import RawSeries, check, check_close
from features.panel.series import SMALL
from features.sources.companions import companion_indices
from features.sources.inputs import Input
from features.sources.market import load_market
from forecast.backtest.dataset import LiveOptions, data_of
from forecast.backtest.experiment import Experiment
from forecast.cli.diagnosis.health_check import HealthCheck, State

FRESH = 7  # days from the last close to today; a week of holidays is not unheard of
SHOWN = 4  # series named in one line

Series = dict[str, RawSeries]  # by name


def check_inputs(experiment: Experiment, origin: str | None, today: pd.Timestamp) -> Iterator[HealthCheck]:
    """A line an input, one on the index's history, one a family of features, one a companion."""
    try:
        source = data_of(experiment, origin, fresh=LiveOptions(ask=False))
    except InputError as error:
        yield HealthCheck("data", "folder", State.MISSING, str(error))
        return
    series: Series = {}  # filled by the checks below, in this order
    yield from _files(experiment, source.tables, series)
    yield _history(experiment, series, today)
    yield from _features(experiment, series)
    yield from _companions(experiment, source.tables)


def _files(experiment: Experiment, tables: Tables, series: Series) -> Iterator[HealthCheck]:
    """The close first, because the others are stale or not by its last day."""
    inputs = experiment.inputs
    if not inputs:
        yield HealthCheck("data", "inputs", State.MISSING, f"{experiment.name} names no [inputs], so nothing can be read; add them")
    for label, spec in sorted(inputs.items(), key=lambda item: SMALL.name not in item[1].columns):
        yield _input(label, spec, tables, series, experiment.market.exchange)


def _input(label: str, spec: Input, tables: Tables, series: Series, exchange: str) -> HealthCheck:
    if not tables.has(spec.file, f"inputs.{label}"):
        state = State.MISSING if SMALL.name in spec.columns else State.NOTE
        remedy = "put it there" if tables.place.endswith("store") else "put it there, or name its folder with --data"
        return HealthCheck(
            "inputs", label, state, f"no file {spec.file} {tables.place}, which holds {_listed(list(spec.columns))}; {remedy}"
        )
    try:
        market, notes = load_market(tables, {label: spec}, market=label, exchange=exchange)
        for name, raw in market.series.items():
            check_close(raw) if name == SMALL.name else check(raw)
            if name in series:
                raise InputError(f"series `{name}` is read twice; name it in one input only")
    except InputError as error:
        return HealthCheck("inputs", label, State.MISSING, str(error))
    series.update(market.series)
    last = _ends(series[SMALL.name])[1] if SMALL.name in series else None
    stale = _stale(market.series, last)
    message = "; ".join([f"{_span(list(market.series.values()))}, {spec.file}", *stale, *notes])
    return HealthCheck("inputs", label, State.NOTE if stale or notes else State.OK, message)


def _stale(series: Mapping[str, RawSeries], last: pd.Timestamp | None) -> list[str]:
    """The series whose last value is too old to be called known at the last close of the index."""
    if last is None:
        return []
    old = [name for name, raw in series.items() if name != SMALL.name and _known_until(raw) < last]
    return [f"too old to count as known on {last:%Y-%m-%d}: {_listed(old)}"] if old else []


def _known_until(raw: RawSeries) -> pd.Timestamp:
    stamps = pd.DatetimeIndex([_ends(raw)[1]])
    return raw.lag.due(stamps)[0] + raw.every.max_age


def _history(experiment: Experiment, series: Series, today: pd.Timestamp) -> HealthCheck:
    """Whether the closes are enough for a walk-forward, and how old the last one is."""
    if SMALL.name not in series:
        return HealthCheck("inputs", "history", State.MISSING, f"no small-cap close (`{SMALL.name}`), which everything hangs on")
    closes = series[SMALL.name].observed.dropna()
    rule, last = experiment.walk_forward, closes.index[-1]
    if len(closes) <= rule.min_history:
        message = f"{len(closes)} closes, and walk_forward.min_history = {rule.min_history}; give a longer history"
        return HealthCheck("inputs", "history", State.MISSING, message)
    if rule.start is not None and pd.Timestamp(rule.start) > last:
        message = f"walk_forward.start = {rule.start} lies after the last close, {last:%Y-%m-%d}; choose an earlier one"
        return HealthCheck("inputs", "history", State.MISSING, message)
    age = (today - last).days
    state = State.OK if age <= FRESH else State.NOTE
    remedy = "" if age <= FRESH else "; the answer is of then, newer closes give one of now"
    return HealthCheck("inputs", "history", state, f"{len(closes)} closes, the last of {last:%Y-%m-%d}, {age} days ago{remedy}")


def _features(experiment: Experiment, series: Series) -> Iterator[HealthCheck]:
    """A line a family: how many of its features, and of their pictures, would be off, and which series are missing."""
    panel = Panel(pd.DataFrame(columns=list(series), dtype=np.float64), experiment.name, "XNYS", "", "")
    choice, items = experiment.features, list(catalogue().values())
    missing = {item.name: item.missing(panel) for item in items}
    for family in dict.fromkeys(item.family for item in items):
        members = [item.name for item in items if item.family == family]
        off = [name for name in members if missing[name]]
        learned = (not choice.only or family in choice.only) and family not in choice.without
        use = "models learn from it" if learned else "shown only"
        if not off:
            yield HealthCheck("features", family, State.OK, f"{len(members)} features, {use}")
            continue
        lacking = Counter(name for member in members for name in missing[member])
        needs = f"they need {_ranges([name for name, _ in lacking.most_common()])} in [inputs]"
        message = f"{len(off)} of {len(members)} features off ({use}); {needs}"
        yield HealthCheck("features", family, State.NOTE if learned else State.OK, message)
    off_names = {name for name, series_missing in missing.items() if series_missing}
    for component, options in experiment.model.options.items():
        if gone := off_names & set(options.get("drivers", ())):
            yield HealthCheck("features", f"model.{component}", State.NOTE, f"would go without its drivers {_listed(sorted(gone))}")
    for name, scenario in experiment.scenarios.items():
        if gone := off_names & set(scenario):
            yield HealthCheck("features", f"scenarios.{name}", State.NOTE, f"would go without {_listed(sorted(gone))}")


def _companions(experiment: Experiment, tables: Tables) -> Iterator[HealthCheck]:
    for label, spec in experiment.companions.items():
        try:
            loaded, notes = companion_indices(tables, {label: spec}, exchange=experiment.market.exchange)
        except InputError as error:
            yield HealthCheck("companions", label, State.MISSING, str(error))
            continue
        closes = [index.close for index in loaded]
        many = f"{len(loaded)} indices, " if len(loaded) > 1 else ""
        spans = [f"{many}{min(c.index[0] for c in closes):%Y-%m-%d} to {max(c.index[-1] for c in closes):%Y-%m-%d}"] if loaded else []
        message = "; ".join([*spans, *(note.partition(" off: ")[2] or note for note in notes)])
        yield HealthCheck("companions", label, State.NOTE if notes else State.OK, message)


def _ends(raw: RawSeries) -> tuple[pd.Timestamp, pd.Timestamp]:
    index = raw.observed.dropna().index
    return index[0], index[-1]


def _span(series: Sequence[RawSeries]) -> str:
    """From when to when, and how many values; of several series the first start, the last end and the most values."""
    ends = [_ends(raw) for raw in series]
    values = max(int(raw.observed.notna().sum()) for raw in series)
    many = f"{len(series)} series, " if len(series) > 1 else ""
    return f"{many}{min(end[0] for end in ends):%Y-%m-%d} to {max(end[1] for end in ends):%Y-%m-%d}, {values} values"


def _ranges(names: Sequence[str]) -> str:
    """The names; of more than three that are numbered, the first and the last."""
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(name.rstrip("0123456789"), []).append(name)
    return _listed([" ... ".join((group[0], group[-1])) if len(group) > 3 else ", ".join(group) for group in alike.values()])


def _listed(names: Sequence[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
