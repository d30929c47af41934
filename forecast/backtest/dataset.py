"""Dataset: panel, features and sample of one market, assembled the same way for training, backtest and forecast."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from features.catalogue import FeatureMatrix, catalogue, feature_matrix
from features.errors import InputError, did_you_mean
from features.panel import calendar
from features.panel.panel import Panel
from features.sources.in_memory import source_in_memory
from features.sources.load import DataSource, is_live, load_panel, open_data
from forecast.backtest.experiment import Experiment, FeatureChoice
from forecast.target.sample import Sample, build_sample

if TYPE_CHECKING:
    from features.live.web.client import Client


Data = str | Path | DataSource | pd.Series | pd.DataFrame | Mapping[str, pd.Series | pd.DataFrame] | None
"""Where data are read from: the name of a place, a source, a table, or tables by the names of files; None is what the experiment says."""


@dataclass(frozen=True)
class Dataset:
    """`notes` are the lines a person should read: what is missing, what was rolled back."""

    panel: Panel
    features: FeatureMatrix
    sample: Sample
    notes: tuple[str, ...]

    def settled_on(self, row: int, horizon: int) -> pd.Timestamp:
        """Session at whose close an outcome is known: from the panel where it is past, by the exchange's calendar where ahead."""
        sessions = self.panel.sessions
        if row + horizon < len(sessions):
            return sessions[row + horizon]
        return calendar.session_after(self.panel.exchange, sessions[-1], row + horizon - (len(sessions) - 1))


@dataclass(frozen=True)
class LiveOptions:
    """How live data are read.

    Parameters
    ----------
    cache : str or Path, optional
        The store, by default the user's.
    stale_ok : bool
        Whether data are read however old they are.
    progress : callable
        Told of the stage, what is done and the total.
    ask : bool
        False to read what the store has, without asking any origin.
    client : callable, optional
        Makes what asks the origins; by default that of `features.live.store`.
    clock : callable
        The time of day with its zone; by default this machine's.
    """

    cache: str | Path | None = None
    stale_ok: bool = False
    progress: Callable[[str, int, int], None] = lambda _stage, _done, _total: None
    ask: bool = True
    client: "Callable[[], Client] | None" = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


def data_of(
    experiment: Experiment,
    data: Data,
    as_of: str | date | pd.Timestamp | None = None,
    fresh: LiveOptions | None = None,
) -> DataSource:
    """What the user named or handed in, by default what the experiment names; InputError where neither says, and for what is not there."""
    if isinstance(data, DataSource):
        return data
    if not isinstance(data, str | Path | None):
        return source_in_memory(data, experiment.inputs, experiment.companions)
    if data is None and experiment.data is None:
        raise InputError(f"{experiment.name}: nothing says where the files of its [inputs] are; give their folder with --data PATH")
    data = experiment.data if data is None else data
    if isinstance(data, str) and is_live(data):
        from features.live.store.fetch import default_client
        from features.live.store.open_live import LiveInputs, open_live

        options, market = fresh or LiveOptions(), experiment.market
        reading = LiveInputs(experiment.live, experiment.inputs, experiment.companions, market.exchange)
        return open_live(
            data,
            reading,
            cache=options.cache,
            as_of=None if as_of is None else calendar.day(as_of),
            stale_ok=options.stale_ok,
            ask=options.ask,
            progress=options.progress,
            client=options.client or default_client,
            clock=options.clock,
        )
    assert data is not None
    return open_data(data)


def assemble(experiment: Experiment, data: str | Path | DataSource, as_of: pd.Timestamp | None = None) -> Dataset:
    """What was known at the close of `as_of` (default: the last session); InputError, one line, for bad data or dates."""
    panel, notes = known_panel(experiment, data, as_of)
    refuse_short_history(panel, experiment)
    return dataset_of(panel, experiment, notes)


def refuse_short_history(panel: Panel, experiment: Experiment) -> None:
    """InputError for fewer sessions than the experiment fits anything on."""
    if len(panel.sessions) < experiment.walk_forward.min_history:
        raise InputError(
            f"{panel.market}: {len(panel.sessions)} sessions up to {panel.sessions[-1]:%Y-%m-%d}, fewer than "
            f"walk_forward.min_history = {experiment.walk_forward.min_history}; give a longer history, or ask for a later date"
        )


def dataset_of(
    panel: Panel,
    experiment: Experiment,
    notes: Sequence[str] = (),
    *,
    matrix: FeatureMatrix | None = None,
    earlier: Sample | None = None,
) -> Dataset:
    """The features and the sample of `panel`, with `notes` before those on what it lacks.

    matrix : the features of `panel` where they are at hand.   earlier : the sample of fewer sessions, on the same questions.
    """
    matrix = feature_matrix(panel) if matrix is None else matrix
    chosen = chosen_features(experiment.features)
    sample = build_sample(panel, matrix, experiment.surge, experiment.questions, chosen, earlier=earlier)
    return Dataset(panel, matrix, sample, (*notes, *unknown(panel, matrix)))


