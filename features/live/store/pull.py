"""Pulls: every item of an experiment asked of its origin, validated and stored; what cannot be had stays as it was."""

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from features.errors import InputError, OriginError
from features.files.folder import KNOWN
from features.live.download import Download
from features.live.items import DroppedItem
from features.live.origins.alfred import KEY as FRED_KEY
from features.live.store.change import Change, change_of
from features.live.store.fetch import REST, SINCE, OriginFetcher, guarded
from features.live.store.merge import merge, merge_beneath
from features.live.store.pull_log import ABSENT, KEPT, NEW, SAME, ItemRecord, Pull
from features.live.store.requirements import RequiredFile
from features.live.store.store import Store, item_key
from features.live.store.table import by_key, digest
from features.live.store.validation import WRONG, clock_notes, refuse_renamed, validate, validate_unchanged
from features.live.store.vintage import Vintage
from features.live.store.vintage_sanity import ACCEPT

AT_ONCE = 4  # items; how much one origin bears is the client's to know
OVERLAP = pd.Timedelta(days=45)  # asked for again, to see whether it is still what it was
FULL_EVERY = timedelta(days=30)  # the whole history is asked for again

Progress = Callable[[str, int, int], None]
Now = Callable[[], datetime]
Answer = Future[Download] | None  # None: nothing was asked


@dataclass(frozen=True)
class ItemRequest:
    """What is asked for of an item."""

    required: RequiredFile
    key: str  # its name in the store
    last: ItemRecord | None  # of the pull before
    vintage: Vintage | None = None  # the last one, where it was read
    since: pd.Timestamp | None = None  # the first day asked for; None for the whole history
    rests: bool = False  # nothing is asked

    @property
    def is_dropped(self) -> bool:
        return isinstance(self.required.spec, DroppedItem)

    def is_recorded(self, vintage: Vintage) -> bool:
        """Whether the last record has it in force."""
        return self.last is not None and self.last.vintage == vintage.path.name

    def metadata(self) -> dict[str, Any]:
        """As a vintage has it."""
        return {"spec": self.required.spec.model_dump(mode="json"), "since": None if self.since is None else f"{self.since:%Y-%m-%d}"}


