"""Faults of the machine and of the store: clock, key, extras, disk, locks, damage, processes."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock

from features.files import atomic
from features.live.store import fetch
from features.live.store.pull_log import Pull
from features.live.store.store import BODIES, ITEMS, LOCK, PULLS
from tests.commands import Done, run
from tests.faults.fault import After, Fault, true_of
from tests.faults.network import KEPT, NEW, wire
from tests.origins import faults
from tests.origins.fred import refusal
from tests.origins.server import Answer, Wire, nowhere
from tests.origins.town import FILES, INDEX, PRICES, RATES, Town
from tests.servers import PATIENCE

Said = tuple[Done, Sequence[str]]
ROOT = Path(__file__).resolve().parents[2]
OBSERVATIONS = "observations"


def offline(town: Town) -> None:
    town.bases = dict.fromkeys(town.bases, nowhere())


def trained(*options: str) -> Callable[[Town], Said]:
    """`train --data live`, which goes no further than to the data."""

    def command(town: Town) -> Said:
        with town.lived():
            store = ("--cache", str(town.store.folder), "--output", str(town.place / "run"), "--no-tracking", "--no-history", "--no-report")
            return run("train", str(town.written()), "--data", "live", "--jobs", "1", *store, *options, place=town.place), ()

    return command


def opened(town: Town) -> Said:
    """What --stale-ok reads, and says."""
    from features.live.store.open_live import open_live

    with town.lived():
        source = open_live("live", town.reading(), cache=town.store.folder, stale_ok=True)
    return Done(0, "", ""), source.notes


def looked(command: str) -> Callable[[Town], Said]:
    """`data check` or `data list`, as JSON."""

    def command_of(town: Town) -> Said:
        with town.lived():
            done = run("data", command, str(town.written()), "--cache", str(town.store.folder), "--format", "json")
        return done, json.loads(done.stdout)["damaged"] if command == "check" else done.stderr.splitlines()

    return command_of


def keyless(town: Town) -> None:
    town.patch.delenv("FRED_API_KEY")


def without(module: str) -> Callable[[Town], None]:
    def bring(town: Town) -> None:
        from features.live.origins.yahoo_bars import _yfinance

        if module == "yfinance":
            town.patch.setattr("features.live.origins.yahoo_bars._yfinance", _yfinance.__wrapped__)
        else:
            town.patch.delitem(sys.modules, "features.live.web.client")
            town.patch.setattr(town, "client", fetch.default_client)
        town.patch.setitem(sys.modules, module, None)

    return bring


def occupied(town: Town) -> None:
    """A file where the store's folder should be made."""
    town.store.folder.write_text("")


def refused(number: int, place: str) -> Callable[[Town], None]:
    """The operating system says no, with this number, to what is written below `place`."""

    def bring(town: Town) -> None:
        real = atomic.link_once

        def link_once(scratch: Path, path: Path) -> bool:
            if place in str(path):
                raise OSError(number, os.strerror(number))
            return real(scratch, path)

        town.patch.setattr(atomic, "link_once", link_once)

    return bring


def item(town: Town, file: str = INDEX) -> Path:
    """The last vintage."""
    from features.live.store.store import item_key

    spec = next(one.spec for one in town.reading().files() if one.file == file)
    return sorted((town.store.folder / ITEMS / item_key(spec)).glob("*.parquet"))[-1]


def spoilt(path: Path, change: Callable[[bytes], bytes]) -> None:
    content = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(change(content))


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def turned(content: bytes) -> bytes:
    """One byte in the middle is another."""
    place = len(content) // 2
    return content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :]


def damaged(change: Callable[[bytes], bytes]) -> Callable[[Town], None]:
    return lambda town: spoilt(item(town), change)


def again(town: Town, *, then: Callable[[bytes], bytes]) -> None:
    """A second good pull, whose vintage is then damaged."""
    town.pulled()
    spoilt(item(town), then)
    town.now += timedelta(days=1)
    town.well()


def bodies(town: Town) -> None:
    spoilt(min((town.store.folder / BODIES).rglob("*.gz"), key=lambda path: path.stat().st_size), cut)


def record(town: Town) -> None:
    spoilt(sorted((town.store.folder / PULLS).glob("*.json"))[-1], cut)


def held(town: Town) -> Said:
    town.patch.setattr(atomic, "PATIENCE", 1.0)
    with FileLock(town.store.folder / LOCK):
        return town.pull(), ()


def both(town: Town) -> Said:
    """Another pull begins and ends while this one waits for its answer."""
    done: list[Pull] = []

    def fault(at: Wire, answer: Answer) -> None:
        done.append(town.pulled())
        at.send(answer)

    town.origins["yahoo"].spoil(fault, where="SML")
    command = town.pull()
    assert [record.fault for each in done for record in each.items.values()] == [None]
    return command, ()


