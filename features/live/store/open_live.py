"""Live: what `--data live` stands for, pulled, or as it was at another moment."""

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
from features.panel.inputs import Companion, Input
from features.sources.load import LIVE, DataSource

if TYPE_CHECKING:
    from features.live.web.client import Client

CACHE = "SMALLCAP_SURGE_CACHE"  # of the environment: the folder of the store, where --cache does not name it


@dataclass(frozen=True)
class LiveInputs:
    """What an experiment reads live: `live`, its `inputs` and `companions`, and the sessions of the `exchange`."""

    live: Live
    inputs: Mapping[str, Input]
    companions: Mapping[str, Companion]
    exchange: str

    def files(self) -> list[RequiredFile]:
        """A file each; InputError for an experiment that names none."""
        if not self.inputs:
            raise InputError("--data live: the experiment names no [inputs], so nothing can be asked for; add them, or use --data bundled")
        for table, read in (("inputs", self.inputs), ("companions", self.companions)):
            for label, spec in read.items():
                self._refuse_later_close(f"{table}.{label}", spec)
        return required_files(self.live, self.inputs, self.companions, self.exchange)

    def _refuse_later_close(self, where: str, spec: Input | Companion) -> None:
        """InputError for prices of the same day that are made when the market asked about has closed."""
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


def cache_folder(given: str | Path | None = None) -> Path:
    """The folder of the store: `given`, or what CACHE names, or the user's cache folder."""
    from platformdirs import user_cache_path

    named = given or os.environ.get(CACHE)
    return Path(named) if named else user_cache_path("smallcap-surge", appauthor=False)


def open_live(
    data: str,
    reading: LiveInputs,
    *,
    cache: str | Path | None = None,
    as_of: pd.Timestamp | None = None,
    stale_ok: bool = False,
    ask: bool = True,
    progress: Progress = lambda _stage, _done, _total: None,
    client: Callable[[], "Client"] = default_client,
    clock: Now = now,
) -> DataSource:
    """What `data` names: LIVE, pulled first; LIVE@MOMENT as it was at that moment, and LIVE with a day in the past as it was when that
    day's session was the last, without asking anybody.

    stale_ok : a forecast is made however old what is there may be.   client, clock : how and when origins are asked.
    ask : False to read what is there without asking anybody. InputError where there is nothing, or nothing fresh enough.
    """
    store, files = Store(cache_folder(cache)), reading.files()
    if data != LIVE:
        return _named(store, files, data)
    past = _past(reading.exchange, as_of, clock())
    kept = store.pulls()
    if past is not None and kept:
        return _opened(store, files, past, until=kept[-1])
    if not ask:
        if not kept:
            raise InputError(f"--data {data}: the store {store.folder} holds no pull; pull first, or name the store with --cache")
        return _opened(store, files, kept[-1])
    notes = _pulled(store, files, reading.live, progress, client, clock)
    found = _opened(store, files, store.pulls()[-1], notes=notes, now=clock())
    _refuse_stale(found, files, reading, clock(), stale_ok=stale_ok or past is not None)
    return found


def _named(store: Store, files: Sequence[RequiredFile], data: str) -> DataSource:
    """What LIVE@MOMENT names, or LIVE@MOMENT..LATER: what was not there at the moment is then as it was first kept, by the later one."""
    named, _, later = data.partition("@")[2].partition("..")
    at, kept = parse_moment(named), store.pulls()
    until = parse_moment(later) if later else None
    if not kept or kept[0] > (until or at):
        first = f"its first pull is of {timestamp_name(kept[0])}" if kept else "it holds no pull"
        raise InputError(f"--data {data}: nothing was kept by then in the store {store.folder}, {first}; name another moment, or --cache")
    return _opened(store, files, at, until=until)


def _past(exchange: str, as_of: pd.Timestamp | None, at: datetime) -> datetime | None:
    """The end of the time in which a forecast of `as_of` could be made, where that is past: then its next session was closed."""
    if as_of is None:
        return None
    ended = calendar.close_after(exchange, as_of)
    return ended if ended <= at else None


def _pulled(
    store: Store, files: Sequence[RequiredFile], live: Live, progress: Progress, client: Callable[[], "Client"], clock: Now
) -> tuple[str, ...]:
    """Lines on what could not be had; where nothing can be asked for or kept, what is there has to do."""
    try:
        Puller(store, OriginFetcher(live.origins, client(), store.dropped), clock).pull(files, progress)
    except InputError as error:
        if not store.pulls():
            raise
        return (f"nothing was pulled: {error}",)
    return ()


