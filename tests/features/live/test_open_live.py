"""What `--data live` stands for: pulled first, or as it was at another moment; origins are in this process, and the clock is wound by hand."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError, OriginError
from features.live.download import Body, Download
from features.live.items import DroppedItem, FredItem, FrenchItem, FuturesStrip, Live, Origins, YahooItem
from features.live.store import fetch
from features.live.store.inspection import check_store
from features.live.store.open_live import LiveInputs, cache_folder, open_live, snapshot
from features.live.store.pull import Puller
from features.live.store.pull_log import ABSENT, KEPT, NEW, SAME
from features.live.store.requirements import required_files
from features.live.store.snapshot import Snapshot
from features.live.store.store import Store, item_key
from features.live.store.table import digest
from features.live.store.timestamps import parse_moment, timestamp_name, timestamp_of, timestamped_names
from features.panel import calendar
from features.sources.inputs import Companion, Input
from features.sources.load import DataSource
from tests.features.stores import lying

pytest.importorskip("platformdirs", reason="the extra live is not installed: pip install 'smallcap-surge[live]'")

NOW = datetime(2024, 7, 17, 11, 0, tzinfo=UTC)  # a Wednesday before the opening: the last closed session is the sixteenth
SESSIONS = calendar.sessions("XNYS", pd.Timestamp("2023-07-03"), pd.Timestamp("2024-08-30"))
SMALL = YahooItem(source="yahoo", symbol="^RUT")
INPUTS = {
    "small": Input(file="small.csv", columns={"small": "Close"}),
    "rates": Input(file="rates.csv", columns={"policy_rate": "DFF"}, lag=1),
}
LIVE = Live(origins=Origins(), files={"small.csv": SMALL, "rates.csv": FredItem(source="fred", columns=("DFF",))})


@dataclass
class Town:
    """What the origins have, how the time stands, and what is asked. tables : by file; an error is raised instead."""

    now: datetime = NOW
    tables: dict[str, pd.DataFrame | Exception] = field(default_factory=dict)
    requests: list[tuple[str, pd.Timestamp | None]] = field(default_factory=list)
    served: datetime | None = None

    def clock(self) -> datetime:
        return self.now

    def ask(self, file: str, since: pd.Timestamp | None) -> Download:
        self.requests.append((file, since))
        table = self.tables[file]
        if isinstance(table, Exception):
            raise table
        last = calendar.last_closed("XNYS", self.now)
        shown = table[(table["Date"] <= last) & (table["Date"] >= (since or table["Date"].iloc[0]))].reset_index(drop=True)
        return Download(shown, (Body(f"made:{file}", shown.to_csv().encode(), self.served or self.now),))


def closes(seed: int = 1, column: str = "Close", start: float = 2000.0) -> pd.DataFrame:
    steps = np.random.default_rng(seed).normal(0.0, 0.01, len(SESSIONS))
    return pd.DataFrame({"Date": SESSIONS, column: (start * np.exp(np.cumsum(steps))).round(2)})


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    """Origins that are well."""
    town = Town(tables={"small.csv": closes(), "rates.csv": closes(2, "DFF", 5.0)})
    files = {item_key(spec): file for file, spec in LIVE.files.items()}

    def answer(
        _self: fetch.OriginFetcher, spec: YahooItem | FredItem | DroppedItem, _exchange: str, *, since: pd.Timestamp | None, now: datetime
    ) -> Download:
        return town.ask(files[item_key(spec)], since)

    monkeypatch.setattr(fetch.OriginFetcher, "fetch", answer)
    return town


def live_data(town: Town, cache: Path, data: str = "live", reading: LiveInputs | None = None, **options: object) -> DataSource:
    how = {"clock": town.clock, "client": lambda: None} | options
    return open_live(data, reading or LiveInputs(LIVE, INPUTS, {}, "XNYS"), cache=cache, **how)  # type: ignore[arg-type]


def digests(source: DataSource) -> dict[str, str]:
    """The digests of the tables."""
    assert isinstance(source.tables, Snapshot)
    return {file: digest(source.tables.whole(file)) for file in ("small.csv", "rates.csv") if source.tables.has(file, "")}


def last_day(source: DataSource, file: str = "small.csv") -> str:
    assert isinstance(source.tables, Snapshot)
    return f"{source.tables.whole(file)['Date'].iloc[-1]:%Y-%m-%d}"


def revised(table: pd.DataFrame | Exception, day: str, by: float = 1.01) -> pd.DataFrame:
    assert isinstance(table, pd.DataFrame)
    return table.assign(**{name: table[name].where(table["Date"] != day, table[name] * by) for name in table.columns[1:]})


def test_live_is_pulled_first_and_says_of_which_moment_it_is(town: Town, tmp_path: Path) -> None:
    source = live_data(town, tmp_path)
    assert source.name == "live@20240717T110000.000000Z"
    assert last_day(source) == "2024-07-16"
    town.now += timedelta(days=1)
    later = live_data(town, tmp_path)
    assert (later.name, last_day(later)) == ("live@20240718T110000.000000Z", "2024-07-17")
    assert town.requests[-2:] == [("small.csv", pd.Timestamp("2024-06-01")), ("rates.csv", pd.Timestamp("2024-06-01"))], (
        "the end of it alone"
    )


def test_the_name_in_a_run_gives_the_very_same_tables_ever_after(town: Town, tmp_path: Path) -> None:
    runs = []
    for day in range(4):
        source = live_data(town, tmp_path)
        runs.append((source.name, digests(source)))
        town.tables["small.csv"] = revised(town.tables["small.csv"], f"2024-07-{10 + day}")
        town.now += timedelta(days=1)
    assert len({name for name, _ in runs}) == 4
    for name, before in runs:
        again = live_data(town, tmp_path, name)
        assert (again.name, digests(again)) == (name, before)


def test_an_item_that_was_not_to_be_had_is_not_there_when_its_moment_is_read_again(town: Town, tmp_path: Path) -> None:
    good, town.tables["rates.csv"] = town.tables["rates.csv"], OriginError("rates: answered 503; try again later")
    source = live_data(town, tmp_path)
    assert list(digests(source)) == ["small.csv"]
    assert "rates.csv: rates: answered 503; try again later" in source.notes
    town.tables["rates.csv"] = good
    town.now += timedelta(days=1)
    assert list(digests(live_data(town, tmp_path))) == ["small.csv", "rates.csv"]
    assert digests(live_data(town, tmp_path, source.name)) == digests(source)


def test_a_day_in_the_past_is_read_as_it_was_until_the_next_session_had_closed(town: Town, tmp_path: Path) -> None:
    first = live_data(town, tmp_path)  # on the morning of the seventeenth: of the sixteenth
    town.tables["small.csv"] = revised(town.tables["small.csv"], "2024-07-15")
    town.now = datetime(2024, 7, 17, 20, 29, tzinfo=UTC)  # its next session is closed, and its prices are not yet settled
    second = live_data(town, tmp_path)
    town.tables["small.csv"] = revised(town.tables["small.csv"], "2024-07-12")
    town.now = datetime(2024, 7, 17, 20, 31, tzinfo=UTC)
    third = live_data(town, tmp_path)
    town.now = datetime(2024, 8, 1, 11, 0, tzinfo=UTC)
    town.requests.clear()
    source = live_data(town, tmp_path, as_of=pd.Timestamp("2024-07-16"))
    assert source.name == second.name
    assert digests(source) == digests(second) != digests(first)
    assert live_data(town, tmp_path, as_of=pd.Timestamp("2024-07-17")).name == third.name
    assert town.requests == [], "nobody is asked about the past"
    assert live_data(town, tmp_path, as_of=pd.Timestamp("2024-07-31")).name == "live@20240801T110000.000000Z", (
        "its next session is not past"
    )
    assert town.requests


def test_before_the_first_retrieval_the_first_there_is_stands_in_and_says_so(town: Town, tmp_path: Path) -> None:
    good, town.tables["rates.csv"] = town.tables["rates.csv"], OriginError("rates: answered 503; try again later")
    live_data(town, tmp_path)
    town.tables["rates.csv"] = good
    town.now += timedelta(days=1)
    second = live_data(town, tmp_path)
    town.tables["small.csv"] = revised(town.tables["small.csv"], "2024-07-15")
    town.now += timedelta(days=1)
    live_data(town, tmp_path)
    source = live_data(town, tmp_path, as_of=pd.Timestamp("2023-05-05"))
    assert [note for note in source.notes if "not stored before" in note] == [
        "small.csv: not stored before 2024-07-17; read as of then, not of 2023-05-08",
        "rates.csv: not stored before 2024-07-18; read as of then, not of 2023-05-08",
    ]
    assert last_day(source) == "2024-07-16"
    assert digests(source)["rates.csv"] == digests(second)["rates.csv"]
    town.now += timedelta(days=9)
    live_data(town, tmp_path)
    again = live_data(town, tmp_path, source.name, as_of=pd.Timestamp("2023-05-05"))
    assert (again.name, digests(again)) == (source.name, digests(source))


@pytest.mark.parametrize("data", ["live@2024-07-16T00:00:00", "live@20240716T110000.000000Z"])
def test_a_moment_before_the_first_pull_is_refused(town: Town, tmp_path: Path, data: str) -> None:
    with pytest.raises(InputError, match="it holds no pull; name another moment"):
        live_data(town, tmp_path, data)
    live_data(town, tmp_path)
    with pytest.raises(InputError, match=r"its first pull is of 20240717T110000\.000000Z; name another moment"):
        live_data(town, tmp_path, data)


def test_with_no_pull_kept_a_day_in_the_past_is_pulled_for_however_old_it_is(town: Town, tmp_path: Path) -> None:
    source = live_data(town, tmp_path, as_of=pd.Timestamp("2023-05-05"))
    assert source.name == "live@20240717T110000.000000Z"


def test_when_the_origins_are_down_what_is_kept_is_used_and_its_age_said_until_it_is_too_old(town: Town, tmp_path: Path) -> None:
    first = live_data(town, tmp_path)
    down = OriginError("chart: answered 503, 4 times; try again later")
    town.tables = dict.fromkeys(town.tables, down)
    town.now += timedelta(days=2)
    source = live_data(town, tmp_path)
    assert digests(source) == digests(first)
    assert f"small.csv: {down}; the stored data are 2 days old" in source.notes
    town.now += timedelta(days=4)
    with pytest.raises(InputError) as caught:
        live_data(town, tmp_path)
    assert str(caught.value) == (
        f"small.csv: last had 6 days ago, its last close is of 2024-07-16, and live.max_age = 5 days; its origin says: {down}; "
        "pull again later, or forecast from it with --stale-ok"
    )
    assert digests(live_data(town, tmp_path, stale_ok=True)) == digests(first)
    assert digests(live_data(town, tmp_path, "live@2024-07-17T12:00")) == digests(first), "a moment that is named is never too old"


def test_an_index_that_has_ended_stops_the_forecast_though_its_origin_answers(town: Town, tmp_path: Path) -> None:
    table = town.tables["small.csv"]
    assert isinstance(table, pd.DataFrame)
    town.tables["small.csv"] = table[table["Date"] <= "2024-07-05"]
    with pytest.raises(InputError, match=r"last had 0 min ago, its last close is of 2024-07-05, and live\.max_age = 5 days; pull again"):
        live_data(town, tmp_path)
    assert last_day(live_data(town, tmp_path, stale_ok=True)) == "2024-07-05"


def test_a_store_that_cannot_be_written_is_read_as_it_is(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = live_data(town, tmp_path)

    def full(_self: Store) -> None:
        raise InputError(f"--cache {tmp_path}: cannot be written (Read-only file system); name a folder that can")

    monkeypatch.setattr(Store, "writing", full)
    town.now += timedelta(days=1)
    source = live_data(town, tmp_path)
    assert (source.name, digests(source)) == (first.name, digests(first))
    assert source.notes[0] == f"nothing was pulled: --cache {tmp_path}: cannot be written (Read-only file system); name a folder that can"
    with pytest.raises(InputError, match="cannot be written"):
        live_data(town, tmp_path / "other")


def test_without_the_extra_what_is_kept_is_read_and_nothing_else_can_be(town: Town, tmp_path: Path) -> None:
    def lacking() -> None:
        raise OriginError(f"requests: is not installed, and live data need it; {fetch.EXTRA}")

    with pytest.raises(InputError, match="requests: is not installed"):
        live_data(town, tmp_path, client=lacking)
    first = live_data(town, tmp_path)
    source = live_data(town, tmp_path, client=lacking)
    assert digests(source) == digests(first)
    assert source.notes[0].startswith("nothing was pulled: requests: is not installed")


def test_a_change_at_the_origin_is_told_once_with_its_size(town: Town, tmp_path: Path) -> None:
    live_data(town, tmp_path)
    town.tables["small.csv"] = revised(town.tables["small.csv"], "2024-07-15", 1.02)
    town.now += timedelta(days=1)
    notes = [note for note in live_data(town, tmp_path).notes if "changed at its origin" in note]
    assert len(notes) == 1
    assert notes[0].startswith("small.csv: changed at its origin, 1 new; 1 revised, the largest by 2 %: Close of 2024-07-15, ")
    assert not any("changed" in note for note in live_data(town, tmp_path).notes)


def test_changes_kept_by_a_pull_that_came_to_no_end_are_told_by_the_next(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = live_data(town, tmp_path)
    town.tables["small.csv"] = revised(town.tables["small.csv"], "2024-07-15", 1.02)
    town.now += timedelta(days=1)
    with monkeypatch.context() as patch:
        patch.setattr(Store, "record", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            live_data(town, tmp_path)
    assert len(Store(tmp_path).names(item_key(SMALL))) == 2
    good, town.tables["small.csv"] = town.tables["small.csv"], OriginError("chart: answered 503; try again later")
    assert digests(live_data(town, tmp_path))["small.csv"] == digests(first)["small.csv"], "what no record names is not in force"
    town.tables["small.csv"] = good
    source = live_data(town, tmp_path)
    assert any("1 revised, the largest by 2 %" in note for note in source.notes)
    assert not any("changed" in note for note in live_data(town, tmp_path).notes)


def test_everything_on_the_disk_stays_as_it_is_whatever_is_pulled_later(town: Town, tmp_path: Path) -> None:
    before = dict[str, tuple[str, int]]()
    for day in range(8):
        if day % 5 == 2:
            town.tables["small.csv"] = revised(town.tables["small.csv"], f"2024-07-{1 + day // 2:02d}")
        if day % 7 == 3:
            town.served = town.now - timedelta(days=1)
        live_data(town, tmp_path, stale_ok=True)
        now = lying(tmp_path)
        assert before.items() <= now.items()
        before, town.served, town.now = now, None, town.now + timedelta(days=1)
    files = LiveInputs(LIVE, INPUTS, {}, "XNYS").files()
    assert check_store(snapshot(Store(tmp_path), files)[0], files, town.now).damaged == ()


def test_a_clock_that_is_far_ahead_leaves_no_record_from_the_future(town: Town, tmp_path: Path) -> None:
    live_data(town, tmp_path)
    town.served, town.now = town.now + timedelta(days=1), town.now + timedelta(days=400)
    with pytest.raises(InputError, match="the clock of this machine is"):
        live_data(town, tmp_path)
    assert timestamp_name(Store(tmp_path).pulls()[-1]) == "20240718T110000.000000Z", "by the clocks of the origins"
    town.served, town.now = None, NOW + timedelta(days=2)
    assert live_data(town, tmp_path).name == "live@20240719T110000.000000Z"


def test_with_the_clock_set_back_names_rise_and_what_is_kept_is_used(town: Town, tmp_path: Path) -> None:
    first = live_data(town, tmp_path)
    town.now -= timedelta(days=3)
    second = live_data(town, tmp_path)
    assert second.name == "live@20240717T110000.000001Z"
    assert digests(second) == digests(first)
    assert any("set the clock of this machine" in note for note in second.notes)


def test_whole_histories_are_asked_for_once_a_month_and_when_that_is_asked_for(town: Town, tmp_path: Path) -> None:
    for day in (0, 1, 29, 31, 32):
        town.now, count = NOW + timedelta(days=day), len(town.requests)
        live_data(town, tmp_path, stale_ok=True)
        assert [since is None for _, since in town.requests[count:]] == [day in (0, 31)] * 2
    store = Store(tmp_path)
    fetcher, files = fetch.OriginFetcher(LIVE.origins, None, store.dropped), LiveInputs(LIVE, INPUTS, {}, "XNYS").files()  # type: ignore[arg-type]
    source = Puller(store, fetcher, town.clock).pull(files, lambda *_: None, full=True)
    assert town.requests[-1] == ("rates.csv", None)
    assert {item.state for item in source.items.values()} == {SAME}
    with pytest.raises(InputError, match=r"--accept large\.csv: the experiment reads no such file; it reads rates\.csv, small\.csv"):
        Puller(store, fetcher, town.clock, ("large.csv",)).pull(files, lambda *_: None)


def test_states_say_what_a_pull_has_found(town: Town, tmp_path: Path) -> None:
    store, files = Store(tmp_path), LiveInputs(LIVE, INPUTS, {}, "XNYS").files()

    def states() -> list[str]:
        fetcher = fetch.OriginFetcher(LIVE.origins, None, store.dropped)  # type: ignore[arg-type]
        return [source.state for source in Puller(store, fetcher, town.clock).pull(files, lambda *_: None).items.values()]

    good = town.tables["rates.csv"]
    town.tables["rates.csv"] = OriginError("rates: answered 503; try again later")
    assert states() == [NEW, ABSENT]
    town.tables["rates.csv"] = good
    assert states() == [SAME, NEW]
    town.tables["small.csv"] = OriginError("chart: answered 503; try again later")
    assert states() == [KEPT, SAME]


def test_an_experiment_without_inputs_has_nothing_to_ask_for(town: Town, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--data live: the experiment names no \[inputs\]"):
        live_data(town, tmp_path, reading=LiveInputs(LIVE, {}, {}, "XNYS"))


def test_a_file_without_an_origin_is_looked_for_among_the_dropped() -> None:
    inputs = INPUTS | {"odds": Input(file="odds[1].csv", columns={"event_odds": "p"})}
    source = {one.file: one for one in required_files(LIVE, inputs, {"dax": Companion(file="dax.csv", columns=("Close",))}, "XNYS")}
    assert list(source) == ["small.csv", "rates.csv", "odds[1].csv", "dax.csv"], "the indispensable one first"
    assert source["odds[1].csv"].spec == DroppedItem(source="dropped", pattern="odds[[]1].csv")
    assert source["small.csv"].close == "Close"
    with pytest.raises(InputError, match=r"'sub/odds\.csv' is in a folder, and dropped files are in none"):
        required_files(LIVE, {"odds": Input(file="sub/odds.csv", columns={"event_odds": "p"})}, {}, "XNYS")


SPECS = (
    SMALL,
    YahooItem(source="yahoo", columns={"a/b": "^RUT", "..": "^GSPC"}),
    YahooItem(source="yahoo", strip=FuturesStrip(root="ZQ", suffix=".CBT")),
    FredItem(source="fred", columns=("DFF", "DGS10")),
    FrenchItem(source="french", archive="F-F_Research", columns={"mkt": "Mkt-RF"}),
    DroppedItem(source="dropped", pattern="*.csv; rm -rf ~"),
    DroppedItem(source="dropped", pattern="ÄÖ \u202e.csv"),
)


@pytest.mark.parametrize("spec", SPECS, ids=item_key)
def test_an_item_is_named_by_its_origin_alone_in_plain_characters(spec: YahooItem) -> None:
    key = item_key(spec)
    assert key == item_key(type(spec).model_validate(spec.model_dump()))
    assert key.isascii()
    assert key.replace("-", "").isalnum()
    assert len(key) <= 60
    assert key not in {item_key(other) for other in SPECS if other is not spec}
    assert key.startswith(spec.source)


def test_the_folder_of_the_store_is_named_by_option_environment_or_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMALLCAP_SURGE_CACHE", str(tmp_path / "named"))
    assert cache_folder() == tmp_path / "named"
    assert cache_folder(tmp_path) == tmp_path
    monkeypatch.delenv("SMALLCAP_SURGE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder().name == "smallcap-surge"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20240717T110000.000000Z", NOW),
        ("2024-07-17T11:00:00", NOW),
        ("2024-07-17T11:00", NOW),
        ("2024-07-17 13:00+02:00", NOW),
        ("2024-07-17T11:00:00Z", NOW),
        ("2024-07-17", datetime(2024, 7, 17, tzinfo=UTC)),
    ],
)
def test_moments_are_read_as_people_and_as_names_write_them(text: str, expected: datetime) -> None:
    assert parse_moment(text) == expected
    assert timestamp_of(timestamp_name(expected)) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "2024-13-01", "16.07.2024", "20240717T110000Z..", "2024-07-17T25:00"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="write 2026-11-23T06:00:00"):
        parse_moment(text)


def test_names_of_moments_are_in_the_order_of_time(tmp_path: Path) -> None:
    moments = [NOW, NOW + timedelta(microseconds=1), NOW + timedelta(hours=1), NOW + timedelta(days=4000)]
    for at in reversed(moments):
        (tmp_path / f"{timestamp_name(at)}.json").touch()
    assert timestamped_names(tmp_path, ".json") == [f"{timestamp_name(at)}.json" for at in moments]
    assert timestamped_names(tmp_path / "nowhere", ".json") == []
