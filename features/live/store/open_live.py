"""What `--data live` stands for: the store after a pull, or as it was at another moment."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from features.errors import InputError
from features.live.items import Live, YahooItem
from features.live.store.fetch import OriginFetcher, default_client
from features.live.store.pull import Now, Progress, Puller
from features.live.store.pull_log import ItemRecord
from features.live.store.requirements import RequiredFile, required_files
from features.live.store.snapshot import Snapshot
from features.live.store.store import Store, item_key
from features.live.store.timestamps import age, parse_moment, timestamp_name, timestamp_of
from features.live.store.vintage import SUFFIX
from features.panel import calendar
from features.sources.inputs import Companion, Input
from features.sources.load import LIVE, DataSource

if TYPE_CHECKING:
    from features.live.web.client import Client

CACHE = "SMALLCAP_SURGE_CACHE"  # of the environment: the folder of the store, where --cache does not name it


@dataclass(frozen=True)
class LiveInputs:
    """What an experiment reads live: its tables [live], [inputs] and [companions], and the calendar of its sessions."""

    live: Live
    inputs: Mapping[str, Input]
    companions: Mapping[str, Companion]
    exchange: str

    def files(self) -> list[RequiredFile]:
        """A file each; InputError for an experiment that names none."""
        if not self.inputs:
            raise InputError("--data live: the experiment names no [inputs], so nothing can be asked for; add them, or use --data bundled")
        for table, specs in (("inputs", self.inputs), ("companions", self.companions)):
            for label, spec in specs.items():
                self._refuse_later_close(f"{table}.{label}", spec)
        return required_files(self.live, self.inputs, self.companions, self.exchange)

    def _refuse_later_close(self, where: str, spec: Input | Companion) -> None:
        """InputError for prices of the same day that are made after the target's market has closed."""
        item, lag = self.live.files.get(spec.file), spec.lag
        elsewhere = item.exchange if isinstance(item, YahooItem) else None
        if elsewhere in (None, self.exchange) or lag.sessions or lag.days or lag.months:
            return
        if calendar.closes_after(elsewhere, self.exchange):
            raise InputError(
                f"[{where}]: {elsewhere} closes after {self.exchange}, whose forecast would know its close of that day; say lag = 1"
            )


def now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)


def cache_folder(folder: str | Path | None = None) -> Path:
    """The folder of the store: `folder`, or what CACHE names, or the user's cache folder."""
    from platformdirs import user_cache_path

    name = folder or os.environ.get(CACHE)
    return Path(name) if name else user_cache_path("smallcap-surge", appauthor=False)


def open_live(
    data: str,
    inputs: LiveInputs,
    *,
    cache: str | Path | None = None,
    as_of: pd.Timestamp | None = None,
    stale_ok: bool = False,
    ask: bool = True,
    progress: Progress = lambda _stage, _done, _total: None,
    client: Callable[[], "Client"] = default_client,
    clock: Now = now,
) -> DataSource:
    """The live data of that name.

    Parameters
    ----------
    data : str
        LIVE, which is pulled first, or LIVE@MOMENT, as it was then.
    inputs : LiveInputs
        What the experiment reads.
    cache : str or Path, optional
        The folder of the store.
    as_of : Timestamp, optional
        A day. Where its next session has closed, the data are as they were until then, and nobody is asked.
    stale_ok : bool
        Accept data however old they are.
    ask : bool
        False to read what the store has without asking anybody.
    progress, client, clock : callable
        Called with the stage of a pull; makes the client that asks; gives the time of day.

    Returns
    -------
    DataSource
        A snapshot of the store, named so that the same name always gives the same tables.

    Raises
    ------
    InputError
        Where there is nothing, or nothing fresh enough.
    """
    store, files = Store(cache_folder(cache)), inputs.files()
    if data != LIVE:
        return _at_moment(store, files, data)
    past = _past(inputs.exchange, as_of, clock())
    pulls = store.pulls()
    if past is not None and pulls:
        return _source(store, files, past, until=pulls[-1])
    if not ask:
        if not pulls:
            raise InputError(f"--data {data}: the store {store.folder} holds no pull; pull first, or name the store with --cache")
        return _source(store, files, pulls[-1])
    notes = _pull(store, files, inputs.live, progress, client, clock)
    source = _source(store, files, store.pulls()[-1], notes=notes, now=clock())
    _refuse_stale(source, files, inputs, clock(), stale_ok=stale_ok or past is not None)
    return source


def _at_moment(store: Store, files: Sequence[RequiredFile], data: str) -> DataSource:
    """The source named LIVE@MOMENT, or LIVE@MOMENT..LATER: files that were missing at the moment are as first stored, by the later one."""
    first, _, later = data.partition("@")[2].partition("..")
    at, pulls = parse_moment(first), store.pulls()
    until = parse_moment(later) if later else None
    if not pulls or pulls[0] > (until or at):
        why = f"its first pull is of {timestamp_name(pulls[0])}" if pulls else "it holds no pull"
        raise InputError(f"--data {data}: nothing was stored by then in {store.folder}, {why}; name another moment, or --cache")
    return _source(store, files, at, until=until)


