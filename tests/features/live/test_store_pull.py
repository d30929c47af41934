"""What is asked for, what is read, and that an unchanged item costs next to nothing, whatever its length."""

import threading
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from features.errors import InputError, OriginError
from features.live.download import Body, Download
from features.live.items import DroppedItem, FredItem, FrenchItem, YahooItem
from features.live.store import pull
from features.live.store.fetch import OriginFetcher
from features.live.store.pull import Puller, refuse_other
from features.live.store.requirements import RequiredFile
from features.live.store.store import Store
from features.live.store.validation import validate
from tests.features.stores import START, add, lying

DAYS = pd.bdate_range("2014-01-01", "2024-07-16", unit="ns")
RATES = RequiredFile("rates.csv", FredItem(source="fred", columns=("DFF",)), "XNYS")
LIBRARY = RequiredFile("library.csv", FrenchItem(source="french", archive="F", columns={"x": "X"}), "XNYS")
TABLE = pd.DataFrame({"Date": DAYS, "DFF": 5.0 + pd.Series(range(len(DAYS))) / 1000})


class Plain(OriginFetcher):
    """An origin that has one table; `requests` has the first day of each."""

    def __init__(self, dropped: Path, table: pd.DataFrame) -> None:
        super().__init__(origins=None, client=None, dropped=dropped)  # type: ignore[arg-type]
        self.__dict__.update(table=table, requests=[])

    def fetch(self, spec: object, exchange: str, *, since: pd.Timestamp | None, now: object) -> Download:
        self.__dict__["requests"].append(since)
        table = self.__dict__["table"]
        rows = table if since is None else table[table["Date"] >= since].reset_index(drop=True)
        return Download(rows, (Body("made:up", rows.to_csv().encode()),))


def pulled(store: Store, fetcher: OriginFetcher, *files: RequiredFile, day: float = 0, **options: bool) -> pull.ItemRecord:
    puller = Puller(store, fetcher, lambda: START + timedelta(days=day))
    return next(iter(puller.pull(files, lambda *_: None, **options).items.values()))


def test_an_unchanged_item_is_judged_and_written_no_more_and_what_is_asked_of_it_is_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    fetcher = Plain(store.dropped, TABLE)
    pulled(store, fetcher, RATES)
    before = lying(tmp_path)
    for name in ("validate", "change_of"):
        monkeypatch.setattr(pull, name, lambda *_, name=name, **__: pytest.fail(f"{name} of what did not change"))
    record = pulled(store, fetcher, RATES, day=1)
    assert (record.state, record.fault, record.change.is_nothing) == ("same", None, True)
    assert fetcher.__dict__["requests"] == [None, DAYS[-1] - pd.Timedelta(days=45)]
    assert set(lying(tmp_path)) - set(before) == {"pulls/20240718T110000.000000Z.json"}


def test_warnings_are_filtered_for_the_process_before_any_thread_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter set in a thread is undone where another thread leaves `catch_warnings`, and then what it hides comes out."""
    pytest.importorskip("requests", reason="the extra live is not installed: pip install 'smallcap-surge[live]'")
    from features.live.origins import yahoo_bars

    threads: list[str] = []
    monkeypatch.setattr(yahoo_bars, "silence_warnings", lambda: threads.append(threading.current_thread().name))
    store = Store(tmp_path)
    for day in range(2):  # a pull may come after somebody has reset the filters
        fetcher = Plain(store.dropped, TABLE)
        pulled(store, fetcher, RequiredFile("index.csv", YahooItem(source="yahoo", symbol="X"), "XNYS"), day=day)
        assert len(threads) == day + 1
    pulled(store, Plain(store.dropped, TABLE), RATES, day=3)
    assert threads == 2 * [threading.main_thread().name]


def test_what_is_published_by_the_month_rests_after_a_good_answer(tmp_path: Path) -> None:
    store = Store(tmp_path)
    fetcher = Plain(store.dropped, TABLE.rename(columns={"DFF": "x"}))
    first = pulled(store, fetcher, LIBRARY)
    assert pulled(store, fetcher, LIBRARY, day=1.9).vintage == first.vintage
    assert len(fetcher.__dict__["requests"]) == 1
    pulled(store, fetcher, LIBRARY, day=1.95, full=True)
    pulled(store, fetcher, LIBRARY, day=4)
    assert len(fetcher.__dict__["requests"]) == 3


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
        validate(RATES, None, table, ("Date",), START, accepted=False)