def _opened(
    store: Store,
    files: Sequence[RequiredFile],
    at: datetime,
    *,
    until: datetime | None = None,
    notes: Sequence[str] = (),
    now: datetime | None = None,
) -> DataSource:
    """The snapshot of `at`, with what a person should read about it, as of `now`, by default then.

    until : of what was not there at `at`, the first that was by then. What is told names the very same snapshot, whatever is pulled later.
    """
    taken, lines = snapshot(store, files, at)
    later: dict[str, ItemRecord] = {}
    for file, key in taken.keys.items():
        if until is not None and not taken.has(file, "") and (first := store.first_after(at, key, until=until)) is not None:
            later[file] = first
    found = {**taken.found, **later}
    lines += _first_kept(later, at)
    lines += [line for each in found.values() for line in _lines(each, now or at)]
    moments = [each for each in store.pulls() if each <= at] or [at]
    name = f"{timestamp_name(moments[-1])}..{timestamp_name(until)}" if later and until is not None else timestamp_name(moments[-1])
    return DataSource(f"{LIVE}@{name}", replace(taken, found=found), (*notes, *lines))


def _first_kept(later: Mapping[str, ItemRecord], at: datetime) -> list[str]:
    """A line a day on which files were first kept, after the moment asked about."""
    by_day: dict[str, list[str]] = {}
    for file, found in later.items():
        day = timestamp_of((found.vintage or "").removesuffix(SUFFIX))
        by_day.setdefault(f"{day:%Y-%m-%d}", []).append(file)
    more = {day: f" and {len(files) - 1} more" if files[1:] else "" for day, files in by_day.items()}
    return [f"{files[0]}{more[day]}: not kept before {day}; read as of then, not of {at:%Y-%m-%d}" for day, files in by_day.items()]


def snapshot(store: Store, files: Sequence[RequiredFile], at: datetime | None = None) -> tuple[Snapshot, list[str]]:
    """What was in force of `files` at `at`, or is now, and a line for each record of a pull that is damaged."""
    keys = {one.file: item_key(one.spec) for one in files}
    there, damaged = store.at(at, list(keys.values()))
    specs = {one.file: one.spec for one in files}
    return Snapshot(store, {file: there[key] for file, key in keys.items() if key in there}, specs, keys), damaged


def _lines(found: ItemRecord, at: datetime) -> list[str]:
    """What a person should read about an item."""
    lines = [str(note) for note in found.notes]
    if found.change.at_the_source:
        lines.append(f"{found.file}: changed at its origin, {found.change}")
    if found.fault is not None:
        kept = "" if found.checked is None else f"; what is kept is {age(at - found.checked)} old"
        lines.append(f"{found.fault}{kept}" if found.file in found.fault else f"{found.file}: {found.fault}{kept}")
    return lines


def _last_day(table: pd.DataFrame, column: str) -> pd.Timestamp:
    """The last day on which `column` has a value; InputError where it has none."""
    days = pd.DatetimeIndex(table.iloc[:, 0])[table[column].notna()] if column in table else pd.DatetimeIndex([])
    if not len(days):
        raise InputError(f"column {column}: has no value in the store; pull again with --full")
    return days.max()


def _refuse_stale(data: DataSource, files: Sequence[RequiredFile], reading: LiveInputs, at: datetime, *, stale_ok: bool) -> None:
    """InputError where the small-cap close is not to be had, or older than the experiment allows."""
    assert isinstance(data.tables, Snapshot)
    for one in files:
        if one.close is None:
            continue
        found = data.tables.found.get(one.file)
        if found is None or found.vintage is None:
            why = "nothing was asked for" if found is None or found.fault is None else found.fault
            raise InputError(f"{one.file}: the small-cap close is not to be had, and nothing is kept of it ({why})")
        last = _last_day(data.tables.whole(one.file), one.close)
        limit = timedelta(days=reading.live.max_age)
        old = None if found.checked is None else at - found.checked
        behind = calendar.last_closed(one.exchange, at) - last
        if stale_ok or (old is not None and old <= limit and behind <= limit):
            continue
        seen = "never" if old is None else f"{age(old)} ago"
        raise InputError(
            f"{one.file}: last had {seen}, its last close is of {last:%Y-%m-%d}, and live.max_age = {reading.live.max_age:g} days; "
            f"{'its origin says: ' + found.fault + '; ' if found.fault else ''}pull again later, or forecast from it with --stale-ok"
        )
