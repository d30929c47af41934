"""Pull: every item of an experiment asked of its origin, judged, and kept; what cannot be had stays as it was."""

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from features.errors import InputError, OriginError
from features.live import Dropped
from features.sources.download import Download
from features.store.ask import REST, SINCE, Asker, given
from features.store.change import Change, change_of
from features.store.judge import judged, refuse_fast_clock, refuse_later_vintage, slow_clock
from features.store.merge import beneath, merged
from features.store.pulls import ABSENT, KEPT, NEW, SAME, Found, Pull
from features.store.store import Store, item_key
from features.store.table import by_key
from features.store.wanted import Wanted

AT_ONCE = 4  # items; what one origin bears is the client's to know
OVERLAP = pd.Timedelta(days=45)  # asked for again, to see whether it is still what it was
FULL_EVERY = timedelta(days=30)  # the whole history is asked for again

Told = Callable[[str, int, int], None]
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Puller:
    """Asks for all `files` and keeps what is found. accept : files whose changes somebody has looked at and takes."""

    store: Store
    asker: Asker
    now: Clock
    accept: Collection[str] = ()

    def pull(self, files: Sequence[Wanted], told: Told, *, full: bool = False) -> Pull:
        """The record of what was found. full : whole histories are asked for, and nobody rests.

        InputError where the store cannot be written; an origin's faults are in the record.
        """
        known = {one.file for one in files}
        for name in self.accept:
            if name not in known:
                raise InputError(f"--accept {name}: the experiment reads no such file; it reads {', '.join(sorted(known))}")
        with self.store.writing():
            self.store.sweep()
            before, _ = self.store.at(among=[item_key(one.spec) for one in files])
        askings = [self._planned(one, before.get(item_key(one.spec)), full=full) for one in files]
        found: dict[str, Found] = {}
        with _answers([(asking, self._ask(asking)) for asking in askings]) as answers:
            for count, (asking, answer) in enumerate(answers):
                told("asking origins", count, len(askings))
                found[asking.key] = self._found(asking, answer)
        with self.store.writing():
            return self.store.record(self.now(), found)

    def _planned(self, one: Wanted, last: Found | None, *, full: bool) -> "Asking":
        """What to ask for, by what was found last."""
        key = item_key(one.spec)
        names = self.store.names(key)
        if full or one.file in self.accept or last is None or not names or last.vintage != names[-1]:
            return Asking(one, key, last)
        rest = REST.get(one.spec.source)
        rests = rest is not None and last.fault is None and self._within(last.checked, rest)
        if one.spec.source not in SINCE or not self._within(last.full, FULL_EVERY):
            return Asking(one, key, last, rests=rests)
        try:
            table = self.store.read(key, names[-1]).table
        except InputError:
            return Asking(one, key, last)
        return Asking(one, key, last, since=pd.DatetimeIndex(table.iloc[:, 0]).max() - OVERLAP, rests=rests)

    def _within(self, moment: datetime | None, span: timedelta) -> bool:
        return moment is not None and timedelta(0) <= self.now() - moment < span

    def _ask(self, asking: "Asking") -> Callable[[], Download]:
        return lambda: self.asker.ask(asking.one.spec, asking.one.exchange, since=asking.since, now=self.now())

    def _found(self, asking: "Asking", answer: "Future[Download] | None") -> Found:
        """What is in force of an item from now on."""
        last = asking.last
        if answer is None:
            assert last is not None  # only what was found before rests
            return replace(last, state=SAME, change=Change(), notes=(), fault=None)
        try:
            found = self._taken(asking, given(asking.one.file, answer.result))
            if asking.since is None:
                return replace(found, full=found.checked)
            if not found.change.at_the_source:
                return replace(found, full=None if last is None else last.full)
            whole = replace(asking, since=None)  # what changed near the end may have changed everywhere
            further = self._taken(whole, given(asking.one.file, self._ask(whole)))
            change = further.change if further.change.at_the_source else found.change
            return replace(further, full=further.checked, state=NEW, change=change, notes=(*found.notes, *further.notes))
        except OriginError as error:
            return self._faulty(asking, str(error))

    def _taken(self, asking: "Asking", download: Download) -> Found:
        """The download judged against the last vintage, and kept where it differs."""
        one, now = asking.one, self.now()
        from_web = not isinstance(one.spec, Dropped)
        if from_web:
            refuse_fast_clock(download.bodies, now)
        older = self.asker.older(one.file, download.key, now) if from_web else None
        with self.store.writing():
            before, damaged = self.store.latest(asking.key)
            if before is not None and before.key != download.key:
                raise OriginError(f"{one.file}: its rows are told apart by {', '.join(download.key)} now; name another file for it")
            switched = before is not None and before.told.get("vintage", "") != download.vintage
            accepted = one.file in self.accept
            if switched and before is not None and not accepted:
                refuse_later_vintage(one.file, str(before.told.get("vintage")), download.vintage)
            was = None if before is None or switched else before.table
            after = merged(was if older is None else beneath(was, older), download, whole=from_web)
            changed = [f"{one.file}: values are {download.vintage} from now on"] if switched else []
            clocks = slow_clock(one.file, download.bodies, now) if from_web else []
            notes = (*clocks, *changed, *download.notes, *damaged, *judged(one, was, after, download.key, now, accepted=accepted))
            change = change_of(by_key(after.iloc[:0] if was is None else was, download.key), by_key(after, download.key))
            if before is not None and change.is_nothing and not damaged:
                return Found(one.file, before.path.name, SAME, now, notes=notes)
            told = asking.told() | {"vintage": download.vintage, "change": change.as_json(), "notes": list(notes)}
            kept = self.store.add(asking.key, now, after, download.key, told=told, bodies=download.bodies)
        return Found(one.file, kept.path.name, NEW, now, change=change, notes=notes)

    def _faulty(self, asking: "Asking", why: str) -> Found:
        """What was there stays in force."""
        before, damaged = self.store.latest(asking.key)
        said = "; ".join([why, *damaged])
        if before is None:
            return Found(asking.one.file, None, ABSENT, fault=said)
        checked, full = (None, None) if asking.last is None else (asking.last.checked, asking.last.full)
        return Found(asking.one.file, before.path.name, KEPT, checked or before.moment, full, said)


@dataclass(frozen=True)
class Asking:
    """What is asked for of an item: from `since` on, or everything; nothing while it `rests`. last : what was found of it before."""

    one: Wanted
    key: str
    last: Found | None
    since: pd.Timestamp | None = None
    rests: bool = False

    def told(self) -> dict[str, Any]:
        """As a vintage tells it."""
        return {"spec": self.one.spec.model_dump(mode="json"), "since": None if self.since is None else f"{self.since:%Y-%m-%d}"}


Answers = Iterator[tuple[Asking, "Future[Download] | None"]]


@contextmanager
def _answers(askings: Sequence[tuple[Asking, Callable[[], Download]]]) -> Iterator[Answers]:
    """The answers in the order of what is asked, several at once; those that are still to be asked for are not, if this ends early."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="origin") as pool:
        try:
            given = [(asking, None if asking.rests else pool.submit(ask)) for asking, ask in askings]
            yield iter(given)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