def known_panel(experiment: Experiment, data: str | Path | DataSource, as_of: pd.Timestamp | None = None) -> tuple[Panel, list[str]]:
    """The panel up to the close of `as_of` (default: the last session), and the lines a person should read about it."""
    source = open_data(data)
    panel = load_panel(source, experiment.inputs, market=experiment.market.name or experiment.name, exchange=experiment.market.exchange)
    notes = list(panel.notes)
    panel, remarks = rolled_back(panel, as_of)
    return panel, [*notes, *remarks]


def rolled_back(panel: Panel, as_of: pd.Timestamp | None) -> tuple[Panel, list[str]]:
    """The panel as it was known at the close of `as_of` (default: the last session), and what a person should read about that day."""
    if as_of is None:
        return panel, []
    _refuse_ahead(panel, as_of)
    return panel.as_of(as_of), _other_day(panel, as_of)


def _refuse_ahead(panel: Panel, as_of: pd.Timestamp) -> None:
    """InputError for a day after the data and after the next session, whose close no clock has seen."""
    if as_of <= panel.sessions[-1]:
        return
    ahead = calendar.next_session(panel.exchange, datetime.now(UTC))
    if as_of > ahead:
        raise InputError(
            f"--as-of {as_of:%Y-%m-%d}: lies ahead, the next session of {panel.exchange} is {ahead:%Y-%m-%d}; "
            f"leave it out for the last session known, {panel.sessions[-1]:%Y-%m-%d}, or look at the date of this machine"
        )


def unknown(panel: Panel, matrix: FeatureMatrix) -> list[str]:
    """Lines on the features without a value on the last session: those that lack their inputs, and those whose inputs have ended."""
    return [*_off(matrix), *_silent(panel, matrix)]


def _other_day(panel: Panel, as_of: pd.Timestamp) -> list[str]:
    """A line when the day asked for is not the day answered for."""
    last = panel.sessions[-1]
    if as_of > last:
        return [f"as-of {as_of:%Y-%m-%d} lies after the last session known, {last:%Y-%m-%d}, which is used"]
    used = panel.as_of(as_of).sessions[-1]
    if used == as_of:
        return []
    why = "has no close" if calendar.is_session(panel.exchange, as_of) else "is no session"
    return [f"as-of {as_of:%Y-%m-%d} {why}; rolled back to {used:%Y-%m-%d}"]


def chosen_features(choice: FeatureChoice) -> list[str]:
    families = {item.family for item in catalogue().values()}
    for family in (*choice.only, *choice.without):
        if family not in families:
            raise InputError(f"[features]: no family {family!r}{did_you_mean(family, families)}")
    chosen = set(choice.only or families) - set(choice.without)
    return [name for name, item in catalogue().items() if item.family in chosen]


def _off(matrix: FeatureMatrix) -> list[str]:
    """A line on how many features have their inputs; a market of few inputs lacks a hundred."""
    used = len(matrix.frame.columns)
    return [f"{used} of {len(matrix.off) + used} features in use; `doctor` says what the rest need"] if matrix.off else []


def _listed(names: Sequence[str]) -> str:
    """The names, of more than three that are numbered the first and the last."""
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(name.rstrip("0123456789"), []).append(name)
    return ", ".join(" ... ".join((group[0], group[-1])) if len(group) > 3 else ", ".join(group) for group in alike.values())


def _silent(panel: Panel, matrix: FeatureMatrix) -> list[str]:
    """One line for the features that have their inputs but no value on the last session, because one of those is not known."""
    last = panel.frame.iloc[-1]
    unknown = last.index[last.isna()]
    items = catalogue()
    inputs = {name: {series.name for series in items[name].inputs} for name in matrix.frame.columns[matrix.frame.iloc[-1].isna()]}
    quiet = [name for name, mine in inputs.items() if not mine.isdisjoint(unknown)]
    if not quiet:
        return []
    by_end: dict[str, list[str]] = {}
    for name in unknown:
        if any(name in inputs[item] for item in quiet):
            last_day = panel.frame[name].last_valid_index()
            by_end.setdefault("" if last_day is None else f" (until {last_day:%Y-%m-%d})", []).append(name)
    listed = ", ".join(_listed(names) + end for end, names in by_end.items())
    return [f"not known on {panel.sessions[-1]:%Y-%m-%d}: {listed}; {len(quiet)} feature{'s' * (len(quiet) > 1)} without a value"]