def killed(town: Town) -> Said:
    """SIGKILL of a process that has kept one file and waits for the next."""
    town.origins["fred"].spoil(faults.silent, where="graph")
    town.tells = datetime.now(UTC) - town.now  # the process has this machine's clock
    before, folder = item(town), item(town).parent
    words = [sys.executable, "-m", "forecast", "data", "pull", str(town.written()), "--cache", str(town.store.folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE
        while sorted(folder.glob("*.parquet"))[-1] == before:
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert process.returncode == -signal.SIGKILL
    town.origins["fred"].heal()
    town.tells = timedelta(0)
    return town.pull(), ()


def left(town: Town) -> None:
    """Half a vintage under a hidden name, as a killed process leaves it."""
    atomic.scratch_name(item(town)).write_bytes(b"PAR1 and then no")


FAULTS = (
    Fault(
        "the clock of this machine is an hour ahead",
        lambda town: setattr(town, "tells", -timedelta(hours=1)),
        "the clock of this machine is 60 min ahead of the origin's; set it, since sessions end by it",
        KEPT,
    ),
    Fault(
        "the clock of this machine is three hours behind",
        lambda town: setattr(town, "tells", timedelta(hours=3)),
        "the clock of this machine is 3 hours behind the origin's, and what is newer is left out; set it right",
        NEW,
    ),
    Fault(
        "the clock of this machine was set back by days",
        lambda town: setattr(town, "tells", timedelta(days=4)),
        "has a row of 2024-07-16, which is still to come on 2024-07-14; set the clock",
        KEPT,
        days=-3,
        heals=None,
    ),
    Fault(
        "no key of FRED",
        keyless,
        "FRED_API_KEY is not set",
        NEW,
        PRICES,
        first=True,
        truth=lambda town: true_of(PRICES)(town)[:"2024-06-01"],
    ),
    Fault("no key of FRED any more", keyless, "prices.csv.*FRED_API_KEY.*; ", KEPT, PRICES),
    Fault(
        "a key of FRED that is wrong",
        lambda town: town.patch.setenv("FRED_API_KEY", "f" * 32),
        "says .*api_key is not registered.*; look at FRED_API_KEY in the environment",
        KEPT,
        PRICES,
    ),
    Fault(
        "the quota of the key is used up",
        wire(lambda at, _: at.send(refusal(429, "Too Many Requests.  Exceeded Rate Limit")), of="fred", where=OBSERVATIONS),
        "too many requests, answered 429, 4 times; try again later",
        KEPT,
        PRICES,
    ),
    Fault(
        "yfinance is not installed",
        without("yfinance"),
        r"is not installed, .*; (install it with: )?pip install 'smallcap-surge\[live\]'|install it with",
        KEPT,
        asks=(INDEX, RATES),
    ),
    Fault(
        "the extra for live data is not installed",
        without("requests"),
        r"requests: is not installed, and live data need it; install it with",
        After.NONE,
    ),
    Fault("an origin has no address", lambda town: town.bases.pop("yahoo"), "has no address of yahoo; add yahoo = ", KEPT),
    Fault(
        "offline: what is kept has to do",
        offline,
        "was refused, 4 times; look at the network.*; the stored data are 24 hours old",
        KEPT,
        run=opened,
        exit=0,
    ),
    Fault(
        "offline, and nothing is kept",
        offline,
        "the small-cap close is not to be had, and none is stored .*; ",
        After.ABSENT,
        first=True,
        run=trained(),
    ),
    Fault(
        "offline for longer than max_age",
        offline,
        "last had 7 days ago, its last close is of 2024-07-16, and live.max_age = 5 days; .*--stale-ok",
        KEPT,
        days=7,
        run=trained(),
    ),
    Fault("offline for longer than max_age, with --stale-ok", offline, "the stored data are 7 days old", KEPT, days=7, run=opened, exit=0),
    Fault("the store is a file", occupied, "--cache .*: cannot be written.*; name a folder that can", After.NONE, first=True, heals=None),
    Fault(
        "the disk is full: no room for what came",
        refused(errno.ENOSPC, BODIES),
        "cannot be written .No space left on device.; make room, or name another",
        After.NONE,
    ),
    Fault(
        "the disk is full: no room for a vintage",
        refused(errno.ENOSPC, ITEMS),
        "cannot be written .No space left on device.; make room, or name another",
        After.NONE,
    ),
    Fault(
        "the disk is full: no room for the record of a pull",
        refused(errno.ENOSPC, PULLS),
        "cannot be written .No space left on device.; make room",
        After.NONE,
    ),
    Fault(
        "nothing may be written into the store",
        refused(errno.EACCES, "store"),
        "cannot be written .Permission denied.; make room, or name another",
        After.NONE,
    ),
    Fault(
        "another process keeps the store locked",
        lambda town: None,
        "another process has held this lock for 1 s; wait for it, or end it",
        After.NONE,
        run=held,
    ),
    Fault("two pulls at once", lambda town: None, "", NEW, run=both, state="same"),
    Fault(
        "killed in the middle of a pull, and pulled again",
        lambda town: None,
        "",
        NEW,
        asks=(INDEX, RATES),
        run=killed,
        heals=None,
        state="same",
    ),
    Fault("a killed process has left half a file", left, "", NEW),
    Fault("the only vintage is cut in half", damaged(cut), "this vintage is damaged .*; put back a copy, or move it away", NEW),
    Fault("a byte of the only vintage is another", damaged(turned), "this vintage is damaged .*; put back a copy, or move it away", NEW),
    Fault("the last vintage is damaged", lambda town: again(town, then=cut), "this vintage is damaged .*; put back a copy", NEW, days=2),
    Fault(
        "the last vintage is damaged, and its origin is down",
        lambda town: (again(town, then=cut), offline(town)),
        "the connection was refused.*this vintage is damaged",
        KEPT,
        truth=lambda town: true_of(INDEX)(town)[:"2024-07-16"],
    ),
    Fault("a vintage is damaged: data check", damaged(cut), "this vintage is damaged .*; put back a copy", After.NONE, run=looked("check")),
    Fault(
        "what came is damaged: data check",
        bodies,
        "what came is damaged, it is cut .*; put back a copy",
        After.NONE,
        asks=FILES,
        run=looked("check"),
    ),
    Fault(
        "the record of a pull is damaged: data check",
        record,
        "this record of a pull is damaged .*; put back a copy, or move it away",
        After.NONE,
        run=looked("check"),
    ),
    Fault("the record of a pull is damaged", record, "", NEW),
)
