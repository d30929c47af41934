"""What is asked for, what is read, and that an unchanged item costs next to nothing, whatever its length."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from features.errors import InputError, OriginError
from features.files import atomic
from features.live.download import Body, Download
from features.live.items import DroppedItem, FredItem, FrenchItem
from features.live.store import pull
from features.live.store import validation as judge
from features.live.store.fetch import OriginFetcher
from features.live.store.pull import Puller, refuse_other
from features.live.store.requirements import RequiredFile
from features.live.store.store import Store, item_key
from tests.features.stores import START, add, lying

DAYS = pd.bdate_range("2014-01-01", "2024-07-16", unit="ns")
RATES = RequiredFile("rates.csv", FredItem(source="fred", columns=("DFF",)), "XNYS")
LIBRARY = RequiredFile("library.csv", FrenchItem(source="french", archive="F", columns={"x": "X"}), "XNYS")
TABLE = pd.DataFrame({"Date": DAYS, "DFF": 5.0 + pd.Series(range(len(DAYS))) / 1000})


class Plain(OriginFetcher):
    """An origin that has one table. asked : from which day on."""

    def __init__(self, dropped: Path, table: pd.DataFrame) -> None:
        super().__init__(origins=None, client=None, dropped=dropped)  # type: ignore[arg-type]
        self.__dict__.update(table=table, asked=[])

    def ask(self, spec: object, exchange: str, *, since: pd.Timestamp | None, now: object) -> Download:
        self.__dict__["asked"].append(since)
        table = self.__dict__["table"]
        found = table if since is None else table[table["Date"] >= since].reset_index(drop=True)
        return Download(found, (Body("made:up", found.to_csv().encode()),))


def pulled(store: Store, asker: OriginFetcher, *wanted: RequiredFile, day: float = 0, **options: bool) -> pull.ItemRecord:
    puller = Puller(store, asker, lambda: START + timedelta(days=day))
    return next(iter(puller.pull(wanted, lambda *_: None, **options).items.values()))


def test_an_unchanged_item_is_judged_and_written_no_more_and_what_is_asked_of_it_is_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    asker = Plain(store.dropped, TABLE)
    pulled(store, asker, RATES)
    before = lying(tmp_path)
    for name in ("validate", "change_of"):
        monkeypatch.setattr(pull, name, lambda *_, name=name, **__: pytest.fail(f"{name} of what did not change"))
    found = pulled(store, asker, RATES, day=1)
    assert (found.state, found.fault, found.change.is_nothing) == ("same", None, True)
    assert asker.__dict__["asked"] == [None, DAYS[-1] - pd.Timedelta(days=45)]
    assert set(lying(tmp_path)) - set(before) == {"pulls/20240718T110000.000000Z.json"}


def test_of_an_item_that_did_not_change_its_days_ahead_of_the_clock_are_still_told(tmp_path: Path) -> None:
    store = Store(tmp_path)
    asker = Plain(store.dropped, TABLE)
    read = replace(RATES, checks=(lambda _tables: (),))  # of a calendar, which nothing reads so, days may be ahead
    pulled(store, asker, read)
    found = pulled(store, asker, read, day=-9)
    assert found.state == "kept"
    assert found.fault is not None
    assert found.fault.startswith("rates.csv: has a row of 2024-07-16, which is still to come on 2024-07-")
    assert found.fault.endswith("; set the clock of this machine, or correct the row")


def test_what_is_published_by_the_month_rests_after_a_good_answer(tmp_path: Path) -> None:
    store = Store(tmp_path)
    asker = Plain(store.dropped, TABLE.rename(columns={"DFF": "x"}))
    first = pulled(store, asker, LIBRARY)
    assert pulled(store, asker, LIBRARY, day=1.9).vintage == first.vintage
    assert len(asker.__dict__["asked"]) == 1
    pulled(store, asker, LIBRARY, day=1.95, full=True)
    pulled(store, asker, LIBRARY, day=4)
    assert len(asker.__dict__["asked"]) == 3


def test_a_damaged_vintage_has_the_whole_history_asked_for_and_kept_anew(tmp_path: Path) -> None:
    store = Store(tmp_path)
    asker = Plain(store.dropped, TABLE)
    first = pulled(store, asker, RATES)
    path = store.folder / "items" / item_key(RATES.spec) / str(first.vintage)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-9])
    second = pulled(store, asker, RATES, day=1)
    assert asker.__dict__["asked"] == [None, None]
    assert second.vintage != first.vintage
    assert any(str(path) in note for note in second.notes)
    assert len(store.read(item_key(RATES.spec), str(second.vintage)).table) == len(TABLE)
    assert pulled(store, asker, RATES, day=2).vintage == second.vintage


def test_a_table_whose_rows_are_told_apart_otherwise_does_not_take_the_place_of_another(tmp_path: Path) -> None:
    dropped = RequiredFile("odds.csv", DroppedItem(source="dropped", pattern="odds.csv"), "XNYS")
    before = add(Store(tmp_path), TABLE)
    other = Download(TABLE.assign(thing="a"), (), ("Date", "thing"))
    with pytest.raises(OriginError, match=r"odds\.csv: its rows are told apart by Date, thing now; name another file for it"):
        refuse_other(dropped, before, other)
    refuse_other(dropped, before, Download(TABLE, ()))


def test_infinite_numbers_are_not_believed_in_any_column() -> None:
    table = TABLE.assign(other=TABLE["DFF"].where(TABLE.index != 7, float("inf")))
    with pytest.raises(InputError, match=r"rates\.csv, column other: is infinite on 2014-01-10; its format has changed"):
        judge.validate(RATES, None, table, ("Date",), START, accepted=False)


def test_a_disk_that_fills_up_at_any_file_leaves_all_that_was_there_and_the_next_pull_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync_file = atomic.fsync_file
    for at in range(1, 4):  # the body, the vintage, the record
        store = Store(tmp_path / f"{at}")
        asker = Plain(store.dropped, TABLE.iloc[:-1])
        pulled(store, asker, RATES)
        before, left = lying(store.folder), [at]

        def full(file: Path, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise OSError(28, "No space left on device")
            fsync_file(file)

        asker.__dict__["table"] = TABLE
        with monkeypatch.context() as patch:
            patch.setattr(atomic, "fsync_file", full)
            with pytest.raises(InputError, match=r"cannot be written \(No space left on device\); make room, or name another"):
                pulled(store, asker, RATES, day=1)
        assert before.items() <= lying(store.folder).items()
        assert not list(store.folder.rglob(".*.tmp*"))
        assert len(store.pulls()) == 1
        found = pulled(store, asker, RATES, day=2)
        assert (found.state, found.change.new) == ("new", 1)
