"""Live data through an experiment: exported and read as files, as they were known, and pulled twice at once."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.live.store.export import export
from features.live.store.inspection import check_store
from features.live.store.open_live import LiveInputs, snapshot
from features.live.store.store import Store
from features.live.store.timestamps import timestamp_name
from features.panel import calendar
from forecast.backtest.dataset import LiveOptions
from forecast.backtest.experiment import Experiment, read_experiment
from forecast.backtest.study import Study
from tests.origins.clock import Hands, client
from tests.origins.fred import KEY, Fred
from tests.origins.server import Origin, serving
from tests.processes import forking

pytest.importorskip("requests", reason="the extra live is not installed: pip install 'smallcap-surge[live]'")
pytest.importorskip("platformdirs", reason="the extra live is not installed: pip install 'smallcap-surge[live]'")

NOW = datetime(2024, 7, 17, 11, 0, tzinfo=UTC)
SESSIONS = calendar.sessions("XNYS", pd.Timestamp("2018-01-02"), pd.Timestamp("2024-07-16"))
EXPERIMENT = """
name = "live"
market = {{ name = "Simulated", exchange = "XNYS" }}
surge = {{ min_z = 1.0, min_return = 0.01 }}
sensitivity = {{ horizons = [] }}
pullback = {{ horizons = [] }}
walk_forward = {{ start = 2022-01-03, refit_every = 1000 }}
model = {{ components = ["climatology", "ewma"], paths = 100 }}

[live.origins]
fred = "{fred}"
alfred = "{fred}"

[live.files]
"cpi.csv" = {{ source = "fred", columns = ["CPIAUCSL"], vintages = true }}
"old.csv.gz" = {{ source = "dropped", pattern = "old-*.csv" }}

[inputs]
small = {{ file = "small.csv", columns = {{ small = "Close", small_high = "High", small_low = "Low" }} }}
large = {{ file = "large.parquet", columns = {{ large = "Close" }} }}
vix = {{ file = "old.csv.gz", columns = {{ vix = "VIX" }} }}
prices = {{ file = "cpi.csv", columns = {{ cpi = "CPIAUCSL" }}, lag = {{ months = 1, days = 15 }} }}
jobs = {{ file = "jobs.csv.gz", columns = {{ payrolls = "PAYEMS" }}, lag = {{ months = 1, days = 30, releases = {releases} }} }}
odds = {{ file = "fedwatch.csv.gz", format = "fedwatch", columns = {{ published_p_cut_second = "p_cut_second" }} }}

[companions.dax]
file = "dax.csv.gz"
columns = ["Close"]
high = "High"
low = "Low"

[companions.portfolios]
file = "portfolios.parquet"
columns = ["lo", "hi"]
holds = "percent return"
"""
RELEASES = '{ file = "release_dates.csv", where = { release = "jobs" } }'
MONTHS = pd.date_range("2017-12-01", "2024-06-01", freq="MS")


def bars(seed: int, *, start: float = 1000.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    close = start * np.exp(np.cumsum(rng.standard_t(4, len(SESSIONS)) * 0.01))
    wide = np.exp(np.abs(rng.normal(0, 0.005, len(SESSIONS))))
    return pd.DataFrame({"Date": SESSIONS.strftime("%Y-%m-%d"), "Close": close, "High": close * wide, "Low": close / wide})


def put(folder: Path) -> None:
    """What people have dropped: every kind of file that is read."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(3)
    bars(1).to_csv(folder / "small.csv", index=False)
    bars(2).assign(Date=SESSIONS).to_parquet(folder / "large.parquet")
    vix = bars(4, start=20)[["Date", "Close"]].rename(columns={"Close": "VIX"})
    vix.iloc[:800].to_csv(folder / "old-1.csv", index=False)
    vix.iloc[700:].to_csv(folder / "old-2.csv", index=False)
    bars(5).to_csv(folder / "dax.csv.gz", index=False)
    pd.DataFrame({"Date": SESSIONS, "lo": rng.normal(0, 1, len(SESSIONS)), "hi": rng.normal(0, 1, len(SESSIONS))}).to_parquet(
        folder / "portfolios.parquet"
    )
    jobs = pd.DataFrame({"Date": MONTHS.strftime("%Y-%m-%d"), "PAYEMS": 150_000 + 100 * np.arange(len(MONTHS)) / 3})
    jobs["PAYEMS known"] = (MONTHS + pd.Timedelta(days=36)).strftime("%Y-%m-%d")
    jobs.loc[::5, "PAYEMS known"] = ""
    jobs.loc[7, "PAYEMS"] = np.nan
    jobs.to_csv(folder / "jobs.csv.gz", index=False)
    releases = [(day + pd.Timedelta(days=35), name) for day in MONTHS for name in ("jobs", "CPI, all items", 'the "third"')]
    pd.DataFrame(releases, columns=["Date", "release"]).to_csv(folder / "release_dates.csv", index=False)
    ranges = [(500, 525, 0.3), (525, 550, 0.7)]
    days = SESSIONS[-30:].strftime("%Y-%m-%d")
    odds = [(day, meeting, low, high, p) for day in days for meeting in ("2024-07-31", "2024-09-18") for low, high, p in ranges]
    pd.DataFrame(odds, columns=["Date", "meeting", "lo_bp", "hi_bp", "prob"]).to_csv(folder / "fedwatch.csv.gz", index=False)