def _past(exchange: str, as_of: pd.Timestamp | None, at: datetime) -> datetime | None:
    """When the session after `as_of` had closed, which ends the time of its forecast; None where that is not past."""
    if as_of is None:
        return None
    end = calendar.close_after(exchange, as_of)
    return end if end <= at else None


def _pull(
    store: Store, files: Sequence[RequiredFile], live: Live, progress: Progress, client: Callable[[], "Client"], clock: Now
) -> tuple[str, ...]:
    """A line where nothing can be asked for or stored, and the store has to do as it is; InputError where it is empty."""
    try:
        Puller(store, OriginFetcher(live.origins, client(), store.dropped), clock).pull(files, progress)
    except InputError as error:
        if not store.pulls():
            raise
        return (f"nothing was pulled: {error}",)
    return ()


def _source(
    store: Store,
    files: Sequence[RequiredFile],
    at: datetime,
    *,
    until: datetime | None = None,
    notes: Sequence[str] = (),
    now: datetime | None = None,
) -> DataSource:
    """The snapshot of `at` with its notes as of `now`, by default then; a file missing at `at` is as first stored by `until`."""
    taken, lines = snapshot(store, files, at)
    later: dict[str, ItemRecord] = {}
    for file, key in taken.keys.items():
        if until is not None and not taken.has(file) and (first := store.first_after(at, key, until=until)) is not None:
            later[file] = first
    records = {**taken.records, **later}
    lines += _first_stored(later, at)
    lines += [line for record in records.values() for line in _lines(record, now or at)]
    moments = [each for each in store.pulls() if each <= at] or [at]
    name = f"{timestamp_name(moments[-1])}..{timestamp_name(until)}" if later and until is not None else timestamp_name(moments[-1])
    return DataSource(f"{LIVE}@{name}", replace(taken, records=records), (*notes, *lines))


def _first_stored(later: Mapping[str, ItemRecord], at: datetime) -> list[str]:
    """A line a day on which files were first stored, after `at`."""
    by_day: dict[str, list[str]] = {}
    for file, record in later.items():
        day = timestamp_of((record.vintage or "").removesuffix(SUFFIX))
        by_day.setdefault(f"{day:%Y-%m-%d}", []).append(file)
    more = {day: f" and {len(files) - 1} more" if files[1:] else "" for day, files in by_day.items()}
    return [f"{files[0]}{more[day]}: not stored before {day}; read as of then, not of {at:%Y-%m-%d}" for day, files in by_day.items()]


def snapshot(store: Store, files: Sequence[RequiredFile], at: datetime | None = None) -> tuple[Snapshot, list[str]]:
    """The tables of `files` in force at `at`, by default now, and a line for each record of a pull that is damaged."""
    keys = {one.file: item_key(one.spec) for one in files}
    records, damaged = store.at(at, list(keys.values()))
    specs = {one.file: one.spec for one in files}
    return Snapshot(store, {file: records[key] for file, key in keys.items() if key in records}, specs, keys), damaged


def _lines(record: ItemRecord, at: datetime) -> list[str]:
    """What a person should read about an item."""
    lines = [str(note) for note in record.notes]
    if record.change.at_the_source:
        lines.append(f"{record.file}: changed at its origin, {record.change}")
    if record.fault is not None:
        old = "" if record.checked is None else f"; the stored data are {age(at - record.checked)} old"
        lines.append(f"{record.fault}{old}" if record.file in record.fault else f"{record.file}: {record.fault}{old}")
    return lines


def _refuse_stale(data: DataSource, files: Sequence[RequiredFile], inputs: LiveInputs, at: datetime, *, stale_ok: bool) -> None:
    """InputError where the small-cap close is not to be had, or older than the experiment allows."""
    assert isinstance(data.tables, Snapshot)
    for one in files:
        if one.close is None:
            continue
        record = data.tables.records.get(one.file)
        if record is None or record.vintage is None:
            why = "nothing was asked for" if record is None or record.fault is None else record.fault
            raise InputError(f"{one.file}: the small-cap close is not to be had, and none is stored ({why})")
        last = _last_day(data.tables.whole(one.file), one.close)
        limit = timedelta(days=inputs.live.max_age)
        old = None if record.checked is None else at - record.checked
        behind = calendar.last_closed(one.exchange, at) - last
        if stale_ok or (old is not None and old <= limit and behind <= limit):
            continue
        seen = "never" if old is None else f"{age(old)} ago"
        raise InputError(
            f"{one.file}: last had {seen}, its last close is of {last:%Y-%m-%d}, and live.max_age = "
            f"{inputs.live.max_age:g} days; {'its origin says: ' + record.fault + '; ' if record.fault else ''}"
            "pull again later, or forecast from it with --stale-ok"
        )


def _last_day(table: pd.DataFrame, column: str) -> pd.Timestamp:
    """The last day on which `column` has a value; InputError where it has none."""
    days = pd.DatetimeIndex(table.iloc[:, 0])[table[column].notna()] if column in table else pd.DatetimeIndex([])
    if not len(days):
        raise InputError(f"column {column}: has no value in the store; pull again with --full")
    return days.max()
