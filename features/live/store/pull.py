"""Pull: every item of an experiment asked of its origin, judged, and kept; what cannot be had stays as it was."""

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

AT_ONCE = 4  # items; what one origin bears is the client's to know
OVERLAP = pd.Timedelta(days=45)  # asked for again, to see whether it is still what it was
FULL_EVERY = timedelta(days=30)  # the whole history is asked for again

Progress = Callable[[str, int, int], None]
Now = Callable[[], datetime]


@dataclass(frozen=True)
class Puller:
    """Asks for all `files` and keeps what is found. accept : files whose changes somebody has looked at and takes."""

    store: Store
    asker: OriginFetcher
    now: Now
    accept: Collection[str] = ()

    def pull(self, files: Sequence[RequiredFile], told: Progress, *, full: bool = False) -> Pull:
        """The record of what was found. full : whole histories are asked for, and nobody rests.

        InputError where the store cannot be written; an origin's faults are in the record.
        """
        known = {one.file for one in files}
        for name in self.accept:
            if name not in known:
                raise InputError(f"--accept {name}: the experiment reads no such file; it reads {', '.join(sorted(known))}")
        with self.store.writing():
            self.store.remove_scratch()
            before, _ = self.store.at(among=[item_key(one.spec) for one in files])
        askings = [self._planned(one, before.get(item_key(one.spec)), full=full) for one in files]
        found: dict[str, ItemRecord] = {}
        served: list[datetime] = []
        with _answers([(asking, self._ask(asking)) for asking in askings]) as answers:
            for count, (asking, answer) in enumerate(answers):
                told("asking origins", count, len(askings))
                found[asking.key] = self._found(asking, answer)
                served.extend(_served(asking, answer))
        with self.store.writing():
            return self.store.record(_agreed(self.now(), served), found)

    def _planned(self, one: RequiredFile, last: ItemRecord | None, *, full: bool) -> "ItemRequest":
        """What to ask for, by what was found last."""
        key = item_key(one.spec)
        names = self.store.names(key)
        if full or one.file in self.accept or last is None or not names or last.vintage != names[-1]:
            return ItemRequest(one, key, last)
        rest = REST.get(one.spec.source)
        rests = rest is not None and last.fault is None and self._within(last.checked, rest)
        if one.spec.source not in SINCE or not self._within(last.full, FULL_EVERY):
            return ItemRequest(one, key, last, rests=rests)
        try:
            known = self.store.read(key, names[-1])
        except InputError:
            return ItemRequest(one, key, last)
        return ItemRequest(one, key, last, known, since=pd.DatetimeIndex(known.table.iloc[:, 0])[-1] - OVERLAP, rests=rests)

    def _within(self, moment: datetime | None, span: timedelta) -> bool:
        return moment is not None and timedelta(0) <= self.now() - moment < span

    def _ask(self, asking: "ItemRequest") -> Callable[[], Download]:
        return lambda: self.asker.ask(asking.one.spec, asking.one.exchange, since=asking.since, now=self.now())

    def _found(self, asking: "ItemRequest", answer: "Future[Download] | None") -> ItemRecord:
        """What is in force of an item from now on."""
        last = asking.last
        if answer is None:
            assert last is not None  # only what was found before rests
            return replace(last, state=SAME, change=Change(), notes=(), fault=None)
        try:
            found = self._taken(asking, guarded(asking.one.file, answer.result))
            if found is None:
                asking = replace(asking, since=None)  # what changed near the end may have changed everywhere
                found = self._taken(asking, guarded(asking.one.file, self._ask(asking)))
            assert found is not None
            return replace(found, full=found.checked if asking.since is None else last.full if last is not None else None)
        except OriginError as error:
            return self._faulty(asking, str(error))

    def _taken(self, asking: "ItemRequest", download: Download) -> ItemRecord | None:
        """The download judged against the last vintage, and kept where it differs.

        None, and nothing kept, where it is the end of a history that is no longer what it was: half of a change is no history.
        """
        one, now = asking.one, self.now()
        from_web = not isinstance(one.spec, DroppedItem)
        refuse_renamed(one, download)
        clock = clock_notes(one.file, download.bodies, now) if from_web else []
        older = self.asker.older(one.file, download.key, now) if from_web else None
        with self.store.writing():
            before, damaged = self.store.latest(asking.key, asking.known)
            accepted = one.file in self.accept
            if before is not None and not accepted:
                refuse_other(one, before, download)
            switched = before is not None and before.metadata.get("vintage", "") != download.vintage
            was = None if before is None or switched else before.table
            after = merge(was if older is None else merge_beneath(was, older), download, whole=from_web)
            same = before is not None and not damaged and before.digest == digest(after)
            if same and before is not None and asking.has_told_of(before):
                return ItemRecord(
                    one.file, before.path.name, SAME, now, notes=(*clock, *download.notes, *validate_unchanged(one, after, now))
                )
            change = self._change(asking, before, after, download.key)
            if asking.since is not None and change.at_the_source:
                return None
            changed = [f"{one.file}: values are {download.vintage} from now on"] if switched else []
            notes = (*changed, *clock, *download.notes, *damaged, *validate(one, was, after, download.key, now, accepted=accepted))
            if before is None or not same:
                metadata = asking.metadata() | {"vintage": download.vintage, "change": change.as_json(), "notes": list(notes)}
                before = self.store.add(asking.key, now, after, download.key, metadata=metadata, bodies=download.bodies, before=before)
        return ItemRecord(one.file, before.path.name, SAME if change.is_nothing else NEW, now, change=change, notes=notes)

    def _change(self, asking: "ItemRequest", before: Vintage | None, after: pd.DataFrame, key: tuple[str, ...]) -> Change:
        """Since what the last record has in force: a pull that came to no end has left vintages that nobody has told of."""
        recorded = before
        if before is not None and not asking.has_told_of(before):
            recorded = self._recorded(asking.key)
        known = recorded if recorded is not None and recorded.key == key else before
        return change_of(by_key(after.iloc[:0] if known is None else known.table, key), by_key(after, key))

    def _recorded(self, item: str) -> Vintage | None:
        """The vintage that the last record has in force; None where there is none, or it is damaged."""
        found = self.store.at(among=[item])[0].get(item)
        try:
            return None if found is None or found.vintage is None else self.store.read(item, found.vintage)
        except InputError:
            return None

    def _faulty(self, asking: "ItemRequest", why: str) -> ItemRecord:
        """What was there stays in force."""
        before, damaged = self.store.latest(asking.key, asking.known)
        if before is not None and not asking.has_told_of(before):
            before = self._recorded(asking.key) or before
        said = "; ".join([why, *damaged])
        if before is None:
            return ItemRecord(asking.one.file, None, ABSENT, fault=said)
        checked, full = (None, None) if asking.last is None else (asking.last.checked, asking.last.full)
        return ItemRecord(asking.one.file, before.path.name, KEPT, checked or before.moment, full, said)