def cpi() -> Fred:
    """Prices that were revised once, a year after each was first known, as CSV and as first released."""
    first = [f"{value:.3f}" for value in 250 * 1.002 ** np.arange(len(MONTHS))]
    later = [f"{value:.3f}" for value in 251 * 1.002 ** np.arange(len(MONTHS))]
    days = [f"{day:%Y-%m-%d}" for day in MONTHS]
    dates = [f"{day + pd.Timedelta(days=42):%Y-%m-%d}" for day in MONTHS]
    return Fred({"CPIAUCSL": list(zip(days, later, strict=True))}, {"CPIAUCSL": list(zip(days, first, dates, strict=True))})


@pytest.fixture
def place(tmp_path: Path) -> Path:
    put(tmp_path / "store" / "dropped")
    return tmp_path


def experiment(place: Path, base: str) -> Experiment:
    (place / "live.toml").write_text(EXPERIMENT.format(fred=base, releases=RELEASES), "utf-8")
    return read_experiment(place / "live.toml")


def study(chosen: Experiment, place: Path, data: str | Path = "live", *, as_of: str | None = None, now: datetime = NOW) -> Study:
    hands = Hands(now)
    fresh = LiveOptions(place / "store", clock=hands.clock.now, client=lambda: client(hands))
    return Study.prepare(chosen, data=data, as_of=as_of, overrides=(), fresh=fresh)


def reading(chosen: Experiment) -> LiveInputs:
    return LiveInputs(chosen.live, chosen.inputs, chosen.companions, chosen.market.exchange)


def moved(origin: Origin, fred: Fred) -> None:
    origin.play = fred


@pytest.mark.parametrize("key", [None, KEY], ids=["without a key", "with the days of release"])
def test_an_exported_folder_gives_the_same_study_without_store_and_network(
    place: Path, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    monkeypatch.delenv("FRED_API_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("FRED_API_KEY", key)
    with serving(cpi()) as origin:
        chosen = experiment(place, origin.base)
        live = study(chosen, place)
    files = reading(chosen).files()
    store = Store(place / "store")
    written = export(snapshot(store, files)[0], place / "exported")
    assert {one.file for one in written} == {one.file for one in files}
    assert len(written) == 9
    offline = study(chosen, place, place / "exported")
    assert offline.dataset.panel.digest == live.dataset.panel.digest
    assert [sample.digest for sample in offline.companions] == [sample.digest for sample in live.companions]
    assert len(live.companions) == 3
    assert offline.digest == live.digest
    again = study(chosen, place, live.data, now=NOW + timedelta(days=300))
    assert again.digest == live.digest
    names = set(live.dataset.panel.frame.columns)
    assert {"small", "small_high", "small_low", "large", "vix", "cpi", "payrolls", "published_p_cut_second"} <= names


def test_a_revised_series_is_read_as_it_was_first_known(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRED_API_KEY", KEY)
    fred = cpi()
    with serving(fred) as origin:
        panel = study(experiment(place, origin.base), place, as_of="2023-06-30").dataset.panel
    released = panel.released["cpi"]
    days = [day for day, _, out in fred.releases["CPIAUCSL"] if out <= "2023-06-30"]
    assert released.observed.index[-1] == pd.Timestamp(days[-1])
    first = {day: float(value) for day, value, _ in fred.releases["CPIAUCSL"]}
    assert released.observed.to_dict() == {pd.Timestamp(day): first[day] for day in days}
    assert released.known[-1] == pd.Timestamp(fred.releases["CPIAUCSL"][len(days) - 1][2])


def test_as_of_a_day_since_the_first_pull_the_vintage_of_that_day_is_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FRED_API_KEY", raising=False)
    fred = cpi()
    with serving(fred) as origin:
        chosen = experiment(place, origin.base)
        first = study(chosen, place)
        rows = [(day, value if day != "2024-05-01" else f"{1.01 * float(value):.3f}") for day, value in fred.series["CPIAUCSL"]]
        moved(origin, Fred({"CPIAUCSL": rows}))
        later = study(chosen, place, now=NOW + timedelta(days=2))
        then = study(chosen, place, as_of="2024-07-16", now=NOW + timedelta(days=3))
        now = study(chosen, place, as_of="2024-07-17", now=NOW + timedelta(days=3))
    assert later.dataset.panel.digest != first.dataset.panel.digest
    assert any(
        "cpi.csv: changed at its origin, 1 revised, the largest by 1 %: CPIAUCSL of 2024-05-01" in note for note in later.dataset.notes
    )
    assert (then.data, then.digest) == (first.data, first.digest), "what was known on the day"
    assert now.data == first.data, "the pull of two days later came after the next session had closed"


def _pull_here(place: Path, number: int) -> tuple[str, str]:
    """What a study of live data, so many seconds after NOW, names as its data; and its digest."""
    os.environ.pop("FRED_API_KEY", None)
    made = study(read_experiment(place / "live.toml"), place, now=NOW + timedelta(seconds=number))
    return made.data, made.digest


@pytest.mark.slow
def test_two_processes_that_pull_one_store_at_once_leave_it_whole(place: Path) -> None:
    with serving(cpi()) as origin, forking().Pool(2) as pool:
        chosen = experiment(place, origin.base)
        pulled = pool.starmap(_pull_here, [(place, number) for number in range(4)], chunksize=1)
    store, files = Store(place / "store"), reading(chosen).files()
    assert sorted(data for data, _ in pulled) == [f"live@{timestamp_name(moment)}" for moment in store.pulls()]
    assert len({digest for _, digest in pulled}) == 1
    assert check_store(snapshot(store, files)[0], files, NOW).damaged == ()
    assert all(len(store.names(key)) == 1 for key in snapshot(store, files)[0].keys.values()), "the same once"