@dataclass(frozen=True)
class Puller:
    """Asks origins and stores what they give; `accept` names files whose changes somebody has looked at and takes."""

    store: Store
    fetcher: OriginFetcher
    now: Now
    accept: Collection[str] = ()

    def pull(self, files: Sequence[RequiredFile], progress: Progress, *, full: bool = False) -> Pull:
        """Ask for all `files`, whole histories if `full`, and record what came and what failed; InputError for an unwritable store."""
        names = {one.file for one in files}
        for name in self.accept:
            if name not in names:
                raise InputError(f"--accept {name}: the experiment reads no such file; it reads {', '.join(sorted(names))}")
        with self.store.writing():
            self.store.remove_scratch()
            before, _ = self.store.at(among=[item_key(one.spec) for one in files])
        requests = [self._request(one, before.get(item_key(one.spec)), full=full) for one in files]
        records: dict[str, ItemRecord] = {}
        served: list[datetime] = []
        self.fetcher.prepare(one.spec for one in files)
        with _answers([(request, self._fetch(request)) for request in requests]) as answers:
            for count, (request, answer) in enumerate(answers):
                progress("asking origins", count, len(requests))
                records[request.key] = self._record(request, answer)
                served.extend(_served(request, answer))
        with self.store.writing():
            return self.store.record(_agreed(self.now(), served), records)

    def _request(self, one: RequiredFile, last: ItemRecord | None, *, full: bool) -> ItemRequest:
        """What to ask for, by the last record."""
        key = item_key(one.spec)
        names = self.store.names(key)
        if full or one.file in self.accept or last is None or not names or last.vintage != names[-1]:
            return ItemRequest(one, key, last)
        rest = REST.get(one.spec.source)
        rests = rest is not None and last.fault is None and self._within(last.checked, rest)
        if one.spec.source not in SINCE or not self._within(last.full, FULL_EVERY):
            return ItemRequest(one, key, last, rests=rests)
        try:
            vintage = self.store.read(key, names[-1])
        except InputError:
            return ItemRequest(one, key, last)
        return ItemRequest(one, key, last, vintage, since=pd.DatetimeIndex(vintage.table.iloc[:, 0])[-1] - OVERLAP, rests=rests)

    def _within(self, moment: datetime | None, span: timedelta) -> bool:
        return moment is not None and timedelta(0) <= self.now() - moment < span

    def _fetch(self, request: ItemRequest) -> Callable[[], Download]:
        one = request.required
        return lambda: self.fetcher.fetch(one.spec, one.exchange, since=request.since, now=self.now())

    def _record(self, request: ItemRequest, answer: Answer) -> ItemRecord:
        """What is in force of an item from now on."""
        last, file = request.last, request.required.file
        if answer is None:
            assert last is not None  # only an item that has a record rests
            return replace(last, state=SAME, change=Change(), notes=(), fault=None)
        try:
            record = self._stored(request, guarded(file, answer.result))
            if record is None:
                request = replace(request, since=None)  # what changed near the end may have changed everywhere
                record = self._stored(request, guarded(file, self._fetch(request)))
            assert record is not None
            return replace(record, full=record.checked if request.since is None else last.full if last is not None else None)
        except OriginError as error:
            return self._fault_record(request, str(error))

    def _stored(self, request: ItemRequest, download: Download) -> ItemRecord | None:
        """The record of a download that is validated against the last vintage, and stored where it differs.

        None, and nothing is stored, for the end of a history that is no longer what it was: half of a change is no history.
        """
        one, now, key = request.required, self.now(), download.key
        refuse_renamed(one, download)
        clock = [] if request.is_dropped else clock_notes(one.file, download.bodies, now)
        older = None if request.is_dropped else self.fetcher.older(one.file, key, now, one.exchange)
        with self.store.writing():
            before, damaged = self.store.latest(request.key, request.vintage)
            accepted = one.file in self.accept
            if before is not None and not accepted:
                refuse_other(one, before, download)
                refuse_other_currency(one, before, download)
            switched = before is not None and before.metadata.get("vintage", "") != download.vintage
            was = None if before is None or switched else before.table
            after = merge(was if older is None else merge_beneath(was, older), download, whole=not request.is_dropped)
            same = before is not None and not damaged and before.digest == digest(after)
            if same and before is not None and request.is_recorded(before):
                notes = (*clock, *download.notes, *validate_unchanged(one, after, now))
                return ItemRecord(one.file, before.path.name, SAME, now, notes=notes)
            change = self._change(request, before, after, key)
            if request.since is not None and change.at_the_source:
                return None
            changed = [f"{one.file}: values are {download.vintage} from now on"] if switched else []
            notes = (*changed, *clock, *download.notes, *damaged, *validate(one, was, after, key, now, accepted=accepted))
            if before is None or not same:
                metadata = request.metadata() | {
                    "vintage": download.vintage,
                    "currencies": dict(download.currencies),
                    "change": change.as_json(),
                    "notes": list(notes),
                }
                before = self.store.add(request.key, now, after, key, metadata=metadata, bodies=download.bodies, before=before)
        return ItemRecord(one.file, before.path.name, SAME if change.is_nothing else NEW, now, change=change, notes=notes)

    def _change(self, request: ItemRequest, before: Vintage | None, after: pd.DataFrame, key: tuple[str, ...]) -> Change:
        """The change since the vintage of the last record: an interrupted pull leaves vintages that no record names."""
        recorded = before if before is None or request.is_recorded(before) else self._in_force(request.key)
        base = recorded if recorded is not None and recorded.key == key else before
        return change_of(by_key(after.iloc[:0] if base is None else base.table, key), by_key(after, key))

    def _in_force(self, item: str) -> Vintage | None:
        """The vintage of the last record; None where there is none, or it is damaged."""
        record = self.store.at(among=[item])[0].get(item)
        try:
            return None if record is None or record.vintage is None else self.store.read(item, record.vintage)
        except InputError:
            return None

    def _fault_record(self, request: ItemRequest, why: str) -> ItemRecord:
        """The vintage that was there stays in force."""
        before, damaged = self.store.latest(request.key, request.vintage)
        if before is not None and not request.is_recorded(before):
            before = self._in_force(request.key) or before
        fault = "; ".join([why, *damaged])
        if before is None:
            return ItemRecord(request.required.file, None, ABSENT, fault=fault)
        checked, full = (None, None) if request.last is None else (request.last.checked, request.last.full)
        return ItemRecord(request.required.file, before.path.name, KEPT, checked or before.moment, full, fault)


def refuse_other(one: RequiredFile, before: Vintage, download: Download) -> None:
    """OriginError for another key, and for values that no longer bring their days of release: they would count as known then."""
    if before.key != download.key:
        raise OriginError(f"{one.file}: its rows are told apart by {', '.join(download.key)} now; name another file for it")
    for name in () if isinstance(one.spec, DroppedItem) else download.frame.columns:
        if f"{name}{KNOWN}" in before.table.columns and f"{name}{KNOWN}" not in download.frame.columns:
            raise OriginError(
                f"{one.file}, column {name}: comes without the days of release that are stored beside it; set {FRED_KEY} as it was, or "
                f"take it with: data pull --accept {one.file}"
            )


def refuse_other_currency(one: RequiredFile, before: Vintage, download: Download) -> None:
    """OriginError where a symbol's prices are in another currency than those that are stored."""
    stored = before.metadata.get("currencies")
    for symbol, currency in download.currencies.items():
        was = stored.get(symbol, currency) if isinstance(stored, dict) else currency
        if was != currency:
            raise OriginError(f"{one.file}: the prices of {symbol} are in {currency}, and were in {was}; {ACCEPT} {one.file}")


def _served(request: ItemRequest, answer: Answer) -> list[datetime]:
    """The clocks of the origins."""
    if answer is None or request.is_dropped or answer.exception() is not None:
        return []
    return [body.served for body in answer.result().bodies if body.served is not None]


def _agreed(now: datetime, served: Sequence[datetime]) -> datetime:
    """The time by this machine, unless every origin says that it is far ahead: a record from the future would hide all that follow."""
    return max(served) if served and now - max(served) > WRONG else now


@contextmanager
def _answers(requests: Sequence[tuple[ItemRequest, Callable[[], Download]]]) -> Iterator[Iterator[tuple[ItemRequest, Answer]]]:
    """The answers in the order of the requests, several at once; what is not asked yet stays so if the block ends early."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="origin") as pool:
        try:
            yield iter([(request, None if request.rests else pool.submit(fetch)) for request, fetch in requests])
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