def refuse_other(one: RequiredFile, before: Vintage, download: Download) -> None:
    """OriginError for a table with another key, and for values whose days of release no longer come: they would be taken for known then."""
    if before.key != download.key:
        raise OriginError(f"{one.file}: its rows are told apart by {', '.join(download.key)} now; name another file for it")
    for name in () if isinstance(one.spec, DroppedItem) else download.frame.columns:
        if f"{name}{KNOWN}" in before.table.columns and f"{name}{KNOWN}" not in download.frame.columns:
            raise OriginError(
                f"{one.file}, column {name}: comes without the days of release that are kept beside it; set {FRED_KEY} as it was, or "
                f"take it with: data pull --accept {one.file}"
            )


@dataclass(frozen=True)
class ItemRequest:
    """What is asked for of an item: from `since` on, or everything; nothing while it `rests`.

    last : what was found of it before.   known : the last vintage, where it was read.
    """

    one: RequiredFile
    key: str
    last: ItemRecord | None
    known: Vintage | None = None
    since: pd.Timestamp | None = None
    rests: bool = False

    def has_told_of(self, vintage: Vintage) -> bool:
        """Whether the last record has it in force."""
        return self.last is not None and self.last.vintage == vintage.path.name

    def metadata(self) -> dict[str, Any]:
        """As a vintage tells it."""
        return {"spec": self.one.spec.model_dump(mode="json"), "since": None if self.since is None else f"{self.since:%Y-%m-%d}"}


def _served(asking: ItemRequest, answer: "Future[Download] | None") -> list[datetime]:
    """What the clocks of the origins said."""
    if answer is None or isinstance(asking.one.spec, DroppedItem) or answer.exception() is not None:
        return []
    return [body.served for body in answer.result().bodies if body.served is not None]


def _agreed(now: datetime, served: Sequence[datetime]) -> datetime:
    """The time by this machine, unless every origin says that it is far ahead: a record from the future would hide all that follow."""
    return max(served) if served and now - max(served) > WRONG else now


Answers = Iterator[tuple[ItemRequest, "Future[Download] | None"]]


@contextmanager
def _answers(askings: Sequence[tuple[ItemRequest, Callable[[], Download]]]) -> Iterator[Answers]:
    """The answers in the order of what is asked, several at once; those that are still to be asked for are not, if this ends early."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="origin") as pool:
        try:
            given = [(asking, None if asking.rests else pool.submit(ask)) for asking, ask in askings]
            yield iter(given)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
